"""The list of recipients: each with how many awards it has."""

from typing import Final

import asyncpg

from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

_TEXT: Final = """
SELECT c.id, c.name, c.kind, (SELECT count(*) FROM award a WHERE a.recipient_id = c.id) AS awards, c.is_example
FROM recipient c WHERE ($1::text[] IS NULL OR c.id = ANY($1))
"""
RECIPIENTS: Final = ListQuery(
    _TEXT,
    words=frozenset({"id", "name", "kind"}),
    values=frozenset({"awards", "is_example"}),
    unique="id",
)


async def recipients(db: Db, wanted: Wanted, visible: frozenset[str] | None) -> Listed[asyncpg.Record]:
    """One page of the recipients that may be seen; None: of all. Awards are those that whoever asks may see."""
    return await listed(db, RECIPIENTS, wanted, [None if visible is None else sorted(visible)])
