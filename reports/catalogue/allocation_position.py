"""allocation-position: where the money of each funding line stands, by financial year and budget kind."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from grants.domain.schedules import Filters, Offer
from grants.store import sources
from grants.store.sources import EntrySource, ForecastSource
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.figures import AMBER_PERCENT, RED_PERCENT, Measure, Position, newest_of, positions_of
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

SIGN: Final = "Variance is forecast outturn minus awarded: above zero is over budget, below zero is under."
YEARS: Final = (
    "The funding lines belong to different financial years, and resource and capital money are never added together, "
    "so totals are given by year and budget kind on a sheet of their own, never for the whole plan."
)
_ASSUMED: Final = "Stated: the announcement names the financial year. Assumed: it does not, and this plan assumes one; a decision can correct it."
_RAG: Final = (
    f"Green, amber from {AMBER_PERCENT}% and red from {RED_PERCENT}% of what is awarded, by the size of the variance, over or under. "
    "Not rated: nothing is awarded yet."
)


def _money(measure: Measure) -> Column:
    return Column(key=measure.value, heading=measure.value.capitalize(), kind=Kind.PENCE, note=measure.meaning)


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
    *(_money(measure) for measure in Measure),
    Column(key="variance", heading="Variance", kind=Kind.PENCE, note=SIGN),
    Column(key="rag", heading="RAG", note=_RAG),
    Column(key="markings", heading="Markings", width=40),
    Column(key="source", heading="Source", width=50),
)
_TOTALS: Final = (
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="lines", heading="Funding lines", kind=Kind.WHOLE),
    *(_money(measure) for measure in Measure),
)
_SOURCES: Final = (
    Column(key="figure", heading="Figure", width=64),
    Column(key="measure", heading="Measure"),
    Column(key="line", heading="Funding line"),
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="entry", heading="Entry", kind=Kind.WHOLE),
    Column(key="kind", heading="Kind of entry"),
    Column(key="from", heading="From account", width=36),
    Column(key="to", heading="To account", width=36),
    Column(key="amount", heading="Adds to the figure", kind=Kind.PENCE),
    Column(key="effective", heading="Takes effect", kind=Kind.DATE),
    Column(key="decision", heading="Decision", kind=Kind.WHOLE),
    Column(key="return", heading="Return", width=40),
    Column(key="sha256", heading="Workbook's SHA-256", width=68),
)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    positions = await positions_of(db, place.at, filters)
    entries = await sources.entries_behind(db, place.at)
    forecasts = await sources.forecasts_behind(db, place.at, filters.funding_line)
    return Gathered(
        main=Table(
            sheet="Position",
            title="Position of each funding line, by financial year and budget kind",
            introduction=f"{SIGN} {YEARS}",
            empty="An empty cell under Announced means that the amount was announced for another year or budget kind.",
            columns=_COLUMNS,
        ),
        batches=one_batch([_row(position) for position in positions]),
        shape=as_they_are,
        notes=(YEARS,),
        more=(_totals(positions),),
        sources=_sources(place, positions, entries, forecasts),
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
        *(position.pence(measure) for measure in Measure),
        position.variance_pence,
        position.rag.value.capitalize() if position.rag else "Not rated",
        markings(position.is_example, line.do_not_publish),
        line.source,
    )


def _totals(positions: Iterable[Position]) -> Table:
    groups: dict[tuple[str, str], list[Position]] = defaultdict(list)
    for position in positions:
        groups[position.year, position.budget_kind.label].append(position)
    return Table(
        sheet="Totals by year",
        title="Totals by financial year and budget kind",
        introduction=f"{SIGN} {YEARS}",
        columns=_TOTALS,
        rows=[
            (*key, len(group), *(sum(position.pence(measure) or 0 for position in group) for measure in Measure))
            for key, group in sorted(groups.items())
        ],
    )


def _sources(
    place: Place, positions: Sequence[Position], entries: Iterable[EntrySource], forecasts: Iterable[ForecastSource]
) -> Table:
    known = {(position.line.code, position.year, position.budget_kind): position for position in positions}
    rows: list[Row] = []
    for entry in entries:
        position = known.get((entry.funding_line, entry.year, entry.budget_kind))
        if position is not None:
            rows.append(_entry_row(place, position, entry))
    expected: dict[tuple[str, str, str], list[ForecastSource]] = defaultdict(list)
    for forecast in forecasts:
        expected[forecast.funding_line, forecast.year, forecast.budget_kind].append(forecast)
    for position in positions:
        found = newest_of(expected[position.line.code, position.year, position.budget_kind])
        rows += [_forecast_row(place, position, forecast) for forecast in found.values()]
    return Table(
        sheet="Sources",
        title="Where each figure comes from",
        introduction=(
            "One row for each ledger entry behind allocated, awarded, paid and spent, with what it adds to the figure. "
            "An amount below zero takes away. Unawarded is allocated minus awarded. Unspent is awarded minus spent. "
            "A forecast is, for each award, its spent plus the rest of the year that is listed here without an entry. "
            "The service's address figures/(figure)/trace leads on to the sheet and cell of each line."
        ),
        empty="An empty cell means that the row has no such source: a decision or a return, never both.",
        columns=_SOURCES,
        rows=rows,
    )


def _entry_row(place: Place, position: Position, entry: EntrySource) -> Row:
    measure = Measure(entry.measure)
    of_return = f"{entry.award}/{entry.period}, version {entry.version}" if entry.period else None
    return (
        position.figure(measure, place.at),
        measure.value.capitalize(),
        entry.funding_line,
        entry.year,
        entry.budget_kind.label,
        entry.number,
        f"{entry.kind} (reverses entry {entry.reverses})" if entry.reverses else entry.kind,
        entry.source,
        entry.target,
        entry.pence,
        entry.effective_on,
        entry.decision_no,
        of_return,
        entry.sha256,
    )


def _forecast_row(place: Place, position: Position, forecast: ForecastSource) -> Row:
    return (
        position.figure(Measure.FORECAST, place.at),
        "Forecast, rest of the year",
        forecast.funding_line,
        forecast.year,
        forecast.budget_kind.label,
        None,
        None,
        None,
        None,
        forecast.pence,
        None,
        None,
        f"{forecast.award}/{forecast.period}, version {forecast.version}",
        forecast.sha256,
    )


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
