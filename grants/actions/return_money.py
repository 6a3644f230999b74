"""The money of one return as its officer, its certifier and its reviewer look at it: by cost category, against the budget."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias
from uuid import UUID

import msgspec
from msgspec import Struct

from grants.actions.return_views import seen
from grants.domain.awards import AwardTerms, CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryForecast, CategoryTotal
from grants.store import awards
from grants.store import return_money as stored
from grants.store.transaction import View
from grants.store.variance_reasons import reasons_of

Key: TypeAlias = tuple[CostCategory, BudgetKind]


class CategoryMoney(Struct, frozen=True):
    """One cost category and budget kind in the return's financial year, in pence.

    `before_pence` is what earlier periods of the year had accepted, `previous_pence` the accepted return of the period before
    this one. `forecast_pence` is for the quarters left. The variance is outturn minus budget: above zero is over budget.
    """

    category: CostCategory
    budget_kind: BudgetKind
    budget_pence: int
    previous_pence: int
    before_pence: int
    this_pence: int
    forecast_pence: int
    reason: str = ""

    @property
    def to_date_pence(self) -> int:
        """Earlier periods of the year and this one."""
        return self.before_pence + self.this_pence

    @property
    def outturn_pence(self) -> int:
        """What the year is expected to come to."""
        return self.to_date_pence + self.forecast_pence

    @property
    def variance_pence(self) -> int:
        """Above zero: over budget."""
        return self.outturn_pence - self.budget_pence


class ReturnMoney(Struct, frozen=True):
    """A return's money. `previous` is the period of the return that it is held beside, empty where there is none.

    `version` is the upload that it is of, 0 where nothing was uploaded. Of `earlier` returns for periods of the same year
    before it, `accepted` are counted. Each budget kind is added up by itself: `sums` never mixes two.
    """

    year: str
    previous: str
    version: int
    earlier: int
    accepted: int
    rows: list[CategoryMoney]

    @property
    def sums(self) -> list[tuple[BudgetKind, CategoryMoney]]:
        """The sum over all categories, by budget kind; its own category says nothing."""
        kinds = sorted({row.budget_kind for row in self.rows})
        return [(kind, _sum(row for row in self.rows if row.budget_kind is kind)) for kind in kinds]


async def return_money(view: View, return_id: UUID) -> ReturnMoney:
    """The newest version's money, by category; categories of the budget come first. Raises NotFound."""
    found = await seen(view, return_id)
    award, known = await awards.find(view.db, found.award), await stored.money(view.db, found)
    reasons = (await reasons_of(view.db, [known.version_id])).get(known.version_id, {}) if known.version_id else {}
    year = found.period.year.code
    budget = _budget(award.terms, year)
    this, before, previous = _by_key(known.this), _by_key(known.before), _by_key(known.previous)
    forecast = _by_key(known.forecasts)
    keys = [*budget, *sorted({*this, *before, *forecast, *previous} - set(budget))]
    return ReturnMoney(
        year=year,
        previous=known.previous_period,
        version=found.version,
        earlier=known.earlier,
        accepted=known.accepted,
        rows=[
            CategoryMoney(
                *key, budget.get(key, 0), previous[key], before[key], this[key], forecast[key], reasons.get(key, "")
            )
            for key in keys
        ],
    )


def _budget(terms: AwardTerms, year: str) -> dict[Key, int]:
    found: dict[Key, int] = defaultdict(int)
    for line in terms.budget:
        if line.year == year:
            found[line.category, line.budget_kind] += line.pence
    return dict(found)


def _by_key(parts: Iterable[CategoryTotal | CategoryForecast]) -> Mapping[Key, int]:
    found: dict[Key, int] = defaultdict(int)
    for part in parts:
        found[part.category, part.budget_kind] += part.pence
    return found


def _sum(rows: Iterable[CategoryMoney]) -> CategoryMoney:
    first, *others = rows
    for row in others:
        added = {
            name: getattr(first, name) + getattr(row, name)
            for name in CategoryMoney.__struct_fields__
            if name.endswith("_pence")
        }
        first = msgspec.structs.replace(first, reason="", **added)
    return first
