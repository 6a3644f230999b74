"""All that is told of how things stood at a place in the record."""

from grants.store.ledger import AsAt
from grants.store.standing import awards_at, decisions_at, lines_at, recipients_at, returns_at
from grants.store.transaction import Db


async def everything(db: Db, at: AsAt) -> tuple[object, ...]:
    """All that is told of a place."""
    return (
        await lines_at(db, at),
        await recipients_at(db, at),
        await awards_at(db, at),
        await decisions_at(db, at),
        await returns_at(db, at),
    )
