"""allocation-position: where the money of each funding line stands, by financial year and budget kind."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from grants.domain.schedules import Filters, Offer
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.figures import kind_of, line_scope, plan_scope
from reports.measures import Measure
from reports.positions import AMBER_PERCENT, MEASURES, RED_PERCENT, Position, positions_of
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


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    positions = await positions_of(db, place.at, filters)
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
        more=(_totals(positions, filters),),
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
