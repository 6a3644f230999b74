"""A table as a JSON file in a shape that a standard asks for: some members, then the list of its rows.

UTF-8 without a byte order mark (RFC 8259), one object of the list a line. Amounts are numbers in pounds with their pence
exact, dates ISO 8601. Texts are as they are: JSON has no formulas.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec

from reports.book import Row

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class JsonShape:
    """The members before the list, the list's name, and a row as one of its objects."""

    head: Mapping[str, Any]
    list_name: str
    item: Callable[[Row], Mapping[str, Any]]


class JsonWriter:
    """Writes one table, taking rows as they come. The file appears at `path` when the context ends well."""

    def __init__(self, shape: JsonShape, path: Path) -> None:
        self._item = shape.item
        self._path = path
        self._unfinished = path.with_name(path.name + ".part")
        self._file = self._unfinished.open("wb")
        self._before = b"\n"
        members = b"".join(
            _ENCODER.encode(name) + b":" + _ENCODER.encode(value) + b",\n" for name, value in shape.head.items()
        )
        self._file.write(b"{" + members + _ENCODER.encode(shape.list_name) + b":[")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._file.write(b"\n]}\n")
            self._file.close()
            if kind is None:
                self._unfinished.replace(self._path)
        finally:
            with suppress(FileNotFoundError):
                self._unfinished.unlink()

    def add_rows(self, rows: Iterable[Row]) -> None:
        """Append rows."""
        for row in rows:
            self._file.write(self._before + _ENCODER.encode(self._item(row)))
            self._before = b",\n"
