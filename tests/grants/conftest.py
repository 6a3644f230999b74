"""What tests of the service may ask for."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from grants.store.backup import back_up, restore
from tests.database import Database, DatabaseServer
from tests.grants.actions import cast
from tests.grants.full_record import fill


@pytest.fixture(scope="session")
def full_source(database_server: DatabaseServer) -> Iterator[Database]:
    """A database in which every table has rows. No test changes it."""

    async def filled(database: Database) -> None:
        async with cast.opened(database) as gate:
            await fill(gate)

    with database_server.fresh() as database:
        elsewhere(filled(database))
        yield database


@pytest.fixture(scope="session")
def full_backup(full_source: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup."""
    path = tmp_path_factory.mktemp("full") / "tallystick.backup"
    elsewhere(back_up(full_source.owner_dsn, path))
    return path


def elsewhere(work: Coroutine[Any, Any, Any]) -> None:
    """Does the work in a thread: it runs a loop of its own, which a test's thread may not."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


@pytest_asyncio.fixture
async def full_database(full_backup: Path, fresh_database: Database) -> AsyncIterator[Database]:
    """A database of this test's own in which every table has rows."""
    await restore(fresh_database.owner_dsn, full_backup)
    yield fresh_database
