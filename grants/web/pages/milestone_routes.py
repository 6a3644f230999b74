"""The pages of what happened to the plan, and of the dates to be met beside its money."""

from dataclasses import replace
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from grants.actions.plan_overview import Overview, overview
from grants.domain.access import Deed, Scope, may
from grants.domain.decisions import DecisionKind
from grants.domain.plan import Rag
from grants.pages.layout import Asked, page
from grants.pages.rating_words import RATINGS
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, table_state
from grants.store.transaction import Gate

_CRUMBS: Final = (("Plan", "/plan"),)
TIMELINE: Final = TableSpec(
    "timeline",
    "What happened to the plan",
    (
        Column("on", "When", Kind.DAY, words=lambda row: row["when"]),
        Column("text", "What happened", sortable=False),
        Column("amount_pence", "Amount announced", Kind.PENCE, empty="None"),
        Column("programme", "Programme", filter=Choices(), on_page=False),
        Column(
            "line_title",
            "Funding line",
            href=lambda row: f"/funding-lines/{row['funding_line']}" if row["funding_line"] else None,
            empty="None",
        ),
        Column("funding_line", "Funding line’s code", on_page=False),
        Column("source", "Source", sortable=False),
        Column("code", "Code", on_page=False, in_file=False),
    ),
    sort="on",
    empty="Nothing is told of the plan yet. Its history comes with the plan’s file.",
    search=("text", "source"),
    search_label="What happened, or source",
)
MILESTONES: Final = TableSpec(
    "milestones",
    "Milestones",
    (
        Column("title", "Milestone"),
        Column("code", "Code", on_page=False),
        Column("programme", "Programme", filter=Choices(), on_page=False),
        Column("baseline", "Baseline", Kind.DAY, empty="None"),
        Column("forecast", "Forecast", Kind.DAY, empty="None"),
        Column("actual", "Done", Kind.DAY, empty="Not yet"),
        Column("rag", "Rating", Kind.TAG, tags=RATINGS, filter=Choices.of(RATINGS), empty="Not rated"),
        Column("comment", "Comment", sortable=False, empty="None"),
        Column(
            "change",
            "What you can do",
            sortable=False,
            in_file=False,
            href=lambda row: row["change"],
            words=lambda row: "Change" if row["change"] else "",
        ),
    ),
    sort="baseline",
    empty="The plan has no milestones. They come with the plan’s file.",
    search=("title", "comment"),
    search_label="Milestone or comment",
)


def _programmes(found: Overview) -> dict[str, list[tuple[str, str]]]:
    return {"programme": [(one.code, one.title) for one in found.plan.programmes]}


@get("/plan/timeline", opt={"deed": Deed.SEE_PLAN}, include_in_schema=False)
async def timeline(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The plan's dated history, each event with its source."""
    found = await overview(gate, request.user, journal_no=request.auth.journal_no)
    state = table_state(request, TIMELINE, _programmes(found))
    titles = {line.code: line.title for programme in found.plan.programmes for line in programme.funding_lines}
    rows = [
        {
            "code": event.code,
            "on": event.on,
            "when": event.when,
            "text": event.text,
            "amount_pence": event.amount_pence,
            "programme": programme.code,
            "funding_line": event.funding_line,
            "line_title": titles.get(event.funding_line, event.funding_line) if event.funding_line else None,
            "source": event.source,
        }
        for programme in found.plan.programmes
        for event in programme.history
    ]
    listed = listed_at_hand(rows, state.wanted, "code")
    if state.download:
        return await table_file(request, state, listed)
    return page(request, "plan_timeline", "What happened to the plan", crumbs=_CRUMBS, listed=shown(state, listed))


@get("/milestones", opt={"deed": Deed.SEE_PLAN}, include_in_schema=False)
async def milestones(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The dates to be met beside the money."""
    found = await overview(gate, request.user, journal_no=request.auth.journal_no)
    may_change = may(request.user, Deed.PROPOSE)
    columns = tuple(column for column in MILESTONES.columns if may_change or column.key != "change")
    state = table_state(request, replace(MILESTONES, columns=columns), _programmes(found))
    rows = [
        {
            "code": each.code,
            "title": each.title,
            "programme": programme.code,
            "baseline": each.baseline,
            "forecast": each.forecast,
            "actual": each.actual,
            "rag": each.rag and Rag(each.rag).value,
            "comment": each.comment,
            "change": f"/decisions/new/{DecisionKind.AMEND_MILESTONE}?milestone={each.code}"
            if may(request.user, Deed.PROPOSE, Scope(programme.code))
            else None,
        }
        for programme in found.plan.programmes
        for each in programme.milestones
    ]
    listed = listed_at_hand(rows, state.wanted, "code")
    if state.download:
        return await table_file(request, state, listed)
    return page(request, "milestones", "Milestones", crumbs=_CRUMBS, listed=shown(state, listed))


ROUTES: list[Any] = [timeline, milestones]
