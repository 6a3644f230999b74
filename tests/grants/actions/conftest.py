"""What tests of actions may ask for."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from grants.store.backup import back_up, restore
from grants.store.transaction import Gate
from tests.database import Database, DatabaseServer
from tests.grants.actions import cast
from tests.grants.actions.outlived import fill
from tests.grants.conftest import elsewhere


@pytest_asyncio.fixture
async def gate(fresh_database: Database) -> AsyncIterator[Gate]:
    """A gate to a database of this test's own, with the service's own actors and nothing else."""
    async with cast.opened(fresh_database) as opened:
        yield opened


@pytest.fixture(scope="module")
def old_source(database_server: DatabaseServer) -> Iterator[Database]:
    """A database with an award whose years are over and one whose years are not. No test changes it."""
    with database_server.fresh() as database:
        elsewhere(fill(database))
        yield database


@pytest_asyncio.fixture
async def old(old_source: Database, fresh_database: Database, tmp_path: Path) -> AsyncIterator[Database]:
    """One of this test's own."""
    path = tmp_path / "old.backup"
    await back_up(old_source.owner_dsn, path)
    await restore(fresh_database.owner_dsn, path)
    yield fresh_database
