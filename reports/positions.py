"""Positions of funding lines: the money figures of each, by financial year and budget kind, at a place in the record."""

from dataclasses import dataclass
from typing import Final

from grants.domain.figures import line_scope
from grants.domain.measures import Measure
from grants.domain.plan import BudgetKind, FundingLine, Rag
from grants.domain.plan_figures import Figures
from grants.domain.schedules import Filters
from grants.store import plan
from grants.store.ledger import AsAt
from grants.store.standing import lines_at
from grants.store.transaction import Db

MEASURES: Final = (
    *(Measure.ANNOUNCED, Measure.ALLOCATED, Measure.AWARDED, Measure.PAID, Measure.SPENT),
    *(Measure.FORECAST, Measure.UNAWARDED, Measure.UNSPENT, Measure.VARIANCE),
)


@dataclass(frozen=True)
class Position:
    """A funding line in one financial year and budget kind. `announced_pence` is None where another year or kind was announced."""

    line: FundingLine
    year: str
    budget_kind: BudgetKind
    figures: Figures
    announced_pence: int | None
    is_example: bool

    def pence(self, measure: Measure) -> int | None:
        """The figure of one of MEASURES, in pence."""
        if measure is Measure.ANNOUNCED:
            return self.announced_pence
        if measure is Measure.UNSPENT:
            return self.figures.awarded_pence - self.figures.spent_pence
        if measure is Measure.VARIANCE:
            return self.figures.variance_pence
        found: int = getattr(self.figures, f"{measure.value}_pence")
        return found

    @property
    def scope(self) -> str:
        """What its figures are of, as their identifiers say it."""
        return line_scope(self.line.code, self.year, self.budget_kind)

    @property
    def rag(self) -> Rag | None:
        """The variance's rating; None where nothing is awarded, so that there is nothing to rate."""
        return self.figures.rag()


async def positions_of(db: Db, at: AsAt, filters: Filters) -> list[Position]:
    """Every line, year and budget kind that has a figure, in the plan's order. Raises RuleBroken for who may not see all."""
    found = await plan.figures(db, at)
    examples = {
        row["reference"] for row in await db.fetch("SELECT reference FROM award WHERE is_example ORDER BY reference")
    }
    marked = {(found.line_of_award[award], year, kind) for award, year, kind in found.awards if award in examples}
    return [
        _position(line, year, kind, found.lines.get((line.code, year, kind), Figures()), marked)
        for line in await lines_at(db, at, filters)
        for year, kind in sorted(
            {(line.year, line.budget_kind)} | {key[1:] for key in found.lines if key[0] == line.code}
        )
        if filters.period in (None, year)
    ]


def _position(
    line: FundingLine, year: str, kind: BudgetKind, figures: Figures, marked: set[tuple[str, str, BudgetKind]]
) -> Position:
    announced = line.announced_pence if (year, kind) == (line.year, line.budget_kind) else None
    return Position(line, year, kind, figures, announced, (line.code, year, kind) in marked)
