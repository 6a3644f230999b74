"""allocation-position: where the money of each funding line stands, by financial year and budget kind."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from grants.domain import money
from grants.domain.figures import kind_of, line_scope, plan_scope
from grants.domain.measures import Measure
from grants.domain.plan import LINE_AMBER_PERCENT, LINE_RED_PERCENT
from grants.domain.schedules import Filters, Offer
from grants.store.transaction import Db
from reports.book import Chart, ChartKind, Column, Kind, Row, Table
from reports.positions import MEASURES, Position, positions_of
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

SIGN: Final = "Variance is forecast outturn minus awarded: above zero is over budget, below zero is under."
YEARS: Final = (
    "The funding lines belong to different financial years, and resource and capital money are never added together, "
    "so totals are given by year and budget kind on a sheet of their own, never for the whole plan."
)
_ASSUMED: Final = "Stated: the announcement names the financial year. Assumed: it does not, and this plan assumes one; a decision can correct it."
_RAG: Final = (
    f"Green, amber from {LINE_AMBER_PERCENT}% and red from {LINE_RED_PERCENT}% of what is awarded, by the size of the variance, over or under. "
    "Not rated: nothing is awarded yet."
)


def _money(measure: Measure) -> Column:
    note = SIGN if measure is Measure.VARIANCE else measure.meaning
    return Column(key=measure.value, heading=measure.label, kind=Kind.PENCE, note=note, figure=measure.value)


_KEYS: Final = (
    Column(key="programme", heading="Programme"),
    Column(key="line", heading="Funding line"),
    Column(key="title", heading="Title", width=34),
    Column(key="year", heading="Financial year"),
    Column(key="year_basis", heading="Year stated or assumed", note=_ASSUMED),
    Column(key="budget_kind", heading="Budget kind", width=28),
)
_COLUMNS: Final = (
    *_KEYS,
    *(_money(measure) for measure in MEASURES),
    Column(key="rag", heading="RAG", note=_RAG),
    Column(key="markings", heading="Markings", width=40),
    Column(key="source", heading="Source", width=50),
)
_TOTALS: Final = (
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="lines", heading="Funding lines", kind=Kind.WHOLE),
    *(_money(measure) for measure in MEASURES),
)
BY_LINE: Final = "By line"
_CHARTED: Final = (Measure.ALLOCATED, Measure.AWARDED, Measure.PAID, Measure.SPENT)
_MOST_LINES: Final = 12
"""Of one chart: more bars than can be read side by side."""
_BY_LINE: Final = (
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="line", heading="Funding line", width=30),
    *(_money(measure) for measure in _CHARTED),
)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    positions = await positions_of(db, place.at, filters)
    charted = _charted(positions)
    return Gathered(
        main=Table(
            sheet="Position",
            title="Position of each funding line, by financial year and budget kind",
            introduction=f"{SIGN} {YEARS}",
            empty="An empty cell under Announced means that the amount was announced for another year or budget kind.",
            columns=_COLUMNS,
            scope=lambda row: line_scope(str(row[1]), str(row[3]), kind_of(row[5])),
        ),
        batches=one_batch([_row(position) for position in positions]),
        shape=as_they_are,
        notes=(YEARS,),
        more=(_totals(positions, filters), _by_line(charted)),
        charts=tuple(_charts(charted)),
        is_example=any(position.is_example for position in positions),
        is_private=any(position.line.do_not_publish for position in positions),
    )


def _row(position: Position) -> Row:
    line = position.line
    return (
        line.programme,
        line.code,
        line.title,
        position.year,
        line.year_basis.value.capitalize() if position.year == line.year else "Follows from decisions",
        position.budget_kind.label,
        *(position.pence(measure) for measure in MEASURES),
        position.rag.value.capitalize() if position.rag else "Not rated",
        markings(position.is_example, line.do_not_publish),
        line.source,
    )


def _totals(positions: Iterable[Position], filters: Filters) -> Table:
    groups: dict[tuple[str, str], list[Position]] = defaultdict(list)
    for position in positions:
        groups[position.year, position.budget_kind.label].append(position)
    return Table(
        sheet="Totals by year",
        title="Totals by financial year and budget kind",
        introduction=f"{SIGN} {YEARS}",
        columns=_TOTALS,
        scope=lambda row: plan_scope(str(row[0]), kind_of(row[1]), filters),
        rows=[
            (*key, len(group), *(sum(position.pence(measure) or 0 for position in group) for measure in MEASURES))
            for key, group in sorted(groups.items())
        ],
    )


def _charted(positions: Iterable[Position]) -> list[Position]:
    """What the charts show: the lines of a year and budget kind one below the other, the largest allocation first."""
    shown = [position for position in positions if any(position.pence(measure) for measure in _CHARTED)]
    return sorted(shown, key=lambda p: (*_group(p), -p.figures.allocated_pence, p.line.code))


def _group(position: Position) -> tuple[str, str]:
    return position.year, position.budget_kind.label


def _by_line(shown: Sequence[Position]) -> Table:
    return Table(
        sheet=BY_LINE,
        title="Allocated, awarded, paid and spent by funding line",
        introduction="The figures of the charts that the XLSX has, in their order. Lines for which all four are nothing are left out.",
        columns=_BY_LINE,
        scope=lambda row: line_scope(str(row[2]), str(row[0]), kind_of(row[1])),
        rows=[(*_group(p), p.line.code, *(p.pence(measure) for measure in _CHARTED)) for p in shown],
    )


def _charts(shown: Sequence[Position]) -> Iterator[Chart]:
    """One for each financial year and budget kind, since their money is never put beside each other."""
    first = 0
    for (year, kind), found in groupby(shown, _group):
        group = list(found)
        bars = min(len(group), _MOST_LINES)
        few = f"The {bars} of {len(group)} funding lines with the largest allocations"
        largest = group[0]
        yield Chart(
            title=f"Allocated, awarded, paid and spent in {year}: {kind}",
            description=f"{few if bars < len(group) else 'Each funding line'}, with four bars beside each other: what was allocated to it, "
            f"what was awarded from it, what was paid and what was spent by accepted returns, in pounds, in {year}, {kind}. "
            f"The largest allocation is that of {largest.line.code}: {money.show(largest.figures.allocated_pence)}.",
            kind=ChartKind.BAR,
            sheet=BY_LINE,
            category="line",
            series=tuple(measure.value for measure in _CHARTED),
            rows=range(first, first + bars),
        )
        first += len(group)


REPORT: Final = Report(
    Offer(
        name="allocation-position",
        title="Position of the money",
        purpose="Shows, for each funding line, what was announced, allocated, awarded, paid, spent and is forecast, so that "
        "oversight sees where money stands and where it is likely to end.",
        audience="Programme leads, finance directors and auditors",
        filters=frozenset({"programme", "funding_line", "period"}),
        whole_years=True,
    ),
    _gather,
)
