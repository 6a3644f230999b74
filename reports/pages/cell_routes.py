"""A cell of a recipient's workbook as the kept file itself has it, amid its neighbours."""

import hashlib
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions.evidence import EvidenceRules, check_workbook_let_out
from grants.actions.return_views import WorkbookFile, return_view, workbook
from grants.domain.access import Deed
from grants.domain.errors import Conflict, Invalid, NotFound, RuleBroken
from grants.domain.figures import parse_figure
from grants.domain.surroundings import Looking, Surroundings
from grants.pages.layout import Asked, page
from grants.store.transaction import Gate, View
from reports.pages.trace_rows import figure_address
from reports.trace import trace
from reports.trace_views import TraceLine

_VERSIONS_MAX: Final = 2**31 - 1
_TYPED_MAX: Final = 100
_LONG_TEXT: Final = 25


@get("/returns/{return_id:uuid}/cell", opt={"deed": Deed.TRACE}, include_in_schema=False)
async def cell(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
) -> Response[Any]:
    """A cell with the cells around it. The address names the version, the sheet and the cell; without a cell, the first of all."""
    sheet, at = _typed(request, "sheet"), _typed(request, "cell").upper()
    file, gone, problem = None, "", ""
    async with gate.reading(request.user) as view:
        found = await return_view(view, return_id)
        version = _version(request) or found.version
        about = next((one for one in found.versions if one.number == version), None)
        if about is None:
            raise NotFound("version", "There is no such version of this return.")
        try:
            file = await workbook(view, return_id, version)
            await check_workbook_let_out(view, return_id, file.sha256, evidence_rules)
        except Conflict as error:
            file, gone = None, error.message
        figure, line = await _figure(request, view, about.sha256)
    seen: Surroundings | None = None
    if file is not None:
        seen, problem = await _look(request, file, sheet, at)
    place = f"{seen.sheet}!{at or 'A1'}" if seen else f"{sheet}!{at}".strip("!")
    return page(
        request,
        "cell",
        f"Cell {place}" if place else "A cell of a workbook",
        crumbs=_crumbs(figure),
        found=found,
        version=about,
        seen=seen,
        at=at or "A1",
        gone=gone,
        problem=problem,
        is_same=file is not None and hashlib.sha256(file.content).hexdigest() == about.sha256,
        line=line,
        letters=_letters,
        runs=runs,
    )


async def _look(request: Asked, file: WorkbookFile, sheet: str, at: str) -> tuple[Surroundings | None, str]:
    """What the file has there, or why nothing can be shown: the file itself can still be taken away."""
    looking: Looking = request.app.state.surroundings
    try:
        return await looking(file.content, sheet, at), ""
    except RuleBroken as error:
        return None, error.message


def _crumbs(figure: str | None) -> list[tuple[str, str]]:
    of_figure = [("The figure", figure_address(figure))] if figure else []
    return [("Reports", "/reports"), ("Figures", "/figures"), *of_figure]


async def _figure(request: Asked, view: View, sha256: str) -> tuple[str | None, TraceLine | None]:
    """The figure that somebody comes from, and the line that it is, where it is one of this workbook."""
    typed = request.query_params.get("figure", "")
    try:
        parsed = parse_figure(typed)
        if not parsed.row:
            return parsed.text, None
        line = (await trace(view, parsed.text, 1)).lines[0]
    except (Invalid, NotFound):
        return None, None
    return parsed.text, line if line.source.sha256 == sha256 else None


def _version(request: Asked) -> int | None:
    typed = request.query_params.get("version", "")
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 10):
        return None
    return min(int(typed), _VERSIONS_MAX) or None


def _typed(request: Asked, name: str) -> str:
    return "".join(sign for sign in request.query_params.get(name, "") if sign.isprintable()).strip()[:_TYPED_MAX]


def runs(cells: tuple[str, ...], marked: int) -> list[tuple[int, str, int]]:
    """The cells of a row by place, with how many columns each takes: as in a spreadsheet, long text runs over blank ones.

    The cell at the place `marked` stands alone; -1 for none.
    """
    found = list[tuple[int, str, int]]()
    for place, text in enumerate(cells):
        before = found[-1] if found else None
        if text or not before or len(before[1]) <= _LONG_TEXT or marked in (place, before[0]):
            found.append((place, text, 1))
        else:
            found[-1] = (before[0], before[1], before[2] + 1)
    return found


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


ROUTES: list[Any] = [cell]
