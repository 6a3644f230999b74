"""The ODS writer: a Book becomes an OpenDocument spreadsheet, streamed through a file beside it, the same bytes every time.

It follows the same checklist as the XLSX: one table a sheet from column A, headings marked as such, a title in A1, no merged cells.
ODF 1.3, which LibreOffice and Excel open; the table of each sheet is a database range, so that it can be filtered.
"""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Final

from reports.archive import Archive
from reports.book import Book
from reports.book_writer import MAX_ROWS, BookWriter
from reports.cells import column_letters
from reports.front import Line, Sheet
from reports.ods_sheet import OdsSheet, escape
from reports.ods_styles import automatic_styles, sheet_style, styles_part
from reports.text_out import clean

_COPIED_BYTES: Final = 1 << 20
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OASIS: Final = "urn:oasis:names:tc:opendocument:xmlns"
_MIME: Final = "application/vnd.oasis.opendocument.spreadsheet"
NAMESPACES: Final = " ".join(
    f'xmlns:{name}="{_OASIS}:{uri}:1.0"'
    for name, uri in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("number", "datastyle"),
        ("fo", "xsl-fo-compatible"),
        ("meta", "meta"),
    )
) + (
    ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"'
)


class OdsWriter(BookWriter):
    """Writes a book as ODS. All sheets go into one part, the front ones first, so rows wait in a file until the end."""

    def __init__(self, book: Book, path: Path, *, max_sheet_rows: int = MAX_ROWS) -> None:
        super().__init__(book, path, max_sheet_rows=max_sheet_rows)
        self._waiting = path.with_name(path.name + ".rows")
        self._rows = self._waiting.open("w+b")
        self._begins: dict[int, int] = {}
        self._widths: set[float] = set()
        self._archive = Archive(self.unfinished)

    def open_sheet(self, sheet: Sheet, lines: Sequence[Line], max_rows: int) -> OdsSheet:
        """Begin a sheet, after those that were written before it."""
        self._begins[sheet.number] = self._rows.tell()
        return OdsSheet(self._rows, sheet, lines, max_rows, self._widths)

    def complete(self, tabs: Sequence[Sheet]) -> None:
        """Write the package: the sheets in the order of tabs, between the styles that they need and their tables' marks."""
        end = self._rows.tell()
        pages = sorted({sheet.pages_wide for sheet in tabs})
        self._archive.store("mimetype", _MIME)
        part = self._archive.open_part("content.xml")
        part.write(
            f'{_XML}<office:document-content {NAMESPACES} office:version="1.3">{automatic_styles(self._widths, pages)}'
            "<office:body><office:spreadsheet>"
        )
        for sheet in tabs:
            part.write(
                f'<table:table table:name="{escape(sheet.name)}" table:style-name="{sheet_style(sheet.pages_wide)}">'
            )
            self._rows.seek(self._begins[sheet.number])
            left = self._begins.get(sheet.number + 1, end) - self._begins[sheet.number]
            while left:
                block = self._rows.read(min(left, _COPIED_BYTES))
                part.write_bytes(block)
                left -= len(block)
        part.write(f"{_ranges(tabs)}</office:spreadsheet></office:body></office:document-content>")
        self._archive.close_part(part)
        self._archive.write("styles.xml", f"{_XML}<office:document-styles {NAMESPACES} {styles_part(pages)}")
        self._archive.write("meta.xml", _meta(self.book))
        self._archive.write("settings.xml", _settings(tabs))
        self._archive.write("META-INF/manifest.xml", _MANIFEST)
        self._archive.close()

    def abandon(self) -> None:
        """Let go of both files."""
        self._archive.abandon()
        self._rows.close()
        self._waiting.unlink(missing_ok=True)


def write_ods(book: Book, path: Path) -> None:
    """Write a book whose tables hold their own rows. Raises as BookWriter does; leaves no file behind if it raises."""
    with OdsWriter(book, path):
        pass


def _ranges(tabs: Sequence[Sheet]) -> str:
    """The tables, each with its name; filter buttons where it is one of data."""
    ranges = []
    for sheet in tabs:
        quoted = "'" + sheet.name.replace("'", "''") + "'"
        last = column_letters(len(sheet.table.columns) - 1)
        end = sheet.last_row - sheet.totals
        address = escape(f"{quoted}.A{sheet.header_row}:{quoted}.{last}{end}")
        ranges.append(
            f'<table:database-range table:name="{sheet.table_name}" table:target-range-address="{address}"'
            f' table:display-filter-buttons="{"true" if sheet.filters else "false"}"/>'
        )
    return f"<table:database-ranges>{''.join(ranges)}</table:database-ranges>"


def _meta(book: Book) -> str:
    created = f"{book.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    creator, title, purpose, language = (
        escape(clean(text)) for text in (book.creator, book.cover.title, book.cover.purpose, book.language)
    )
    return (
        f'{_XML}<office:document-meta {NAMESPACES} office:version="1.3"><office:meta>'
        f"<meta:generator>{creator}</meta:generator><dc:title>{title}</dc:title><dc:description>{purpose}</dc:description>"
        f"<meta:initial-creator>{creator}</meta:initial-creator><dc:creator>{creator}</dc:creator>"
        f"<meta:creation-date>{created}</meta:creation-date><dc:date>{created}</dc:date><dc:language>{language}</dc:language>"
        "</office:meta></office:document-meta>"
    )


def _settings(tabs: Sequence[Sheet]) -> str:
    """The book opens at its first sheet."""
    return (
        f'{_XML}<office:document-settings {NAMESPACES} xmlns:config="{_OASIS}:config:1.0" office:version="1.3"><office:settings>'
        '<config:config-item-set config:name="ooo:view-settings"><config:config-item-map-indexed config:name="Views">'
        '<config:config-item-map-entry><config:config-item config:name="ViewId" config:type="string">view1</config:config-item>'
        f'<config:config-item config:name="ActiveTable" config:type="string">{escape(tabs[0].name)}</config:config-item>'
        "</config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set>"
        "</office:settings></office:document-settings>"
    )


_MANIFEST: Final = (
    f'{_XML}<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{_MIME}"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}.xml" manifest:media-type="text/xml"/>'
        for name in ("content", "styles", "meta", "settings")
    )
    + "</manifest:manifest>"
)
