"""The sheet What changed: each figure against the same report at an earlier place, and what made the difference."""

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Final

from grants.domain.figures import Scope
from grants.domain.measures import Measure
from grants.domain.periods import london_day, quarter_of, show_instant
from grants.domain.schedules import Filters
from grants.store.ledger import AsAt
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.grounds import Reach, grounds_at
from reports.parts import Part, Parts
from reports.report import Gathered, Place, Report
from reports.shown import Shown
from reports.sources_sheet import OF_FIGURE, OF_SOURCE, of_figure, of_source

WHAT_CHANGED: Final = "What changed"
LATE: Final = "Late: for a closed period"
COLUMNS: Final = (
    *OF_FIGURE,
    Column(key="before", heading="Before", kind=Kind.PENCE),
    Column(key="now", heading="Now", kind=Kind.PENCE),
    Column(key="change", heading="Change", kind=Kind.PENCE),
    Column(key="late", heading="Late", width=28, note="The entry takes effect in a quarter that had ended by the earlier place."),
    Column(key="amount", heading="Adds to the change", kind=Kind.PENCE),
    *OF_SOURCE,
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """The figures that a report shows at a place, and their parts."""

    place: Place
    shown: Shown
    parts: Parts


def changes_table(since: Place | None) -> Table:
    """The sheet without its rows."""
    if since is None:
        words = "There is no earlier run that this report could be compared with."
    else:
        words = (
            f"Each figure that is another than at entry {since.at.entry_no} and journal record {since.at.journal_no}, "
            f"{show_instant(since.when)}, with one row for each entry or fact that made the difference: over its rows, what is added comes "
            "to the change. Change is now minus before."
        )
    return Table(
        sheet=WHAT_CHANGED,
        title="What changed since the run before",
        introduction=words,
        empty="An empty cell under Before or Now means that the report did not show the figure there; elsewhere, that there is no such source.",
        columns=COLUMNS,
    )


async def told(db: Db, report: Report, place: Place, filters: Filters) -> Told:
    """A report's figures at a place, and nothing else of it. Raises as the report's gathering does."""
    gathered, shown = await report.gather(db, place, filters), Shown()
    async with aclosing(gathered.batches) as batches:
        if gathered.main.scope is not None:
            async for batch in batches:
                shown.add(gathered.main, gathered.shape(batch))
    return await with_parts(db, place, filters, gathered, shown)


async def with_parts(db: Db, place: Place, filters: Filters, gathered: Gathered, shown: Shown) -> Told:
    """The figures of a report whose main table was taken in already, with their parts."""
    for table in gathered.more:
        shown.add(table, table.rows)
    # What its lines hold, an award's figures hold too: the filters that are left would take from them what belongs to the line.
    within = Filters(programme=filters.programme, funding_line=filters.funding_line)
    return Told(place, shown, Parts(await grounds_at(db, place.at, Reach(shown.grounds(), within))))


def change_rows(now: Told, before: Told | None) -> Iterator[Row]:
    """The rows of the sheet: figures in the order of the report, those that it no longer shows last."""
    if before is None:
        return
    ended = london_day(before.place.when)
    for figure in dict.fromkeys((*now.shown.pence, *before.shown.pence)):
        was, is_now = before.shown.pence.get(figure), now.shown.pence.get(figure)
        if was == is_now:
            continue
        measure, scope = figure[0], now.shown.scope(figure[1])
        front = (*of_figure(measure, scope, now.place.at), was, is_now, (is_now or 0) - (was or 0))
        causes = _causes(measure, scope, now if is_now is not None else None, before if was is not None else None)
        if not causes:
            yield (*front, *(None,) * (2 + len(OF_SOURCE)))
        for cause in causes:
            yield (*front, _late(cause, before.place.at, ended), cause.pence, *of_source(cause))


def _causes(measure: Measure, scope: Scope, now: Told | None, before: Told | None) -> list[Part]:
    """What counts now and did not, or does not count any more, or counts for another amount."""
    after = {part.ground.key: part for part in now.parts.of(measure, scope)} if now else {}
    earlier = {part.ground.key: part for part in before.parts.of(measure, scope)} if before else {}
    found = []
    for key in dict.fromkeys((*earlier, *after)):
        change = (after[key].pence if key in after else 0) - (earlier[key].pence if key in earlier else 0)
        if change:
            found.append(Part(change, (after.get(key) or earlier[key]).ground))
    return found


def _late(cause: Part, before: AsAt, ended: date) -> str | None:
    entry = cause.ground.entry
    is_new = entry is not None and entry.number > before.entry_no
    return LATE if entry is not None and is_new and quarter_of(entry.effective_on).last < ended else None
