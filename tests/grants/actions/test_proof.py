"""The signed head of the journal, and verification of a record that nobody has touched, or somebody has cut or forked."""

import asyncio
import hashlib
import json
from pathlib import Path

import asyncpg
import msgspec
import pytest

from grants.actions.checkpoints import Checkpoint, checkpoint
from grants.actions.people import OPERATOR
from grants.actions.proof import Findings, verify
from grants.domain.access import Actor, Grant, Role
from grants.domain.checkpoints import Signer
from grants.domain.errors import Invalid, NotAllowed
from grants.store.journal import record
from grants.store.ledger import AsAt
from grants.store.transaction import Gate
from tests.database import Database, DatabaseServer, looking
from tests.grants.actions import cast
from tests.grants.full_record import REPORT

SIGNER = Signer("tallystick/journal", bytes(32))


async def found(gate: Gate, *, report: Path | None = None, note: Path | None = None, key: Signer = SIGNER) -> Findings:
    async with gate.reading(OPERATOR) as view:
        return await verify(view, key.verifier, checkpoint=note, report=report)


async def signed(gate: Gate, at: AsAt | None = None) -> Checkpoint:
    async with gate.reading(OPERATOR) as view:
        return await checkpoint(view, SIGNER, at)


async def tamper(database: Database, *changes: str) -> None:
    """Changes what nobody may change, as an administrator of PostgreSQL can."""
    admin = await asyncpg.connect(database.admin_dsn)
    try:
        await admin.execute("SET session_replication_role = replica")
        for change in changes:
            await admin.execute(change)
    finally:
        await admin.close()


async def test_what_was_only_ever_added_to_holds(full_database: Database) -> None:
    async with cast.opened(full_database) as gate:
        findings = await found(gate)
    assert findings.faults == ()
    assert findings.holds
    assert findings.records > 20
    assert findings.entries >= 12
    assert (findings.workbooks, findings.accepted_returns, findings.report_files) == (2, 2, 1)


async def test_an_empty_journal_holds_and_has_a_head(fresh_database: Database) -> None:
    gate = await Gate.open(fresh_database.service_dsn, connections=1)
    try:
        assert (await found(gate)).holds
        head = await signed(gate)
        assert (head.size, head.entry_no, head.root) == (0, 0, hashlib.sha256(b"").hexdigest())
    finally:
        await gate.close()


async def test_every_head_that_was_ever_signed_still_holds(full_database: Database, tmp_path: Path) -> None:
    async with cast.opened(full_database) as gate:
        newest = (await signed(gate)).size
        async with looking(gate) as db:
            entries = {
                row["number"]: row["entries"]
                for row in await db.fetch(
                    "SELECT j.number, (SELECT coalesce(max(e.number), 0) FROM entry e WHERE e.journal_no <= j.number) AS entries FROM journal j"
                )
            }
        for size in range(newest + 1):
            head = await signed(gate, AsAt(entries.get(size, 0), size))
            assert head == msgspec.structs.replace(head, size=size)
            note = tmp_path / "note"
            note.write_text(head.note)
            assert (await found(gate, note=note)).faults == ()


async def test_what_the_service_answers_is_taken_as_a_checkpoint_too(full_database: Database, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    async with cast.opened(full_database) as gate:
        answer.write_bytes(msgspec.json.encode(await signed(gate)))
        assert (await found(gate, note=answer)).holds
        assert json.loads(answer.read_text())["key"] == SIGNER.verifier.text()


async def test_a_cut_journal_is_found_by_its_checkpoint(full_database: Database, tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with cast.opened(full_database) as gate:
        head = await signed(gate)
        note.write_text(head.note)
        await tamper(
            full_database,
            f"DELETE FROM journal WHERE number = {head.size}",
            f"UPDATE journal_head SET last_no = {head.size - 1}",
        )
        findings = await found(gate, note=note)
    assert any(f"signed {head.size}: newer ones are missing" in fault for fault in findings.faults)


async def test_another_history_is_found_by_its_checkpoint_however_well_it_is_made(
    gate: Gate, database_server: DatabaseServer, tmp_path: Path
) -> None:
    """Whoever holds the whole machine can make a journal that is sound in itself, but not the one that was signed."""
    note = tmp_path / "note"
    async with gate.deed(OPERATOR) as tx:
        await record(tx, "deed", "test", "true")
    note.write_text((await signed(gate)).note)
    with database_server.fresh() as forged:
        async with cast.opened(forged) as other:
            async with other.deed(OPERATOR) as tx:
                await record(tx, "deed", "test", "false")
            assert (await found(other)).holds
            findings = await found(other, note=note)
    assert len(findings.faults) == 1
    assert "first 2 records are not those" in findings.faults[0]


async def test_a_checkpoint_that_is_none_or_anothers_is_a_fault(full_database: Database, tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with cast.opened(full_database) as gate:
        head = await signed(gate)
        for content, fault in (
            (head.note.replace(f"\n{head.size}\n", f"\n{head.size - 1}\n"), "changed"),
            ("", "no checkpoint"),
            ("{}", "no checkpoint"),
            ("x" * 100_000, "no checkpoint"),
        ):
            note.write_text(content)
            assert fault in (await found(gate, note=note)).faults[0]
        note.write_bytes(b"\xff\xfe")
        assert not (await found(gate, note=note)).holds
        note.write_text(head.note)
        assert "another key" in (await found(gate, note=note, key=Signer.new())).faults[0]
        with pytest.raises(Invalid, match="cannot be read"):
            await found(gate, note=tmp_path / "missing")


async def test_a_report_is_what_was_made_or_it_is_not(full_database: Database, tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    path.write_bytes(REPORT)
    async with cast.opened(full_database) as gate:
        assert (await found(gate, report=path)).holds
        path.write_bytes(REPORT + b" ")
        assert "report.xlsx is no report" in (await found(gate, report=path)).faults[0]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
async def test_only_an_auditor_asks_for_proof(gate: Gate, role: Role) -> None:
    somebody = Actor(OPERATOR.id, "Somebody", (Grant(role),))
    async with gate.reading(somebody) as view:
        with pytest.raises(NotAllowed):
            await checkpoint(view, SIGNER)
        with pytest.raises(NotAllowed):
            await verify(view)


async def test_proof_is_of_one_moment_while_deeds_go_on(gate: Gate) -> None:
    async def deeds() -> None:
        for place in range(60):
            async with gate.deed(OPERATOR) as tx:
                await record(tx, "deed", "test", str(place))

    working = asyncio.create_task(deeds())
    while not working.done():
        assert (await found(gate)).faults == ()
    await working
    assert (await found(gate)).records == 61
