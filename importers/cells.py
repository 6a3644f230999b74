"""Cells and sheets as the rest of the wing sees them, whatever the file's format was."""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from msgspec import Struct

Cell = str | float | int | bool | date | datetime | time | timedelta

UNCALCULATED: Final = "#NOT-CALCULATED!"
"""Stands for a formula whose value was never stored."""

ERROR_VALUES: Final = frozenset(
    {
        "#NULL!",
        "#DIV/0!",
        "#VALUE!",
        "#REF!",
        "#NAME?",
        "#NUM!",
        "#N/A",
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
        UNCALCULATED,
    }
)
"""What stands in a cell whose formula failed."""

CSV: Final = "CSV"
"""The name of the one sheet that a CSV is taken for. Its cells are named as a spreadsheet shows them."""

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


class Habits(Struct, frozen=True):
    """What a file's author is used to: days counted from 1904, a comma before the pence (where its amounts show so)."""

    dates_1904: bool = False
    decimal_commas: bool = False


class Hidden(Struct, frozen=True):
    """What of a sheet does not show: rows and columns counted from 1; `filtered` where a filter may have hidden the rows."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    sheet: bool = False
    filtered: bool = False


class Sheet(Struct):
    """One sheet. `rows[r - 1][c - 1]` is the cell at row r and column c; blank cells are empty text."""

    name: str
    rows: list[list[Cell]]
    hidden: Hidden = Hidden()

    def at(self, row: int, column: int) -> Cell:
        """The cell at a row and column counted from 1; blank beyond the sheet's end."""
        if row > len(self.rows) or column > len(self.rows[row - 1]):
            return ""
        return self.rows[row - 1][column - 1]


class Dialect(Struct, frozen=True):
    """How a CSV was written: the name of its encoding, and what stands between its columns."""

    encoding: str
    delimiter: str


class Workbook(Struct):
    """The sheets that were wanted and found, by the name that they were wanted by; and the names of all in the file.

    A CSV, which has a `dialect`, is one sheet of the name CSV, whatever was wanted.
    """

    names: tuple[str, ...]
    sheets: dict[str, Sheet]
    habits: Habits = Habits()
    dialect: Dialect | None = None


class Inspected(Struct):
    """A workbook's parts after inspection, and what the reader of cells would not tell of them.

    `sheets` gives, for each wanted name, the name as it stands in the file. `marks` are error values, formulas without a
    value, and percentages and other currencies as they show: sheet, then row and column counted from 1.
    """

    parts: dict[str, bytes]
    names: tuple[str, ...]
    sheets: dict[str, str]
    marks: dict[str, dict[tuple[int, int], str]]
    hidden: dict[str, Hidden]
    dates_1904: bool = False


@lru_cache(maxsize=1024)
def column_letters(column: int) -> str:
    """1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def place_of(reference: str) -> tuple[int, int] | None:
    """Row and column of a reference such as G17; None for anything else."""
    match = _REFERENCE.fullmatch(reference)
    return (int(match[2]), column_number(match[1])) if match else None


def matching_names(names: tuple[str, ...], wanted: tuple[str, ...]) -> dict[str, str]:
    """For each wanted sheet the name in the file that is the same but for case and spaces; an exact one first."""
    loose = {name.strip().casefold(): name for name in reversed(names)}
    exact = set(names)
    found = {name: name if name in exact else loose.get(name.casefold()) for name in wanted}
    return {name: there for name, there in found.items() if there is not None}


def shown(value: Cell) -> str:
    """A cell as its author would know it, for a problem's `value`: at most 200 characters."""
    if isinstance(value, datetime | date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.15g}"
    text = str(value)
    return "" if text == UNCALCULATED else text[:200]
