"""Everything in one file, and back: the same rows, or a sentence and nothing changed."""

import asyncio
import hashlib
import json
import random
import stat
import struct
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from grants.domain.access import Role
from grants.domain.decisions import Allocate
from grants.store import backup_file
from grants.store.backup import BackupError, back_up, restore
from grants.store.migrate import newest
from tests.database import Database, DatabaseServer
from tests.grants.actions import cast
from tests.grants.actions.stage import Stage
from tests.grants.full_record import contents, fill


@pytest.fixture(scope="module")
def full(database_server: DatabaseServer) -> Iterator[Database]:
    """A database in which every table has rows. No test changes it."""

    async def filled(database: Database) -> None:
        async with cast.opened(database) as gate:
            await fill(gate)

    with database_server.fresh() as database:
        with ThreadPoolExecutor(1) as pool:  # it runs a loop of its own, which a test's thread may not
            pool.submit(asyncio.run, filled(database)).result()
        yield database


@pytest.fixture(scope="module")
def backup(full: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup."""
    path = tmp_path_factory.mktemp("backup") / "tallystick.backup"
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, back_up(full.owner_dsn, path)).result()
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def seen(kept: dict[str, list[tuple[Any, ...]]]) -> dict[str, int]:
    return {table: len(rows) for table, rows in kept.items()}


@contextmanager
def rewritten(backup: Path, path: Path, change: Any) -> Iterator[Path]:
    """A copy of a backup, well formed as a zip, with some parts changed by `change(name, content)`; None drops a part."""
    with zipfile.ZipFile(backup) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
    yield path


async def test_what_comes_back_is_what_was_there(full: Database, backup: Path, fresh_database: Database) -> None:
    before = await contents(full.owner_dsn)
    assert [table for table, rows in before.items() if not rows] == []
    done = await restore(fresh_database.owner_dsn, backup)
    assert await contents(fresh_database.owner_dsn) == before
    assert (done.tables, done.rows) == (len(before) - 1, sum(seen(before).values()) - 1)
    assert (done.entry_no, done.journal_no) == (len(before["entry"]), len(before["journal"]))


async def test_a_restored_service_goes_on_where_the_other_stopped(
    full: Database, backup: Path, fresh_database: Database
) -> None:
    await restore(fresh_database.owner_dsn, backup)
    before = await contents(fresh_database.owner_dsn)
    async with cast.opened(fresh_database) as gate:
        stage = await Stage.set_up(gate)
        await cast.decide(gate, stage.lead, stage.approver, Allocate("CAID", "2025-26", 7))
    after = await contents(fresh_database.owner_dsn)
    assert len(after["entry"]) == len(before["entry"]) + 1
    assert len({row[1] for row in after["decision"]}) == len(before["decision"]) + 1


async def test_the_guards_stand_again_after_a_restore(full: Database, backup: Path, fresh_database: Database) -> None:
    await restore(fresh_database.owner_dsn, backup)
    guards = "SELECT c.relname, t.tgname, t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal ORDER BY 1, 2"
    owner, other = await asyncpg.connect(fresh_database.owner_dsn), await asyncpg.connect(full.owner_dsn)
    try:
        assert await owner.fetch(guards) == await other.fetch(guards)
        for change in ("DELETE FROM entry", "UPDATE journal SET reason = 'another'", "TRUNCATE spend_line"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await owner.execute(change)
    finally:
        await owner.close()
        await other.close()


async def test_a_backup_is_of_one_moment_while_the_service_goes_on(
    database_server: DatabaseServer, tmp_path: Path
) -> None:
    with database_server.fresh() as busy, database_server.fresh() as target:
        async with cast.opened(busy) as gate:
            stage = await Stage.set_up(gate)
            await cast.load(gate)

            async def work() -> None:
                for pence in range(1, 40):
                    await cast.decide(gate, stage.lead, stage.approver, Allocate("CAID", "2025-26", pence))

            working = asyncio.create_task(work())
            kept = (0, 0)
            while not working.done():
                made = await back_up(busy.owner_dsn, tmp_path / "moment")
                kept = (made.entry_no, made.journal_no)
            await working
        done = await restore(target.owner_dsn, tmp_path / "moment")
        rows = await contents(target.owner_dsn)
        assert (done.entry_no, done.journal_no) == kept == (len(rows["entry"]), len(rows["journal"]))


async def test_only_its_owner_can_read_a_backup_and_nothing_else_is_left(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert names(backup.parent) == [backup.name]
    with zipfile.ZipFile(backup) as file:
        manifest = json.loads(file.read("manifest.json"))
    assert manifest["schema"] == newest()


async def test_a_database_that_is_not_empty_is_left_alone(backup: Path, fresh_database: Database) -> None:
    async with cast.opened(fresh_database) as gate:
        await cast.person(gate, Role.AUDITOR)
    before = await contents(fresh_database.owner_dsn)
    with pytest.raises(BackupError, match="not empty"):
        await restore(fresh_database.owner_dsn, backup)
    assert await contents(fresh_database.owner_dsn) == before


async def test_a_database_with_the_services_own_actors_alone_is_empty(backup: Path, fresh_database: Database) -> None:
    async with cast.opened(fresh_database):
        pass
    await restore(fresh_database.owner_dsn, backup)


async def test_a_database_at_another_schema_is_left_alone(
    backup: Path, database_server: DatabaseServer, tmp_path: Path, fresh_database: Database
) -> None:
    with database_server.fresh(migrated=False) as bare:
        with pytest.raises(BackupError, match="migrate"):
            await restore(bare.owner_dsn, backup)
        with pytest.raises(BackupError, match="migrate"):
            await back_up(bare.owner_dsn, tmp_path / "none")
    assert names(tmp_path) == []

    def older(name: str, content: bytes) -> bytes:
        return content.replace(f'"schema": "{newest()}"'.encode(), b'"schema": "0000"')

    with rewritten(backup, tmp_path / "older", older) as path, pytest.raises(BackupError, match="0000"):
        await restore(fresh_database.owner_dsn, path)


async def test_no_damage_changes_anything(backup: Path, fresh_database: Database, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    before = await contents(fresh_database.owner_dsn)
    chance = random.Random(1)
    damaged = tmp_path / "damaged"
    with zipfile.ZipFile(backup) as file:
        inside = [(starts_at(whole, info.header_offset), info.compress_size) for info in file.infolist()]
    for _ in range(60):
        start, size = chance.choice(inside)
        at = start + chance.randrange(size - 1)  # the last byte has bits that mean nothing
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        await refused(fresh_database, damaged)
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        damaged.write_bytes(whole[:size])
        await refused(fresh_database, damaged)
    assert await contents(fresh_database.owner_dsn) == before


def starts_at(whole: bytes, header: int) -> int:
    """Where a member's bytes begin: after its header, its name and what else the header brings."""
    name, extra = struct.unpack_from("<HH", whole, header + 26)
    return header + 30 + int(name) + int(extra)


async def refused(database: Database, path: Path) -> None:
    """Fails unless the file is refused, in one sentence that names it."""
    with pytest.raises(BackupError, match=path.name) as refusal:
        await restore(database.owner_dsn, path)
    assert "\n" not in str(refusal.value)


def forged(table: str, old: bytes, new: bytes) -> Any:
    """A change that a forger makes: the part and what the manifest says of it."""

    def change(name: str, content: bytes) -> bytes:
        if name == f"{table}.copy":
            assert old in content
            return content.replace(old, new, 1)
        return content

    return change


def agreeing(path: Path, made: Path) -> None:
    """Writes the manifest anew, so that only the rows themselves can tell."""
    with zipfile.ZipFile(path) as file:
        manifest = json.loads(file.read("manifest.json"))
        for part in manifest["parts"]:
            content = file.read(f"{part['table']}.copy")
            part |= {
                "sha256": hashlib.sha256(content).hexdigest(),
                "size_bytes": len(content),
                "rows": content.count(b"\n"),
            }

    def change(name: str, content: bytes) -> bytes:
        return json.dumps(manifest).encode() if name == "manifest.json" else content

    with rewritten(path, made, change):
        pass


@pytest.mark.parametrize(
    ("table", "old", "new", "says"),
    [
        ("position", b"line:CAID:2025-26\trdel_programme\tline\tCAID\t2025-26\t5", b"line:CAID:2025-26\trdel_programme\tline\tCAID\t2025-26\t4", "line:CAID:2025-26"),
        ("award_cover", b"\t10000000\t", b"\t10000001\t", "LI-OLDHAM-01"),
        ("ledger_head", b"t\t", b"t\t1", "heads"),
        ("journal_head", b"t\t", b"t\t1", "heads"),
        ("entry", b"source\tline:CAID:2025-26\t5", b"source\tline:CAID:2025-26\t6", "line:CAID:2025-26"),
        ("entry", b"source\tline:CAID:2025-26", b"source\tline:CAID:2026-27", "refused"),
        ("person", b"\n", b"\tone too many\n", "refused"),
    ],
)  # fmt: skip
async def test_figures_that_do_not_add_up_are_not_kept(
    backup: Path, fresh_database: Database, tmp_path: Path, table: str, old: bytes, new: bytes, says: str
) -> None:
    before = await contents(fresh_database.owner_dsn)
    with rewritten(backup, tmp_path / "forged", forged(table, old, new)):
        agreeing(tmp_path / "forged", tmp_path / "agreeing")
    with pytest.raises(BackupError, match=says):
        await restore(fresh_database.owner_dsn, tmp_path / "agreeing")
    assert await contents(fresh_database.owner_dsn) == before


async def test_a_part_too_few_or_a_promise_not_kept_is_refused(
    backup: Path, fresh_database: Database, tmp_path: Path
) -> None:
    def without(name: str, content: bytes) -> bytes | None:
        return None if name == "entry.copy" else content

    with rewritten(backup, tmp_path / "fewer", without) as path:
        await refused(fresh_database, path)

    def fewer_promised(name: str, content: bytes) -> bytes:
        if name != "manifest.json":
            return content
        manifest = json.loads(content)
        manifest["parts"].pop()
        return json.dumps(manifest).encode()

    with rewritten(backup, tmp_path / "promised", fewer_promised) as path, pytest.raises(BackupError, match="tables"):
        await restore(fresh_database.owner_dsn, path)

    def from_tomorrow(name: str, content: bytes) -> bytes:
        return b'{"format": "tallystick-backup 9"}' if name == "manifest.json" else content

    with rewritten(backup, tmp_path / "tomorrow", from_tomorrow) as path, pytest.raises(BackupError, match="backup 9"):
        await restore(fresh_database.owner_dsn, path)


async def test_a_backup_that_fails_leaves_the_one_before(
    full: Database, backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nightly"
    path.write_bytes(b"the one before")
    with pytest.raises(BackupError, match="cannot be written"):
        await back_up(full.owner_dsn, tmp_path / "nowhere" / "file")
    monkeypatch.setattr("os.fsync", _full_disk)
    with pytest.raises(BackupError, match="No space left"):
        await back_up(full.owner_dsn, path)
    monkeypatch.undo()
    monkeypatch.setattr(backup_file.PartWriter, "write", _full_disk)
    with pytest.raises(BackupError, match="No space left"):
        await back_up(full.owner_dsn, path)
    assert path.read_bytes() == b"the one before"
    assert names(tmp_path) == ["nightly"]


def _full_disk(*anything: object) -> None:
    raise OSError(28, "No space left on device")


async def test_the_services_role_can_do_neither(
    full: Database, backup: Path, fresh_database: Database, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="owner"):
        await restore(fresh_database.service_dsn, backup)
    with pytest.raises(BackupError, match="cannot be read"):
        await restore(fresh_database.owner_dsn, tmp_path / "missing")
    with pytest.raises(BackupError, match="does not answer"):
        await back_up("postgresql://nobody@127.0.0.1:1/none", tmp_path / "none")


async def test_progress_names_each_table_and_ends_at_its_rows(full: Database, backup: Path, tmp_path: Path) -> None:
    told: dict[str, int] = {}
    await back_up(full.owner_dsn, tmp_path / "told", told.__setitem__)
    before = seen(await contents(full.owner_dsn))
    before.pop("alembic_version")
    assert told == before
