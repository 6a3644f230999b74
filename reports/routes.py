"""Doors of the auditor: the catalogue, schedules, runs and their files, and the trace of a figure."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from msgspec import Meta, Struct

from grants.actions import reports as deeds
from grants.actions import schedule_changes
from grants.actions.downloads import headers_for
from grants.actions.listing import Page, decode_cursor, page
from grants.actions.report_views import RunView, ScheduleView, file_pieces, run, runs, schedule, schedules
from grants.actions.reports import NewRun, NewSchedule
from grants.actions.schedule_changes import Preview, ScheduleChange
from grants.domain.access import Deed
from grants.domain.errors import Invalid
from grants.store.transaction import Gate, Tx
from reports.asking import After, Asked, Key, Limit, once
from reports.catalogue import offers
from reports.making import MEDIA_TYPES
from reports.trace import trace
from reports.trace_views import Trace
from reports.verify import Verified, verify

EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "NewSchedule": {
        "report": "allocation-position",
        "title": "Position of the money, each quarter",
        "rule": {"every": "quarter", "working_day": 5, "hour": 9, "minute": 30},
        "filters": {"programme": "ACTION-PLAN"},
        "formats": ["xlsx", "csv"],
    },
    "NewRun": {"report": "spend-transactions", "filters": {"period": "2025-26-Q2"}, "formats": ["xlsx"]},
    "PeriodBody": {"period": "2025-26-Q2"},
    "NewResult": {"item": "line:5:17", "outcome": "differs", "finding": "The invoice is for £410.00", "pence": 41_000},
    "ScheduleChange": {"title": "Position, each month", "rule": {"every": "month", "working_day": 3, "hour": 9}},
}


class ReportOffer(Struct, frozen=True):
    """A report that can be made, and what it can be narrowed to."""

    name: str
    title: str
    purpose: str
    audience: str
    filters: list[str]
    formats: list[str]


class PeriodBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A period of a schedule that has ended."""

    period: Annotated[str, Meta(max_length=16, examples=["2025-26-Q2"])]


@get("/reports", opt={"deed": Deed.SEE_REPORTS}, summary="The catalogue of reports")
async def list_reports(limit: Limit = 50, after: After = None) -> Page[ReportOffer]:
    """Every report that can be made, in order of name."""
    key = decode_cursor(after)
    found = [
        ReportOffer(offer.name, offer.title, offer.purpose, offer.audience, sorted(offer.filters), list(offer.formats))
        for offer in offers().values()
        if offer.name > key
    ]
    return page(found, limit, lambda offer: offer.name)


@get("/report-schedules", opt={"deed": Deed.SEE_REPORTS}, summary="Report schedules")
async def list_schedules(
    request: Asked, gate: NamedDependency[Gate], limit: Limit = 50, after: After = None
) -> Page[ScheduleView]:
    """Schedules that you may see, oldest first, each with the next five runs to come."""
    async with gate.reading(request.user) as view:
        return page(await schedules(view, limit, _place(after)), limit, lambda found: str(found.id))


@post("/report-schedules", opt={"deed": Deed.MANAGE_SCHEDULES}, summary="Add a report schedule")
async def add_schedule(
    request: Asked, gate: NamedDependency[Gate], data: JSONBody[NewSchedule], idempotency_key: Key = None
) -> ScheduleView:
    """Adds a schedule: which report, of what, in which formats, and when after each period. What is due already is made now."""
    action = partial(deeds.add_schedule, offers=offers(), new=data)
    added = await once(request, gate, idempotency_key, ScheduleView, action)
    request.app.state.waker.nudge()
    return added


@get("/report-schedules/{schedule_id:uuid}", opt={"deed": Deed.SEE_REPORTS}, summary="One report schedule")
async def one_schedule(request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID]) -> ScheduleView:
    """A schedule and the next five runs to come."""
    async with gate.reading(request.user) as view:
        return await schedule(view, schedule_id)


@post(
    "/report-schedules/preview",
    opt={"deed": Deed.MANAGE_SCHEDULES},
    summary="The next five runs of a schedule, before it is saved",
    status_code=HTTP_200_OK,
)
async def preview(
    request: Asked, gate: NamedDependency[Gate], data: JSONBody[NewSchedule], idempotency_key: Key = None
) -> Preview:
    """What a schedule would come to: its next five runs, and how many would be made at once. Nothing is kept."""
    async with gate.reading(request.user) as view:
        return await schedule_changes.preview(view, offers(), data)


@patch("/report-schedules/{schedule_id:uuid}", opt={"deed": Deed.MANAGE_SCHEDULES}, summary="Change a report schedule")
async def change_schedule(
    request: Asked,
    gate: NamedDependency[Gate],
    schedule_id: FromPath[UUID],
    data: JSONBody[ScheduleChange],
    idempotency_key: Key = None,
) -> ScheduleView:
    """Changes what is named of a schedule. What has fallen due by its old rule is still made, and what is made stays."""
    action = partial(schedule_changes.change_schedule, offers=offers(), schedule_id=schedule_id, change=data)
    changed = await once(request, gate, idempotency_key, ScheduleView, action)
    request.app.state.waker.nudge()
    return changed


@post(
    "/report-schedules/{schedule_id:uuid}/pause",
    opt={"deed": Deed.MANAGE_SCHEDULES},
    summary="Pause a report schedule",
    status_code=HTTP_200_OK,
)
async def pause(
    request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID], idempotency_key: Key = None
) -> ScheduleView:
    """Stops a schedule. What falls due while it is paused is not made by itself."""
    action = partial(deeds.pause, schedule_id=schedule_id)
    return await once(request, gate, idempotency_key, ScheduleView, action)


