"""One worksheet, written as its rows arrive: the lines above the table, the header, the rows, the totals, the table's mark-up."""

import math
import re
import textwrap
from collections.abc import Sequence
from typing import Any, Final

from reports.archive import Archive
from reports.book import Column, Kind
from reports.cells import RowEncoder, column_letters
from reports.front import CHARTS, NOTHING, Line, Sheet
from reports.package_parts import location, sheet_path, sheet_relations, sheet_relations_path, table_path
from reports.styles import STYLE
from reports.text_out import clean, fit_cell, xml_attribute, xml_text

# A part of 2 GiB or more needs the zip64 format, which makes Excel offer a repair.
_MAX_PART_BYTES: Final = 1_900_000_000

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
)
_WIDTHS: Final = {
    Kind.WHOLE: 12.0,
    Kind.PENCE: 18.0,
    Kind.PERCENT: 12.0,
    Kind.DATE: 20.0,
    Kind.DATETIME: 28.0,
}
_WIDEST_TEXT: Final = 60
# Heights in points. White space comes from height: empty rows would mislead who listens to the sheet.
_LINE_HEIGHTS: Final = {"title": 34, "marking": 24}
# Characters across a landscape page at a size that can still be read.
_PAGE_WIDTH: Final = 190


class SheetStream:
    """Writes one sheet into the archive, and beside it the part that marks its cells up as a table."""

    def __init__(self, archive: Archive, sheet: Sheet, lines: Sequence[Line], *, first: bool, max_rows: int) -> None:
        self.sheet = sheet
        self._archive = archive
        self._part = archive.open_part(sheet_path(sheet.number))
        self._lines = lines
        self._first = first
        self._columns = sheet.table.columns
        self._encoder = RowEncoder(self._columns, ())
        self._link_columns = [index for index, column in enumerate(self._columns) if column.kind is Kind.LINK]
        sheet.header_row = len(lines) + 1
        sheet.totals = any(column.total for column in self._columns)
        self._capacity = max(max_rows - sheet.header_row - sheet.totals, 1)

    @property
    def room(self) -> int:
        """How many more rows fit."""
        return self._capacity - self.sheet.rows if self._part.size_bytes < _MAX_PART_BYTES else 0

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows, at most as many as there is room for.

        Raises ValueError as RowEncoder.encode does.
        """
        sheet = self.sheet
        if not sheet.rows:
            self._part.write(self._opening(rows))
        first_row = sheet.header_row + sheet.rows + 1
        self._part.write(self._encoder.encode(rows, first_row))
        for index in self._link_columns:
            letters = column_letters(index)
            sheet.links.extend(
                (f"{letters}{number}", row[index], row[index]) for number, row in enumerate(rows, first_row)
            )
        sheet.rows += len(rows)

    def close(self) -> None:
        """Write what follows the rows. A table without rows says so in its one row: Excel wants at least one."""
        sheet = self.sheet
        sheet.last_row = sheet.header_row + max(sheet.rows, 1)
        if not sheet.rows:
            self._part.write(self._opening([(NOTHING, *[None] * (len(self._columns) - 1))]))
            self._part.write(f'<row r="{sheet.last_row}">{_text_cell(f"A{sheet.last_row}", "text", NOTHING)}</row>')
        if sheet.totals:
            sheet.last_row += 1
            self._part.write(self._totals(sheet.last_row))
        self._part.write("</sheetData>" + self._closing())
        self._archive.close_part(self._part)
        self._archive.write(
            sheet_relations_path(sheet.number), sheet_relations(sheet.number, draws=sheet.table.sheet == CHARTS)
        )
        self._archive.write(table_path(sheet.number), self._table_xml())

    def _opening(self, sample: Sequence[Sequence[Any]]) -> str:
        widths = [width_of(column, [row[index] for row in sample]) for index, column in enumerate(self._columns)]
        self._encoder = RowEncoder(self._columns, widths)
        self.sheet.pages_wide = pages_wide(widths)
        columns = "".join(
            f'<col min="{number}" max="{number}" width="{width:g}" customWidth="1"/>'
            for number, width in enumerate(widths, 1)
        )
        selected = ' tabSelected="1"' if self._first else ""
        lines = []
        for number, line in enumerate(self._lines, 1):
            height = 30 if number == len(self._lines) else _LINE_HEIGHTS.get(line.style, 19)
            cell = _text_cell(f"A{number}", line.style, line.text)
            lines.append(f'<row r="{number}" ht="{height}" customHeight="1">{cell}</row>')
            if line.link:
                self.sheet.links.append((f"A{number}", line.link, line.text))
        header = self.sheet.header_row
        headings = "".join(
            _text_cell(
                f"{column_letters(index)}{header}",
                "heading right" if column.kind in (Kind.WHOLE, Kind.PENCE, Kind.PERCENT) else "heading",
                column.heading,
            )
            for index, column in enumerate(self._columns)
        )
        return (
            f'{_HEAD}<sheetViews><sheetView{selected} workbookViewId="0"><selection activeCell="A1" sqref="A1"/></sheetView></sheetViews>'
            f'<sheetFormatPr defaultRowHeight="15.5"/><cols>{columns}</cols><sheetData>{"".join(lines)}'
            f'<row r="{header}" ht="{_heading_height(self._columns, widths)}" customHeight="1">{headings}</row>'
        )

    def _totals(self, row: int) -> str:
        """The table's totals: formulas that follow a filter, with the value they have stored beside them."""
        cells = [_text_cell(f"A{row}", "total", "Total")]
        for index, column in enumerate(self._columns[1:], 1):
            place = f"{column_letters(index)}{row}"
            if not column.total:
                cells.append(f'<c r="{place}" s="{STYLE["total"]}"/>')
                continue
            total = self._encoder.totals[index]
            value = f"{total / 100:.2f}" if column.kind is Kind.PENCE else str(total)
            style = STYLE[f"total {column.kind}"]
            cells.append(f'<c r="{place}" s="{style}"><f>{xml_text(self._formula(column))}</f><v>{value}</v></c>')
        return f'<row r="{row}">{"".join(cells)}</row>'

    def _formula(self, column: Column) -> str:
        heading = re.sub(r"([\[\]#'@])", r"'\1", column.heading)
        return f"SUBTOTAL(109,{self.sheet.table_name}[{heading}])"

    def _closing(self) -> str:
        sheet = self.sheet
        links = "".join(
            f'<hyperlink ref="{place}" location="{xml_attribute(location(name))}" display="{xml_attribute(words)}"/>'
            for place, name, words in sheet.links
        )
        last = f"{column_letters(len(self._columns) - 1)}{sheet.last_row}"
        return (
            (f"<hyperlinks>{links}</hyperlinks>" if links else "")
            + '<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
            f'<pageSetup paperSize="9" orientation="landscape" fitToWidth="{sheet.pages_wide}" fitToHeight="0"/>'
            # References such as 0012 are text on purpose: no green corner on every one of them.
            f'<ignoredErrors><ignoredError sqref="A{sheet.header_row}:{last}" numberStoredAsText="1"/></ignoredErrors>'
            + ('<drawing r:id="rId2"/>' if sheet.table.sheet == CHARTS else "")
            + '<tableParts count="1"><tablePart r:id="rId1"/></tableParts></worksheet>'
        )

    def _table_xml(self) -> str:
        """The part that marks the cells up as a table."""
        sheet = self.sheet
        last = column_letters(len(self._columns) - 1)
        body_end = sheet.last_row - sheet.totals
        columns = "".join(
            f'<tableColumn id="{number}" name="{xml_attribute(column.heading)}"{self._total_mark(number, column)}/>'
            for number, column in enumerate(self._columns, 1)
        )
        filters = f'<autoFilter ref="A{sheet.header_row}:{last}{body_end}"/>' if sheet.filters else ""
        totals = 'totalsRowCount="1"' if sheet.totals else 'totalsRowShown="0"'
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            '<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
            f' id="{sheet.number}" name="{sheet.table_name}" displayName="{sheet.table_name}"'
            f' ref="A{sheet.header_row}:{last}{sheet.last_row}" {totals}>{filters}'
            f'<tableColumns count="{len(self._columns)}">{columns}</tableColumns>'
            '<tableStyleInfo name="TableStyleLight1" showFirstColumn="0" showLastColumn="0" showRowStripes="0" showColumnStripes="0"/>'
            "</table>"
        )

    def _total_mark(self, number: int, column: Column) -> str:
        if not self.sheet.totals:
            return ""
        if number == 1:
            return ' totalsRowLabel="Total"'
        return ' totalsRowFunction="sum"' if column.total else ""


