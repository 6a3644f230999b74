"""The reasons that recipients gave for variances, as the versions of their returns keep them."""

from collections.abc import Collection

import msgspec

from grants.domain.awards import CostCategory
from grants.domain.plan import BudgetKind
from grants.store.transaction import Db


class VarianceReason(msgspec.Struct, frozen=True):
    """Why the forecast outturn of one cost category differs from its budget, in the recipient's words."""

    category: CostCategory
    budget_kind: BudgetKind
    reason: str


async def reasons_of(db: Db, version_ids: Collection[int]) -> dict[int, dict[tuple[CostCategory, BudgetKind], str]]:
    """The reasons of each version that gave any. A version that was checked never changes."""
    rows = await db.fetch(
        "SELECT id, (header -> 'reasons')::text AS reasons FROM return_version WHERE id = ANY($1::bigint[]) AND header -> 'reasons' IS NOT NULL",
        sorted(version_ids),
    )
    return {
        row["id"]: {
            (one.category, one.budget_kind): one.reason
            for one in msgspec.json.decode(row["reasons"], type=list[VarianceReason])
        }
        for row in rows
    }
