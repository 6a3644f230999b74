"""Where a table of lines stands in a sheet: its headings, its columns, which rows are lines and which are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from importers.cells import Cell, Sheet
from importers.columns import Found, cut, find_headings
from importers.layouts import Column

_TOTALS: Final = ("total", "subtotal", "sub-total", "sub total", "grand total", "sum")

Across = Mapping[str, Sequence[Cell]]
"""The cells of a table's lines by column key, each column as long as there are lines."""


@dataclass(slots=True)
class Table:
    """A table that was found. Rows count from 1 in the sheet; `letters` are the columns' own, empty for one that is not there.

    `rows` are those that hold lines, in order; `total_rows` add up others and are left out.
    """

    sheet: str
    heading_row: int
    letters: dict[str, str]
    rows: list[int]
    total_rows: list[int] = field(default_factory=list)


def find_lines(sheet: Sheet, columns: Sequence[Column], expected_row: int) -> tuple[Table, Across]:
    """The table of those columns, and its lines' cells. Raises NotAReturn where the table's headings are not there."""
    found = find_headings(sheet, columns, expected_row)
    keys = [column.key for column in columns]
    across = cut(sheet.rows[found.row :], found, keys)
    rows, totals = _sift(across, found)
    if len(rows) < len(across["net"]):
        across = {key: tuple(cells[row - found.row - 1] for row in rows) for key, cells in across.items()}
    letters = {key: found.letter(key) for key in keys}
    return Table(sheet.name, found.row, letters, rows, totals), across


def _sift(across: dict[str, tuple[Cell, ...]], found: Found) -> tuple[list[int], list[int]]:
    """The rows that hold lines, and the rows that look like totals; both counted from 1 in the sheet."""
    first = found.row + 1
    categories = across["category"]
    if all(map(_filled, set(categories))):
        return list(range(first, first + len(categories))), []
    suspects = {position for position, cell in enumerate(categories) if not _filled(cell)}
    rows: list[int] = []
    totals: list[int] = []
    for position in range(len(categories)):
        if position not in suspects:
            rows.append(first + position)
        elif _looks_like_total(across, position):
            totals.append(first + position)
        elif any(_filled(cells[position]) for cells in across.values()):
            rows.append(first + position)
    return rows, totals


def _filled(cell: Cell) -> bool:
    return not isinstance(cell, str) or not (not cell or cell.isspace())


def _looks_like_total(across: dict[str, tuple[Cell, ...]], position: int) -> bool:
    if _filled(across["spent_on"][position]) or not _filled(across["net"][position]):
        return False
    texts = (across[key][position] for key in ("reference", "description", "payee"))
    return any(isinstance(text, str) and text.strip().casefold().startswith(_TOTALS) for text in texts)
