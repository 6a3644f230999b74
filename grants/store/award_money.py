"""Queries of some awards' money: positions, forecasts, spend by cost category, returns, and what the newest return tells."""

from collections.abc import Iterable
from typing import Final

import msgspec

from grants.domain.plan import BudgetKind
from grants.domain.plan_figures import ForecastInForce
from grants.domain.return_documents import MilestoneReport
from grants.store.ledger import PositionRow
from grants.store.transaction import Db

_POSITIONS: Final = """
SELECT account, kind, owner, year, budget_kind, balance_pence, funded_pence FROM position
WHERE owner = ANY($1::text[]) AND kind IN ('award', 'spent') ORDER BY account, budget_kind
"""
_FORECASTS: Final = """
SELECT award, year, budget_kind, period, rest_pence FROM (
    SELECT DISTINCT ON (award, year, budget_kind, period) award, year, budget_kind, period, rest_pence FROM forecast
    WHERE award = ANY($1::text[]) ORDER BY award, year, budget_kind, period, journal_no DESC, id DESC
) newest WHERE rest_pence IS NOT NULL
"""
# Spend comes out of what the recipient holds; what goes back there is a credit, or a return that was reopened.
_BY_CATEGORY: Final = """
SELECT year, budget_kind, category, sum(CASE WHEN source = $1 THEN pence ELSE -pence END)::bigint AS pence
FROM entry WHERE kind = 'spend' AND (source = $1 OR target = $1) GROUP BY year, budget_kind, category
"""
_TOLD: Final = """
SELECT r.period, (v.documents -> 'milestones')::text AS milestones FROM spend_return r
    JOIN return_version v ON v.return_id = r.id AND v.number = r.version
WHERE r.award = $1 AND jsonb_array_length(coalesce(v.documents -> 'milestones', '[]')) > 0 ORDER BY r.period DESC LIMIT 1
"""


async def positions_of(db: Db, references: Iterable[str]) -> list[PositionRow]:
    """What was awarded, paid and accounted for, by award, year and budget kind."""
    rows = await db.fetch(_POSITIONS, sorted(references))
    return [PositionRow(**{**dict(row), "budget_kind": BudgetKind(row["budget_kind"])}) for row in rows]


async def forecasts_of(db: Db, references: Iterable[str]) -> list[ForecastInForce]:
    """The forecast that stands for each award, year, budget kind and period, where one does."""
    rows = await db.fetch(_FORECASTS, sorted(references))
    return [ForecastInForce(**{**dict(row), "budget_kind": BudgetKind(row["budget_kind"])}) for row in rows]


async def spent_by_category(db: Db, reference: str) -> dict[tuple[str, BudgetKind, str], int]:
    """Pence that accepted returns account for, by year, budget kind and cost category."""
    rows = await db.fetch(_BY_CATEGORY, f"held:{reference}")
    return {(row["year"], BudgetKind(row["budget_kind"]), row["category"]): row["pence"] for row in rows}


async def milestones_told(db: Db, reference: str) -> tuple[str, list[MilestoneReport]] | None:
    """The newest period whose return tells of milestones, and what it tells; None where none does."""
    row = await db.fetchrow(_TOLD, reference)
    return row and (row["period"], msgspec.json.decode(row["milestones"], type=list[MilestoneReport]))


async def progress_of(db: Db, references: Iterable[str]) -> dict[tuple[str, str], tuple[int, int]]:
    """For each award and financial year: how many returns are accepted, and how many are expected."""
    rows = await db.fetch(
        "SELECT award, left(period, 7) AS year, count(*) FILTER (WHERE state = 'accepted') AS accepted, count(*) AS expected "
        "FROM spend_return WHERE award = ANY($1::text[]) GROUP BY 1, 2",
        sorted(references),
    )
    return {(row["award"], row["year"]): (row["accepted"], row["expected"]) for row in rows}
