"""The report writer: a Book becomes an accessible XLSX file, streamed in constant memory, the same bytes every time.

Every sheet follows the Government Analysis Function's checklist for spreadsheets: one marked-up table that starts in column A, a
title in A1, no merged cells, no frozen panes (they fill the window of whoever enlarges the page), nothing below the table.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from reports.archive import Archive, Part
from reports.book import Book, Column, Kind, Row, Table
from reports.package_parts import (
    closing_parts,
    sheet_path,
    sheet_relations,
    sheet_relations_path,
    table_path,
)
from reports.sheet_stream import MAX_ROWS, Line, Sheet, SheetStream, sentences
from reports.styles import stylesheet

# Rows are written in chunks of this many, whatever batches they came in: the bytes must not tell how they came.
_CHUNK_ROWS: Final = 1024

COVER: Final = "Cover"
CONTENTS: Final = "Contents"


def write_xlsx(book: Book, path: Path) -> None:
    """Write a book whose tables hold their own rows. Raises as BookWriter does; leaves no file behind if it raises."""
    with BookWriter(book, path):
        pass


class BookWriter:
    """Writes a book, taking rows as they come.

    Use as a context. `add_rows` may be called for any of the book's tables, in the order of the book; a table that
    never gets rows this way is written from its own `rows`. It blocks while it writes: call it in a thread from
    asynchronous code, one call at a time. The file appears at `path` when the context ends well, and not at all otherwise.

    Raises ValueError where a value is not of its column's kind (naming the column, never the value) or tables come
    out of order; OSError where the disk fails.
    """

    def __init__(self, book: Book, path: Path, *, max_sheet_rows: int = MAX_ROWS) -> None:
        self._book = book
        self._path = path
        self._unfinished = path.with_name(path.name + ".part")
        self._max_sheet_rows = max_sheet_rows
        self._ahead = list(book.all_tables)
        self._pending: list[Row] = []
        self._sheets: list[Sheet] = []
        self._current: tuple[SheetStream, Part] | None = None
        self._table_names: set[str] = set()
        self._archive = Archive(self._unfinished)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
                self._unfinished.replace(self._path)
        finally:
            self._archive.abandon()
            with suppress(FileNotFoundError):
                self._unfinished.unlink()

    def add_rows(self, sheet: str, rows: Iterable[Row]) -> None:
        """Append rows to the table of the named sheet."""
        self._advance_to(sheet)
        self._pending.extend(rows)
        whole = len(self._pending) - len(self._pending) % _CHUNK_ROWS
        for start in range(0, whole, _CHUNK_ROWS):
            self._write_chunk(self._pending[start : start + _CHUNK_ROWS])
        del self._pending[:whole]

    def _advance_to(self, sheet: str) -> None:
        if self._current is not None and self._current[0].sheet.table.sheet == sheet:
            return
        if sheet not in [table.sheet for table in self._ahead]:
            raise ValueError(f"sheet {sheet!r} is not in the book, or was already written")
        self._end_table()
        while self._ahead[0].sheet != sheet:
            self._write_whole(self._ahead.pop(0))
        self._begin_sheet(self._book.marked(self._ahead.pop(0)))

    def _write_whole(self, table: Table, *, front: bool = False) -> None:
        self._begin_sheet(self._book.marked(table), front=front)
        rows = iter(table.rows)
        while chunk := list(islice(rows, _CHUNK_ROWS)):
            self._write_chunk(chunk)
        self._end_table()

    def _write_chunk(self, chunk: list[Row]) -> None:
        while chunk:
            stream, _ = self._now()
            if not stream.room:
                sheet = stream.sheet
                self._end_sheet()
                self._begin_sheet(sheet.table, part=sheet.part + 1)
                stream, _ = self._now()
            here, chunk = chunk[: stream.room], chunk[stream.room :]
            stream.add([tuple(row) for row in here])

    def _now(self) -> tuple[SheetStream, Part]:
        if self._current is None:
            raise ValueError("no table is being written")
        return self._current

    def _begin_sheet(self, table: Table, *, part: int = 1, front: bool = False) -> None:
        number = len(self._sheets) + 1
        sheet = Sheet(number, table, self._table_name(table.sheet), filters=not front, part=part)
        self._sheets.append(sheet)
        max_rows = MAX_ROWS if front else self._max_sheet_rows
        written = self._archive.open_part(sheet_path(number))
        lines = self._lines(table, part)
        stream = SheetStream(written, sheet, lines, first=table.sheet == COVER, max_rows=max_rows)
        self._current = stream, written

    def _end_table(self) -> None:
        if self._current is not None:
            if self._pending:
                self._write_chunk(self._pending)
                self._pending = []
            self._end_sheet()

    def _end_sheet(self) -> None:
        stream, part = self._now()
        stream.close()
        self._archive.close_part(part)
        self._current = None
        number = stream.sheet.number
        self._archive.write(sheet_relations_path(number), sheet_relations(number))
        self._archive.write(table_path(number), stream.table_xml())

    def _table_name(self, sheet: str) -> str:
        """A name that no other table has. The ending keeps it from looking like a cell, as Q12025 would."""
        stem = re.sub(r"[^A-Za-z0-9]+", "_", sheet).strip("_") or "Report"
        stem = stem if stem[0].isalpha() else f"Table_{stem}"
        name, count = f"{stem}_table", 1
        while name.casefold() in self._table_names:
            count += 1
            name = f"{stem}_table_{count}"
        self._table_names.add(name.casefold())
        return name

    def _lines(self, table: Table, part: int) -> list[Line]:
        title = table.title if part == 1 else f"{table.title} (part {part})"
        lines = [Line("title", title)]
        if self._book.cover.marking:
            lines.append(Line("marking", self._book.cover.marking))
        lines += [Line("line", sentence) for sentence in sentences(table.introduction)]
        about = "This sheet contains one table."
        if any(column.note for column in table.columns):
            about += " Notes that its headings refer to are on the sheet called Notes."
        lines += [Line("line", sentence) for sentence in sentences(f"{about} {table.empty}")]
        if table.sheet != CONTENTS:
            lines.append(Line("link line", "Go to the contents of this workbook", CONTENTS))
        return lines

    def _finish(self) -> None:
        self._end_table()
        while self._ahead:
            self._write_whole(self._ahead.pop(0))
        body = list(self._sheets)
        _name_parts(body)
        front = [self._cover()]
        if self._book.all_notes:
            front.append(self._notes())
        for table in front:
            self._write_whole(table, front=True)
        cover, *notes = self._sheets[len(body) :]
        _name_parts([cover, *notes])
        self._write_whole(_contents([*notes, *body]), front=True)
        contents = self._sheets[-1]
        _name_parts([contents])
        tabs = [cover, contents, *notes, *body]
        for path, text in closing_parts(self._book, tabs, stylesheet()):
            self._archive.write(path, text)
        self._archive.close()

    def _cover(self) -> Table:
        cover = self._book.cover
        return Table(
            sheet=COVER,
            title=cover.title,
            introduction="This sheet says what the report is for, as at when, and how to read it.",
            empty="",
            columns=(
                Column(key="item", heading="Item", width=34),
                Column(key="detail", heading="Detail", width=96),
            ),
            rows=(("Purpose", cover.purpose), ("Audience", cover.audience), *cover.facts),
        )

    def _notes(self) -> Table:
        return Table(
            sheet="Notes",
            title="Notes",
            introduction="Each note explains a heading or a figure that is marked with its number.",
            empty="",
            columns=(
                Column(key="number", heading="Note number", width=18),
                Column(key="note", heading="Note", width=96),
            ),
            rows=((f"note {number}", text) for number, text in self._book.all_notes),
        )


def _contents(sheets: list[Sheet]) -> Table:
    return Table(
        sheet=CONTENTS,
        title="Contents",
        introduction="The sheets of this workbook, each with a link to it.",
        empty="",
        columns=(
            Column(key="sheet", heading="Sheet", kind=Kind.LINK),
            Column(key="holds", heading="What it holds", width=80),
            Column(key="rows", heading="Rows of data", kind=Kind.WHOLE),
        ),
        rows=[(sheet.name, _holds(sheet, sheets), sheet.rows) for sheet in sheets],
    )


def _holds(sheet: Sheet, sheets: list[Sheet]) -> str:
    parts = sum(other.table is sheet.table for other in sheets)
    return sheet.table.title if parts == 1 else f"{sheet.table.title}, part {sheet.part} of {parts}"


def _name_parts(sheets: list[Sheet]) -> None:
    """A table on one sheet has its own name; on several, Data 1, Data 2."""
    for sheet in sheets:
        alone = sum(other.table is sheet.table for other in sheets) == 1
        sheet.name = sheet.table.sheet if alone else f"{sheet.table.sheet} {sheet.part}"
