"""The pages of audit samples: those that were drawn, drawing one, its items with their traces, and recording what testing came to."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import sample_results as deeds
from grants.actions.report_lists import runs_listed
from grants.actions.report_views import RunView, run, seen_run
from grants.actions.reports import NewRun, ask_for_run
from grants.actions.sample_results import REPORT, NewResult, ResultView
from grants.domain.access import Deed, Scope, may
from grants.domain.errors import Invalid, NotFound, TallystickError
from grants.domain.money import NotMoney, from_text
from grants.domain.samples import Outcome
from grants.domain.schedules import EVERYTHING
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices as Offered
from grants.pages.tables import Column, Kind, TableSpec, Tag, table_state
from grants.store import ledger
from grants.store.sample_results import ResultRow, results_at
from grants.store.transaction import Gate
from reports.catalogue import offers
from reports.pages.narrowing import (
    METHODS,
    POPULATIONS,
    Mistyped,
    Reading,
    at_field,
    choices,
    filters_in,
    with_recipient,
)
from reports.pages.report_routes import RUNS
from reports.pages.report_words import RUN_STATES, drawn_words, narrowed
from reports.pages.trace_rows import figure_address
from reports.sample_items import DrawnItems, SampleItem, sample_of
from reports.tested_items import items_of

CRUMBS: Final = (("Reports", "/reports"), ("Audit samples", "/samples"))
_NOT_TESTED: Final = "not_tested"
OUTCOMES: Final = {
    _NOT_TESTED: Tag("Not tested yet", "grey"),
    Outcome.AGREES.value: Tag("Agrees", "green"),
    Outcome.DIFFERS.value: Tag("Differs", "red"),
    Outcome.NO_EVIDENCE.value: Tag("No evidence", "orange"),
    Outcome.NOT_APPLICABLE.value: Tag("Not applicable", "grey"),
}
_TOLD: Final = {
    "asked": "The sample is being drawn. This page shows its items as soon as they are there.",
    "recorded": "The result is recorded. It is never changed: a later one of the same item takes its place.",
}
_ABOUT: Final = dict(POPULATIONS)
SAMPLES: Final = replace(
    RUNS,
    name="samples",
    caption="Samples that were drawn",
    columns=(
        Column("requested_at", "Drawn", Kind.MOMENT, href=lambda one: f"/samples/{one.id}"),
        Column("sample", "What", sortable=False, words=lambda one: drawn_words(one.sample)),
        *(column for column in RUNS.columns if column.key in ("about", "programme")),
        Column("requested_by", "By"),
        *(column for column in RUNS.columns if column.key in ("state", "entry_no")),
    ),
    empty="No sample has been drawn yet. Draw one: you choose what to draw from, how, and how many items.",
)
ITEMS: Final = TableSpec(
    "items",
    "Items of the sample",
    (
        Column(
            "position",
            "Item",
            Kind.NUMBER,
            href=lambda one: one["address"],
            words=lambda one: f"Item {one['position']}",
        ),
        Column("item", "Identifier", on_page=False),
        Column("award", "Award", href=lambda one: f"/awards/{one['award']}"),
        Column("description", "Description"),
        Column("payee", "Payee"),
        Column("day", "Date", Kind.DAY),
        Column("pence", "Amount", Kind.PENCE),
        Column("evidence", "Evidence", on_page=False),
        Column("attached", "Files attached", on_page=False),
        Column(
            "place",
            "Where it comes from",
            href=lambda one: figure_address(one["figure"]) if one["figure"] else None,
            sortable=False,
        ),
        Column("sha256", "Workbook’s SHA-256", on_page=False),
        Column("result", "Result", Kind.TAG, tags=OUTCOMES, filter=Offered.of(OUTCOMES)),
        Column("finding", "Finding", on_page=False),
        Column("found_pence", "Amount found", Kind.PENCE, on_page=False),
        Column("recorded_by", "Tested by", on_page=False),
        Column("recorded_at", "Result recorded", Kind.MOMENT, on_page=False),
    ),
    sort="position",
    empty="Nothing was drawn: there was nothing to draw from. Draw another sample with wider filters.",
    search=("item", "award", "description", "payee"),
    search_label="Item, award, description or payee",
)


@get("/samples", opt={"deed": Deed.SEE_REPORTS}, include_in_schema=False)
async def samples(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The samples that were drawn."""
    async with gate.reading(request.user) as view:
        state = table_state(request, SAMPLES)
        listed = await runs_listed(view, state.wanted, report=REPORT)
    if state.download:
        return await table_file(request, state, listed)
    return page(
        request,
        "samples",
        "Audit samples",
        crumbs=CRUMBS[:1],
        listed=shown(state, listed),
        can_draw=may(request.user, Deed.MAKE_REPORT),
    )


