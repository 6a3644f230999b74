"""The list of the ledger's entries that touched some accounts, each with its cause."""

from collections.abc import Iterable
from typing import Final

import asyncpg

from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

# An award may have the same name as a line of another programme: the kind of an account tells whose it is.
_OF_LINE: Final = """
SELECT DISTINCT account FROM position LEFT JOIN award ON reference = owner
WHERE CASE kind WHEN 'line' THEN owner ELSE funding_line END = $1
"""
_OF_AWARD: Final = "SELECT DISTINCT account FROM position WHERE owner = $1 AND kind IN ('award', 'held', 'spent')"
_TEXT: Final = """
SELECT e.number, e.kind, e.source, e.target, e.pence, e.budget_kind, e.category, e.year, e.effective_on, e.recorded_at,
    e.decision_id, v.return_id, e.evidence, e.reverses, coalesce(d.is_example, s.is_example) AS is_example
FROM entry e LEFT JOIN return_version v ON v.id = e.return_version
    LEFT JOIN decision d ON d.id = e.decision_id LEFT JOIN spend_return s ON s.id = v.return_id
WHERE e.source = ANY($1::text[]) OR e.target = ANY($1::text[])
"""
ENTRIES: Final = ListQuery(
    _TEXT,
    words=frozenset({"kind", "source", "target", "budget_kind", "category", "year", "evidence"}),
    values=frozenset(
        {
            *("number", "pence", "effective_on", "recorded_at", "decision_id", "return_id", "reverses"),
            "is_example",
        }
    ),
    unique="number",
    nullable=frozenset({"category", "decision_id", "return_id", "reverses"}),
)


async def accounts_of_line(db: Db, code: str) -> list[str]:
    """The accounts of a funding line and of the awards made from it."""
    return [row["account"] for row in await db.fetch(_OF_LINE, code)]


async def accounts_of_award(db: Db, reference: str) -> list[str]:
    """The accounts of an award."""
    return [row["account"] for row in await db.fetch(_OF_AWARD, reference)]


async def entries(db: Db, wanted: Wanted, accounts: Iterable[str]) -> Listed[asyncpg.Record]:
    """One page of the entries that touched any of the accounts."""
    return await listed(db, ENTRIES, wanted, [sorted(accounts)])
