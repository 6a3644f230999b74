"""The tables of figures' pages: what a figure adds up, and the lines below an entry of the ledger."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from grants.domain.figures import line_figure
from grants.pages.tables import Column, Kind, TableSpec
from grants.store.kept_workbooks import KeptWorkbook, Version
from grants.store.ledger import AsAt
from reports.pages.trace_rows import TraceRow, cell_address, figure_address


@dataclass(frozen=True)
class LineRow:
    """A line of spend below an entry; `pence` is what it adds to it."""

    row: int
    reference: str
    description: str
    payee: str
    spent_on: date
    pence: int
    place: str
    address: str
    cell: str
    filename: str
    sha256: str

    @classmethod
    def of(cls, row: Any, version: Version, workbook: KeptWorkbook, at: AsAt) -> "LineRow":
        """From a row of the list of an entry's lines."""
        figure = line_figure(row["version_id"], row["row"], at)
        return cls(
            row=row["row"],
            reference=row["reference"],
            description=row["description"],
            payee=row["payee"],
            spent_on=row["spent_on"],
            pence=row["pence"],
            place=f"{row['sheet']}!{row['cell']}",
            address=figure_address(figure),
            cell=cell_address(workbook, version, row["sheet"], row["cell"], figure),
            filename=workbook.filename,
            sha256=workbook.sha256,
        )


def _workbook(row: TraceRow) -> str | None:
    if row.workbook is None or row.workbook.removed_on or row.version is None:
        return None
    return f"/returns/{row.workbook.return_id}/workbook?version={row.version[2]}"


def _filename(row: TraceRow) -> str | None:
    return f"{row.filename} (removed under retention)" if row.workbook and row.workbook.removed_on else None


def _short(row: Any) -> str:
    return f"{row.sha256[:12]}…" if row.sha256 else ""


ADDS_UP: Final = TableSpec(
    "rows",
    "What the figure adds up",
    (
        Column("order", "Number", Kind.NUMBER, on_page=False),
        Column("what", "What", href=lambda row: row.address),
        Column("pence", "Adds to the figure", Kind.PENCE),
        Column("effective_on", "Takes effect", Kind.DAY),
        Column(
            "decision",
            "Decision",
            Kind.NUMBER,
            href=lambda row: f"/decisions/{row.decision_id}" if row.decision_id else None,
        ),
        Column(
            "of_return",
            "Return",
            href=lambda row: f"/returns/{row.workbook.return_id}" if row.workbook else None,
        ),
        Column("place", "Sheet and cell", href=lambda row: row.cell_address),
        Column("filename", "Workbook", sortable=False, href=_workbook, words=_filename),
        Column("sha256", "Workbook’s SHA-256", sortable=False, words=_short),
    ),
    sort="order",
    empty="Nothing had been put on the record by then that this figure counts: it is £0.",
    search=("what", "of_return", "place"),
    search_label="Entry, return or cell",
)
_IN_SOME: Final[dict[str, Callable[[TraceRow], object]]] = {
    "effective_on": lambda row: row.effective_on,
    "decision": lambda row: row.decision,
    "of_return": lambda row: row.version,
    "place": lambda row: row.place,
    "filename": lambda row: row.version,
    "sha256": lambda row: row.version,
}
"""Columns that many figures have nothing in, and what a row has there."""


def adds_up(rows: Sequence[TraceRow]) -> TableSpec:
    """The table, with those of its columns on the page that some row has something in; its file has all."""
    bare = {key for key, has in _IN_SOME.items() if not any(has(row) for row in rows)}
    columns = (replace(one, on_page=False) if one.key in bare else one for one in ADDS_UP.columns)
    return replace(ADDS_UP, columns=tuple(columns))


LINES: Final = TableSpec(
    "lines",
    "Lines that the entry adds up",
    (
        Column("row", "Row", Kind.NUMBER, on_page=False),
        Column("reference", "Reference", href=lambda row: row.address),
        Column("description", "Description"),
        Column("payee", "Payee"),
        Column("spent_on", "Date", Kind.DAY),
        Column("pence", "Adds to the entry", Kind.PENCE),
        Column("place", "Sheet and cell", sortable=False, href=lambda row: row.cell),
        Column("filename", "Workbook", sortable=False, on_page=False),
        Column("sha256", "Workbook’s SHA-256", sortable=False, on_page=False),
    ),
    sort="row",
    empty="No lines are kept below this entry.",
    search=("reference", "description", "payee"),
    search_label="Reference, description or payee",
)
