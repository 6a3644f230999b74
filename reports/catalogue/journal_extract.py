"""journal-extract: who did what, when, on what, and how it was before and after."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Final

from grants.domain.access import Deed
from grants.domain.periods import LONDON, parse_period
from grants.domain.schedules import Filters, Offer
from grants.store import journal_extract as journal
from grants.store.journal_extract import Span
from grants.store.standing import awards_at, lines_at
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.report import Gathered, Place, Report, markings

_POSITION: Final = (
    "The record's number in the journal, without a gap: in an extract of all days none is missing. The checkpoint on the cover "
    "commits to every record up to the newest that counts."
)
_STATE: Final = "As the journal has it, in JSON. Amounts whose names end in _pence are whole pence."
_COLUMNS: Final = (
    Column(key="position", heading="Position", kind=Kind.WHOLE, note=_POSITION),
    Column(key="when", heading="When", kind=Kind.DATETIME, note="London time; in a CSV, UTC."),
    Column(key="who", heading="Who", width=30),
    Column(key="role", heading="Role", width=24, note="The roles that allowed the deed."),
    Column(key="deed", heading="What", width=22),
    Column(key="kind", heading="On what kind of thing", width=20),
    Column(key="subject", heading="On which", width=40),
    Column(key="before", heading="Before", width=50, note=_STATE),
    Column(key="after", heading="After", width=50, note=_STATE),
    Column(key="reason", heading="Reason", width=40),
    Column(key="request", heading="Request", width=38),
    Column(key="markings", heading="Markings", width=40),
)
_Marks = Mapping[str, tuple[bool, str | None]]
"""Whether an award or line is an example, and why it must not be published, by its name."""


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    span = _span(place, filters)
    found = await journal.about(db, span)
    marks: _Marks = {line.code: (False, line.do_not_publish) for line in await lines_at(db, place.at)} | {
        award.reference: (award.is_example, award.do_not_publish) for award in await awards_at(db, place.at)
    }
    touched = [marks[name] for name in sorted(found.holders) if name in marks]
    return Gathered(
        main=Table(
            sheet="Journal",
            title="The journal: who did what, when, on what",
            introduction="One row for each record, in the order in which they were made.",
            empty="An empty cell means that the record says nothing of it.",
            columns=_COLUMNS,
        ),
        batches=journal.stream(db, span),
        shape=_Shape(marks),
        is_example=found.any_example or any(is_example for is_example, _ in touched),
        is_private=any(reason for _, reason in touched),
    )


def _span(place: Place, filters: Filters) -> Span:
    if filters.period is None:
        return Span(place.at)
    period = parse_period(filters.period)
    first, last = (datetime.combine(day, time(), LONDON) for day in (period.first, period.last + timedelta(days=1)))
    return Span(place.at, first, last)


class _Shape:
    """Makes rows of records."""

    def __init__(self, marks: _Marks) -> None:
        self._marks = marks

    def __call__(self, records: Sequence[Any]) -> Iterable[Row]:
        return [self._row(*record) for record in records]

    def _row(self, number: int, at: datetime, person: str, role: str | None, *rest: Any) -> Row:
        deed, kind, subject, before, after, reason, request, holder, gainer, is_example = rest
        marked = [self._marks[name] for name in (holder, gainer) if name in self._marks]
        private = next((reason for _, reason in marked if reason), None)
        return (
            number,
            at,
            person,
            role,
            deed,
            kind,
            subject,
            before,
            after,
            reason,
            request or None,
            markings(is_example or any(example for example, _ in marked), private),
        )


REPORT: Final = Report(
    Offer(
        name="journal-extract",
        title="Extract of the journal",
        purpose="Shows who did what, when and why, with what it was before and after, so that an auditor can follow every change.",
        audience="Auditors",
        filters=frozenset({"period"}),
        sight=Deed.SEE_JOURNAL,
    ),
    _gather,
)
