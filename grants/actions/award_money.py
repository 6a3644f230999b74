"""One award's money as its page shows it: figures by year and kind, budget against spend, instalments against payments."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from grants.actions.awards import AwardView
from grants.actions.plan_overview import Progress
from grants.domain.access import Deed, Scope, require
from grants.domain.awards import CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.plan_figures import Figures, award_figures
from grants.domain.return_documents import MilestoneReport
from grants.store import award_money as stored
from grants.store.ledger import AsAt, head
from grants.store.transaction import View


@dataclass(frozen=True)
class OfYear:
    """An award, or several, in one financial year, of one budget kind."""

    year: str
    budget_kind: BudgetKind
    figures: Figures
    progress: Progress


@dataclass(frozen=True)
class OfCategory:
    """A cost category of an award in one financial year, of one budget kind: its budget, and what is accounted for."""

    year: str
    budget_kind: BudgetKind
    category: CostCategory
    budget_pence: int
    spent_pence: int


@dataclass(frozen=True)
class Due:
    """An instalment of the payment profile, and what was paid against it; reversed payments are not counted."""

    number: int
    due_on: date
    year: str
    budget_kind: BudgetKind
    pence: int
    paid_pence: int


@dataclass(frozen=True)
class AwardMoney:
    """An award's money now. `told_in` is the period whose return tells of `milestones`; None: none has yet."""

    at: AsAt
    years: list[OfYear]
    categories: list[OfCategory]
    instalments: list[Due]
    told_in: str | None
    milestones: list[MilestoneReport]


async def award_money(view: View, award: AwardView) -> AwardMoney:
    """The money of an award. Raises NotFound for one that the actor may not see."""
    require(view.actor, Deed.SEE_AWARD, Scope(award.programme, award.recipient_id), sight=Deed.SEE_AWARD)
    told = await stored.milestones_told(view.db, award.reference)
    return AwardMoney(
        at=await head(view.db),
        years=await of_years(view, [award.reference]),
        categories=await _categories(view, award),
        instalments=_instalments(award),
        told_in=told and told[0],
        milestones=told[1] if told else [],
    )


async def of_years(view: View, references: Collection[str]) -> list[OfYear]:
    """What some awards that the actor may see come to, by year and budget kind."""
    found = award_figures(
        await stored.positions_of(view.db, references), await stored.forecasts_of(view.db, references)
    )
    told = await stored.progress_of(view.db, references)
    figures: dict[tuple[str, BudgetKind], Figures] = defaultdict(Figures)
    progress: dict[tuple[str, BudgetKind], Progress] = defaultdict(Progress)
    for (award, year, kind), of_award in found.items():
        figures[year, kind] += of_award
        progress[year, kind] += Progress(*told.get((award, year), (0, 0)))
    return [OfYear(*key, figures[key], progress[key]) for key in sorted(figures)]


async def _categories(view: View, award: AwardView) -> list[OfCategory]:
    spent = await stored.spent_by_category(view.db, award.reference)
    budget = {(line.year, line.budget_kind, line.category.value): line.pence for line in award.terms.budget}
    order = list(CostCategory)
    keys = sorted(budget.keys() | spent.keys(), key=lambda key: (key[0], key[1], order.index(CostCategory(key[2]))))
    return [OfCategory(key[0], key[1], CostCategory(key[2]), budget.get(key, 0), spent.get(key, 0)) for key in keys]


def _instalments(award: AwardView) -> list[Due]:
    paid: dict[int, int] = defaultdict(int)
    for payment in award.payments:
        if payment.instalment is not None and not payment.reversed:
            paid[payment.instalment] += payment.pence
    due = sorted(award.terms.profile, key=lambda each: (each.due_on, each.number))
    return [Due(each.number, each.due_on, each.year, each.budget_kind, each.pence, paid[each.number]) for each in due]
