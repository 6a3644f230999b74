"""The page of the plan at a glance: each funding line's money by year and budget kind, with its rating and a chart."""

from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency

from grants.actions.plan_overview import Overview, Position, overview
from grants.domain.access import Actor, Deed, narrowed_to
from grants.domain.errors import Invalid
from grants.domain.figures import line_scope
from grants.domain.periods import parse_year, show_day
from grants.domain.plan import LINE_AMBER_PERCENT, LINE_RED_PERCENT, BudgetKind
from grants.pages.layout import Asked, page
from grants.pages.rating_words import RATINGS, why_rated
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.table_downloads import table_file
from grants.pages.tables import Column, Kind, TableSpec, table_state
from grants.store.transaction import Gate
from grants.web.pages.plan_groups import MEASURES, groups_of

AS_AT: Final = "as_at"
RATED: Final = (
    f"A funding line is rated by its forecast outturn against what is awarded from it: amber from {LINE_AMBER_PERCENT}%, "
    f"red from {LINE_RED_PERCENT}%, over or under alike."
)
_DIGITS_MAX: Final = 15
POSITIONS: Final = TableSpec(
    "plan",
    "The plan at a glance",
    (
        Column("key", "Funding line, year and budget kind", in_file=False),
        Column("line", "Funding line"),
        Column("title", "Title"),
        Column("programme", "Programme"),
        Column("year", "Financial year", Kind.PERIOD),
        Column("year_basis", "Year stated or assumed"),
        Column("budget_kind", "Budget kind"),
        *(Column(measure.value, measure.label, Kind.PENCE) for measure in MEASURES),
        Column("rag", "RAG", Kind.TAG, tags=RATINGS, empty="Not rated"),
        Column("why", "Why"),
        Column("accepted", "Returns accepted", Kind.NUMBER),
        Column("expected", "Returns expected", Kind.NUMBER),
    ),
    sort="key",
    empty="The plan has no funding lines yet.",
)


def as_at_of(request: Asked) -> int | None:
    """The entry number that somebody asks for; None: now. Raises Invalid for what is none."""
    said = request.query_params.get(AS_AT, "").strip()
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) <= _DIGITS_MAX):
        raise Invalid(AS_AT, "Enter an entry number, like 812, or leave it empty to see the plan as it is now.")
    return int(said)


def as_at_words(found: Overview) -> str:
    """ "As at entry 812, 5 May 2026"; the day is left out where the reader may not see that entry."""
    if not found.at.entry_no:
        return "As at the beginning, before the first entry"
    return f"As at entry {found.at.entry_no:,}" + (f", {show_day(found.entry_on)}" if found.entry_on else "")


@get("/plan", opt={"deed": Deed.SEE_PLAN}, include_in_schema=False)
async def plan(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The plan now, or as an entry left it."""
    try:
        found, errors = await overview(gate, request.user, as_at_of(request), journal_no=request.auth.journal_no), None
    except Invalid as refused:
        found, errors = await overview(gate, request.user, journal_no=request.auth.journal_no), {AS_AT: refused.message}
    year, kind = request.query_params.get("year", ""), request.query_params.get("kind", "")
    shown = [one for one in found.positions if year in ("", one.year) and kind in ("", one.budget_kind.value)]
    state = table_state(request, POSITIONS)
    if state.download and not errors:
        return await table_file(request, state, listed_at_hand(map(_row, shown), state.wanted, "key"))
    return page(
        request,
        "plan",
        "Plan",
        status=400 if errors else 200,
        errors=errors,
        found=found,
        place=as_at_words(found),
        is_earlier=found.at.entry_no < found.newest_entry,
        asked=request.query_params.get(AS_AT, ""),
        groups=groups_of(shown, found.at, _whole(request.user)),
        rated=RATED,
        years=_choices(found, year),
        kinds=_kinds(found),
        year=year,
        kind=kind,
        downloads=[(name.upper(), state.address(download=name)) for name in ("xlsx", "csv")],
    )


def _whole(actor: Actor) -> str | None:
    """What totals are of: the plan, or the one programme that somebody sees, as figures name it; None: of several."""
    programmes, _ = narrowed_to(actor, Deed.SEE_PLAN)
    if programmes is None:
        return ""
    return next(iter(programmes)) if len(programmes) == 1 else None


def _choices(found: Overview, chosen: str) -> list[tuple[str, str]]:
    years = sorted({one.year for one in found.positions})
    return [("", "All years"), *((year, parse_year(year).label) for year in years)]


def _kinds(found: Overview) -> list[tuple[str, str]]:
    there = {one.budget_kind for one in found.positions}
    return [("", "All budget kinds"), *((kind.value, kind.label) for kind in BudgetKind if kind in there)]


def _row(one: Position) -> dict[str, object]:
    line = one.line
    return {
        "key": line_scope(line.code, one.year, one.budget_kind),
        "line": line.code,
        "title": line.title,
        "programme": line.programme,
        "year": one.year,
        "year_basis": one.year_basis,
        "budget_kind": one.budget_kind.label,
        **{measure.value: one.pence(measure) for measure in MEASURES},
        "rag": one.figures.rag(),
        "why": why_rated(one.figures),
        "accepted": one.progress.accepted,
        "expected": one.progress.expected,
        "is_example": line.has_example_data,
    }


ROUTES: list[Any] = [plan]
