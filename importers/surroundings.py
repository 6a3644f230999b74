"""A cell with the cells around it, out of the very bytes that were kept. Runs in the reader's process."""

from collections.abc import Sequence
from typing import Final

from grants.domain.surroundings import Surroundings
from importers.answer import SurroundingsRequest
from importers.cells import Cell, Sheet, place_of, shown
from importers.limits import Limits
from importers.messages import refuse
from importers.workbook import read_workbook

ROWS_BESIDE: Final = 5
COLUMNS_SHOWN: Final = 20
_HEADINGS_WITHIN: Final = 40


def surroundings_of(request: SurroundingsRequest, limits: Limits) -> Surroundings:
    """Raises NotAReturn for a file that cannot be read, or a cell that its sheet has not."""
    wanted = (request.sheet,) if request.sheet else read_workbook(request.data, (), limits).names[:1]
    book = read_workbook(request.data, wanted, limits)
    sheet = next(iter(book.sheets.values()), None)
    place = place_of(request.cell or "A1")
    if sheet is None or place is None or not 1 <= place[0] <= max(len(sheet.rows), 1):
        raise refuse("no_such_cell")
    row, column = place
    first_row, last_row = max(1, row - ROWS_BESIDE), min(max(len(sheet.rows), 1), row + ROWS_BESIDE)
    width = max(column, *map(_width, sheet.rows[first_row - 1 : last_row]), 1)
    first = max(1, min(column - COLUMNS_SHOWN // 2, width - COLUMNS_SHOWN + 1))
    columns = range(first, min(width, first + COLUMNS_SHOWN - 1) + 1)
    heading_row = _heading_row(sheet, first_row)
    return Surroundings(
        sheet=sheet.name,
        sheets=book.names,
        row=row,
        column=column,
        first_row=first_row,
        first_column=first,
        rows=tuple(_row(sheet, number, columns) for number in range(first_row, last_row + 1)),
        heading_row=heading_row,
        headings=_row(sheet, heading_row, columns) if heading_row else (),
    )


def _row(sheet: Sheet, row: int, columns: range) -> tuple[str, ...]:
    return tuple(shown(sheet.at(row, column)) for column in columns)


def _width(cells: Sequence[Cell]) -> int:
    return max((at for at, cell in enumerate(cells, start=1) if cell != ""), default=0)


def _heading_row(sheet: Sheet, before: int) -> int:
    """The first row above the part that has the most texts: a table's headings have one over every column."""
    texts = [
        sum(isinstance(cell, str) and bool(cell.strip()) for cell in cells)
        for cells in sheet.rows[: min(before - 1, _HEADINGS_WITHIN)]
    ]
    most = max(texts, default=0)
    return texts.index(most) + 1 if most > 1 else 0
