"""What tests of the store may ask for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import pytest_asyncio

from tests.database import Database, DatabaseServer
from tests.grants.store.record import Record, opened, settle


@pytest_asyncio.fixture
async def record(fresh_database: Database) -> AsyncIterator[Record]:
    """A record of this test's own."""
    async with opened(fresh_database) as made:
        yield made


@pytest.fixture(scope="module")
def settled(database_server: DatabaseServer) -> Iterator[Database]:
    """A record that every test of a module looks at and none can change."""

    async def fill(database: Database) -> None:
        async with opened(database) as made:
            await settle(made)

    with database_server.fresh() as database:
        with ThreadPoolExecutor(1) as pool:  # it runs a loop of its own, which a test's thread may not
            pool.submit(asyncio.run, fill(database)).result()
        yield database
