"""The page of what is wrong in an upload: errors with their cell, what was typed and what to type; warnings by themselves."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions.problem_lists import (
    ProblemChoices,
    ProblemGroup,
    ProblemLine,
    problem_choices,
    problem_groups_listed,
    problems_listed,
)
from grants.actions.return_deeds import ReturnAsSeen, return_as_seen
from grants.domain.access import Deed
from grants.domain.returns import ReturnState, Severity
from grants.pages.layout import Asked, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, TableState, table_state
from grants.pages.words import count, sentence
from grants.store.listing_query import Listed
from grants.store.transaction import Gate, View
from importers.pages.record_routes import crumbs_of
from importers.pages.return_tasks import next_step

SUMMED_UP: Final = 10
"""Errors that the summary on top of the page names."""
GROUPED: Final = "grouped"


def _anchor(found: ProblemLine) -> str:
    return f"problem-{found.number}"


def _cells(found: ProblemGroup) -> str:
    named = ", ".join(cell for cell in found.first_cells if cell) or "The whole sheet"
    if found.cells == 1:
        return named
    left = found.cells - len(found.first_cells)
    word = "place" if ":" in named else "cell"
    return f"{count(found.cells, word)}: {named}{f' and {left:,} more' if left else ''}"


_NUMBER: Final = Column("number", "Number", Kind.NUMBER, on_page=False)
_SHEET: Final = Column("sheet", "Sheet", filter=Choices(), on_page=False)
_KIND: Final = Column("code", "Kind of problem", filter=Choices(), on_page=False)
_PLACE: Final = (_SHEET, Column("letters", "Column", filter=Choices(), on_page=False, in_file=False), _KIND)
ERRORS: Final = TableSpec(
    "errors",
    "Errors",
    (
        Column("cell", "Where", words=lambda found: found.place, sortable=False, anchor=_anchor),
        Column("value", "What was typed", sortable=False, empty="Nothing"),
        Column("message", "What to do", sortable=False),
        *_PLACE,
        _NUMBER,
    ),
    sort="number",
    empty="There are no errors.",
)
GROUPS: Final = TableSpec(
    "errors",
    "Errors, those that say the same together",
    (
        Column("message", "What to do"),
        replace(_SHEET, on_page=True, empty="The whole file"),
        Column("cells", "Where", words=_cells, sortable=False),
        _KIND,
        _NUMBER,
    ),
    sort="number",
    empty="There are no errors.",
)
WARNINGS: Final = TableSpec(
    "warnings",
    "Warnings",
    (
        Column("cell", "Where", words=lambda found: found.place, sortable=False),
        Column("value", "What was typed", sortable=False, empty="Nothing"),
        Column("message", "What it is about", sortable=False),
        Column("reason", "Reason", sortable=False, empty="None yet"),
        replace(_SHEET, filter=None),
        _NUMBER,
    ),
    sort="number",
    empty="There are no warnings.",
    prefixed=True,
)


@get("/returns/{return_id:uuid}/problems", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def problems(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """What is wrong in the newest version."""
    is_grouped = request.query_params.get("view") == GROUPED
    async with gate.reading(request.user) as view:
        seen = await return_as_seen(view, return_id)
        if not seen.view.versions or seen.view.state is ReturnState.CHECKING:
            return _page(request, seen)
        errors, found = await _errors(request, view, return_id, GROUPS if is_grouped else ERRORS)
        warnings, warned = await _warnings(request, view, return_id)
    for state, rows in ((errors, found), (warnings, warned)):
        if state.download:
            return await table_file(request, state, rows)
    return _page(
        request,
        seen,
        _summary(seen, errors, found),
        listed=shown(errors, found),
        warned=shown(warnings, warned),
        is_grouped=is_grouped,
    )


async def _errors(request: Asked, view: View, return_id: UUID, spec: TableSpec) -> tuple[TableState, Listed[Any]]:
    state = table_state(request, spec, _choices(await problem_choices(view, return_id, Severity.ERROR)))
    look = problem_groups_listed if spec is GROUPS else problems_listed
    return state, await look(view, return_id, Severity.ERROR, state.wanted)


async def _warnings(request: Asked, view: View, return_id: UUID) -> tuple[TableState, Listed[Any]]:
    state = table_state(request, WARNINGS)
    return state, await problems_listed(view, return_id, Severity.WARNING, state.wanted)


def _choices(found: ProblemChoices) -> dict[str, list[tuple[str, str]]]:
    return {
        "sheet": [(sheet, sheet or "None: the whole file") for sheet in found.sheets],
        "letters": [(letters, f"Column {letters}" if letters else "None: a whole sheet") for letters in found.letters],
        "code": [(code, sentence(code)) for code in found.codes],
    }


def _summary(seen: ReturnAsSeen, state: TableState, found: Listed[Any]) -> dict[str, str]:
    """The first errors, each with a link to its row; on the first page of them all, and not where they are narrowed or together."""
    if state.spec is not ERRORS or found.page > 1 or state.wanted.narrows or state.sort != ERRORS.sort:
        return {}
    said = {_anchor(one): f"{one.place}: {one.message}" for one in found.rows[:SUMMED_UP]}
    left = seen.view.versions[-1].errors - len(said)
    return {**said, **({ERRORS.name: f"And {count(left, 'more error')} below"} if left > 0 else {})}


def _page(request: Asked, seen: ReturnAsSeen, errors: dict[str, str] | None = None, **more: Any) -> Response[str]:
    version = seen.view.version
    return page(
        request,
        "return_problems",
        f"Problems in version {version}" if version else "Problems",
        errors=errors,
        crumbs=crumbs_of(seen.view),
        of=seen.view,
        deeds=seen.deeds,
        newest=seen.view.versions[-1] if seen.view.versions else None,
        next=next_step(seen),
        **more,
    )


ROUTES: Final[list[Any]] = [problems]
