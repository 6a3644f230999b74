"""returns-tracker: which spend returns are due, late, submitted, in review and accepted."""

from datetime import date
from typing import Final

from grants.domain.periods import london_day
from grants.domain.schedules import Filters, Offer
from grants.store.standing import ReturnAt, returns_at
from grants.store.standing.queries import open_queries
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

_LATE: Final = (
    "Days from the due date to the day on which the newest version was certified; where the return is not submitted, to the as-at day. "
    "Calendar days; 0 where it is in time."
)
_QUERIES: Final = (
    "What waits for the recipient: errors in the newest workbook, warnings that have no reason yet, and a reviewer's request "
    "for changes that has not been answered."
)
_COLUMNS: Final = (
    Column(key="programme", heading="Programme"),
    Column(key="line", heading="Funding line"),
    Column(key="award", heading="Award"),
    Column(key="recipient_id", heading="Recipient identifier"),
    Column(key="recipient", heading="Recipient", width=40),
    Column(key="period", heading="Period"),
    Column(key="due", heading="Due", kind=Kind.DATE),
    Column(key="submitted", heading="Submitted", kind=Kind.DATE, note="The day on which the return was certified."),
    Column(key="late", heading="Days late", kind=Kind.WHOLE, note=_LATE),
    Column(key="state", heading="State"),
    Column(key="version", heading="Version", kind=Kind.WHOLE, note="0: no workbook has been uploaded yet."),
    Column(key="certifier", heading="Certifier", width=28),
    Column(key="certifier_role", heading="Certifier's role", width=28),
    Column(key="reviewer", heading="Reviewer", width=28),
    Column(key="queries", heading="Open queries", kind=Kind.WHOLE, note=_QUERIES),
    Column(key="markings", heading="Markings", width=40),
)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    found, on = await returns_at(db, place.at, filters), london_day(place.when)
    queries = await open_queries(db, place.at, found)
    late = sum(each.days_late(on) > 0 for each in found)
    return Gathered(
        main=Table(
            sheet="Returns",
            title="Spend returns: due, submitted, late, reviewed",
            introduction="One row for each return that an open collection round has asked for.",
            empty="An empty cell means that it has not happened yet.",
            columns=_COLUMNS,
        ),
        batches=one_batch([_row(each, on, queries[each.id]) for each in found]),
        shape=as_they_are,
        facts=(("Late", f"{late} of {len(found)} returns were submitted late or are overdue"),),
        is_example=any(each.is_example for each in found),
        is_private=any(each.award.do_not_publish for each in found),
    )


def _row(found: ReturnAt, on: date, queries: int) -> Row:
    award = found.award
    return (
        award.programme,
        award.funding_line,
        award.reference,
        award.recipient_id,
        award.recipient_name,
        found.period,
        found.due_on,
        london_day(found.submitted_at) if found.submitted_at else None,
        found.days_late(on),
        found.state.replace("_", " ").capitalize(),
        found.version,
        found.certifier,
        found.certifier_role,
        found.reviewer,
        queries,
        markings(found.is_example, award.do_not_publish),
    )


REPORT: Final = Report(
    Offer(
        name="returns-tracker",
        title="Spend returns tracker",
        purpose="Shows which returns are due, late, submitted, in review and accepted, so that oversight knows how complete its figures are.",
        audience="Programme leads and auditors",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
    ),
    _gather,
)
