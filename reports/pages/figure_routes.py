"""The pages of figures: what each is in words, and all that it adds up, as far as the sheet and cell of a recipient's workbook."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.domain.access import Deed
from grants.domain.awards import CostCategory
from grants.domain.errors import Invalid, NotFound
from grants.domain.figures import FigureId, Scope, figure_id, parse_figure
from grants.domain.ledger import MoveKind
from grants.domain.measures import OF_ENTRIES, Measure, grounds_of, sum_of
from grants.pages.account_words import account_words, move_words
from grants.pages.layout import Asked, go, page
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import table_state
from grants.store import kept_workbooks, ledger, plan, tree
from grants.store.ledger import AsAt, place_of
from grants.store.lists import entry_lines
from grants.store.return_progress import accepted_of_expected
from grants.store.transaction import Gate, View
from reports.pages.figure_tables import LINES, LineRow, adds_up
from reports.pages.figure_words import names_in, of_scope, returns_of, title_of
from reports.pages.trace_rows import cell_address, figure_address, rows_of, with_sources
from reports.parts import Parts
from reports.trace import parts_behind, trace
from reports.trace_views import Trace

CRUMBS: Final = (("Reports", "/reports"), ("Figures", "/figures"))
_UNKNOWN: Final = NotFound("not_found", "There is nothing here that you can see. Check the reference.")
_FIELD: Final = "figure"
_OF_NO_RETURN: Final = OF_ENTRIES - {Measure.SPENT} | {Measure.ANNOUNCED, Measure.BUDGET, Measure.PROFILE}
"""What figures come to that are whole before any return is accepted."""


@dataclass(frozen=True)
class Place:
    """Where in the record a figure stands; `now` is the same figure's page at the newest place, None where it stands there."""

    at: AsAt
    when: datetime | None
    now: str | None


@get("/figures", opt={"deed": Deed.TRACE}, include_in_schema=False)
async def look_up(request: Asked) -> Response[Any]:
    """Asks for a figure's identifier, and leads to its page."""
    typed = " ".join(request.query_params.get(_FIELD, "").split())[:300]
    try:
        return go(figure_address(parse_figure(typed).text)) if typed else _asking(request, typed)
    except Invalid as error:
        return _asking(request, typed, error.message)


def _asking(request: Asked, typed: str, error: str = "") -> Response[Any]:
    errors = {_FIELD: error} if error else {}
    crumbs = [("Reports", "/reports")]
    return page(
        request,
        "figures",
        "Where a figure comes from",
        status=400 if error else 200,
        errors=errors,
        crumbs=crumbs,
        typed=typed,
    )


@get("/figures/{figure:str}", opt={"deed": Deed.TRACE}, include_in_schema=False)
async def one_figure(request: Asked, gate: NamedDependency[Gate], figure: FromPath[str]) -> Response[Any]:
    """One figure. What is no figure, what is unknown and what is foreign look the same."""
    try:
        parsed = parse_figure(figure)
        async with gate.reading(request.user) as view:
            at = await place_of(view.db, parsed.entry_no, parsed.journal_no)
            if parsed.measure is not None and parsed.scope is not None:
                return await _measured(request, view, parsed, at)
            found = await trace(view, figure, 1)
            where = await _place(view, parsed, at)
            if parsed.row:
                return await _line(request, view, found, where)
            return await _entry(request, view, found, where)
    except Invalid:
        raise _UNKNOWN from None


async def _place(view: View, parsed: FigureId, at: AsAt) -> Place:
    newest = await ledger.head(view.db)
    ahead = at.entry_no < newest.entry_no or at.journal_no < newest.journal_no
    now = None
    if parsed.measure is not None and parsed.scope is not None and ahead:
        now = figure_address(figure_id(parsed.measure, parsed.scope, newest))
    return Place(at, await tree.time_of(view.db, at.journal_no), now)


