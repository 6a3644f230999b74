"""The keeper of checkpoints: one for each size of the journal, whoever is first; nothing is overwritten, and no other history is signed."""

import asyncio
import stat
from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from grants.actions.people import OPERATOR
from grants.actions.proof import verify
from grants.checkpoint_keeper import Keeper, keep_checkpoint
from grants.domain.checkpoints import Signer, Verifier
from grants.domain.errors import Conflict, Invalid
from grants.store.journal import record
from grants.store.ledger import head
from grants.store.transaction import Gate
from tests.database import Database
from tests.grants.actions.cast import opened
from tests.patience import until
from tests.service import Service

SIGNER = Signer("tallystick/journal", bytes(32))


@pytest_asyncio.fixture
async def gate(fresh_database: Database) -> AsyncIterator[Gate]:
    """A gate to a database of this test's own, with the service's own actors and nothing else."""
    async with opened(fresh_database) as found:
        yield found


async def deed(gate: Gate, what: str = "something") -> None:
    async with gate.deed(OPERATOR) as tx:
        await record(tx, "deed", "test", what)


async def size_of(gate: Gate) -> int:
    """How many records the journal has: some are there from the start."""
    async with gate.reading(OPERATOR) as view:
        return (await head(view.db)).journal_no


def files(folder: Path) -> list[Path]:
    """What is there, but for what is still being written."""
    return sorted(file for file in folder.iterdir() if not file.name.startswith("."))


async def test_the_head_is_kept_when_the_journal_has_grown_and_only_then(gate: Gate, tmp_path: Path) -> None:
    folder = tmp_path / "far" / "away"
    await deed(gate)
    size = await size_of(gate)
    first = await keep_checkpoint(gate, SIGNER, folder)
    assert first is not None
    signed = SIGNER.verifier.opened(first.read_text(encoding="utf-8"))
    async with gate.reading(OPERATOR) as view:
        at = await view.db.fetchval("SELECT max(at) FROM journal WHERE number = $1", size)
    assert (signed.size, signed.at) == (size, at)
    assert first.name == f"checkpoint-{size:012}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.txt"
    assert stat.S_IMODE(first.stat().st_mode) & 0o222 == 0o200
    assert await keep_checkpoint(gate, SIGNER, folder) is None
    await deed(gate)
    second = await keep_checkpoint(gate, SIGNER, folder)
    assert files(folder) == [first, second]


async def test_of_many_who_keep_the_same_size_one_does(gate: Gate, tmp_path: Path) -> None:
    start = await size_of(gate)
    for _ in range(5):
        await deed(gate)
        kept = await asyncio.gather(*(keep_checkpoint(gate, SIGNER, tmp_path) for _ in range(8)))
        assert sum(file is not None for file in kept) == 1
    assert [SIGNER.verifier.opened(file.read_text()).size for file in files(tmp_path)] == list(
        range(start + 1, start + 6)
    )


async def test_what_is_there_is_never_overwritten(gate: Gate, tmp_path: Path) -> None:
    await deed(gate)
    kept = await keep_checkpoint(gate, SIGNER, tmp_path)
    assert kept is not None
    kept.write_text("somebody's own")
    assert await keep_checkpoint(gate, SIGNER, tmp_path) is None
    assert files(tmp_path) == [kept]
    assert kept.read_text() == "somebody's own"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET leaf = leaf || ' ', tree = sha256(tree) WHERE number = {size}",
        "DELETE FROM journal WHERE number = {size}",
        "DELETE FROM journal WHERE number = {size}; UPDATE journal_head SET last_no = {size} - 1",
    ],
)
async def test_no_other_history_is_signed_than_the_one_before(
    gate: Gate, fresh_database: Database, tmp_path: Path, change: str
) -> None:
    while (size := await size_of(gate)) % 2:
        await deed(gate)
    kept = await keep_checkpoint(gate, SIGNER, tmp_path)
    admin = await asyncpg.connect(fresh_database.admin_dsn)
    try:
        await admin.execute(f"SET session_replication_role = replica; {change.format(size=size)}")
    finally:
        await admin.close()
    with pytest.raises(Conflict):
        await keep_checkpoint(gate, SIGNER, tmp_path)
    assert files(tmp_path) == [kept]


async def test_another_keys_checkpoints_stop_nobody(gate: Gate, tmp_path: Path) -> None:
    await deed(gate)
    await keep_checkpoint(gate, Signer.new(), tmp_path)
    await deed(gate)
    assert await keep_checkpoint(gate, SIGNER, tmp_path) is not None
    assert len(files(tmp_path)) == 2


async def test_a_failure_is_tried_again_and_stops_nothing(gate: Gate, tmp_path: Path) -> None:
    start = await size_of(gate)
    await deed(gate)
    folder = tmp_path / "folder"
    folder.write_text("in the way")
    keeper = Keeper(gate, SIGNER, folder, every_seconds=0.02)
    keeper.start()
    try:
        await asyncio.sleep(0.1)
        folder.unlink()
        await until(lambda: folder.is_dir() and files(folder))
        await deed(gate)
        await until(lambda: len(files(folder)) == 2)
    finally:
        await keeper.stop()
    assert [SIGNER.verifier.opened(file.read_text()).size for file in files(folder)] == [start + 1, start + 2]


async def test_a_keeper_that_never_began_can_be_stopped(gate: Gate, tmp_path: Path) -> None:
    await Keeper(gate, SIGNER, tmp_path, every_seconds=3600).stop()


async def test_the_journal_is_held_against_all_that_were_kept(gate: Gate, tmp_path: Path) -> None:
    async def faults() -> tuple[str, ...]:
        async with gate.reading(OPERATOR) as view:
            return (await verify(view, SIGNER.verifier, checkpoint=tmp_path)).faults

    with pytest.raises(Invalid, match="holds no checkpoint"):
        await faults()
    kept = []
    for _ in range(3):
        await deed(gate)
        kept.append(await keep_checkpoint(gate, SIGNER, tmp_path))
    assert await faults() == ()
    second = kept[1]
    assert second is not None
    second.write_text(second.read_text().replace("\nentry 0\n", "\nentry 1\n"))
    (fault,) = await faults()
    assert fault.startswith(f"{second.name}: The checkpoint's signature does not hold")


async def test_two_services_on_one_database_share_a_folder(fresh_database: Database, tmp_path: Path) -> None:
    async with opened(fresh_database) as one, opened(fresh_database) as two:
        keepers = [Keeper(gate, SIGNER, tmp_path, every_seconds=0.01) for gate in (one, two)]
        for keeper in keepers:
            keeper.start()
        for _ in range(10):
            await deed(one)
            await asyncio.sleep(0.01)
        size = await size_of(one)
        await until(lambda: list(tmp_path.glob(f"checkpoint-{size:012}-*")))
        for keeper in keepers:
            await keeper.stop()
        sizes = [SIGNER.verifier.opened(file.read_text()).size for file in files(tmp_path)]
        assert sizes == sorted(set(sizes))


async def test_the_service_keeps_one_as_soon_as_it_serves(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    (kept,) = await until(lambda: list(folder.glob("checkpoint-*.txt")))
    answer = await service.get("auditor", "/journal/checkpoint")
    signed = Verifier.from_text(answer["key"]).opened(kept.read_text(encoding="utf-8"))
    assert (signed.size, signed.root.hex()) == (answer["size"], answer["root"])
