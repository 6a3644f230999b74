"""The pages of schedules: all of them, and one with its runs, those to come and those that there were."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import reports as deeds
from grants.actions.report_lists import runs_listed
from grants.actions.report_views import RunView, ScheduleView, schedule, schedules
from grants.domain.access import Deed, Scope, may
from grants.domain.errors import Conflict, TallystickError
from grants.domain.periods import london_day
from grants.domain.rule_times import due_until
from grants.domain.schedules import Every, Rule
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices as Offered
from grants.pages.tables import Column, Kind, TableSpec, table_state
from grants.store.transaction import Gate
from reports.pages.narrowing import FORMAT_WORDS
from reports.pages.report_routes import RUNS
from reports.pages.report_words import SCHEDULE_STATES, due_period, narrowed, title_of
from reports.pages.rule_words import in_words

SCHEDULE: Final = "/report-schedules/{schedule_id:uuid}"
CRUMBS: Final = (("Reports", "/reports"), ("Schedules", "/report-schedules"))
MANAGED: Final[dict[str, Any]] = {"opt": {"deed": Deed.MANAGE_SCHEDULES}, "include_in_schema": False}
_MOST: Final = 1_000
_ENDED_MAX: Final = 12
_OFTEN, _SELDOM = timedelta(days=31), timedelta(days=3 * 366)
"""How far back periods are looked for that a report can be made of now."""
_TOLD: Final = {
    "kept": "The schedule is kept. Its reports are made by themselves from now on.",
    "changed": "The schedule is changed. What is made already stays as it is.",
    "paused": "The schedule is paused: what falls due meanwhile is not made by itself.",
    "resumed": "The schedule goes on from today.",
}
SCHEDULES: Final = TableSpec(
    "schedules",
    "Schedules",
    (
        Column("title", "Schedule", href=lambda one: f"/report-schedules/{one['id']}"),
        Column("report", "Report", filter=Offered(), words=lambda one: title_of(one["report"])),
        Column("when", "When", sortable=False),
        Column("next_at", "Next", Kind.MOMENT, empty="Not while it is paused"),
        Column("receivers", "Receivers", Kind.NUMBER),
        Column("state", "State", Kind.TAG, tags=SCHEDULE_STATES, filter=Offered.of(SCHEDULE_STATES)),
        Column("created_by", "Set up by", on_page=False),
    ),
    sort="title",
    empty="There are no schedules yet. A schedule makes a report by itself, after each period or on days that you choose.",
    search=("title",),
    search_label="Title",
)
_RUNS: Final = replace(
    RUNS,
    caption="Runs of this schedule",
    columns=(
        Column("about", "Period", Kind.PERIOD, href=lambda one: f"/reports/{one.id}", empty="All of the time"),
        *(column for column in RUNS.columns if column.key not in ("about", "report", "programme", "schedule")),
    ),
    sort="-about",
    empty="Nothing has fallen due yet. The first report is made by itself when it does.",
)


@get("/report-schedules", opt={"deed": Deed.SEE_REPORTS}, include_in_schema=False)
async def list_schedules(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """All schedules that the viewer may see."""
    async with gate.reading(request.user) as view:
        found = await schedules(view, _MOST, None)
    titles = sorted({(one.report, title_of(one.report)) for one in found})
    state = table_state(request, SCHEDULES, {"report": titles})
    listed = listed_at_hand([_row(one) for one in found], state.wanted, "id")
    if state.download:
        return await table_file(request, state, listed)
    return page(
        request,
        "schedules",
        "Report schedules",
        crumbs=CRUMBS[:1],
        listed=shown(state, listed),
        can_add=may(request.user, Deed.MANAGE_SCHEDULES),
    )


def _row(one: ScheduleView) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "title": one.title,
        "report": one.report,
        "when": in_words(one.rule),
        "next_at": one.next[0].at if one.next else None,
        "receivers": len(one.receivers),
        "state": one.state,
        "created_by": one.created_by,
        "is_example": one.is_example,
    }


@get(SCHEDULE, opt={"deed": Deed.SEE_REPORTS}, include_in_schema=False)
async def one_schedule(request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID]) -> Response[Any]:
    """One schedule: its rule in words, the next runs, and those that there were."""
    return await _one(request, gate, schedule_id)


async def _one(
    request: Asked,
    gate: Gate,
    schedule_id: UUID,
    errors: dict[str, str] | None = None,
    status: int = 200,
    typed: str = "",
) -> Response[Any]:
    async with gate.reading(request.user) as view:
        found = await schedule(view, schedule_id)
        about = await narrowed(view.db, found.filters)
        state = table_state(request, _RUNS)
        listed = await runs_listed(view, state.wanted, schedule=schedule_id)
    if state.download:
        return await table_file(request, state, listed)
    scope = Scope(found.filters.programme)
    return page(
        request,
        "schedule",
        found.title,
        status=status,
        errors=errors,
        told=_TOLD,
        crumbs=CRUMBS,
        schedule=found,
        state=SCHEDULE_STATES[found.state],
        report=title_of(found.report),
        when=in_words(found.rule),
        narrowed=about,
        coming=[(due_period(due.period), due.at) for due in found.next],
        ended=_ended(found.rule, gate.clock()),
        formats=[FORMAT_WORDS[one] for one in found.formats],
        can_change=may(request.user, Deed.MANAGE_SCHEDULES, scope),
        can_make=may(request.user, Deed.MAKE_REPORT, scope),
        typed=typed,
        listed=shown(state, listed),
    )


def _ended(rule: Rule, now: datetime) -> list[tuple[str, str]]:
    """The newest periods of a rule that are over, by code and in words."""
    since = london_day(now - (_OFTEN if rule.cron or rule.every is Every.DAY else _SELDOM))
    return [(due.period, due_period(due.period)) for due in list(due_until(rule, since, now))[: -_ENDED_MAX - 1 : -1]]


@post(f"{SCHEDULE}/pause", status_code=200, **MANAGED)
async def pause(request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID]) -> Response[Any]:
    """Stops a schedule."""
    await once(request, gate, ScheduleView, partial(deeds.pause, schedule_id=schedule_id))
    return go(f"/report-schedules/{schedule_id}", "paused")


@post(f"{SCHEDULE}/resume", status_code=200, **MANAGED)
async def resume(request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID]) -> Response[Any]:
    """Starts a paused schedule again."""
    await once(request, gate, ScheduleView, partial(deeds.resume, schedule_id=schedule_id))
    return go(f"/report-schedules/{schedule_id}", "resumed")


@post(f"{SCHEDULE}/runs", status_code=200, opt={"deed": Deed.MAKE_REPORT}, include_in_schema=False)
async def run_now(request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID]) -> Response[Any]:
    """Makes the report of a period that has ended; where there is one already, leads to it."""
    form: Sent = await sent(request)
    period = form.text("period")[:16]
    try:
        found = await once(request, gate, RunView, partial(deeds.run_now, schedule_id=schedule_id, period=period))
    except Conflict as error:
        if "run" not in error.facts:
            raise
        return go(f"/reports/{error.facts['run']}")
    except TallystickError as error:
        if error.code == "not_found":
            raise
        return await _one(request, gate, schedule_id, {"period": error.message}, 422, period)
    request.app.state.waker.nudge()
    return go(f"/reports/{found.id}", "asked")


ROUTES: list[Any] = [
    list_schedules,
    one_schedule,
    pause,
    resume,
    run_now,
]
