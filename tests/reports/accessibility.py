"""The Government Analysis Function's checklist for spreadsheets, as functions that return problems: for every report.

Source: "Making spreadsheets accessible: a brief checklist of the basics", analysisfunction.civilservice.gov.uk.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles.colors import Color
from openpyxl.utils import range_boundaries
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.reports.chart_rules import chart_problems, contrast_with_white

_NOTE = re.compile(r"\[note (\d+)\]")
_BARRED_PARTS = re.compile(
    r"vbaProject|drawings/(?!(_rels/)?drawing1\.xml)|media/|comments|externalLink|activeX|embeddings|oleObject", re.I
)
_BARRED_MARKUP = re.compile(rb"<(headerFooter|mergeCells|legacyDrawing|oddHeader|pane|rowBreaks|picture)\b")


@dataclass(frozen=True)
class Opened:
    """A workbook as a program sees it: its formulas, its stored values, its parts."""

    path: Path
    formulas: Workbook
    values: Workbook
    parts: dict[str, bytes]

    def sheets(self) -> Iterator[Worksheet]:
        """Every sheet, with its formulas."""
        yield from self.formulas.worksheets


@dataclass(frozen=True)
class Place:
    """Where the table of a sheet lies."""

    first_column: int
    header: int
    last_column: int
    last_row: int
    totals: int

    @property
    def body(self) -> range:
        return range(self.header + 1, self.last_row - self.totals + 1)


def problems(path: Path, *, marking: str | None = None) -> list[str]:
    """What the workbook breaks of the checklist, each with its sheet; `marking` must stand on every sheet."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    opened = Opened(path, load_workbook(path), load_workbook(path, data_only=True), parts)
    found = [problem for rule in RULES for problem in rule(opened)]
    return found + [
        f"{sheet.title}: the marking is not under the title"
        for sheet in opened.sheets()
        if marking and sheet["A2"].value != marking
    ]


def place_of(sheet: Worksheet) -> Place | None:
    """The place of the sheet's one table, if it has one."""
    tables = list(sheet.tables.values())
    if len(tables) != 1:
        return None
    left, top, right, bottom = (number or 0 for number in range_boundaries(tables[0].ref))
    return Place(left, top, right, bottom, tables[0].totalsRowCount or 0)


def one_table(opened: Opened) -> Iterator[str]:
    """One marked-up table a sheet, from column A, with nothing beside or below it and one header row."""
    names: set[str] = set()
    for sheet in opened.sheets():
        place = place_of(sheet)
        if place is None:
            yield f"{sheet.title}: has {len(sheet.tables)} tables, not one"
            continue
        table = next(iter(sheet.tables.values()))
        if place.first_column != 1:
            yield f"{sheet.title}: the table does not begin in column A"
        if (sheet.max_row, sheet.max_column) != (place.last_row, place.last_column):
            yield f"{sheet.title}: there is something beside or below the table"
        if table.headerRowCount != 1:
            yield f"{sheet.title}: the table has {table.headerRowCount} header rows, not one"
        headings = [sheet.cell(place.header, number).value for number in range(1, place.last_column + 1)]
        if headings != [column.name for column in table.tableColumns]:
            yield f"{sheet.title}: the table's mark-up names other columns than the header row"
        if re.fullmatch(r"Table\d*", table.displayName) or table.displayName.casefold() in names:
            yield f"{sheet.title}: the table has no meaningful name of its own"
        names.add(table.displayName.casefold())


def no_gaps(opened: Opened) -> Iterator[str]:
    """No empty heading, no empty row in a table or above it, and words that explain empty cells."""
    for sheet in opened.sheets():
        place = place_of(sheet)
        if place is None:
            continue
        rows = {
            row: [sheet.cell(row, column).value for column in range(1, place.last_column + 1)] for row in place.body
        }
        if any(not sheet.cell(place.header, column).value for column in range(1, place.last_column + 1)):
            yield f"{sheet.title}: a column has no heading"
        if any(all(value is None for value in values) for values in rows.values()):
            yield f"{sheet.title}: the table has an empty row"
        above = [[cell.value for cell in row] for row in sheet.iter_rows(1, place.header - 1)]
        if any(not row[0] or any(row[1:]) for row in above):
            yield f"{sheet.title}: the lines above the table are not all in column A without gaps"
        told = any("empty cell" in str(row[0]).lower() for row in above)
        nothing_there = any("No rows" in str(values[0]) for values in rows.values())
        if not told and not nothing_there and any(value is None for values in rows.values() for value in values):
            yield f"{sheet.title}: empty cells are not explained"