@post(
    "/report-schedules/{schedule_id:uuid}/resume",
    opt={"deed": Deed.MANAGE_SCHEDULES},
    summary="Resume a report schedule",
    status_code=HTTP_200_OK,
)
async def resume(
    request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID], idempotency_key: Key = None
) -> ScheduleView:
    """Starts a paused schedule again, from today."""
    action = partial(deeds.resume, schedule_id=schedule_id)
    return await once(request, gate, idempotency_key, ScheduleView, action)


@post(
    "/report-schedules/{schedule_id:uuid}/runs",
    opt={"deed": Deed.MAKE_REPORT},
    summary="Make a schedule's report now",
    status_code=HTTP_202_ACCEPTED,
)
async def run_now(
    request: Asked,
    gate: NamedDependency[Gate],
    schedule_id: FromPath[UUID],
    data: JSONBody[PeriodBody],
    idempotency_key: Key = None,
) -> Response[RunView]:
    """Makes a schedule's report for a period that has ended, in the background; a run that failed is tried again."""
    action = partial(deeds.run_now, schedule_id=schedule_id, period=data.period)
    return await _asked_for(request, gate, idempotency_key, action)


@get("/report-runs", opt={"deed": Deed.SEE_REPORTS}, summary="Report runs")
async def list_runs(
    request: Asked,
    gate: NamedDependency[Gate],
    schedule: Annotated[UUID | None, QueryParameter(description="Runs of this schedule only.")] = None,
    report: Annotated[str | None, QueryParameter(max_length=80, description="Runs of this report only.")] = None,
    run_state: Annotated[
        str | None,
        QueryParameter(name="state", pattern="^(due|running|done|failed)$", description="Runs in this state."),
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[RunView]:
    """Runs that you may see, newest first, each with its files and every attempt."""
    narrowed = {"schedule": schedule, "report": report, "state": run_state}
    async with gate.reading(request.user) as view:
        return page(await runs(view, limit, _place(after), narrowed), limit, lambda found: str(found.id))


@post("/report-runs", opt={"deed": Deed.MAKE_REPORT}, summary="Make a report", status_code=HTTP_202_ACCEPTED)
async def make_run(
    request: Asked, gate: NamedDependency[Gate], data: JSONBody[NewRun], idempotency_key: Key = None
) -> Response[RunView]:
    """Makes a report in the background, as the record stands now or at an entry number. Poll the run until it is done."""
    action = partial(deeds.ask_for_run, offers=offers(), new=data)
    return await _asked_for(request, gate, idempotency_key, action)


@get("/report-runs/{run_id:uuid}", opt={"deed": Deed.SEE_REPORTS}, summary="One report run")
async def one_run(request: Asked, gate: NamedDependency[Gate], run_id: FromPath[UUID]) -> RunView:
    """A run: how far it is, its files, and every attempt with the cause of its failure."""
    async with gate.reading(request.user) as view:
        return await run(view, run_id)


@get(
    "/report-runs/{run_id:uuid}/files/{of_format:str}",
    opt={"deed": Deed.SEE_REPORTS, "files": tuple(MEDIA_TYPES.values())},
    summary="A finished file",
    media_type="application/octet-stream",
)
async def download(
    request: Asked, gate: NamedDependency[Gate], run_id: FromPath[UUID], of_format: FromPath[str]
) -> Stream:
    """A file as it was made, byte for byte; `Repr-Digest` carries its SHA-256 (RFC 9530)."""
    file, pieces = await file_pieces(gate, request.user, offers(), run_id, of_format)
    facts = {"Content-Type": MEDIA_TYPES[file.format], "Content-Length": str(file.size_bytes)}
    return Stream(pieces, headers={**headers_for(file.filename, file.sha256), **facts})


@get("/report-files/{sha256:str}", opt={"deed": Deed.SEE_REPORTS}, summary="Is this file the service's own?")
async def verify_file(request: Asked, gate: NamedDependency[Gate], sha256: FromPath[str]) -> Verified:
    """The run that made a file, by the SHA-256 of its bytes; 404 where the service made no such file."""
    async with gate.reading(request.user) as view:
        return await verify(view, sha256)


@get("/figures/{figure:str}/trace", opt={"deed": Deed.TRACE}, summary="Where a figure comes from")
async def trace_figure(
    request: Asked, gate: NamedDependency[Gate], figure: FromPath[str], limit: Limit = 50, after: After = None
) -> Trace:
    """From a figure to its entries, decisions and returns, and to the sheet and cell of each line of spend."""
    async with gate.reading(request.user) as view:
        return await trace(view, figure, limit, after)


async def _asked_for(
    request: Asked, gate: Gate, key: str | None, action: Callable[[Tx], Awaitable[RunView]]
) -> Response[RunView]:
    """The run is on the record before anybody is woken; if nobody is, the next wake anywhere makes it."""
    found = await once(request, gate, key, RunView, action)
    request.app.state.waker.nudge()
    headers = {"Location": f"/api/v1/report-runs/{found.id}"}
    return Response(found, status_code=HTTP_202_ACCEPTED, headers=headers)


def _place(after: str | None) -> UUID | None:
    """The run or schedule that a cursor names. Raises Invalid."""
    key = decode_cursor(after)
    try:
        return UUID(key) if key else None
    except ValueError as error:
        raise Invalid("cursor", "Use the value of `next` from the page before, as it is.") from error


ROUTES = [
    list_reports,
    list_schedules,
    add_schedule,
    one_schedule,
    preview,
    change_schedule,
    pause,
    resume,
    run_now,
    list_runs,
    make_run,
    one_run,
    download,
    verify_file,
    trace_figure,
]