async def _measured(request: Asked, view: View, parsed: FigureId, at: AsAt) -> Response[Any]:
    measure, scope = parsed.measure, parsed.scope
    assert measure is not None  # noqa: S101 – asked before
    assert scope is not None  # noqa: S101
    parts = await parts_behind(view, at, measure, scope)
    rows = rows_of(parts.of(measure, scope), at, parsed.text)
    state = table_state(request, adds_up(rows))
    listed = await with_sources(view.db, listed_at_hand(rows, state.wanted, "order"))
    if state.download:
        return await table_file(request, state, listed, title=f"What {parsed.text} adds up")
    where = await _place(view, parsed, at)
    return page(
        request,
        "figure",
        title_of(measure, scope, await names_in(view.db, [scope])),
        crumbs=CRUMBS,
        figure=parsed.text,
        meaning=measure.meaning,
        pence=parts.pence(measure, scope),
        total=sum(row.pence for row in rows),
        rows=len(rows),
        said=await of_scope(view.db, scope),
        place=where,
        made_of=_made_of(parts, measure, scope, at),
        completeness=await _completeness(view, measure, scope, at),
        listed=shown(state, listed),
    )


def _made_of(parts: Parts, measure: Measure, scope: Scope, at: AsAt) -> list[dict[str, object]]:
    """The figures that a figure is made of, each with its page; none for one that stands by itself."""
    sums = sum_of(measure, of_category=scope.category is not None)
    return [
        {
            "label": part.label,
            "takes_away": sign < 0,
            "pence": parts.pence(part, scope),
            "address": figure_address(figure_id(part, scope, at)),
        }
        for part, sign in sums.items()
    ]


async def _completeness(view: View, measure: Measure, scope: Scope, at: AsAt) -> tuple[int, int] | None:
    """Returns accepted of those expected, for a figure that is not whole before they all are."""
    if grounds_of(measure, of_category=scope.category is not None) <= _OF_NO_RETURN:
        return None
    accepted, expected = await accepted_of_expected(view.db, at, *returns_of(scope))
    return (accepted, expected) if expected else None


async def _entry(request: Asked, view: View, found: Trace, where: Place) -> Response[Any]:
    entry = found.within or found.entries[0]
    source = entry.source
    known = await kept_workbooks.kept(view.db, [(source.award, source.period, source.version)] if source else [])
    numbers = [entry.decision.number] if entry.decision else []
    listed = None
    if entry.kind == MoveKind.SPEND and known:
        version, workbook = next(iter(known.items()))
        state = table_state(request, LINES)
        rows = await entry_lines.lines(view.db, state.wanted, entry.number)
        lines = rows.with_rows(LineRow.of(row, version, workbook, where.at) for row in rows.rows)
        if state.download:
            return await table_file(request, state, lines, title=f"Lines of entry {entry.number}")
        listed = shown(state, lines)
    return page(
        request,
        "figure_entry",
        f"Entry {entry.number} of the ledger",
        crumbs=CRUMBS,
        figure=found.figure,
        meaning=found.meaning,
        pence=found.pence,
        entry=entry,
        move_words=move_words,
        account_words=partial(
            account_words, lines={line.code: line.title for line in await plan.funding_lines(view.db)}
        ),
        category=CostCategory(entry.category).label if entry.category else "",
        place=where,
        workbook=next(iter(known.values()), None),
        decision_id=(await kept_workbooks.decisions(view.db, numbers)).get(numbers[0]) if numbers else None,
        listed=listed,
    )


async def _line(request: Asked, view: View, found: Trace, where: Place) -> Response[Any]:
    line = found.lines[0]
    version = (line.source.award, line.source.period, line.source.version)
    workbook = (await kept_workbooks.kept(view.db, [version])).get(version)
    address = cell_address(workbook, version, line.sheet, line.cell, found.figure) if workbook else None
    return page(
        request,
        "figure_line",
        f"Line {line.reference}" if line.reference else "A line of spend",
        crumbs=CRUMBS,
        figure=found.figure,
        meaning=found.meaning,
        pence=found.pence,
        line=line,
        category=CostCategory(line.category).label,
        within=found.within,
        within_address=figure_address(found.within.figure) if found.within else None,
        place=where,
        workbook=workbook,
        cell=address,
    )


ROUTES: list[Any] = [look_up, one_figure]
