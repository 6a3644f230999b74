"""Where the table of an extract stands: its row of headings and its columns, in any sheet, whatever stands above it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grants.domain.matchings import Field, shape_of
from importers.cells import Cell, Sheet, Workbook, column_number
from importers.layouts import HEADINGS_WITHIN, heading_key
from importers.matching.contents import Contents, contents_of
from importers.matching.words import NAMES
from importers.totals import filled

_FEWEST: Final = 3
_CANDIDATES: Final = 40
_KNOWN: Final = {name: field for field in reversed(Field) for name in NAMES.get(field, ())}


@dataclass(slots=True)
class Extract:
    """A table that was found. `headings` are its headings' keys from column A on, `body` the columns below them.

    `row` is that of the headings; the body's positions count from 0, and its first stands in the row below.
    """

    sheet: Sheet
    row: int
    headings: tuple[str, ...]
    body: list[Sequence[Cell]]

    @property
    def shape(self) -> str:
        """The same for each table with these headings."""
        return shape_of(self.headings)

    @property
    def height(self) -> int:
        """How many rows stand below the headings."""
        return len(self.sheet.rows) - self.row

    @staticmethod
    def number(letters: str) -> int:
        """A column's number, counted from 1."""
        return column_number(letters)

    def column(self, letters: str) -> Sequence[Cell]:
        """The cells of a column below its heading."""
        number = column_number(letters)
        return self.body[number - 1] if number <= len(self.body) else ("",) * self.height

    def key(self, number: int) -> str:
        """A heading's key by its column, counted from 1; empty beyond the last."""
        return self.headings[number - 1] if number <= len(self.headings) else ""

    def heading(self, number: int) -> Cell:
        """A heading as it stands in its cell, by its column counted from 1."""
        return self.sheet.at(self.row, number)


def keys_of(cells: Sequence[Cell]) -> tuple[str, ...]:
    """A row's cells as headings, without blank ones at its end."""
    keys = [heading_key(cell) for cell in cells]
    while keys and not keys[-1]:
        keys.pop()
    return tuple(keys)


def with_headings(book: Workbook, headings: tuple[str, ...], sheet: str) -> list[Extract]:
    """The tables that have exactly these headings: that of the sheet of this name alone, where it is one of them."""
    found = []
    for one in book.sheets.values():
        for number, cells in enumerate(one.rows[:HEADINGS_WITHIN], start=1):
            if keys_of(cells) == headings:
                found.append(_cut(one, number, headings))
                break
    return [one for one in found if one.sheet.name == sheet] or found


def likeliest(book: Workbook) -> tuple[Extract, list[Contents]] | None:
    """The table that looks most like transactions, with what its columns hold; None where no table has dates and amounts."""
    best: tuple[int, Extract, list[Contents]] | None = None
    for sheet in book.sheets.values():
        for score, number, keys in _candidates(sheet):
            table = _cut(sheet, number, keys)
            contents = contents_of(table.body, book.habits)
            if not any(one.holds_days for one in contents) or not any(one.holds_amounts for one in contents):
                continue
            seen = score * 2 + (not sheet.hidden.sheet)
            if best is None or seen > best[0]:
                best = seen, table, contents
            break
    return None if best is None else best[1:]


def _candidates(sheet: Sheet) -> list[tuple[int, int, tuple[str, ...]]]:
    """Rows that could be headings, the likeliest first: how many headings are known, the row, its headings."""
    found = sorted(_heading_rows(sheet), key=lambda one: (-one[0], one[1]))
    return found[:_CANDIDATES]


def _heading_rows(sheet: Sheet) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for number, cells in enumerate(sheet.rows[:HEADINGS_WITHIN], start=1):
        typed = [cell for cell in cells if filled(cell)]
        texts = {cell.strip() for cell in typed if isinstance(cell, str) and any(map(str.isalpha, cell))}
        if len(texts) >= _FEWEST and len(texts) * 5 >= len(typed) * 4 and max(map(len, texts)) <= 80:
            keys = keys_of(cells)
            yield len({_KNOWN[key] for key in keys if key in _KNOWN}), number, keys


def _cut(sheet: Sheet, row: int, headings: tuple[str, ...]) -> Extract:
    down = list(zip(*sheet.rows[row:], strict=False))
    return Extract(sheet, row, headings, [*down[: len(headings)]])
