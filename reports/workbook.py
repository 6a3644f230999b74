"""The XLSX writer: a Book becomes an accessible workbook, streamed in constant memory, the same bytes every time.

Every sheet follows the Government Analysis Function's checklist for spreadsheets: one marked-up table that starts in column A, a
title in A1, no merged cells, no frozen panes (they fill the window of whoever enlarges the page), nothing below the table.
"""

from collections.abc import Sequence
from pathlib import Path

from reports.archive import Archive
from reports.book import Book
from reports.book_writer import MAX_ROWS, BookWriter, is_first
from reports.chart_parts import Placed, chart_xml, drawing_xml
from reports.front import CHARTS, Line, Sheet
from reports.package_parts import DRAWING, DRAWING_RELATIONS, chart_path, closing_parts, drawing_relations
from reports.sheet_stream import SheetStream
from reports.styles import stylesheet


def write_xlsx(book: Book, path: Path) -> None:
    """Write a book whose tables hold their own rows. Raises as BookWriter does; leaves no file behind if it raises."""
    with XlsxWriter(book, path):
        pass


class XlsxWriter(BookWriter):
    """Writes a book as XLSX."""

    draws = True

    def __init__(self, book: Book, path: Path, *, max_sheet_rows: int = MAX_ROWS) -> None:
        super().__init__(book, path, max_sheet_rows=max_sheet_rows)
        self._archive = Archive(self.unfinished)

    def open_sheet(self, sheet: Sheet, lines: Sequence[Line], max_rows: int) -> SheetStream:
        """Begin a sheet's part of the package."""
        return SheetStream(self._archive, sheet, lines, first=is_first(sheet), max_rows=max_rows)

    def complete(self, tabs: Sequence[Sheet]) -> None:
        """Write what can be written once all sheets are known."""
        self._draw(tabs)
        for path, text in closing_parts(self.book, tabs, stylesheet()):
            self._archive.write(path, text)
        self._archive.close()

    def _draw(self, tabs: Sequence[Sheet]) -> None:
        if not self.book.charts:
            return
        sheets = {sheet.table.sheet: sheet for sheet in tabs}
        tables = {table.sheet: table for table in self.book.tables}
        placed = [Placed(chart, sheets[chart.sheet], tables[chart.sheet]) for chart in self.book.charts]
        self._archive.write(DRAWING, drawing_xml(placed, sheets[CHARTS].last_row))
        self._archive.write(DRAWING_RELATIONS, drawing_relations(len(placed)))
        for number, one in enumerate(placed, 1):
            self._archive.write(chart_path(number), chart_xml(one))

    def abandon(self) -> None:
        """Let go of the archive."""
        self._archive.abandon()