def _text_cell(place: str, style: str, text: str) -> str:
    words = xml_text(fit_cell(clean(text)))
    return f'<c r="{place}" s="{STYLE[style]}" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'


def width_of(column: Column, sample: Sequence[object]) -> float:
    """A width that shows the longest word of the heading, beside a filter's button, and the values or most of them."""
    if column.width is not None:
        return column.width
    longest_word = max(map(len, column.heading.split())) + 4
    if column.kind in _WIDTHS and NOTHING not in sample:
        return max(_WIDTHS[column.kind] + (4 if column.total else 0), longest_word)
    longest = (
        math.ceil(max((_breadth(str(value)[:_WIDEST_TEXT]) for value in sample if value is not None), default=0)) + 2
    )
    return float(max(longest_word, min(longest, _WIDEST_TEXT), 10))


def pages_wide(widths: Sequence[float]) -> int:
    """How many landscape pages its columns take beside each other, in letters that can still be read."""
    return math.ceil(sum(widths) / _PAGE_WIDTH)


def _breadth(text: str) -> float:
    """In digits. Capitals, which codes are made of, are wider."""
    return len(text) + 0.2 * sum(map(str.isupper, text))


def _heading_height(columns: Sequence[Column], widths: Sequence[float]) -> int:
    """Points for the headings, wrapped beside their filter's button."""
    pairs = zip(columns, widths, strict=True)
    return 10 + 16 * max(len(textwrap.wrap(column.heading, max(int(width) - 3, 1))) for column, width in pairs)
