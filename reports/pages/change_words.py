"""What changed in a report since the run before, for its page."""

import asyncio
from dataclasses import dataclass
from typing import Final

from grants.actions.report_views import RunView, file_pieces
from grants.domain.access import Actor
from grants.domain.figures import parse_figure
from grants.store.transaction import Gate
from reports.catalogue import offers
from reports.kept_changes import Changed, changed_figures
from reports.pages.figure_words import names_in, title_of
from reports.pages.trace_rows import figure_address

_BYTES_MAX: Final = 300_000
"""A workbook as large as that is looked into in the time that a page may take."""
_SHOWN_MAX: Final = 50


@dataclass(frozen=True)
class Line:
    """One figure that is another than before, in words, and the page of it as it is now."""

    words: str
    budget_kind: str
    address: str
    changed: Changed


@dataclass(frozen=True)
class Changes:
    """The first figures that changed, of `count`; none where the workbook is too large to look into, or there is none."""

    lines: tuple[Line, ...] = ()
    count: int | None = None


async def changes_told(gate: Gate, actor: Actor, run: RunView) -> Changes | None:
    """What changed, as the run's own workbook says it; None for a run that was compared with nothing."""
    if run.state != "done" or run.since_entry_no is None:
        return None
    file = next((file for file in run.files if file.format == "xlsx"), None)
    if file is None or file.size_bytes > _BYTES_MAX:
        return Changes()
    _, pieces = await file_pieces(gate, actor, offers(), run.id, "xlsx")
    content = b"".join([piece async for piece in pieces])
    found = await asyncio.to_thread(changed_figures, content)
    if found is None:
        return None
    known = [(one, parse_figure(one.figure)) for one in found[:_SHOWN_MAX]]
    of = [(one, figure.measure, figure.scope) for one, figure in known if figure.measure and figure.scope]
    async with gate.reading(actor) as view:
        names = await names_in(view.db, [scope for _, _, scope in of])
    lines = [
        Line(title_of(measure, scope, names), scope.budget_kind.label, figure_address(one.figure), one)
        for one, measure, scope in of
    ]
    return Changes(tuple(lines), len(found))
