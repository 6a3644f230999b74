"""audit-sample: items drawn from what was spent, paid or awarded, with all that is needed to test each, and the results."""

from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Final

from grants.domain.figures import kind_of, line_scope
from grants.domain.measures import Measure
from grants.domain.money import show
from grants.domain.samples import Outcome, Pick
from grants.domain.schedules import Filters, Offer
from grants.store.sample_results import ResultRow, results_at
from grants.store.spend_lines import spent_by_line
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.populations import Details, Drawn, Lines, drawn, in_batches
from reports.report import Gathered, Place, Report, as_they_are, markings
from reports.sample_words import HOW, how_rows

_ITEM: Final = "What results are recorded against: the item's place in the record, the same in every report."
_FIGURE: Final = "The service's address figures/(figure)/trace leads from it to its source. Awards, and lines that came to nothing together, have none."
_CHANCE: Final = (
    "The chance that the item had of being drawn. Empty where the largest are taken: chance has no part in it."
)
_RANK: Final = "The SHA-256 that a random sample is in the order of, as the sheet How it was drawn says."
_HITS: Final = "Of a monetary-unit sample: how often the item was hit."
_BEFORE: Final = "The amounts above zero of all items before this one, in the population's order."
_FIRST: Final = "The hit lies above what comes before the item, and no further than that and the item's own amount."
_RESULT: Final = "The newest that was recorded by the as-at time, whichever run drew the item."
_COLUMNS: Final = (
    Column(key="position", heading="Position", kind=Kind.WHOLE),
    Column(key="item", heading="Item", width=20, note=_ITEM),
    Column(key="programme", heading="Programme"),
    Column(key="line", heading="Funding line"),
    Column(key="award", heading="Award"),
    Column(key="recipient_id", heading="Recipient identifier"),
    Column(key="recipient", heading="Recipient", width=36),
    Column(key="period", heading="Return"),
    Column(key="version", heading="Version", kind=Kind.WHOLE, note="Of the return; of an award, that of its terms."),
    Column(key="reference", heading="Reference", width=18),
    Column(key="category", heading="Cost category", width=28),
    Column(key="description", heading="Description", width=48),
    Column(key="payee", heading="Payee", width=32),
    Column(key="date", heading="Date", kind=Kind.DATE),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="amount", heading="Amount", kind=Kind.PENCE),
    Column(key="chance", heading="Chance", kind=Kind.PERCENT, note=_CHANCE),
    Column(key="rank", heading="Drawn by", width=68, note=_RANK),
    Column(key="hits", heading="Hits", kind=Kind.WHOLE, note=_HITS),
    Column(key="before", heading="Before it", kind=Kind.PENCE, note=_BEFORE),
    Column(key="first_hit", heading="First hit", kind=Kind.PENCE, note=_FIRST),
    Column(key="evidence", heading="Evidence", width=24),
    Column(key="attached", heading="Files attached", width=68),
    Column(key="sheet", heading="Sheet"),
    Column(key="cell", heading="Cell"),
    Column(key="sha256", heading="Workbook's SHA-256", width=68),
    Column(key="decision", heading="Decision", kind=Kind.WHOLE),
    Column(key="entry", heading="Entry", kind=Kind.WHOLE),
    Column(key="figure", heading="Figure", width=24, note=_FIGURE),
    Column(key="result", heading="Result", width=18, note=_RESULT),
    Column(key="finding", heading="Finding", width=48),
    Column(key="found", heading="Amount found", kind=Kind.PENCE),
    Column(key="difference", heading="Difference", kind=Kind.PENCE, note="Amount found minus amount."),
    Column(key="tested_by", heading="Tested by", width=24),
    Column(key="tested_at", heading="Result recorded", kind=Kind.DATETIME),
    Column(key="markings", heading="Markings", width=40),
)
_RESULTS: Final = (
    Column(key="result", heading="Result", width=24),
    Column(key="items", heading="Items", kind=Kind.WHOLE),
    Column(key="amount", heading="Amount", kind=Kind.PENCE),
    Column(key="difference", heading="Difference", kind=Kind.PENCE, note="Amount found minus amount."),
)
_POPULATION: Final = (
    Column(key="line", heading="Funding line"),
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="amount", heading="Amount", kind=Kind.PENCE, figure=Measure.SPENT.value),
)
_NOT_TESTED: Final = "Not tested yet"


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    found = await drawn(db, place.at, filters)
    results = await results_at(db, place.at, [pick.item.key for pick in found.picks])
    sample, tally = found.sample, found.draw.tally
    return Gathered(
        main=Table(
            sheet="Sample",
            title="The sample: each item that was drawn, and what testing it came to",
            introduction="One row for each item. An amount below zero is a credit.",
            empty="An empty cell means that the item has no such thing, that its method does not use it, or that it was not tested yet.",
            columns=_COLUMNS,
        ),
        batches=_batches(found, results),
        shape=as_they_are,
        more=(
            Table(
                sheet="How it was drawn",
                title="How the sample was drawn, so that anybody can draw it again",
                introduction="The population, the sample, and each step of the draw.",
                empty="An empty cell means that the row is not about such a number.",
                columns=HOW,
                rows=how_rows(found),
            ),
            _results(found, results),
            *_population(found, filters),
        ),
        facts=(
            ("Sample", f"{len(found.picks):,} of {tally.items:,} {sample.population}, {show(tally.pence)} in all"),
            ("Method and seed", f"{sample.method.value.capitalize()}, seed {sample.seed}"),
        ),
        is_example=found.source.is_example,
        is_private=found.source.is_private,
    )


