"""The rows of a trace as a page lists them: what each adds to the figure, and the decision or the workbook's cell behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote, urlencode
from uuid import UUID

from grants.domain.figures import entry_figure
from grants.domain.periods import parse_period
from grants.pages.account_words import move_words
from grants.store import kept_workbooks
from grants.store.kept_workbooks import KeptWorkbook, Version
from grants.store.ledger import AsAt
from grants.store.listing_query import Listed
from grants.store.sources import EntrySource
from grants.store.transaction import Db
from reports.ground import Fact
from reports.parts import Part


@dataclass(frozen=True)
class TraceRow:
    """One thing that a figure adds up. `place` is a sheet and the cells, empty for what no workbook says."""

    order: int
    what: str
    address: str | None
    pence: int
    effective_on: date | None
    decision: int | None
    decision_id: UUID | None
    version: Version | None
    place: str
    figure: str
    workbook: KeptWorkbook | None = None

    @property
    def of_return(self) -> str:
        """LI-OLDHAM-01, Quarter 2, July to September 2025, version 3."""
        if self.version is None:
            return ""
        award, period, number = self.version
        return f"{award}, {parse_period(period).label}, version {number}"

    @property
    def filename(self) -> str:
        """What the workbook was called when it came."""
        return self.workbook.filename if self.workbook else ""

    @property
    def sha256(self) -> str:
        """Of the workbook, in hexadecimal."""
        return self.workbook.sha256 if self.workbook else ""

    @property
    def cell_address(self) -> str | None:
        """Where the cell is shown amid its neighbours; nowhere, once the file is removed."""
        if self.workbook is None or self.workbook.removed_on or self.version is None or "!" not in self.place:
            return None
        sheet, _, cells = self.place.rpartition("!")
        return cell_address(self.workbook, self.version, sheet, first_cell(cells), self.figure)


def cell_address(workbook: KeptWorkbook, version: Version, sheet: str, cell: str, figure: str) -> str:
    """The page that shows a cell of a kept workbook, and leads back to the figure that it was come from."""
    asked = {"version": version[2], "sheet": sheet, "cell": cell, "figure": figure}
    return f"/returns/{workbook.return_id}/cell?{urlencode(asked)}"


def first_cell(cells: str) -> str:
    """G5 of "G5, G7 and 3 more" and of "G5:G9"."""
    return cells.replace(":", ",").replace(" ", ",").partition(",")[0]


def figure_address(figure: str) -> str:
    """The page of a figure."""
    return f"/figures/{quote(figure, safe=':@.=')}"


def rows_of(parts: Sequence[Part], at: AsAt, figure: str) -> list[TraceRow]:
    """The rows of some parts, in their order; workbooks and decisions are not known yet."""
    return [_row(order, part, at, figure) for order, part in enumerate(parts, start=1)]


def _row(order: int, part: Part, at: AsAt, figure: str) -> TraceRow:
    ground = part.ground
    if ground.entry is not None:
        return _of_entry(order, part.pence, ground.entry, at)
    return _of_fact(order, part.pence, ground.fact, figure)


def _of_entry(order: int, pence: int, entry: EntrySource, at: AsAt) -> TraceRow:
    own = entry_figure(entry.number, at)
    kind = move_words(entry.kind).lower()
    undone = f", which reverses entry {entry.reverses}" if entry.reverses else ""
    version = None
    if entry.award is not None and entry.period is not None and entry.version is not None:
        version = (entry.award, entry.period, entry.version)
    return TraceRow(
        order=order,
        what=f"Entry {entry.number}: {kind}{undone}",
        address=figure_address(own),
        pence=pence,
        effective_on=entry.effective_on,
        decision=entry.decision_no,
        decision_id=None,
        version=version,
        place=entry.evidence.partition("#")[2],
        figure=own,
    )


def _of_fact(order: int, pence: int, fact: Fact | None, figure: str) -> TraceRow:
    source = fact.source if fact else None
    return TraceRow(
        order=order,
        what=fact.what if fact else "",
        address=None,
        pence=pence,
        effective_on=None,
        decision=fact.decision[0] if fact and fact.decision else None,
        decision_id=None,
        version=(source.award, source.period, source.version) if source else None,
        place=f"{fact.sheet}!{fact.cell}" if fact and fact.sheet and fact.cell else "",
        figure=figure,
    )


async def with_sources(db: Db, found: Listed[TraceRow]) -> Listed[TraceRow]:
    """The rows of a page with their workbooks and decisions, as far as their reader may see them."""
    workbooks = await kept_workbooks.kept(db, _known(row.version for row in found.rows))
    decisions = await kept_workbooks.decisions(db, _known(row.decision for row in found.rows))
    return found.with_rows(
        replace(
            row,
            workbook=workbooks.get(row.version) if row.version else None,
            decision_id=decisions.get(row.decision) if row.decision else None,
        )
        for row in found.rows
    )


def _known(values: Iterable[object | None]) -> list:  # type: ignore[type-arg]
    return [value for value in values if value is not None]
