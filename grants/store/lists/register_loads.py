"""The lists of loaded registers and payment files, and of what became of the rows of one."""

from typing import Final
from uuid import UUID

import asyncpg

from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

# Row-level security leaves the actor's own loads, and those about programmes of theirs alone.
_LOADS: Final = """
SELECT l.id, l.number, l.kind, l.state, l.filename, p.name AS loaded_by, l.loaded_at, l.is_example,
    jsonb_array_length(l.problems) AS problems,
    (SELECT count(*) FROM register_row w WHERE w.load_id = l.id) AS rows,
    (SELECT count(*) FROM register_row w WHERE w.load_id = l.id AND w.outcome IN ('near_miss', 'unknown')) AS unmatched,
    (SELECT count(*) FROM register_row w JOIN decision d ON d.number = w.decision
        WHERE w.load_id = l.id AND w.outcome = 'proposed' AND d.state = 'proposed') AS waiting
FROM register_load l JOIN person p ON p.id = l.loaded_by
"""
LOADS: Final = ListQuery(
    _LOADS,
    words=frozenset({"kind", "state", "filename", "loaded_by"}),
    values=frozenset({"id", "number", "loaded_at", "is_example", "problems", "rows", "unmatched", "waiting"}),
    unique="number",
)
_ROWS: Final = """
SELECT w.number, w.sheet, w.row, w.cell, w.outcome, w.message, w.reference, w.pence, w.award, w.paid_on, w.transaction, w.decision,
    d.id AS decision_id, d.state AS decision_state
FROM register_row w LEFT JOIN decision d ON d.number = w.decision WHERE w.load_id = $1
"""
ROWS: Final = ListQuery(
    _ROWS,
    words=frozenset({"sheet", "cell", "outcome", "message", "reference", "award", "transaction", "decision_state"}),
    values=frozenset({"number", "row", "pence", "paid_on", "decision", "decision_id"}),
    unique="number",
    nullable=frozenset({"award", "paid_on", "decision", "decision_id", "decision_state"}),
)


async def loads(db: Db, wanted: Wanted) -> Listed[asyncpg.Record]:
    """One page of the loads that may be seen."""
    return await listed(db, LOADS, wanted, [])


async def rows(db: Db, load_id: UUID, wanted: Wanted) -> Listed[asyncpg.Record]:
    """One page of a load's rows."""
    return await listed(db, ROWS, wanted, [load_id])
