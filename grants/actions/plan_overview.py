"""The plan at a glance: its figures at one place in the record, how far the returns behind them are, and where that place is."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from grants.actions.kept_answers import kept
from grants.actions.plan_view import LineView, PlanView, YearFigures, plan_with
from grants.domain.access import Actor, Deed, narrowed_to, require
from grants.domain.measures import Measure
from grants.domain.periods import london_day
from grants.domain.plan import BudgetKind
from grants.domain.plan_figures import FigureKey, Figures
from grants.store import plan as stored
from grants.store.ledger import AsAt, as_at, head
from grants.store.plan import PlanFigures
from grants.store.return_progress import progress_of_awards
from grants.store.transaction import Gate, View


@dataclass(frozen=True)
class Progress:
    """How many returns were accepted, and how many were expected: how complete a figure of spend is."""

    accepted: int = 0
    expected: int = 0

    def __add__(self, other: "Progress") -> "Progress":
        return Progress(self.accepted + other.accepted, self.expected + other.expected)


@dataclass(frozen=True)
class Position:
    """A funding line in one financial year and budget kind. `announced_pence` is None where another year or kind was announced."""

    line: LineView
    year: str
    budget_kind: BudgetKind
    figures: Figures
    announced_pence: int | None
    progress: Progress

    def pence(self, measure: Measure) -> int | None:
        """The figure of a measure that funding lines have. None: another year or budget kind was announced."""
        if measure is Measure.ANNOUNCED:
            return self.announced_pence
        found: int = getattr(self.figures, f"{measure.value}_pence")
        return found

    @property
    def year_basis(self) -> str:
        """Whether its year is the announcement's, this plan's assumption, or what decisions made of it."""
        return f"Year {self.line.year_basis}" if self.year == self.line.year else "Follows from decisions"


@dataclass(frozen=True)
class Overview:
    """The plan at a place in the record. `entry_on` is the day in London on which its entry was recorded.

    It is None before the first entry, and where the entry is of a programme that the reader may not see.
    """

    plan: PlanView
    at: AsAt
    entry_on: date | None
    newest_entry: int
    positions: list[Position]


_MONEY: Final = tuple(field.name for field in fields(Figures))


async def overview(gate: Gate, actor: Actor, entry_no: int | None = None, *, journal_no: int | None = None) -> Overview:
    """The plan that a person may see, at an entry number; None: now. Raises Invalid, NotAllowed. See kept() for `journal_no`."""
    require(actor, Deed.SEE_PLAN)
    key = ("overview", narrowed_to(actor, Deed.SEE_PLAN)[0], entry_no)

    async def made(view: View) -> Overview:
        return await _overview(view, entry_no)

    return await kept(gate, actor, key, made, journal_no=journal_no)


async def _overview(view: View, entry_no: int | None) -> Overview:
    at, newest = await as_at(view.db, entry_no), await head(view.db)
    found = await stored.figures(view.db, at)
    plan = await plan_with(view, at, found)
    progress = _of_lines(found, await progress_of_awards(view.db, None if at == newest else at))
    recorded_at = await view.db.fetchval("SELECT recorded_at FROM entry WHERE number = $1", at.entry_no)
    return Overview(
        plan=plan,
        at=at,
        entry_on=recorded_at and london_day(recorded_at),
        newest_entry=newest.entry_no,
        positions=[
            _position(line, of_year, progress)
            for programme in plan.programmes
            for line in programme.funding_lines
            for of_year in line.financial_years
        ],
    )


def _of_lines(found: PlanFigures, of_awards: Mapping[tuple[str, str], tuple[int, int]]) -> dict[FigureKey, Progress]:
    """The returns of the awards that have such money, by funding line, year and budget kind."""
    totals: dict[FigureKey, Progress] = defaultdict(Progress)
    for award, year, kind in found.awards:
        totals[found.line_of_award[award], year, kind] += Progress(*of_awards.get((award, year), (0, 0)))
    return totals


def _position(line: LineView, of_year: YearFigures, progress: Mapping[FigureKey, Progress]) -> Position:
    key = (line.code, of_year.year, of_year.budget_kind)
    return Position(
        line=line,
        year=of_year.year,
        budget_kind=of_year.budget_kind,
        figures=Figures(**{name: getattr(of_year, name) for name in _MONEY}),
        announced_pence=line.announced_pence if key[1:] == (line.year, line.budget_kind) else None,
        progress=progress.get(key, Progress()),
    )
