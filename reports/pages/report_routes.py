"""The pages of reports: all that can be made, all that were made, one run with its files, and making one now."""

from functools import partial
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from grants.actions.downloads import headers_for
from grants.actions.report_lists import beside, newest_runs, periods_of_runs, runs_listed
from grants.actions.report_scope import check_sight
from grants.actions.report_views import RunView, file_pieces, run, schedule
from grants.actions.reports import NewRun, ask_for_run
from grants.domain.access import Actor, Deed, Scope, may
from grants.domain.errors import NotAllowed, TallystickError
from grants.domain.schedules import EVERYTHING, Offer
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices as Offered
from grants.pages.tables import Column, Kind, TableSpec, table_state
from grants.pages.words import period
from grants.store.transaction import Gate
from reports.catalogue import offers
from reports.pages.change_words import changes_told
from reports.pages.narrowing import (
    FORMAT_WORDS,
    METHODS,
    POPULATIONS,
    Mistyped,
    Reading,
    at_field,
    choices,
    filters_in,
    formats_in,
    number_in,
    with_recipient,
)
from reports.pages.report_words import RUN_STATES, due_period, narrowed, title_of

REPORT: Final = "/reports/{run_id:uuid}"
FORMATS: Final = ("xlsx", "ods", "csv", "json")
CRUMBS: Final = (("Reports", "/reports"),)
SAMPLE: Final = "audit-sample"
_SEEN: Final[dict[str, Any]] = {"opt": {"deed": Deed.SEE_REPORTS}, "include_in_schema": False}
_MADE: Final[dict[str, Any]] = {"opt": {"deed": Deed.MAKE_REPORT}, "include_in_schema": False}
_TOLD: Final = {"asked": "You have asked for this report. Its files stand on this page as soon as they are made."}
RUNS: Final = TableSpec(
    "runs",
    "Reports that were made",
    (
        Column(
            "report",
            "Report",
            filter=Offered(),
            words=lambda one: title_of(one.report),
            href=lambda one: f"/reports/{one.id}",
        ),
        Column("about", "Period", Kind.PERIOD, filter=Offered(), empty="All of the time"),
        Column("programme", "Programme", empty="All programmes"),
        Column(
            "schedule",
            "Schedule",
            href=lambda one: f"/report-schedules/{one.schedule_id}" if one.schedule_id else None,
            filter="text",
            empty="By hand",
        ),
        Column("state", "State", Kind.TAG, tags=RUN_STATES, filter=Offered.of(RUN_STATES)),
        Column("requested_by", "Asked for by", on_page=False),
        Column("requested_at", "Asked for", Kind.MOMENT),
        Column("finished_at", "Made", Kind.MOMENT, on_page=False),
        Column("entry_no", "As at entry", Kind.NUMBER, on_page=False),
    ),
    sort="-requested_at",
    empty="No report has been made yet that you can see. Make one now, or set up a schedule.",
    rows_a_page=15,
)


