"""Days of an extract: which of day and month a text has first, as its column proves or somebody said."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from grants.domain.matchings import DateOrder
from importers.cells import Cell
from importers.columns import BLANK, Fault
from importers.dates import NOT_A_DATE, read_day
from importers.matching.signed import fault_of
from importers.totals import filled

_COMPACT: Final = re.compile(r"(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_NUMBERS: Final = re.compile(r"(\s*)(\d{1,2})([/.\- ])(\d{1,2})(\3(?:\d{4}|\d{2})(?!\d).*)", re.ASCII | re.DOTALL)


def as_iso(cell: Cell) -> Cell:
    """A date that is written 20250731, as SAP does, with the dashes that tell it from a number; any other cell as it is."""
    text = cell.strip() if isinstance(cell, str) else str(cell) if type(cell) is int else ""
    if type(cell) is float and cell.is_integer():
        text = str(int(cell))
    match = _COMPACT.fullmatch(text)
    return f"{match[1]}-{match[2]}-{match[3]}" if match else cell


def is_day(cell: Cell) -> bool:
    """Whether a cell is a date that could be no other number and no code."""
    if as_iso(cell) is not cell:
        return True
    if isinstance(cell, str):
        return not cell.strip().isdigit() and read_day(cell, dates_1904=False) != NOT_A_DATE
    return isinstance(cell, date)


def read_ordered(cell: Cell, *, order: DateOrder, dates_1904: bool) -> date | Fault:
    """The day that a cell means where texts have their day, or their month, first. What cannot be read so is a fault."""
    if not filled(cell):
        return Fault(BLANK)
    if fault := fault_of(cell):
        return fault
    cell = as_iso(cell)
    if order is DateOrder.MONTH_FIRST and isinstance(cell, str) and (match := _NUMBERS.fullmatch(cell)):
        day = read_day(f"{match[4]}{match[3]}{match[2]}{match[5]}", dates_1904=dates_1904)
        return NOT_A_DATE if isinstance(day, Fault) else day
    return read_day(cell, dates_1904=dates_1904)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a column says of its order: None where nothing does, or both are there. `texts`: dates with two readings."""

    order: DateOrder | None
    why: str
    texts: int


def order_of(cells: Iterable[Cell]) -> Proof:
    """The order of a column's dates, proved by its own values: a number above 12 is a day."""
    days_first = months_first = either = 0
    example = ""
    for cell in set(cells):
        if not isinstance(cell, str) or (match := _NUMBERS.fullmatch(cell)) is None:
            continue
        first, second = int(match[2]), int(match[4])
        days_first += 12 < first <= 31 and second <= 12
        months_first += first <= 12 < second <= 31
        either += first <= 12 and second <= 12 and first != second
        if (first > 12 or second > 12) and not example:
            example = cell.strip()[:20]
    if days_first and months_first:
        return Proof(None, "some dates can only have the day first, and some only the month", either)
    if days_first:
        return Proof(DateOrder.DAY_FIRST, f"{example} can only have its day first", either)
    if months_first:
        return Proof(DateOrder.MONTH_FIRST, f"{example} can only have its month first", either)
    if either:
        return Proof(None, "each of the dates could have its day first or its month", either)
    return Proof(DateOrder.DAY_FIRST, "no date has two readings", 0)
