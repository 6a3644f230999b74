"""What waited for a recipient at a place in the record: errors, warnings without a reason, a request that was not answered."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from grants.domain.returns import ReturnState
from grants.store.ledger import AsAt
from grants.store.standing.returns import ReturnAt
from grants.store.standing.sight import require_sight
from grants.store.transaction import Db

_FOUND: Final = """
SELECT version_id, count(*) FILTER (WHERE severity = 'error') AS errors, count(*) FILTER (WHERE severity = 'warning') AS warnings
FROM return_problem WHERE version_id = ANY($1::bigint[]) GROUP BY version_id
"""
# A warning's reason is written over nothing, so that when it came is in the journal alone.
_EXPLAINED: Final = """
SELECT u.return_id, count(DISTINCT answer) AS answers
FROM (SELECT return_id, max(journal_no) AS journal_no FROM return_event
        WHERE return_id = ANY($2::uuid[]) AND journal_no <= $1 AND deed = 'checked_good' GROUP BY 1) u
    JOIN spend_return s ON s.id = u.return_id
    JOIN journal j ON j.subject_kind = 'return' AND j.subject = s.award || '/' || s.period AND j.number BETWEEN u.journal_no AND $1
    CROSS JOIN LATERAL jsonb_array_elements_text(j.after -> 'explained') answer
WHERE j.after ? 'explained' GROUP BY 1
"""


async def open_queries(db: Db, at: AsAt, returns: Sequence[ReturnAt]) -> dict[UUID, int]:
    """How much of each return waited for its recipient. Raises RuleBroken for a reader who may not see all."""
    await require_sight(db)
    versions = {found.id: found.newest.id for found in returns if found.newest}
    problems = {row["version_id"]: row for row in await db.fetch(_FOUND, list(versions.values()))}
    ready = [found.id for found in returns if found.state is ReturnState.READY]
    explained = {row["return_id"]: row["answers"] for row in await db.fetch(_EXPLAINED, at.journal_no, ready)}
    counts = {}
    for found in returns:
        row = problems.get(versions.get(found.id, 0))
        if found.state is ReturnState.CHANGES_REQUESTED:
            counts[found.id] = 1
        elif found.state is ReturnState.HAS_PROBLEMS:
            counts[found.id] = row["errors"] if row else 0
        elif found.state is ReturnState.READY:
            counts[found.id] = max((row["warnings"] if row else 0) - explained.get(found.id, 0), 0)
        else:
            counts[found.id] = 0
    return counts
