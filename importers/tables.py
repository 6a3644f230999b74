"""Where a table of lines stands in a sheet: its headings, its columns, which rows are lines and which are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat

from importers.amounts import Meaning, money_reader, read_money
from importers.cells import Cell, Habits, Sheet, column_letters, shown
from importers.headings import Found, find_headings
from importers.layouts import Column, heading_key
from importers.totals import Across, Sieve, Total, filled, says_total

__all__ = ["Across", "Renamed", "Table", "find_lines"]


@dataclass(frozen=True, slots=True)
class Renamed:
    """A heading that is only close to the one that it was taken for."""

    cell: str
    typed: str
    heading: str


@dataclass(slots=True)
class Table:
    """A table that was found. Rows count from 1 in the sheet; `letters` are the columns' own, empty for one that is not there.

    `rows` are those that hold lines, in order; `totals` add up others, `repeated_rows` are its headings once more: both
    are left out. `unread` are the letters of columns with something in them whose headings mean nothing.
    """

    sheet: str
    heading_row: int
    letters: dict[str, str]
    rows: list[int]
    totals: list[Total] = field(default_factory=list)
    repeated_rows: list[int] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def find_lines(
    sheet: Sheet, columns: Sequence[Column], expected_row: int, habits: Habits | None = None
) -> tuple[Table, Across]:
    """The table of those columns, and its lines' cells. Raises NotAReturn where the table's headings are not there."""
    found = find_headings(sheet, columns, expected_row)
    keys = [column.key for column in columns]
    across, beside = _cut(sheet.rows[found.row :], found, keys)
    table = Table(sheet.name, found.row, {key: found.letter(key) for key in keys}, [])
    headings = {key: _heading(sheet, found, key) for key in found.numbers}
    table.renamed = renamed_in(sheet, found, columns)
    table.unread = [column_letters(number) for number, cells in beside.items() if any(map(filled, set(cells)))]
    commas = habits is not None and habits.decimal_commas
    meaning = money_reader(across["net"], across["vat"]) if commas else read_money
    _sift(sheet, across, table, headings, meaning)
    if len(table.rows) < len(across["net"]):
        across = {key: tuple(cells[row - found.row - 1] for row in table.rows) for key, cells in across.items()}
    return table, across


def renamed_in(sheet: Sheet, found: Found, columns: Sequence[Column]) -> list[Renamed]:
    """The headings that were only close to their names."""
    return [
        Renamed(f"{found.letter(column.key)}{found.row}", shown(_heading(sheet, found, column.key)), column.heading)
        for column in columns
        if column.key in found.renamed
    ]


def _heading(sheet: Sheet, found: Found, key: str) -> Cell:
    number = found.numbers[key]
    return sheet.at(found.row, number) or sheet.at(max(found.row - 1, 1), number)


def _cut(
    body: Sequence[Sequence[Cell]], found: Found, keys: Sequence[str]
) -> tuple[dict[str, Sequence[Cell]], dict[int, Sequence[Cell]]]:
    """The columns of a table's body, by key, and those that mean nothing, by number.

    A column that is not there is blank all the way down.
    """
    down = _transposed(body)
    height = len(down[0]) if down else 0
    absent = tuple(repeat("", height))

    def column(number: int) -> Sequence[Cell]:
        return down[number - 1] if 0 < number <= len(down) else absent

    return {key: column(found.numbers.get(key, 0)) for key in keys}, {number: column(number) for number in found.unread}


def _transposed(body: Sequence[Sequence[Cell]]) -> list[Sequence[Cell]]:
    """Columns of rows; of rows that are equally long, as nearly always, by the quicker way."""
    width = len(body[0]) if body else 0
    if any(length != width for length in map(len, body)):
        return list(zip(*body, strict=False))
    cells = list(chain.from_iterable(body))
    return [cells[column::width] for column in range(width)]


def _sift(sheet: Sheet, across: Across, table: Table, headings: Mapping[str, Cell], meaning: Meaning) -> None:
    """Sorts the rows below the headings: lines, totals, the headings once more; what is blank is none of them."""
    first = table.heading_row + 1
    days, categories = across["spent_on"], across["category"]
    odd_days = {day for day in set(days) if not filled(day) or says_total(day)}
    again = {category for category in set(categories) if heading_key(category) == heading_key(headings["category"])}
    if not odd_days and not again:
        table.rows = list(range(first, first + len(days)))
        return
    sieve = Sieve(across, meaning)
    for position, day in enumerate(days):
        row = first + position
        if categories[position] in again and _repeats(across, position, headings):
            table.repeated_rows.append(row)
            continue
        if day in odd_days:
            if not any(filled(cells[position]) for cells in across.values()):
                continue
            if total := sieve.total(position, row, sheet.rows[row - 1]):
                table.totals.append(total)
                continue
        sieve.line(position)
        table.rows.append(row)


def _repeats(across: Across, position: int, headings: Mapping[str, Cell]) -> bool:
    """Whether a row has the headings themselves in most of its cells."""
    same = [heading_key(across[key][position]) == heading_key(heading) for key, heading in headings.items()]
    return sum(same) * 2 > len(same)
