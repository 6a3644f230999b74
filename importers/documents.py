"""Cells to milestones and assets: the two sheets of a return that go on from one period to the next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar

from msgspec import structs

from grants.domain.plan import Rag
from importers.amounts import read_money
from importers.cells import Cell, Habits, Sheet
from importers.choices import read_rag
from importers.columns import BLANK, Fault, Read, read_column, read_texts
from importers.dates import read_day
from importers.headings import find_headings
from importers.layouts import Column, Rows
from importers.tables import Renamed, renamed_in
from importers.totals import filled, says_total

T = TypeVar("T")

MOST_ROWS: Final = 1_000
"""So many milestones, and so many assets, a return may tell of."""


@dataclass(slots=True)
class Milestones:
    """The sheet of milestones. Each column has a value for each of `rows`; None where nothing readable is typed."""

    sheet: str
    rows: list[int]
    renamed: list[Renamed]
    title: Read[str]
    baseline: Read[date | None]
    forecast: Read[date | None]
    actual: Read[date | None]
    rag: Read[Rag | None]
    comment: Read[str]

    @property
    def typed(self) -> tuple[Read[Any], ...]:
        """The columns from left to right."""
        return (self.title, self.baseline, self.forecast, self.actual, self.rag, self.comment)

    @property
    def texts(self) -> tuple[Read[str], ...]:
        """The columns of free text."""
        return (self.title, self.comment)


@dataclass(slots=True)
class Assets:
    """The sheet of assets, in the same way. `cost` and `disposal` are pence."""

    sheet: str
    rows: list[int]
    renamed: list[Renamed]
    reference: Read[str]
    description: Read[str]
    acquired_on: Read[date]
    cost: Read[int]
    location: Read[str]
    serial: Read[str]
    disposed_on: Read[date | None]
    disposal: Read[int | None]

    @property
    def typed(self) -> tuple[Read[Any], ...]:
        """The columns from left to right."""
        return (*self.texts[:2], self.acquired_on, self.cost, *self.texts[2:], self.disposed_on, self.disposal)

    @property
    def texts(self) -> tuple[Read[str], ...]:
        """The columns of free text."""
        return (self.reference, self.description, self.location, self.serial)


def read_milestones(sheet: Sheet, layout: Rows, habits: Habits) -> Milestones:
    """Raises NotAReturn where the table's headings are not there."""
    table = _Table(sheet, layout, habits)
    return Milestones(
        sheet=sheet.name,
        rows=table.rows,
        renamed=table.renamed,
        title=table.texts("title"),
        baseline=table.read("baseline", table.day, None),
        forecast=table.read("forecast", table.day, None),
        actual=table.read("actual", table.day, None),
        rag=table.read("rag", read_rag, None),
        comment=table.texts("comment", required=False),
    )


def read_assets(sheet: Sheet, layout: Rows, habits: Habits) -> Assets:
    """Raises NotAReturn where the table's headings are not there."""
    table = _Table(sheet, layout, habits)
    return Assets(
        sheet=sheet.name,
        rows=table.rows,
        renamed=table.renamed,
        reference=table.texts("reference"),
        description=table.texts("description"),
        acquired_on=table.read("acquired_on", table.day, Fault(BLANK)),
        cost=table.read("cost", read_money, Fault(BLANK)),
        location=table.texts("location"),
        serial=table.texts("serial"),
        disposed_on=table.read("disposed_on", table.day, None),
        disposal=table.read("disposal", read_money, None),
    )


class _Table:
    """A sheet's rows with anything in them, but for those that add up others; one more than a return may have."""

    def __init__(self, sheet: Sheet, layout: Rows, habits: Habits) -> None:
        found = find_headings(sheet, layout.columns, layout.heading_row)
        self._columns = {column.key: (column, found.numbers.get(column.key, 0)) for column in layout.columns}
        self._found = found
        self._sheet = sheet
        self.renamed = renamed_in(sheet, found, layout.columns)
        self.day: Callable[[Cell], date | Fault] = partial(read_day, dates_1904=habits.dates_1904)
        self.rows: list[int] = []
        for row in range(found.row + 1, len(sheet.rows) + 1):
            cells = [sheet.at(row, number) for number in found.numbers.values()]
            typed = [cell for cell in cells if filled(cell)]
            if typed and not (len(typed) <= 2 and any(map(says_total, typed))):
                self.rows.append(row)
            if len(self.rows) > MOST_ROWS:
                break

    def _at(self, key: str) -> tuple[Column, str, Sequence[Cell]]:
        column, number = self._columns[key]
        return column, self._found.letter(key), [self._sheet.at(row, number) if number else "" for row in self.rows]

    def read(self, key: str, meaning: Callable[[Cell], T | Fault], if_blank: T | Fault) -> Read[T]:
        return read_column(*self._at(key), meaning, if_blank)

    def texts(self, key: str, *, required: bool | None = None) -> Read[str]:
        column, letter, cells = self._at(key)
        if required is not None:
            column = structs.replace(column, required=required)
        return read_texts(column, letter, cells)
