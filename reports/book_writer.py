"""The order in which a book is written, whatever the format: its tables as their rows come, then the sheets before them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from reports.book import Book, Row, Table
from reports.front import (
    COVER,
    Line,
    Sheet,
    charts_table,
    contents_table,
    cover_table,
    lines_above,
    name_parts,
    notes_table,
)

MAX_ROWS: Final = 1_048_576
"""Rows of a sheet in Excel, and in LibreOffice."""

# Rows are written in chunks of this many, whatever batches they came in: the bytes must not tell how they came.
_CHUNK_ROWS: Final = 1024


class Stream(Protocol):
    """A sheet under way."""

    sheet: Sheet

    @property
    def room(self) -> int:
        """How many more rows fit."""

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows, at most as many as there is room for."""

    def close(self) -> None:
        """Write what follows the rows."""


class BookWriter(ABC):
    """Writes a book, taking rows as they come.

    Use as a context. `add_rows` may be called for any of the book's tables, in the order of the book; a table that
    never gets rows this way is written from its own `rows`. It blocks while it writes: call it in a thread from
    asynchronous code, one call at a time. The file appears at `path` when the context ends well, and not at all otherwise.

    Raises ValueError where a value is not of its column's kind (naming the column, never the value) or tables come
    out of order; OSError where the disk fails.
    """

    draws = False
    """Whether the format's charts are written."""

    def __init__(self, book: Book, path: Path, *, max_sheet_rows: int = MAX_ROWS) -> None:
        self.book = book
        self._path = path
        self.unfinished = path.with_name(path.name + ".part")
        self._max_sheet_rows = max_sheet_rows
        self._ahead = list(book.all_tables)
        self._pending: list[Row] = []
        self._sheets: list[Sheet] = []
        self._current: Stream | None = None
        self._table_names: set[str] = set()

    @abstractmethod
    def open_sheet(self, sheet: Sheet, lines: Sequence[Line], max_rows: int) -> Stream:
        """Begin a sheet."""

    @abstractmethod
    def complete(self, tabs: Sequence[Sheet]) -> None:
        """Finish the file: all sheets are written. `tabs` is their order."""

    @abstractmethod
    def abandon(self) -> None:
        """Let go of the file in whatever state it is; does nothing after `complete`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
                self.unfinished.replace(self._path)
        finally:
            self.abandon()
            with suppress(FileNotFoundError):
                self.unfinished.unlink()

    def add_rows(self, sheet: str, rows: Iterable[Row]) -> None:
        """Append rows to the table of the named sheet."""
        self._advance_to(sheet)
        self._pending.extend(rows)
        whole = len(self._pending) - len(self._pending) % _CHUNK_ROWS
        for start in range(0, whole, _CHUNK_ROWS):
            self._write_chunk(self._pending[start : start + _CHUNK_ROWS])
        del self._pending[:whole]

    def _advance_to(self, sheet: str) -> None:
        if self._current is not None and self._current.sheet.table.sheet == sheet:
            return
        if sheet not in [table.sheet for table in self._ahead]:
            raise ValueError(f"sheet {sheet!r} is not in the book, or was already written")
        self._end_table()
        while self._ahead[0].sheet != sheet:
            self._write_whole(self._ahead.pop(0))
        self._begin_sheet(self.book.marked(self._ahead.pop(0)))

    def _write_whole(self, table: Table, *, front: bool = False) -> None:
        self._begin_sheet(self.book.marked(table), front=front)
        rows = iter(table.rows)
        while chunk := list(islice(rows, _CHUNK_ROWS)):
            self._write_chunk(chunk)
        self._end_table()

    def _write_chunk(self, chunk: list[Row]) -> None:
        while chunk:
            stream = self._now()
            if not stream.room:
                sheet = stream.sheet
                self._end_sheet()
                self._begin_sheet(sheet.table, part=sheet.part + 1)
                stream = self._now()
            here, chunk = chunk[: stream.room], chunk[stream.room :]
            rows = [tuple(row) for row in here]
            if wrong := set(map(len, rows)) - {len(stream.sheet.table.columns)}:
                raise ValueError(
                    f"a row has {min(wrong)} values, but there are {len(stream.sheet.table.columns)} columns"
                )
            stream.add(rows)

    def _now(self) -> Stream:
        if self._current is None:
            raise ValueError("no table is being written")
        return self._current

    def _begin_sheet(self, table: Table, *, part: int = 1, front: bool = False) -> None:
        number = len(self._sheets) + 1
        filters = not front and self.book.may_be_sorted(table)
        sheet = Sheet(number, table, self._table_name(table.sheet), filters=filters, part=part)
        self._sheets.append(sheet)
        lines = lines_above(self.book, table, part)
        self._current = self.open_sheet(sheet, lines, MAX_ROWS if front else self._max_sheet_rows)

    def _end_table(self) -> None:
        if self._current is not None:
            if self._pending:
                self._write_chunk(self._pending)
                self._pending = []
            self._end_sheet()

    def _end_sheet(self) -> None:
        self._now().close()
        self._current = None

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

    def _finish(self) -> None:
        self._end_table()
        while self._ahead:
            self._write_whole(self._ahead.pop(0))
        body = list(self._sheets)
        name_parts(body)
        front = [cover_table(self.book)]
        if self.book.all_notes:
            front.append(notes_table(self.book))
        for table in front:
            self._write_whole(table, front=True)
        if self.book.charts and self.draws:
            self._write_whole(charts_table(self.book), front=True)
        cover, *others = self._sheets[len(body) :]
        name_parts([cover, *others])
        self._write_whole(contents_table([*others, *body]), front=True)
        contents = self._sheets[-1]
        name_parts([contents])
        self.complete([cover, contents, *others, *body])


def is_first(sheet: Sheet) -> bool:
    """Whether it is the sheet that a workbook opens at."""
    return sheet.table.sheet == COVER
