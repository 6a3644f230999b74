"""A cell of a kept workbook with the cells around it, as its file holds them: what an auditor believes."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct


class Surroundings(Struct, frozen=True, tag="surroundings"):
    """Part of a sheet. Rows and columns count from 1; each row has as many cells as there are columns, blank ones empty.

    `row` and `column` are the cell's own. `headings` are the cells of the row above that names the columns, where one
    was found: `heading_row` is its number, 0 for none. `sheets` names all sheets of the file.
    """

    sheet: str
    sheets: tuple[str, ...]
    row: int
    column: int
    first_row: int
    first_column: int
    rows: tuple[tuple[str, ...], ...]
    heading_row: int = 0
    headings: tuple[str, ...] = ()


Looking: TypeAlias = Callable[[bytes, str, str], Awaitable[Surroundings]]
"""Finds a sheet's cell (`G17`) in a workbook's bytes. Raises RuleBroken for what cannot be read, or is not in it."""


class CellDiffers(Struct, frozen=True):
    """A cell that says one thing in the file that was kept and another in the one that was given."""

    sheet: str
    cell: str
    kept: str
    given: str


class Comparison(Struct, frozen=True, tag="comparison"):
    """Two files cell by cell, formats and looks left aside: the first cells that differ of `count`, and sheets that one alone has."""

    cells: tuple[CellDiffers, ...]
    count: int
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether both say the same, though their bytes may differ."""
        return not (self.count or self.missing or self.added)


Comparing: TypeAlias = Callable[[bytes, bytes], Awaitable[Comparison]]
"""Compares a file that was given with the one that was kept. Raises RuleBroken where either cannot be read."""
