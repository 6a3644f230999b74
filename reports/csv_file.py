"""A table as a CSV file: for programs, and for people who open it in Excel.

RFC 4180 (commas, CRLF, quotes where needed, one header row, nothing above it), in UTF-8 with a byte order mark: without
the mark Excel on Windows reads £ and é wrongly, and every reader of note skips it. Amounts are plain pounds (1234.50),
dates are ISO 8601, instants are in UTC. Texts pass through `csv_text`, which `from_csv_text` takes back.
"""

import csv
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from grants.domain import money
from reports.book import TYPES, Cell, Kind, Row, Table
from reports.text_out import clean, csv_text

MARKING: Final = "Marking"
"""The heading of the last column, which carries the report's marking on every row: a CSV has no other place for it."""


def write_csv(table: Table, path: Path, *, marking: str | None = None) -> None:
    """Write a table that holds its own rows. Raises as CsvWriter does; leaves no file behind if it raises."""
    with CsvWriter(table, path, marking=marking) as writer:
        writer.add_rows(table.rows)


class CsvWriter:
    """Writes one table, taking rows as they come. The file appears at `path` when the context ends well.

    Raises ValueError, naming the column but never the value, where a value is not of its column's kind or a row is
    not as long as the columns are many.
    """

    def __init__(self, table: Table, path: Path, *, marking: str | None = None) -> None:
        self._table = table
        self._path = path
        self._marking = [csv_text(clean(marking))] if marking else []
        self._forms = [_FORMS[column.kind] for column in table.columns]
        self._unfinished = path.with_name(path.name + ".part")
        self._file = self._unfinished.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file, lineterminator="\r\n")
        headings = [csv_text(column.heading) for column in table.columns]
        self._csv.writerow(headings + [MARKING] * len(self._marking))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
            if kind is None:
                self._unfinished.replace(self._path)
        finally:
            with suppress(FileNotFoundError):
                self._unfinished.unlink()

    def add_rows(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        self._csv.writerows(map(self._fields, rows))

    def _fields(self, row: Row) -> list[str]:
        fields = ["" if value is None else form(value) for form, value in self._checked(tuple(row))]
        return fields + self._marking

    def _checked(self, row: tuple[Cell, ...]) -> Iterable[tuple[Callable[[Any], str], Cell]]:
        if len(row) != len(self._forms):
            raise ValueError(f"a row has {len(row)} values, but there are {len(self._forms)} columns")
        for column, form, value in zip(self._table.columns, self._forms, row, strict=True):
            if value is not None and type(value) not in TYPES[column.kind]:
                raise ValueError(f"column {column.key}: a value is not of the kind {column.kind}")
            yield form, value


def _text(value: str) -> str:
    return csv_text(clean(value))


def _percent(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("a percentage is not a finite number")
    return repr(value)


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


_FORMS: Final[dict[Kind, Callable[[Any], str]]] = {
    Kind.TEXT: _text,
    Kind.LINK: _text,
    Kind.WHOLE: str,
    Kind.PENCE: money.plain,
    Kind.PERCENT: _percent,
    Kind.DATE: date.isoformat,
    Kind.DATETIME: _instant,
}
