"""What tests of the service may ask for."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import pytest_asyncio

from grants.store.backup import back_up, restore
from tests.database import Database, DatabaseServer
from tests.grants.actions import cast
from tests.grants.full_record import fill


@pytest.fixture(scope="session")
def full_backup(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a database in which every table has rows."""
    path = tmp_path_factory.mktemp("full") / "tallystick.backup"

    async def made(database: Database) -> None:
        async with cast.opened(database) as gate:
            await fill(gate)
        await back_up(database.owner_dsn, path)

    with database_server.fresh() as database, ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, made(database)).result()  # in a thread: a loop of its own, which a test's may not run
    return path


@pytest_asyncio.fixture
async def full_database(full_backup: Path, fresh_database: Database) -> AsyncIterator[Database]:
    """A database of this test's own in which every table has rows."""
    await restore(fresh_database.owner_dsn, full_backup)
    yield fresh_database