async def _batches(found: Drawn, results: dict[str, ResultRow]) -> AsyncGenerator[Sequence[Row], None]:
    place = 0
    for picks in in_batches(found.picks):
        details = await found.source.details([pick.item for pick in picks])
        numbered = enumerate(zip(picks, details, strict=True), start=place + 1)
        yield [_row(number, pick, of, results.get(pick.item.key)) for number, (pick, of) in numbered]
        place += len(picks)


def _row(position: int, pick: Pick, found: Details, result: ResultRow | None) -> Row:
    of = found.of
    return (
        *(position, pick.item.key),
        *(of.programme, of.funding_line, found.award, of.recipient_id, of.recipient_name),
        *(found.period, found.version, found.reference, found.category, found.description, found.payee),
        *(found.day, found.budget_kind, pick.item.pence),
        *(pick.chance, pick.rank, pick.hits, pick.before, pick.first_hit),
        *(found.evidence, found.attached, found.sheet, found.cell, found.sha256),
        *(found.decision, found.entry, found.figure),
        *_result(pick, result),
        markings(of.is_example, of.do_not_publish),
    )


def _result(pick: Pick, result: ResultRow | None) -> Row:
    if result is None:
        return (None,) * 6
    by, when = result.recorded_by, result.recorded_at
    return (result.outcome.label, result.finding or None, result.pence, _difference(pick, result), by, when)


def _difference(pick: Pick, result: ResultRow | None) -> int | None:
    return None if result is None or result.pence is None else result.pence - pick.item.pence


def _results(found: Drawn, results: dict[str, ResultRow]) -> Table:
    items, pence, differences = Counter[Outcome | None](), Counter[Outcome | None](), Counter[Outcome | None]()
    for pick in found.picks:
        result = results.get(pick.item.key)
        outcome = result.outcome if result else None
        items[outcome] += 1
        pence[outcome] += pick.item.pence
        differences[outcome] += _difference(pick, result) or 0
    return Table(
        sheet="Results",
        title="What testing the sample came to",
        introduction="The items of the sample by their newest result.",
        columns=_RESULTS,
        rows=[
            (outcome.label if outcome else _NOT_TESTED, items[outcome], pence[outcome], differences[outcome])
            for outcome in (*Outcome, None)
        ],
    )


def _population(found: Drawn, filters: Filters) -> Iterable[Table]:
    """Accepted lines, as the ledger has them: what ties the population to its entries."""
    if not isinstance(found.source, Lines):
        return
    spent = spent_by_line(found.source.versions.values())
    yield Table(
        sheet="Population",
        title="The population by funding line, financial year and budget kind",
        introduction="As the ledger's entries have it: together it comes to the population's total.",
        columns=_POPULATION,
        rows=[(line, year, kind.label, pence) for line, year, kind, pence in spent],
        scope=lambda row: line_scope(str(row[0]), filters.period or str(row[1]), kind_of(row[2]), filters),
    )


REPORT: Final = Report(
    Offer(
        name="audit-sample",
        title="Audit sample",
        purpose="Draws items to be tested from all accepted spend, payments or awards, so that anybody can draw the same again, with "
        "what is needed to test each and what testing came to.",
        audience="Auditors",
        filters=frozenset({"programme", "funding_line", "recipient", "period", "sample"}),
    ),
    _gather,
)
