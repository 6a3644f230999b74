"""The signed checkpoint on the cover of every report: proof that outlives the service, and the same bytes whenever it is made again."""

from datetime import timedelta
from pathlib import Path

import asyncpg
import msgspec
import pytest

from grants.actions.checkpoints import checkpoint
from grants.actions.extracts import consistency
from grants.actions.people import OPERATOR
from grants.domain.errors import Conflict
from grants.store.journal import record
from grants.store.transaction import Gate
from reports.by_hand import Made, make_report
from tests.database import Database
from tests.grants.actions.cast import load
from tests.reports.offline.verifier import run
from tests.reports.sheets import cover
from tests.reports.waking import SIGNER

NOTE = "Signed checkpoint of the journal"


async def made(gate: Gate, path: Path, entry_no: int | None = None, journal_no: int | None = None) -> Made:
    return await make_report(
        gate, OPERATOR, "allocation-position", output=path, signer=SIGNER, entry_no=entry_no, journal_no=journal_no
    )


async def test_a_report_carries_the_head_that_it_was_made_from(gate: Gate, tmp_path: Path) -> None:
    await load(gate)
    found = await made(gate, tmp_path / "report.xlsx")
    said = cover(tmp_path / "report.xlsx")
    head = SIGNER.verifier.opened(said[NOTE])
    assert (head.size, head.entry_no) == (found.journal_no, found.entry_no)
    assert said["Root of the journal’s tree"] == head.root.hex()
    assert said["Public key of the journal"] == SIGNER.verifier.text()
    async with gate.reading(OPERATOR) as view:
        assert await view.db.fetchval("SELECT at FROM journal WHERE number = $1", head.size) == head.at


async def test_a_report_made_again_is_the_same_to_the_byte_whatever_has_happened_since(
    gate: Gate, tmp_path: Path
) -> None:
    await load(gate)
    first = await made(gate, tmp_path / "first.xlsx")
    async with gate.deed(OPERATOR) as tx:
        await record(tx, "deed", "test", "later")
    later = gate.clock() + timedelta(days=1)
    gate.clock = lambda: later
    again = await made(gate, tmp_path / "again.xlsx", entry_no=first.entry_no, journal_no=first.journal_no)
    assert again.sha256 == first.sha256


async def test_an_old_reports_cover_proves_that_the_journal_was_not_rewritten_since(gate: Gate, tmp_path: Path) -> None:
    await load(gate)
    found = await made(gate, tmp_path / "report.xlsx")
    (tmp_path / "cover.txt").write_text(cover(tmp_path / "report.xlsx")[NOTE], encoding="utf-8")
    for place in range(5):
        async with gate.deed(OPERATOR) as tx:
            await record(tx, "deed", "test", str(place))
    async with gate.reading(OPERATOR) as view:
        (tmp_path / "now.txt").write_text((await checkpoint(view, SIGNER)).note, encoding="utf-8")
        proof = msgspec.json.encode(await consistency(view, found.journal_no, None))
    (tmp_path / "proof.json").write_bytes(proof)
    given = ("--checkpoint", "cover.txt", "now.txt", "--consistency", "proof.json")
    answer = run(tmp_path, "--key", SIGNER.verifier.text(), *given)
    assert answer.returncode == 0, answer.stdout + answer.stderr


async def test_nothing_is_made_from_a_damaged_journal(gate: Gate, fresh_database: Database, tmp_path: Path) -> None:
    await load(gate)
    admin = await asyncpg.connect(fresh_database.admin_dsn)
    try:
        await admin.execute("SET session_replication_role = replica; UPDATE journal SET tree = ''")
    finally:
        await admin.close()
    with pytest.raises(Conflict, match="damaged"):
        await made(gate, tmp_path / "report.xlsx", entry_no=1)
    assert list(tmp_path.iterdir()) == []
