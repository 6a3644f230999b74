"""Funding lines of one financial year and budget kind: the only money that is added up, with its rows, total and chart."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from grants.actions.plan_overview import Position, Progress
from grants.domain.figures import line_scope, plan_scope
from grants.domain.measures import Measure
from grants.domain.periods import parse_year
from grants.domain.plan import BudgetKind
from grants.domain.plan_figures import Figures
from grants.domain.schedules import EVERYTHING, Filters
from grants.pages.charts import Chart, Drawing, Series, drawn
from grants.pages.figure_links import figure_address
from grants.pages.rating_words import rating, why_rated
from grants.pages.tables import Tag
from grants.pages.words import count
from grants.store.ledger import AsAt

MEASURES: Final = (
    *(Measure.ANNOUNCED, Measure.ALLOCATED, Measure.AWARDED, Measure.UNAWARDED),
    *(Measure.PAID, Measure.SPENT, Measure.FORECAST),
)
_CHARTED: Final = (Measure.ALLOCATED, Measure.AWARDED, Measure.PAID, Measure.SPENT, Measure.FORECAST)
_CHARTED_LINES_MAX: Final = 15
"""Of one chart: more bars than can be read below each other."""


@dataclass(frozen=True)
class Money:
    """A figure of a row, and where it leads. None: there is none."""

    measure: Measure
    pence: int | None
    address: str | None


@dataclass(frozen=True)
class Row:
    """A funding line of the group."""

    position: Position
    money: Sequence[Money]
    rating: Tag
    why: str
    progress: str


@dataclass(frozen=True)
class YearRow:
    """What a funding line, an award or a recipient comes to in one financial year and budget kind; None: it has no rating."""

    year: str
    kind: str
    money: Sequence[Money]
    progress: str
    rating: Tag | None = None
    why: str = ""


@dataclass(frozen=True)
class Group:
    """Money of one financial year and budget kind. `total` is None where there is but one line."""

    name: str
    title: str
    rows: Sequence[Row]
    total: Sequence[Money] | None
    progress: str
    chart: Drawing | None


def progress_words(progress: Progress) -> str:
    """ "2 of 3 returns accepted": beside every figure of spend."""
    if not progress.expected:
        return "No returns expected yet"
    return f"{progress.accepted:,} of {count(progress.expected, 'return')} accepted"


def groups_of(positions: Iterable[Position], at: AsAt, whole: str | None) -> list[Group]:
    """The positions by year and budget kind. `whole` is the programme that totals are of, empty: all of the plan, None: neither."""
    found: dict[tuple[str, BudgetKind], list[Position]] = defaultdict(list)
    for position in positions:
        found[position.year, position.budget_kind].append(position)
    return [_group(year, kind, found[year, kind], at, whole) for year, kind in sorted(found)]


def _group(year: str, kind: BudgetKind, positions: Sequence[Position], at: AsAt, whole: str | None) -> Group:
    name = f"{year}-{kind.value}".replace("_", "-")
    title = f"{parse_year(year).label}: {kind.label[:1].lower()}{kind.label[1:]}"
    scope = None if whole is None else plan_scope(year, kind, Filters(programme=whole) if whole else EVERYTHING)
    return Group(
        name=name,
        title=title,
        rows=rows_of(positions, at),
        total=[_money(measure, _total(positions, measure), scope, at) for measure in MEASURES]
        if len(positions) > 1
        else None,
        progress=progress_words(sum((position.progress for position in positions), Progress())),
        chart=_chart(name, title, positions),
    )


def rows_of(positions: Iterable[Position], at: AsAt) -> list[Row]:
    """Each position with its figures, its rating and why it has that one."""
    return [_row(position, at) for position in positions]


def years_of(positions: Iterable[Position], at: AsAt) -> list[YearRow]:
    """The positions of one funding line by year and kind."""
    return [
        YearRow(
            one.position.year,
            f"{one.position.budget_kind.label}. {one.position.year_basis}.",
            one.money,
            one.progress,
            one.rating,
            one.why,
        )
        for one in rows_of(positions, at)
    ]


def _row(position: Position, at: AsAt) -> Row:
    scope = line_scope(position.line.code, position.year, position.budget_kind)
    return Row(
        position=position,
        money=[_money(measure, position.pence(measure), scope, at) for measure in MEASURES],
        rating=rating(position.figures.rag()),
        why=why_rated(position.figures),
        progress=progress_words(position.progress),
    )


def _money(measure: Measure, pence: int | None, scope: str | None, at: AsAt) -> Money:
    is_linked = pence is not None and scope is not None
    return Money(measure, pence, figure_address(measure, scope or "", at) if is_linked else None)


def _total(positions: Iterable[Position], measure: Measure) -> int:
    return sum(position.pence(measure) or 0 for position in positions)


def _chart(name: str, title: str, positions: Sequence[Position]) -> Drawing | None:
    charted = sorted(
        (one for one in positions if one.figures != Figures()),
        key=lambda one: (-one.figures.allocated_pence, one.line.code),
    )[:_CHARTED_LINES_MAX]
    if not charted:
        return None
    which = "Each funding line" if len(charted) == len(positions) else "The funding lines with the largest allocations"
    words = ", ".join(measure.label.lower() for measure in _CHARTED)
    return drawn(
        Chart(
            name=f"chart-{name}",
            title=f"Money by funding line, {title}",
            description=f"{which}, the largest allocation first, with a bar each for: {words}.",
            labels=[one.line.title for one in charted],
            series=[Series(measure.label, [one.pence(measure) or 0 for one in charted]) for measure in _CHARTED],
            of="Funding line",
        )
    )
