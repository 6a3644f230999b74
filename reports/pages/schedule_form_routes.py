"""The pages on which a schedule is set up or changed: what it would come to is seen before it is kept."""

from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import reports as deeds
from grants.actions.report_views import ScheduleView, schedule
from grants.actions.schedule_changes import Preview, change_schedule, preview
from grants.domain.access import Deed
from grants.domain.errors import TallystickError
from grants.domain.schedules import Offer
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page
from grants.store.transaction import Gate, View
from reports.catalogue import offers
from reports.pages.narrowing import FORMAT_WORDS, METHODS, POPULATIONS, Mistyped, at_field, choices, with_recipient
from reports.pages.report_routes import by_title, makeable
from reports.pages.report_words import due_period
from reports.pages.rule_words import AGAIN, DAYS, EVERY, WAYS, in_words
from reports.pages.schedule_form import Typed, change_in, new_in, of_form, of_nothing, of_schedule
from reports.pages.schedule_routes import CRUMBS, MANAGED, SCHEDULE


@get("/report-schedules/new", **MANAGED)
async def new_schedule(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Which report to make by itself; then when, of what and for whom."""
    return await _form(request, gate, _Draft(request.query_params.get("report", ""), of_nothing()))


@post("/report-schedules/new", status_code=200, **MANAGED)
async def add_schedule(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Shows the next five runs of a schedule; or keeps it."""
    form = await sent(request)
    draft = _Draft(form.text("report"), of_form(form))
    offer = offers().get(draft.report)
    if offer is None:
        return await _form(request, gate, draft, {"report": "Choose a report"}, 422)
    try:
        async with gate.reading(request.user) as view:
            new = new_in(*await _meant(view, form, offer))
            if form.text("act") != "keep":
                draft.preview = await preview(view, offers(), new)
        if draft.preview:
            return await _form(request, gate, draft)
        found = await once(request, gate, ScheduleView, partial(deeds.add_schedule, offers=offers(), new=new))
    except Mistyped as mistyped:
        return await _form(request, gate, draft, mistyped.errors, 422)
    except TallystickError as error:
        return await _form(request, gate, draft, at_field(error), 422)
    request.app.state.waker.nudge()
    return go(f"/report-schedules/{found.id}", "kept")


@get(f"{SCHEDULE}/change", **MANAGED)
async def change_form(request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID]) -> Response[Any]:
    """The schedule as a form."""
    async with gate.reading(request.user) as view:
        found = await schedule(view, schedule_id)
    return await _form(request, gate, _Draft(found.report, of_schedule(found), found))


@post(f"{SCHEDULE}/change", status_code=200, **MANAGED)
async def change(request: Asked, gate: NamedDependency[Gate], schedule_id: FromPath[UUID]) -> Response[Any]:
    """Shows what the changed schedule would come to; or keeps the changes."""
    form = await sent(request)
    async with gate.reading(request.user) as view:
        found = await schedule(view, schedule_id)
    draft = _Draft(found.report, of_form(form), found)
    offer = deeds.offered(offers(), found.report)
    try:
        async with gate.reading(request.user) as view:
            meant, _, wrong = await _meant(view, form, offer)
            if form.text("act") != "keep":
                draft.preview = await preview(view, offers(), new_in(meant, offer, wrong))
        if draft.preview:
            return await _form(request, gate, draft)
        changes = change_in(meant, offer, found, wrong)
        action = partial(change_schedule, offers=offers(), schedule_id=schedule_id, change=changes)
        await once(request, gate, ScheduleView, action)
    except Mistyped as mistyped:
        return await _form(request, gate, draft, mistyped.errors, 422)
    except TallystickError as error:
        return await _form(request, gate, draft, at_field(error), 422)
    request.app.state.waker.nudge()
    return go(f"/report-schedules/{schedule_id}", "changed")


async def _meant(view: View, form: Sent, offer: Offer) -> tuple[Sent, Offer, dict[str, str]]:
    meant, wrong = await with_recipient(view, form)
    return meant, offer, wrong


class _Draft:
    """A schedule on its way: its report, what stands in the fields, the schedule that is changed, and what it would come to."""

    def __init__(self, report: str, typed: Typed, kept: ScheduleView | None = None) -> None:
        self.report = report
        self.typed = typed
        self.kept = kept
        self.preview: Preview | None = None


async def _form(
    request: Asked, gate: Gate, draft: _Draft, errors: dict[str, str] | None = None, status: int = 200
) -> Response[Any]:
    offer, kept, coming = offers().get(draft.report), draft.kept, draft.preview
    if offer is None:
        known = [(one.name, one.title) for one in by_title() if one.name in makeable(request.user)]
        return page(
            request, "schedule_choose", "New schedule", status=status, errors=errors, crumbs=CRUMBS, reports=known
        )
    async with gate.reading(request.user) as view:
        offered = await choices(view, offer, Deed.MANAGE_SCHEDULES, of_schedule=True)
    return page(
        request,
        "schedule_form",
        f"Change the schedule: {kept.title}" if kept else f"New schedule: {offer.title}",
        status=status,
        errors=errors,
        crumbs=[*CRUMBS, (kept.title, f"/report-schedules/{kept.id}")] if kept else CRUMBS,
        offer=offer,
        kept=kept,
        typed=draft.typed,
        choices=offered,
        methods=METHODS,
        populations=POPULATIONS,
        formats=[(one, FORMAT_WORDS[one]) for one in offer.formats],
        ways=WAYS,
        every=EVERY,
        days=DAYS,
        again=AGAIN,
        preview=coming,
        when=in_words(coming.rule) if coming else "",
        coming=[(due_period(due.period), due.at) for due in coming.next] if coming else [],
    )


ROUTES: list[Any] = [new_schedule, add_schedule, change_form, change]