@get("/reports", **_SEEN)
async def reports(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """All reports by name, and what was made of them by period."""
    titles = [(name, offer.title) for name, offer in offers().items()]
    async with gate.reading(request.user) as view:
        periods = [(code, period(code)) for code in await periods_of_runs(view)]
        state = table_state(request, RUNS, {"report": titles, "about": periods})
        listed = await runs_listed(view, state.wanted)
        newest = await newest_runs(view)
    if state.download:
        return await table_file(request, state, listed)
    return page(
        request,
        "reports",
        "Reports",
        offers=by_title(),
        newest=newest,
        can_make=makeable(request.user),
        sample=SAMPLE,
        listed=shown(state, listed),
    )


@get("/reports/new", **_MADE)
async def new_report(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Which report to make; then what it is narrowed to, and its formats."""
    return await _new(request, gate, request.query_params.get("report", ""), None)


@post("/reports/new", status_code=200, **_MADE)
async def make_report(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Asks for a report: it is made in the background."""
    form = await sent(request)
    offer = offers().get(form.text("report"))
    if offer is None:
        return await _new(request, gate, "", form, {"report": "Choose a report"}, 422)
    try:
        async with gate.reading(request.user) as view:
            meant, wrong = await with_recipient(view, form)
        new = _new_run(meant, offer, wrong)
        found = await once(request, gate, RunView, partial(ask_for_run, offers=offers(), new=new))
    except Mistyped as mistyped:
        return await _new(request, gate, offer.name, form, mistyped.errors, 422)
    except TallystickError as error:
        return await _new(request, gate, offer.name, form, at_field(error), 422)
    request.app.state.waker.nudge()
    return go(f"/reports/{found.id}", "asked")


def _new_run(form: Sent, offer: Offer, wrong: dict[str, str]) -> NewRun:
    reading = Reading(wrong)
    new = NewRun(
        report=offer.name,
        filters=reading.of(partial(filters_in, form, offer), EVERYTHING),
        formats=reading.of(partial(formats_in, form), ()),
        as_at=reading.of(partial(number_in, form, "as_at", "The entry number"), None),
        since=reading.of(partial(number_in, form, "since", "The earlier entry number"), None),
    )
    reading.end()
    return new


async def _new(
    request: Asked,
    gate: Gate,
    name: str,
    form: Sent | None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[Any]:
    offer = offers().get(name)
    if offer is None:
        known = [(one.name, one.title) for one in by_title() if one.name in makeable(request.user)]
        return page(
            request, "report_choose", "Make a report", status=status, errors=errors, crumbs=CRUMBS, reports=known
        )
    async with gate.reading(request.user) as view:
        offered = await choices(view, offer, Deed.MAKE_REPORT)
    return page(
        request,
        "report_new",
        f"Make a report: {offer.title}",
        status=status,
        errors=errors,
        crumbs=CRUMBS,
        offer=offer,
        choices=offered,
        formats=[(one, FORMAT_WORDS[one]) for one in offer.formats],
        ticked=form.all("formats") if form else ["xlsx"],
        methods=METHODS,
        populations=POPULATIONS,
        typed=form.text if form else lambda name: request.query_params.get(name, "")[:80],
    )


def by_title() -> list[Offer]:
    """The reports that there are, as people look for them."""
    return sorted(offers().values(), key=attrgetter("title"))


def makeable(actor: Actor) -> set[str]:
    """The names of the reports that somebody may make, of something at least."""
    if not may(actor, Deed.MAKE_REPORT):
        return set()
    return {one.name for one in offers().values() if _may_see(actor, one)}


def _may_see(actor: Actor, offer: Offer) -> bool:
    try:
        check_sight(actor, offer)
    except NotAllowed:
        return False
    return True


@get(REPORT, **_SEEN)
async def report(request: Asked, gate: NamedDependency[Gate], run_id: FromPath[UUID]) -> Response[str]:
    """One run. What is unknown and what is somebody else's look the same."""
    before = after = of = None
    async with gate.reading(request.user) as view:
        found = await run(view, run_id)
        if found.schedule_id is not None:
            of = await schedule(view, found.schedule_id)
            before, after = await beside(view, found.schedule_id, found.period)
        about = await narrowed(view.db, found.filters)
    offer = offers().get(found.report)
    can_see = offer is None or _may_see(request.user, offer)
    return page(
        request,
        "report",
        title_of(found.report),
        told=_TOLD,
        crumbs=CRUMBS,
        run=found,
        state=RUN_STATES[found.state],
        offer=offer,
        period=due_period(found.period) if found.schedule_id else None,
        narrowed=about,
        schedule=of,
        before=before and (before.id, due_period(before.period)),
        after=after and (after.id, due_period(after.period)),
        waits=found.state in ("due", "running") or (found.state == "failed" and found.next_try_at is not None),
        can_see=can_see,
        formats=FORMAT_WORDS,
        changes=await changes_told(gate, request.user, found) if can_see else None,
        can_make=may(request.user, Deed.MAKE_REPORT, Scope(found.filters.programme)),
        is_sample=found.report == SAMPLE,
    )


@get([f"{REPORT}/{each}" for each in FORMATS], **_SEEN)
async def download(request: Asked, gate: NamedDependency[Gate], run_id: FromPath[UUID]) -> Stream:
    """A file as it was made, byte for byte, always as an attachment."""
    of_format = request.url.path.rpartition("/")[2]
    file, pieces = await file_pieces(gate, request.user, offers(), run_id, of_format)
    facts = {"Content-Type": "application/octet-stream", "Content-Length": str(file.size_bytes)}
    return Stream(pieces, headers={**headers_for(file.filename, file.sha256), **facts})


ROUTES: list[Any] = [reports, new_report, make_report, report, download]
