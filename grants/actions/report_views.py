"""Report schedules and runs as people see them: each with its history and its files."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from itertools import count
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from grants.actions.report_scope import NOT_FOUND, check_over, check_sight, lists_over
from grants.domain.access import Actor, Deed, require
from grants.domain.errors import NotFound
from grants.domain.rule_times import next_due
from grants.domain.schedules import Filters, Offer, Rule
from grants.store import report_files
from grants.store import reports as stored
from grants.store.report_claims import MAX_ATTEMPTS
from grants.store.reports import AttemptRow, FileRow, RunRow, ScheduleRow
from grants.store.transaction import Gate, View


class DueView(Struct, frozen=True):
    """A period whose report is to come, and when."""

    period: Annotated[str, Meta(examples=["2025-26-Q2"])]
    at: datetime


class ScheduleView(Struct, frozen=True):
    """A schedule and the next five runs to come; none while it is paused."""

    id: UUID
    report: str
    title: str
    filters: Filters
    formats: list[str]
    rule: Rule
    starts_on: date
    receivers: Annotated[list[str], Meta(description="Who is told by email when a report is there.")]
    state: Annotated[str, Meta(examples=["active", "paused"])]
    created_by: str
    created_at: datetime
    is_example: bool
    next: list[DueView]


class FileView(Struct, frozen=True):
    """A finished file. `sha256` in hexadecimal."""

    format: str
    filename: str
    sha256: str
    size_bytes: int


class AttemptView(Struct, frozen=True):
    """One try. `failure` is null where it went well or has not ended."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    failure: str | None


class RunView(Struct, frozen=True):
    """A run: due, running with `rows_done` so far, done with its files, or failed and tried again at `next_try_at`."""

    id: UUID
    report: str
    period: Annotated[str, Meta(description="The schedule's period; 'by hand' without a schedule.")]
    schedule_id: UUID | None
    schedule: str | None
    filters: Filters
    formats: list[str]
    state: Annotated[str, Meta(examples=["due", "running", "done", "failed"])]
    entry_no: Annotated[int | None, Meta(description="The newest ledger entry that counts.", examples=[812])]
    journal_no: int | None
    since_entry_no: Annotated[
        int | None, Meta(description="The entry that its figures are compared with.", examples=[640])
    ]
    since_journal_no: int | None
    rows_done: int
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    next_try_at: datetime | None
    is_example: bool
    files: list[FileView]
    attempts: list[AttemptView]


async def schedule(view: View, schedule_id: UUID) -> ScheduleView:
    """One schedule. Raises NotFound."""
    require(view.actor, Deed.SEE_REPORTS)
    found = await stored.schedule(view.db, schedule_id)
    if found is None:
        raise NotFound("not_found", NOT_FOUND)
    check_over(view.actor, Deed.SEE_REPORTS, found.filters.programme)
    return _schedule_view(view, found)


async def schedules(view: View, limit: int, after: UUID | None) -> list[ScheduleView]:
    """Schedules that the actor may see, oldest first: one more than `limit`, where there are more."""
    found = await stored.schedules(view.db, lists_over(view.actor), limit + 1, after)
    return [_schedule_view(view, row) for row in found]


async def run(view: View, run_id: UUID) -> RunView:
    """One run, with its files and every attempt. Raises NotFound."""
    found = await seen_run(view, run_id)
    return (await _run_views(view, [found]))[0]


async def runs(view: View, limit: int, after: UUID | None, narrowed: Mapping[str, object]) -> list[RunView]:
    """Runs that the actor may see, newest first: one more than `limit`, where there are more."""
    found = await stored.runs(view.db, lists_over(view.actor), limit + 1, after, narrowed=narrowed)
    return await _run_views(view, found)


async def seen_run(view: View, run_id: UUID) -> RunRow:
    """A run that the actor may see. Raises NotFound: unknown and foreign look the same."""
    require(view.actor, Deed.SEE_REPORTS)
    found = await stored.run(view.db, run_id)
    if found is None:
        raise NotFound("not_found", NOT_FOUND)
    check_over(view.actor, Deed.SEE_REPORTS, found.filters.programme)
    return found


async def file_pieces(
    gate: Gate, actor: Actor, offers: Mapping[str, Offer], run_id: UUID, of_format: str
) -> tuple[FileRow, AsyncIterator[bytes]]:
    """A finished file, as it was made, one piece at a time: no connection is held while they are sent.

    Raises NotFound where the run has none of that format, NotAllowed as `settled` does.
    """
    async with gate.reading(actor) as view:
        file = await _found_file(view, offers, run_id, of_format)
    return file, _pieces(gate, actor, run_id, of_format)


async def _pieces(gate: Gate, actor: Actor, run_id: UUID, of_format: str) -> AsyncIterator[bytes]:
    for number in count():
        async with gate.reading(actor) as view:
            piece = await report_files.piece(view.db, run_id, of_format, number)
        if piece is None:
            return
        yield piece


async def _found_file(view: View, offers: Mapping[str, Offer], run_id: UUID, of_format: str) -> FileRow:
    found = await seen_run(view, run_id)
    check_sight(view.actor, offers.get(found.report))
    for file in (await report_files.files_of(view.db, [found.id]))[found.id]:
        if file.format == of_format:
            return file
    raise NotFound("report_file", "This run has no file of that format, or is not done yet. Look at the run first.")


def _schedule_view(view: View, found: ScheduleRow) -> ScheduleView:
    coming = next_due(found.rule, found.starts_on, view.now) if found.state == "active" else []
    return ScheduleView(
        **{**vars(found), "formats": list(found.formats), "receivers": list(found.receivers)},
        next=[DueView(due.period, due.at) for due in coming],
    )


async def _run_views(view: View, found: Sequence[RunRow]) -> list[RunView]:
    ids = [row.id for row in found]
    files, attempts = await report_files.files_of(view.db, ids), await report_files.attempts_of(view.db, ids)
    return [_run_view(row, files[row.id], attempts[row.id]) for row in found]


def _run_view(row: RunRow, files: list[FileRow], attempts: list[AttemptRow]) -> RunView:
    waits = row.state == "due" or (row.state == "failed" and row.attempts < MAX_ATTEMPTS)
    return RunView(
        id=row.id,
        report=row.report,
        period=row.period,
        schedule_id=row.schedule_id,
        schedule=row.schedule_title,
        filters=row.filters,
        formats=list(row.formats),
        state=row.state,
        entry_no=row.entry_no,
        journal_no=row.journal_no,
        since_entry_no=row.since_entry_no,
        since_journal_no=row.since_journal_no,
        rows_done=row.rows_done,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
        next_try_at=row.not_before if waits else None,
        is_example=row.is_example,
        files=[FileView(**vars(file)) for file in files],
        attempts=[AttemptView(**vars(attempt)) for attempt in attempts],
    )
