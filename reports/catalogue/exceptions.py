"""exceptions: every breach of the rules that grants are run by, with where it is, since when, and the rule's source."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from grants.domain.figures import award_scope, category_of, kind_of
from grants.domain.measures import Measure
from grants.domain.periods import london_day, parse_period
from grants.domain.plan import FundingLine
from grants.domain.schedules import Filters, Offer
from grants.store.repeated_lines import repeated_lines
from grants.store.spend_lines import versions_in_force
from grants.store.standing import awards_at, decisions_at, lines_at, returns_at
from grants.store.transaction import Db
from reports.book import Cell, Column, Kind, Row, Table
from reports.breaches import Breach, Rule, of_decisions, of_headings, of_lines, of_returns
from reports.monitoring import monitoring_of
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

_AMOUNT: Final = (
    "Of a line that stands twice, what it comes to. Of a return that was reopened, by how much the total that was accepted next differs "
    "from the one before."
)
_SINCE: Final = (
    "The day on which the rule was broken: a return's due day, the day of a decision, a review or a reopening, the day on which the "
    "return that tells of a heading was accepted, or the day of the spend."
)


def _figure(measure: Measure, heading: str) -> Column:
    return Column(key=measure.value, heading=heading, kind=Kind.PENCE, note=measure.meaning, figure=measure.value)


_COLUMNS: Final = (
    Column(key="rule", heading="Exception", width=30),
    Column(key="programme", heading="Programme"),
    Column(key="line", heading="Funding line"),
    Column(key="award", heading="Award", width=24),
    Column(key="recipient", heading="Recipient", width=36),
    Column(key="where", heading="Where", width=40),
    Column(key="what", heading="What", width=50),
    Column(key="since", heading="Since", kind=Kind.DATE, note=_SINCE),
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="category", heading="Cost category", width=28),
    _figure(Measure.BUDGET, "Budget"),
    _figure(Measure.SPENT, "Spent"),
    _figure(Measure.VARIANCE, "Forecast variance"),
    Column(key="amount", heading="Amount", kind=Kind.PENCE, note=_AMOUNT),
    Column(key="figure", heading="Figure of the amount", width=24, note="figures/(figure)/trace leads to the line."),
    Column(key="says", heading="The rule", width=60),
    Column(key="source", heading="Source of the rule", width=44),
    Column(key="markings", heading="Markings", width=40),
)
_RULES: Final = (
    Column(key="rule", heading="Exception", width=30),
    Column(key="count", heading="Found", kind=Kind.WHOLE),
    Column(key="says", heading="The rule", width=70),
    Column(key="source", heading="Source of the rule", width=50),
)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    lines = {line.code: line for line in await lines_at(db, place.at)}
    found = await _found(db, place, filters)
    found.sort(key=lambda breach: (list(Rule).index(breach.rule), breach.programme, _name(breach), breach.since))
    return Gathered(
        main=Table(
            sheet="Exceptions",
            title="Exceptions, one by one",
            introduction="One row for each breach of a rule. A variance is forecast minus budget: above zero is over budget.",
            empty="An empty cell means that the exception has none: no award, no cost category, no amount.",
            columns=_COLUMNS,
            scope=_scope,
        ),
        batches=one_batch([_row(breach, lines) for breach in found]),
        shape=as_they_are,
        more=(_rules(found),),
        facts=(("Exceptions", f"{len(found):,} found by {len(Rule)} rules"),),
        is_example=any(breach.is_example for breach in found),
        is_private=any(_kept_back(breach, lines) for breach in found),
    )


async def _found(db: Db, place: Place, filters: Filters) -> list[Breach]:
    within = Filters(filters.programme, filters.funding_line, filters.recipient)
    awards = {award.reference: award for award in await awards_at(db, place.at, within)}
    monitoring = await monitoring_of(db, place, filters)
    decisions = await decisions_at(db, place.at, within)
    return [
        *of_returns(await returns_at(db, place.at, filters), monitoring.today),
        *of_decisions(
            [each for each in decisions if _within(each.decided_at or each.proposed_at, filters.period)],
            awards,
            await returns_at(db, place.at, within),
        ),
        *of_headings(monitoring.categories),
        *await _repeated(db, place, filters),
    ]


async def _repeated(db: Db, place: Place, filters: Filters) -> list[Breach]:
    """A line may repeat one of another award, programme or period: all of the recipient's are looked through."""
    recipients = Filters(recipient=filters.recipient)
    awards = {award.reference: award for award in await awards_at(db, place.at, recipients)}
    everywhere = await versions_in_force(db, place.at, recipients)
    everywhere.sort(key=lambda version: (parse_period(version.period).last, version.award, version.number))
    versions = {version.id: version for version in everywhere}
    named = {version.id for version in await versions_in_force(db, place.at, filters)}
    repeated = [line for line in await repeated_lines(db, everywhere) if line.version_id in named]
    return list(of_lines(repeated, versions, awards, place.at))


def _within(moment: datetime, period: str | None) -> bool:
    return period is None or parse_period(period).contains(london_day(moment))


def _name(breach: Breach) -> str:
    return breach.subject if isinstance(breach.subject, str) else breach.subject.reference


def _kept_back(breach: Breach, lines: Mapping[str, FundingLine]) -> str | None:
    line = lines.get(breach.subject) if isinstance(breach.subject, str) else None
    return breach.do_not_publish or (line.do_not_publish if line else None)


def _scope(row: tuple[Cell, ...]) -> str | None:
    """Of what the figures of a heading are; other exceptions have none."""
    return award_scope(str(row[3]), str(row[8]), kind_of(row[9]), category_of(row[10])) if row[10] else None


def _row(breach: Breach, lines: Mapping[str, FundingLine]) -> Row:
    award = None if isinstance(breach.subject, str) else breach.subject
    line = award.funding_line if award else _name(breach)
    heading = breach.standing
    money = (Measure.BUDGET, Measure.SPENT, Measure.VARIANCE)
    return (
        breach.rule.value,
        breach.programme,
        line if line in lines else None,
        award.reference if award else None,
        award.recipient_name if award else None,
        breach.where,
        breach.what,
        breach.since,
        heading.year if heading else None,
        breach.budget_kind.label if breach.budget_kind else None,
        heading.category.label if heading and heading.category else None,
        *(heading.pence(measure) if heading else None for measure in money),
        breach.pence,
        breach.figure,
        breach.rule.words,
        breach.rule.source,
        markings(breach.is_example, _kept_back(breach, lines)),
    )


def _rules(found: Iterable[Breach]) -> Table:
    counts = Counter(breach.rule for breach in found)
    return Table(
        sheet="Rules",
        title="What was looked for, and how much was found",
        introduction="One row for each rule. 0: it is broken nowhere.",
        columns=_RULES,
        rows=[(rule.value, counts[rule], rule.words, rule.source) for rule in Rule],
    )


REPORT: Final = Report(
    Offer(
        name="exceptions",
        title="Exceptions",
        purpose="Lists every breach of the rules that grants are run by: duties that were not kept apart, late returns, variances over a "
        "threshold or without a reason, costs claimed twice, and what was changed after it had been accepted.",
        audience="Auditors, finance directors and programme leads",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
    ),
    _gather,
)
