"""Two files of cells against each other: what one says that the other does not. Runs in the reader's process."""

from itertools import zip_longest
from typing import Final

from grants.domain.surroundings import CellDiffers, Comparison
from importers.answer import CompareRequest
from importers.cells import Cell, Sheet, column_letters, shown
from importers.limits import Limits
from importers.workbook import read_workbook

CELLS_NAMED: Final = 50
_EMPTY: Final[list[Cell]] = []


def compare(request: CompareRequest, limits: Limits) -> Comparison:
    """Raises NotAReturn where either cannot be read. Sheets are told apart by their names, cells by their places."""
    given, kept = _sheets(request.data, limits), _sheets(request.kept, limits)
    found: list[CellDiffers] = []
    count = 0
    for name, sheet in kept.items():
        if name not in given:
            continue
        rows = zip_longest(sheet.rows, given[name].rows, fillvalue=_EMPTY)
        for row, (ours, theirs) in enumerate(rows, start=1):
            if ours == theirs:
                continue
            for column, pair in enumerate(zip_longest(ours, theirs, fillvalue=""), start=1):
                one, other = map(_said, pair)
                if one != other:
                    count += 1
                    if len(found) < CELLS_NAMED:
                        found.append(CellDiffers(name, f"{column_letters(column)}{row}", one, other))
    missing = tuple(name for name in kept if name not in given)
    return Comparison(tuple(found), count, missing, tuple(name for name in given if name not in kept))


def _said(cell: Cell) -> str:
    """Whole numbers are the same whether a program kept them with a point or without."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else shown(cell)


def _sheets(data: bytes, limits: Limits) -> dict[str, Sheet]:
    book = read_workbook(data, (), limits)
    return read_workbook(data, book.names, limits).sheets if book.dialect is None else book.sheets
