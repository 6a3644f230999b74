"""What tests of the store may ask for."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.database import Database
from tests.grants.store.record import Record, opened


@pytest_asyncio.fixture
async def record(fresh_database: Database) -> AsyncIterator[Record]:
    """A record of this test's own."""
    async with opened(fresh_database) as made:
        yield made
