"""Everything in one file, and back: the same rows, or a sentence and nothing changed."""

import asyncio
import json
import stat
import zipfile
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
from tests.grants.full_record import contents


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def seen(kept: dict[str, list[tuple[Any, ...]]]) -> dict[str, int]:
    return {table: len(rows) for table, rows in kept.items()}


async def test_what_comes_back_is_what_was_there(
    full_source: Database, full_backup: Path, fresh_database: Database
) -> None:
    before = await contents(full_source.owner_dsn)
    assert [table for table, rows in before.items() if not rows] == []
    done = await restore(fresh_database.owner_dsn, full_backup)
    assert await contents(fresh_database.owner_dsn) == before
    assert (done.tables, done.rows) == (len(before) - 1, sum(seen(before).values()) - 1)
    assert (done.entry_no, done.journal_no) == (len(before["entry"]), len(before["journal"]))


async def test_a_restored_service_goes_on_where_the_other_stopped(
    full_source: Database, full_backup: Path, fresh_database: Database
) -> None:
    await restore(fresh_database.owner_dsn, full_backup)
    before = await contents(fresh_database.owner_dsn)
    async with cast.opened(fresh_database) as gate:
        stage = await Stage.set_up(gate)
        await cast.decide(gate, stage.lead, stage.approver, Allocate("CAID", "2025-26", 7))
    after = await contents(fresh_database.owner_dsn)
    assert len(after["entry"]) == len(before["entry"]) + 1
    assert len({row[1] for row in after["decision"]}) == len(before["decision"]) + 1


async def test_the_guards_stand_again_after_a_restore(
    full_source: Database, full_backup: Path, fresh_database: Database
) -> None:
    await restore(fresh_database.owner_dsn, full_backup)
    guards = "SELECT c.relname, t.tgname, t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal ORDER BY 1, 2"
    owner, other = await asyncpg.connect(fresh_database.owner_dsn), await asyncpg.connect(full_source.owner_dsn)
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


async def test_only_its_owner_can_read_a_backup_and_nothing_else_is_left(full_backup: Path) -> None:
    assert stat.S_IMODE(full_backup.stat().st_mode) == 0o600
    assert names(full_backup.parent) == [full_backup.name]
    with zipfile.ZipFile(full_backup) as file:
        manifest = json.loads(file.read("manifest.json"))
    assert manifest["schema"] == newest()


async def test_a_database_that_is_not_empty_is_left_alone(full_backup: Path, fresh_database: Database) -> None:
    async with cast.opened(fresh_database) as gate:
        await cast.person(gate, Role.AUDITOR)
    before = await contents(fresh_database.owner_dsn)
    with pytest.raises(BackupError, match="not empty"):
        await restore(fresh_database.owner_dsn, full_backup)
    assert await contents(fresh_database.owner_dsn) == before


async def test_a_database_with_the_services_own_actors_alone_is_empty(
    full_backup: Path, fresh_database: Database
) -> None:
    async with cast.opened(fresh_database):
        pass
    await restore(fresh_database.owner_dsn, full_backup)


async def test_a_database_at_another_schema_is_left_alone(
    full_backup: Path, database_server: DatabaseServer, tmp_path: Path
) -> None:
    with database_server.fresh(migrated=False) as bare:
        with pytest.raises(BackupError, match="migrate"):
            await restore(bare.owner_dsn, full_backup)
        with pytest.raises(BackupError, match="migrate"):
            await back_up(bare.owner_dsn, tmp_path / "none")
    assert names(tmp_path) == []


async def test_a_backup_that_fails_leaves_the_one_before(
    full_source: Database, full_backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "nightly"
    path.write_bytes(b"the one before")
    with pytest.raises(BackupError, match="cannot be written"):
        await back_up(full_source.owner_dsn, tmp_path / "nowhere" / "file")
    monkeypatch.setattr("os.fsync", _full_disk)
    with pytest.raises(BackupError, match="No space left"):
        await back_up(full_source.owner_dsn, path)
    monkeypatch.undo()
    monkeypatch.setattr(backup_file.PartWriter, "write", _full_disk)
    with pytest.raises(BackupError, match="No space left"):
        await back_up(full_source.owner_dsn, path)
    assert path.read_bytes() == b"the one before"
    assert names(tmp_path) == ["nightly"]


def _full_disk(*anything: object) -> None:
    raise OSError(28, "No space left on device")


async def test_the_services_role_can_do_neither(
    full_source: Database, full_backup: Path, fresh_database: Database, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match="owner"):
        await restore(fresh_database.service_dsn, full_backup)
    with pytest.raises(BackupError, match="cannot be read"):
        await restore(fresh_database.owner_dsn, tmp_path / "missing")
    with pytest.raises(BackupError, match="does not answer"):
        await back_up("postgresql://nobody@127.0.0.1:1/none", tmp_path / "none")


async def test_progress_names_each_table_and_ends_at_its_rows(
    full_source: Database, full_backup: Path, tmp_path: Path
) -> None:
    told: dict[str, int] = {}
    await back_up(full_source.owner_dsn, tmp_path / "told", told.__setitem__)
    before = seen(await contents(full_source.owner_dsn))
    before.pop("alembic_version")
    assert told == before