def titled(opened: Opened) -> Iterator[str]:
    """A title in A1, tagged as a heading, and what the sheet holds; names of sheets that differ."""
    for sheet in opened.sheets():
        title = sheet["A1"]
        if not title.value:
            yield f"{sheet.title}: has no title in A1"
        if not str(title.style).startswith("Heading 1"):
            yield f"{sheet.title}: the title is not tagged as a heading"
        place = place_of(sheet)
        above = [str(sheet.cell(row, 1).value) for row in range(2, place.header if place else 2)]
        if not any("one table" in line for line in above):
            yield f"{sheet.title}: does not say what it contains"
        if re.fullmatch(r"Sheet\d*", sheet.title):
            yield f"{sheet.title}: the sheet's name says nothing"


def nothing_barred(opened: Opened) -> Iterator[str]:
    """No merged cells, frozen panes, headers, footers, floating boxes, images, macros, comments, hidden parts."""
    yield from (f"the workbook has a part {name}" for name in opened.parts if _BARRED_PARTS.search(name))
    for name, content in opened.parts.items():
        if name.startswith("xl/worksheets/sheet") and (match := _BARRED_MARKUP.search(content)):
            yield f"{name}: has {match[1].decode()}"
    for sheet in opened.sheets():
        hidden = [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()]
        if sheet.sheet_state != "visible" or any(dimension.hidden for dimension in hidden):
            yield f"{sheet.title}: something is hidden"


def only_totals_are_formulas(opened: Opened) -> Iterator[str]:
    """Formulas stand in totals rows only, add up their column, and have that sum stored beside them."""
    for sheet in opened.sheets():
        place = place_of(sheet)
        for cell in _cells(sheet):
            if cell.data_type != "f":
                continue
            if place is None or cell.row != place.last_row or not place.totals:
                yield f"{sheet.title}!{cell.coordinate}: a formula outside the totals"
                continue
            stored = opened.values[sheet.title][cell.coordinate].value
            figures = [sheet.cell(row, cell.column).value for row in place.body]
            pence = sum(round(figure * 100) for figure in figures if isinstance(figure, int | float))
            if not isinstance(stored, int | float) or round(stored * 100) != pence:
                yield f"{sheet.title}!{cell.coordinate}: the stored total is not the sum of its column"


def legible(opened: Opened) -> Iterator[str]:
    """Sans serif of 12 points or more, contrast of 4.5 to 1 or more, no fills, long texts wrapped, figures that fit."""
    for sheet in opened.sheets():
        place = place_of(sheet)
        for cell in _cells(sheet):
            if cell.font.name != "Arial" or not cell.font.sz or cell.font.sz < 12 or cell.font.vertAlign:
                yield f"{sheet.title}!{cell.coordinate}: not in Arial of 12 points or more, on the line"
            if cell.fill.fill_type is not None:
                yield f"{sheet.title}!{cell.coordinate}: has a fill"
            if contrast_with_white(_ink(cell.font.color)) < 4.5:
                yield f"{sheet.title}!{cell.coordinate}: too little contrast"
            if place and cell.row in (place.header, *place.body):
                yield from _fits(sheet, cell)
        if place and not all(sheet.cell(place.header, column).font.b for column in range(1, place.last_column + 1)):
            yield f"{sheet.title}: the headings are not bold"


