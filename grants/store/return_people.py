"""Who had which part in a return, in any of its versions: what keeps preparer, certifier and reviewer apart."""

from typing import Final
from uuid import UUID

from grants.store.transaction import Db

PREPARERS: Final = """
SELECT uploaded_by AS person FROM return_version WHERE return_id = $1 UNION
SELECT p.reason_by FROM return_problem p JOIN return_version v ON v.id = p.version_id
WHERE v.return_id = $1 AND p.reason_by IS NOT NULL
"""


async def preparers(db: Db, return_id: UUID) -> list[UUID]:
    """Who uploaded a version of the return, or gave the reason for one of its warnings."""
    rows = await db.fetch(PREPARERS, return_id)
    return [row["person"] for row in rows]


async def certifiers(db: Db, return_id: UUID) -> list[UUID]:
    """Who certified a version of the return."""
    rows = await db.fetch(
        "SELECT DISTINCT certified_by FROM return_version WHERE return_id = $1 AND certified_by IS NOT NULL", return_id
    )
    return [row["certified_by"] for row in rows]


async def of_claim(db: Db, award: str, period: str) -> list[UUID]:
    """Who prepared or certified the return that a payment is claimed with."""
    return_id = await db.fetchval("SELECT id FROM spend_return WHERE award = $1 AND period = $2", award, period)
    return [] if return_id is None else [*await preparers(db, return_id), *await certifiers(db, return_id)]