@get("/samples/new", opt={"deed": Deed.MAKE_REPORT}, include_in_schema=False)
async def new_sample(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """What to draw from, how, and how many."""
    return await _new(request, gate, None)


@post("/samples/new", opt={"deed": Deed.MAKE_REPORT}, include_in_schema=False, status_code=200)
async def draw(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Draws a sample, in the background."""
    form = await sent(request)
    try:
        async with gate.reading(request.user) as view:
            meant, wrong = await with_recipient(view, form)
        reading = Reading(wrong)
        new = NewRun(REPORT, reading.of(partial(filters_in, meant, offers()[REPORT]), EVERYTHING), ("xlsx",))
        reading.end()
        found = await once(request, gate, RunView, partial(ask_for_run, offers=offers(), new=new))
    except Mistyped as mistyped:
        return await _new(request, gate, form, mistyped.errors)
    except TallystickError as error:
        return await _new(request, gate, form, at_field(error))
    request.app.state.waker.nudge()
    return go(f"/samples/{found.id}", "asked")


async def _new(request: Asked, gate: Gate, form: Sent | None, errors: dict[str, str] | None = None) -> Response[Any]:
    async with gate.reading(request.user) as view:
        offered = await choices(view, offers()[REPORT], Deed.MAKE_REPORT)
    return page(
        request,
        "sample_new",
        "Draw an audit sample",
        status=422 if errors else 200,
        errors=errors,
        crumbs=CRUMBS,
        offer=offers()[REPORT],
        choices=offered,
        methods=METHODS,
        populations=POPULATIONS,
        typed=form.text if form else lambda name: "",
    )


@get("/samples/{run_id:uuid}", opt={"deed": Deed.SEE_REPORTS}, include_in_schema=False)
async def sample(request: Asked, gate: NamedDependency[Gate], run_id: FromPath[UUID]) -> Response[Any]:
    """One sample: its items with their newest results; and one item of them, where the address names one."""
    return await _sample(request, gate, run_id, request.query_params.get("item", ""))


async def _sample(
    request: Asked, gate: Gate, run_id: UUID, item: str, form: Sent | None = None, errors: dict[str, str] | None = None
) -> Response[Any]:
    async with gate.reading(request.user) as view:
        row = await seen_run(view, run_id)
        found = await run(view, run_id)
        about = await narrowed(view.db, found.filters)
    drawn = await sample_of(gate, row) if row.report == REPORT and row.state == "done" else None
    results: dict[str, ResultRow] = {}
    if drawn:
        async with gate.reading(request.user) as view:
            results = await results_at(view.db, await ledger.head(view.db), [one.item for one in drawn.items])
    state = table_state(request, ITEMS)
    rows = [_row(run_id, one, results.get(one.item)) for one in drawn.items] if drawn else []
    listed = listed_at_hand(rows, state.wanted, "position")
    if state.download:
        return await table_file(request, state, listed, title=f"Items of the sample of run {run_id}")
    chosen = next((one for one in drawn.items if one.item == item), None) if drawn else None
    return page(
        request,
        "sample",
        "Audit sample",
        status=422 if errors else 200,
        errors=errors,
        told=_TOLD,
        crumbs=CRUMBS,
        run=found,
        state=RUN_STATES[found.state],
        is_sample=row.report == REPORT,
        waits=found.state in ("due", "running") or (found.state == "failed" and found.next_try_at is not None),
        narrowed=[pair for pair in about if pair[0] != "Sample"],
        drawn=drawn,
        about=_ABOUT,
        methods=dict(METHODS),
        counts=_counts(drawn, results) if drawn else [],
        chosen=chosen,
        chosen_figure=figure_address(chosen.figure) if chosen and chosen.figure else "",
        result=results.get(chosen.item) if chosen else None,
        outcomes=[(code, tag.words) for code, tag in OUTCOMES.items() if code != _NOT_TESTED],
        tags=OUTCOMES,
        can_record=may(request.user, Deed.RECORD_RESULT, Scope(found.filters.programme)),
        typed=form.text if form else lambda name: "",
        listed=shown(state, listed),
    )


def _row(run_id: UUID, one: SampleItem, result: ResultRow | None) -> dict[str, Any]:
    return {
        **asdict(one),
        "address": f"/samples/{run_id}?item={one.item}",
        "place": f"{one.sheet}!{one.cell}" if one.cell else ("Its trace" if one.figure else ""),
        "result": result.outcome.value if result else _NOT_TESTED,
        "finding": result.finding if result else None,
        "found_pence": result.pence if result else None,
        "recorded_by": result.recorded_by if result else None,
        "recorded_at": result.recorded_at if result else None,
    }


def _counts(drawn: DrawnItems, results: Mapping[str, ResultRow]) -> list[tuple[Tag, int, int]]:
    """Of each result how many items have it, and what they come to in pence."""
    found = {code: [0, 0] for code in OUTCOMES}
    for one in drawn.items:
        result = results.get(one.item)
        count = found[result.outcome.value if result else _NOT_TESTED]
        count[0] += 1
        count[1] += one.pence
    return [(OUTCOMES[code], items, pence) for code, (items, pence) in found.items()]


@post("/samples/results", opt={"deed": Deed.RECORD_RESULT}, include_in_schema=False, status_code=200)
async def record(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Records what testing an item of a sample came to."""
    form = await sent(request)
    try:
        run_id = UUID(form.text("run"))
    except ValueError:
        raise NotFound("not_found", "There is nothing here that you can see. Check the reference.") from None
    try:
        new = _result_in(form)
        async with gate.reading(request.user) as view:
            found = await deeds.run_to_test(view, run_id)
        items = await items_of(gate, found)
        await once(request, gate, ResultView, partial(deeds.record_result, run_id=run_id, new=new, items=items))
    except Mistyped as wrong:
        return await _sample(request, gate, run_id, form.text("item"), form, wrong.errors)
    except Invalid as error:
        field = error.code if error.code in ("finding", "pence") else "outcome"
        return await _sample(request, gate, run_id, form.text("item"), form, {field: error.message})
    return go(f"/samples/{run_id}", "recorded")


def _result_in(form: Sent) -> NewResult:
    """Raises Mistyped."""
    if form.text("outcome") not in list(Outcome):
        raise Mistyped({"outcome": "Choose what testing the item came to"})
    pence = None
    if typed := form.text("pence"):
        try:
            pence = from_text(typed)
        except NotMoney:
            raise Mistyped({"pence": "The amount must be an amount of money, like 410.00"}) from None
    finding = form.text("finding")
    if len(finding) > 4_000:
        raise Mistyped({"finding": "The finding must be 4,000 characters or fewer"})
    return NewResult(form.text("item")[:80], Outcome(form.text("outcome")), finding, pence)


ROUTES: list[Any] = [samples, new_sample, draw, sample, record]