def _fits(sheet: Worksheet, cell: Cell) -> Iterator[str]:
    width = sheet.column_dimensions[cell.column_letter].width
    value = cell.value
    if isinstance(value, str) and len(value) > width and not cell.alignment.wrap_text:
        yield f"{sheet.title}!{cell.coordinate}: a long text that does not wrap"
    if width > 100:
        yield f"{sheet.title}!{cell.coordinate}: the column is too wide"
    if isinstance(value, datetime | date):
        shown = len(f"{value:%d %B %Y}") + (7 if "hh" in cell.number_format else 0)
    elif isinstance(value, int | float):
        shown = len(f"{value:,.2f}") + 1 if "£" in cell.number_format else len(f"{value:,.1f}")
    else:
        return
    if shown + 1 > width:
        yield f"{sheet.title}!{cell.coordinate}: the column is too narrow for its figure"


def linked(opened: Opened) -> Iterator[str]:
    """Links lead to sheets of this workbook, in words that say where; every sheet is in the contents."""
    names = set(opened.formulas.sheetnames)
    reached: set[str] = set()
    for sheet in opened.sheets():
        for cell in _cells(sheet):
            if cell.hyperlink is None:
                continue
            target = re.fullmatch(r"'(.+)'!A1", cell.hyperlink.location or "")
            if target is None or target[1].replace("''", "'") not in names:
                yield f"{sheet.title}!{cell.coordinate}: the link leads nowhere in this workbook"
            elif sheet.title == "Contents":
                reached.add(target[1].replace("''", "'"))
            if re.search(r"https?:|click here|^here$|^link$", str(cell.value), re.I):
                yield f"{sheet.title}!{cell.coordinate}: the link's words do not say where it leads"
    for name in names - reached - {"Cover", "Contents"}:
        yield f"{name}: is not linked from the contents"


def noted(opened: Opened) -> Iterator[str]:
    """Notes are marked [note 1] in headings, and stand on the sheet Notes under their number."""
    stood: set[str] = set()
    if "Notes" in opened.formulas.sheetnames:
        stood = {str(cell.value).removeprefix("note ") for cell in opened.formulas["Notes"]["A"]}
    for sheet in opened.sheets():
        place = place_of(sheet)
        for cell in sheet[place.header] if place else ():
            for number in _NOTE.findall(str(cell.value)):
                if number not in stood:
                    yield f"{sheet.title}!{cell.coordinate}: note {number} is not on the sheet Notes"
            if re.search(r"[*†‡¹²³]", str(cell.value)):
                yield f"{sheet.title}!{cell.coordinate}: a symbol in place of [note 1]"


def described(opened: Opened) -> Iterator[str]:
    """The document's title, author and language are set; it opens at A1 of its first sheet."""
    properties = opened.formulas.properties
    for name in ("title", "creator", "language"):
        if not getattr(properties, name):
            yield f"the document has no {name}"
    if opened.formulas.index(opened.formulas.active) != 0:  # type: ignore[arg-type]
        yield "the first sheet is not the active one"
    for sheet in opened.sheets():
        view = sheet.sheet_view
        if view.selection and view.selection[0].activeCell != "A1":
            yield f"{sheet.title}: the cursor is not at A1"
        if bool(view.tabSelected) != (sheet.title == opened.formulas.sheetnames[0]):
            yield f"{sheet.title}: the selection of tabs is not the first sheet alone"


def _cells(sheet: Worksheet) -> Iterator[Cell]:
    """Every cell that holds something."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, Cell) and cell.value is not None:
                yield cell


def _ink(color: Color | None) -> str:
    """Black where no colour is given."""
    return color.rgb if color is not None and isinstance(color.rgb, str) else "FF000000"


def charted(opened: Opened) -> Iterator[str]:
    """Charts are on a sheet of their own, have words, and tell by more than colour what their cells hold."""
    yield from chart_problems(opened.parts, opened.values)


Rule = Callable[[Opened], Iterator[str]]
RULES: tuple[Rule, ...] = (
    one_table,
    no_gaps,
    titled,
    nothing_barred,
    only_totals_are_formulas,
    legible,
    linked,
    noted,
    described,
    charted,
)
