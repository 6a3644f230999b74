"""A table of a page as a spreadsheet: the same accessible sheet, inert texts and amounts in pounds as a report's."""

import tempfile
from pathlib import Path
from typing import Final

from grants.pages.table_downloads import FileTable
from grants.pages.tables import Kind as PageKind
from reports.book import Book, Column, Cover, Kind, Table
from reports.csv_file import write_csv
from reports.report import EXAMPLE_MARKING
from reports.workbook import write_xlsx

_KINDS: Final = {
    PageKind.TEXT: Kind.TEXT,
    PageKind.PENCE: Kind.PENCE,
    PageKind.NUMBER: Kind.WHOLE,
    PageKind.SHARE: Kind.PERCENT,
    PageKind.DAY: Kind.DATE,
    PageKind.MOMENT: Kind.DATETIME,
    PageKind.PERIOD: Kind.TEXT,
    PageKind.TAG: Kind.TEXT,
    PageKind.YES_NO: Kind.TEXT,
}
SHEET: Final = "Table"
_PURPOSE: Final = (
    "A list of the service as its reader saw it. It is no report: nobody keeps it, and it is made anew each time."
)


class TableFiles:
    """Writes tables of pages (see grants.pages.table_downloads.Spreadsheets)."""

    def write(self, table: FileTable, of_format: str) -> bytes:
        """The file's bytes. Raises KeyError for another format than xlsx and csv; blocks while it writes."""
        marking = EXAMPLE_MARKING if table.is_example else None
        sheet = Table(
            sheet=SHEET,
            title=table.title,
            introduction=" ".join(f"{label}: {words}." for label, words in table.facts),
            columns=tuple(
                Column(key=column.key, heading=column.heading, kind=_KINDS[column.kind]) for column in table.columns
            ),
            rows=table.rows,
        )
        with tempfile.TemporaryDirectory(prefix="tallystick-table-") as folder:
            path = Path(folder) / f"table.{of_format}"
            if of_format == "csv":
                write_csv(sheet, path, marking=marking)
            else:
                write_xlsx(_book(table, sheet, marking), path)
            return path.read_bytes()


def _book(table: FileTable, sheet: Table, marking: str | None) -> Book:
    cover = Cover(title=table.title, purpose=_PURPOSE, audience="Whoever made it", facts=table.facts, marking=marking)
    return Book(cover=cover, tables=(sheet,), created=table.made_at)
