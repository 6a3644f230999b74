"""What tests of reports may ask for."""

from collections.abc import AsyncIterator

import pytest_asyncio

from grants.store.transaction import Gate
from tests.database import Database
from tests.grants.actions import cast


@pytest_asyncio.fixture
async def gate(fresh_database: Database) -> AsyncIterator[Gate]:
    """A gate to a database of this test's own, with the service's own actors and nothing else."""
    async with cast.opened(fresh_database) as opened:
        yield opened
