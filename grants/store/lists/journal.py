"""The list of the journal's records, for looking through them."""

from datetime import datetime
from typing import Final

import asyncpg

from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

_COLUMNS: Final = """
SELECT j.number, j.at, p.name AS person, j.role, j.deed, j.subject_kind, j.subject, j.reason, j.before::text AS before,
    j.after::text AS after, j.request_id, (j.at AT TIME ZONE 'Europe/London')::date AS day
FROM journal j JOIN person p ON p.id = j.person_id
"""
_TEXT: Final = f"{_COLUMNS} WHERE ($1::timestamptz IS NULL OR j.at >= $1) AND ($2::timestamptz IS NULL OR j.at < $2)"
RECORDS: Final = ListQuery(
    _TEXT,
    words=frozenset({"person", "role", "deed", "subject_kind", "subject", "reason", "before", "after", "request_id"}),
    values=frozenset({"number", "at", "day"}),
    unique="number",
    nullable=frozenset({"role", "reason", "before", "after"}),
)


async def records(
    db: Db, wanted: Wanted, first: datetime | None = None, until: datetime | None = None
) -> Listed[asyncpg.Record]:
    """One page of the records from a moment on until before another; None: from the beginning, and until now."""
    return await listed(db, RECORDS, wanted, [first, until])


async def record(db: Db, number: int) -> asyncpg.Record | None:
    """One record, with the leaf that the journal's tree has of it."""
    return await db.fetchrow(
        f"{_COLUMNS.replace('SELECT j.number', 'SELECT j.leaf, j.number')} WHERE j.number = $1", number
    )
