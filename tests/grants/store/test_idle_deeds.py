"""A deed whose process is stopped in its midst lets go of its locks."""

import asyncio
from datetime import timedelta

import pytest

from grants.actions.people import OPERATOR
from grants.domain.access import Deed
from grants.store.journal import record
from grants.store.transaction import Gate
from tests.database import Database
from tests.grants.actions.cast import opened
from tests.patience import SECONDS

IDLE = timedelta(seconds=0.3)


async def test_a_deed_that_says_nothing_more_is_taken_back_and_the_next_goes_on(fresh_database: Database) -> None:
    numbers: list[int] = []
    async with opened(fresh_database) as patient:
        gate = await Gate.open(fresh_database.service_dsn, connections=2, deed_idle=IDLE)
        try:
            while not numbers:  # whoever is slow may be cut off before they have anything to be cut off from
                with pytest.raises(
                    Exception, match=r"terminating connection|connection is closed|closed in the middle"
                ):
                    await _fall_silent(gate, numbers)
        finally:
            await gate.close()
        async with asyncio.timeout(SECONDS), patient.deed(OPERATOR) as tx:
            assert await record(tx, Deed.MANAGE_PEOPLE, "person", "next") == numbers[0]


async def _fall_silent(gate: Gate, numbers: list[int]) -> None:
    """A deed that holds the journal's lock, and notes the number that it was given."""
    async with gate.deed(OPERATOR) as tx:
        numbers.append(await record(tx, Deed.MANAGE_PEOPLE, "person", "silent"))
        await asyncio.sleep(1)
