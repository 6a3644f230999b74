"""A sheet's table of a few thousand rows at the most, read row by row: headings found where they are, totals left out."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from typing import TypeVar

from msgspec import structs

from importers.cells import Cell, Habits, Sheet
from importers.columns import Fault, Read, read_column, read_texts
from importers.dates import read_day
from importers.headings import find_headings
from importers.layouts import Column, Rows
from importers.tables import renamed_in
from importers.totals import filled, says_total

T = TypeVar("T")


class PlainTable:
    """A sheet's rows with anything in them, but for those that add up others, which are `totals`; one row more than `most`.

    Raises NotAReturn where the table's headings are not there.
    """

    def __init__(self, sheet: Sheet, layout: Rows, habits: Habits, most: int) -> None:
        found = find_headings(sheet, layout.columns, layout.heading_row)
        self._columns = {column.key: (column, found.numbers.get(column.key, 0)) for column in layout.columns}
        self._found = found
        self._sheet = sheet
        self.renamed = renamed_in(sheet, found, layout.columns)
        self.unread = found.unread
        self.heading_row = found.row
        self.day: Callable[[Cell], date | Fault] = partial(read_day, dates_1904=habits.dates_1904)
        self.rows: list[int] = []
        self.totals: list[int] = []
        for row in range(found.row + 1, len(sheet.rows) + 1):
            cells = [sheet.at(row, number) for number in found.numbers.values()]
            typed = [cell for cell in cells if filled(cell)]
            if typed and len(typed) <= 2 and any(map(says_total, typed)):
                self.totals.append(row)
            elif typed:
                self.rows.append(row)
            if len(self.rows) > most:
                break

    @property
    def sheet(self) -> str:
        """The sheet's name as it stands in the file."""
        return self._sheet.name

    def has(self, key: str) -> bool:
        """Whether the table has the column."""
        return key in self._found.numbers

    def letter(self, key: str) -> str:
        """The letters of a column; empty for one that is not there."""
        return self._found.letter(key)

    def _at(self, key: str) -> tuple[Column, str, Sequence[Cell]]:
        column, number = self._columns[key]
        return column, self._found.letter(key), [self._sheet.at(row, number) if number else "" for row in self.rows]

    def read(self, key: str, meaning: Callable[[Cell], T | Fault], if_blank: T | Fault) -> Read[T]:
        """A column of one meaning, a value for each of `rows`."""
        return read_column(*self._at(key), meaning, if_blank)

    def texts(self, key: str, *, required: bool | None = None) -> Read[str]:
        """A column of free text; `required` other than its layout says."""
        column, letter, cells = self._at(key)
        if required is not None:
            column = structs.replace(column, required=required)
        return read_texts(column, letter, cells)

    def typed(self, row: int, key: str) -> Cell:
        """What stands in a row's column; blank where the table has no such column."""
        number = self._columns[key][1]
        return self._sheet.at(row, number) if number else ""
