"""Queries of example data: whether it is there, and whether a database has anything real that it must not be mixed with."""

from typing import Final

from grants.store.transaction import Tx

_ONE_AT_A_TIME: Final = 7_461_229_020


async def queue(tx: Tx) -> None:
    """Waits until nobody else is loading example data, and keeps others waiting until the deed ends."""
    await tx.db.execute("SELECT pg_advisory_xact_lock($1)", _ONE_AT_A_TIME)


async def are_there(tx: Tx) -> bool:
    """Whether example data was loaded before."""
    return bool(await tx.db.fetchval("SELECT EXISTS (SELECT FROM person WHERE is_example)"))


async def real_awards(tx: Tx) -> int:
    """How many awards are no examples."""
    found: int = await tx.db.fetchval("SELECT count(*) FROM award WHERE NOT is_example")
    return found
