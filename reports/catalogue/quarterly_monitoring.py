"""quarterly-monitoring: each award's cost categories against budget and profile, with what recipients say of the variance."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

from grants.domain.figures import award_scope, category_of, kind_of, parse_scope, plan_scope
from grants.domain.measures import Measure
from grants.domain.money import share, show
from grants.domain.periods import Period, parse_year
from grants.domain.plan import Rag
from grants.domain.schedules import Filters, Offer
from grants.store.transaction import Db
from reports.book import Cell, Chart, ChartKind, Column, Kind, Row, Table
from reports.monitoring import Monitoring, Standing, monitoring_of
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

_M = Measure
_SIGN: Final = "A variance is actual or forecast minus budget: above zero is over budget, below zero is under."
_UNTIL: Final = (
    "To date is the year up to the end of the period that the report is narrowed to; otherwise of its newest quarter that was over, or "
    "month where the award reports monthly. Spend counts in the period of the return that accounts for it."
)
_RAG: Final = (
    "By the size of the variance, over or under, in per cent of the profile or the budget, and by the award's own thresholds, which "
    "stand beside it. Not rated: there is neither budget nor spend, or no profile."
)
_DELIVERY: Final = (
    "The worst rating among the milestones that the newest accepted return tells of. Not rated: it tells of none."
)
_EMPTY: Final = (
    "An empty cell means that there is none: nothing is to date yet, the award is paid in arrears and has no profile, there is nothing "
    "to take a share of, or no reason was given."
)

_Of = Callable[[tuple[Cell, ...]], str | None]


def _award_to_date(row: tuple[Cell, ...]) -> str | None:
    return award_scope(str(row[2]), f"to-{row[7]}", kind_of(row[6])) if row[7] else None


def _category_to_date(row: tuple[Cell, ...]) -> str | None:
    return award_scope(str(row[2]), f"to-{row[7]}", kind_of(row[6]), category_of(row[8])) if row[7] else None


def _pence(measure: Measure, heading: str, note: str | None = None, scope: _Of | None = None) -> Column:
    return Column(
        key=measure.value,
        heading=heading,
        kind=Kind.PENCE,
        note=note or measure.meaning,
        figure=measure.value,
        scope=scope,
    )


def _money(budget: Measure, to_date: _Of) -> tuple[Column, ...]:
    return (
        _pence(budget, budget.label),
        _pence(_M.PROFILE, "Profile to date", scope=to_date),
        _pence(_M.SPENT, "Actual to date", scope=to_date),
        _pence(_M.VARIANCE_TO_DATE, "Variance to date", scope=to_date),
        Column(key="to_date_percent", heading="Variance to date, of profile", kind=Kind.PERCENT),
        Column(key="to_date_rag", heading="RAG to date", note=_RAG),
        _pence(_M.FORECAST, "Forecast outturn"),
        _pence(_M.VARIANCE, "Forecast variance"),
        Column(key="percent", heading="Forecast variance, of budget", kind=Kind.PERCENT),
        Column(key="rag", heading="RAG of forecast", note=_RAG),
        Column(key="amber", heading="Amber from", kind=Kind.PERCENT),
        Column(key="red", heading="Red from", kind=Kind.PERCENT),
    )


_KEYS: Final = (
    Column(key="programme", heading="Programme"),
    Column(key="line", heading="Funding line"),
    Column(key="award", heading="Award", width=24),
    Column(key="recipient", heading="Recipient", width=40),
    Column(key="state", heading="State of the award"),
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="until", heading="To date means to the end of", note=_UNTIL),
)
_RETURN: Final = Column(
    key="return",
    heading="Newest accepted return",
    width=28,
    note="Of the year; where the report is narrowed, up to then.",
)
_MARKINGS: Final = Column(key="markings", heading="Markings", width=40)
_CATEGORIES: Final = (
    *_KEYS,
    Column(key="category", heading="Cost category", width=28),
    *_money(_M.BUDGET, _category_to_date),
    Column(key="commentary", heading="Reason for the variance", width=60, note="In the recipient's words."),
    _RETURN,
    _MARKINGS,
)
_AWARDS: Final = (
    *_KEYS,
    *_money(_M.AWARDED, _award_to_date),
    Column(key="delivery", heading="RAG of delivery", note=_DELIVERY),
    _RETURN,
    _MARKINGS,
)
_BY_QUARTER: Final = "By quarter"
_QUARTERS: Final = (
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="quarter", heading="To the end of"),
    Column(key="profile", heading="Profile to date", kind=Kind.PENCE, note=_M.PROFILE.meaning, figure=_M.PROFILE),
    Column(key="spent", heading="Spent to date", kind=Kind.PENCE, note=_M.SPENT.meaning, figure=_M.SPENT),
)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    found = await monitoring_of(db, place, filters)
    quarters = _quarters(found, filters)
    return Gathered(
        main=Table(
            sheet="Monitoring",
            title="Awards against budget and profile, by cost category",
            introduction=f"One row for each award, financial year, budget kind and cost category. {_SIGN}",
            empty=_EMPTY,
            columns=_CATEGORIES,
            scope=lambda row: award_scope(str(row[2]), str(row[5]), kind_of(row[6]), category_of(row[8])),
        ),
        batches=one_batch([_category_row(each) for each in found.categories]),
        shape=as_they_are,
        more=(_by_award(found), _by_quarter(quarters, filters)),
        charts=tuple(_charts(quarters)),
        is_example=any(each.award.is_example for each in found.awards),
        is_private=any(each.award.do_not_publish for each in found.awards),
    )


def _by_award(found: Monitoring) -> Table:
    return Table(
        sheet="Awards",
        title="Awards against what was awarded and profile",
        introduction=f"One row for each award, financial year and budget kind. {_SIGN}",
        empty=_EMPTY,
        columns=_AWARDS,
        scope=lambda row: award_scope(str(row[2]), str(row[5]), kind_of(row[6])),
        rows=[_award_row(each) for each in found.awards],
    )


def _category_row(found: Standing) -> Row:
    category, told = found.category, found.told
    return (
        *_keys(found),
        category and category.label,
        *_amounts(found),
        told.reasons.get((category, found.budget_kind)) if told and category else None,
        told.name if told else None,
        markings(found.award.is_example, found.award.do_not_publish),
    )


def _award_row(found: Standing) -> Row:
    return (
        *_keys(found),
        *_amounts(found),
        _words(found.told.delivery if found.told else None),
        found.told.name if found.told else None,
        markings(found.award.is_example, found.award.do_not_publish),
    )


def _keys(found: Standing) -> Iterator[Cell]:
    award = found.award
    yield from (award.programme, award.funding_line, award.reference, award.recipient_name)
    yield award.state.value.replace("_", " ").capitalize()
    yield from (found.year, found.budget_kind.label, found.to_date and found.to_date.removeprefix("to-"))


def _amounts(found: Standing) -> Iterator[Cell]:
    budget = found.pence(found.budget_measure)
    profile, variance = found.pence_to_date(_M.PROFILE), found.pence_to_date(_M.VARIANCE_TO_DATE)
    yield from (budget, profile, found.pence_to_date(_M.SPENT), variance)
    yield share(variance, profile) if variance is not None and profile is not None else None
    yield _words(found.rag_to_date)
    yield from (found.pence(_M.FORECAST), found.pence(_M.VARIANCE), share(found.pence(_M.VARIANCE), budget))
    yield _words(found.rag)
    yield from (found.award.terms.amber_percent / 100, found.award.terms.red_percent / 100)


def _words(rag: Rag | None) -> str:
    return rag.value.capitalize() if rag else "Not rated"


_Quarter = tuple[str, str, str, int, int | None]
"""Financial year, budget kind, quarter, profile and spend to date in pence; None where the quarter was not over."""


def _quarters(found: Monitoring, filters: Filters) -> list[_Quarter]:
    """What was to be spent and what was, over all awards of the report: the quarters of a year and budget kind one below the other."""
    rows: list[_Quarter] = []
    for year, kind in sorted({(each.year, each.budget_kind) for each in found.awards}):
        for number in range(1, 5):
            end = Period(parse_year(year).start_year, quarter=number)
            scope = parse_scope(plan_scope(f"to-{end.code}", kind, filters))
            spent = found.parts.pence(_M.SPENT, scope) if end.last < found.today else None
            rows.append((year, kind.label, end.code, found.parts.pence(_M.PROFILE, scope), spent))
    return rows


def _by_quarter(rows: Sequence[_Quarter], filters: Filters) -> Table:
    return Table(
        sheet=_BY_QUARTER,
        title="Spend to date against profile, quarter by quarter",
        introduction="One row for each quarter: all awards of the report together, from the beginning of the financial year to its end.",
        empty="An empty cell under Spent to date means that the quarter was not over.",
        columns=_QUARTERS,
        scope=lambda row: plan_scope(f"to-{row[2]}", kind_of(row[1]), filters),
        rows=rows,
    )


def _charts(rows: Sequence[_Quarter]) -> Iterator[Chart]:
    """One for each financial year and budget kind."""
    first = 0
    for (year, kind), found in groupby(rows, key=lambda row: row[:2]):
        group = list(found)
        last = next((row for row in reversed(group) if row[4] is not None), None)
        yield Chart(
            title=f"Spend to date against profile in {year}: {kind}",
            description=f"Two lines over the quarters of {year}, {kind}, all awards of the report together, in pounds: what the payment "
            f"profiles make due, and what accepted returns spent, each from the beginning of the year. {_newest(last)}",
            kind=ChartKind.LINE,
            sheet=_BY_QUARTER,
            category="quarter",
            series=("profile", "spent"),
            rows=range(first, first + len(group)),
        )
        first += len(group)


def _newest(row: _Quarter | None) -> str:
    if row is None or row[4] is None:
        return "No quarter of it was over."
    return f"By the end of {row[2]} {show(row[3])} was due and {show(row[4])} was spent."


REPORT: Final = Report(
    Offer(
        name="quarterly-monitoring",
        title="Quarterly monitoring of awards",
        purpose="Shows, for each award and cost category, what was planned, what is spent, what is forecast, how far these are apart and "
        "why, so that oversight acts before the year ends.",
        audience="Programme leads, finance directors and auditors",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
    ),
    _gather,
)
