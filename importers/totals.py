"""Rows that add up others: told from lines, and held against the lines that they add up."""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate
from typing import Final

from importers.amounts import Meaning
from importers.cells import Cell
from importers.columns import Fault

Across = Mapping[str, Sequence[Cell]]
"""The cells of a table's lines by column key, each column as long as there are lines."""

_TOTAL: Final = re.compile(
    r"(?:(?:sub|grand|overall|running|net|page|final|quarter(?:ly)?|month(?:ly)?)[ -]?)*total(?:s|led)?\b"
    r"|.{1,80}\b(?:sub[ -]?)?totals?[ :]*(?:\(.{0,40}\))?$"
    r"|sum$|(?:balance )?(?:carried|brought) forward\b|(?:balance )?[cb]/f\b",
    re.IGNORECASE | re.DOTALL,
)
_LABELS_MOST: Final = 2
"""A row that says total has few other cells filled in: what has a date, a payee and a category is a line."""
_STARTS_MOST: Final = 50
"""So many totals back a total may reach."""
_AMOUNTS: Final = ("net", "vat")


@dataclass(frozen=True, slots=True)
class Total:
    """A row that adds up others: how many lines stand above it, and what is typed in it."""

    row: int
    lines_above: int
    net: Cell
    vat: Cell
    label: str


class Verdict(Enum):
    """How a total compares with its lines."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judged:
    """A total with its verdict; `expected` and `said` are pence."""

    total: Total
    verdict: Verdict
    said: int = 0
    expected: int = 0


def filled(cell: Cell) -> bool:
    """Whether anything is typed in a cell."""
    return not isinstance(cell, str) or not (not cell or cell.isspace())


def says_total(cell: Cell) -> bool:
    """Whether a text calls itself a total."""
    return isinstance(cell, str) and len(cell) < 200 and bool(_TOTAL.match(cell.strip()))


class Sieve:
    """Goes down the rows of a table and tells totals from lines."""

    def __init__(self, across: Across, meaning: Meaning) -> None:
        self._across = across
        self._meaning = meaning
        self._lines: list[int] = []
        self._since = 0
        self._sums = [0]
        self._unread = 0

    def line(self, position: int) -> None:
        """A row that is a line."""
        self._lines.append(position)

    def total(self, position: int, row: int, cells: Sequence[Cell]) -> Total | None:
        """The row as a total, or None where it is none. `cells` are all of the row's, the table's or not."""
        across = self._across
        if not filled(across["net"][position]):
            return None
        labels = [
            column[position] for key, column in across.items() if key not in _AMOUNTS and filled(column[position])
        ]
        if len(labels) > _LABELS_MOST:
            return None
        said = [str(cell) for cell in labels or cells if says_total(cell)]
        if not said and (labels or not self._adds_up(position)):
            return None
        above = len(self._lines)
        self._since = above
        label = " ".join(str(cell) for cell in labels) if labels else " ".join(said)
        return Total(row, above, across["net"][position], across["vat"][position], label.casefold())

    def _adds_up(self, position: int) -> bool:
        """Whether a row with nothing but an amount comes to the lines since a total before, two or more."""
        net, sums = self._across["net"], self._sums
        for line in self._lines[len(sums) - 1 :]:
            pence = self._meaning(net[line])
            if isinstance(pence, Fault):
                self._unread, pence = len(sums), 0
            sums.append(sums[-1] + pence)
        figure = self._meaning(net[position])
        starts = {start for start in (self._since, 0) if self._unread <= start < len(self._lines) - 1}
        return any(sums[-1] - sums[start] == figure for start in starts)


def judge(
    totals: Sequence[Total],
    net: Sequence[int | None],
    vat: Sequence[int | None],
    meaning: Meaning,
    of_label: Callable[[str], tuple[int, int] | None],
) -> list[Judged]:
    """Holds each total against the lines that it can mean: those since an earlier total, or since the first; those below it,
    where none are above; or those that its label names, whose net and VAT `of_label` adds up.

    Where one of its lines or its own figure cannot be read, nothing is said of it: the cell that cannot be read is told anyway.
    """
    nets, vats = ([0, *accumulate(amount or 0 for amount in column)] for column in (net, vat))
    unread = [at for at, pair in enumerate(zip(net, vat, strict=True)) if None in pair]
    starts = [0]
    judged: list[Judged] = []
    for total in totals:
        end = total.lines_above or len(net)
        figure, tax = meaning(total.net), meaning(total.vat) if filled(total.vat) else None
        if isinstance(figure, Fault) or isinstance(tax, Fault) or bisect_left(unread, end):
            judged.append(Judged(total, Verdict.UNKNOWN))
        else:
            first = starts[-1] if starts[-1] < end else 0
            sums = [(nets[end] - nets[start], vats[end] - vats[start]) for start in (first, 0, *starts[-_STARTS_MOST:])]
            if named := of_label(total.label):
                sums.insert(0 if starts[-1] == end else 1, named)
            right = any(_same(figure, tax, *pair) for pair in sums)
            judged.append(Judged(total, Verdict.RIGHT if right else Verdict.WRONG, figure, sums[0][0]))
        starts.append(total.lines_above)
    return judged


def _same(figure: int, tax: int | None, net: int, vat: int) -> bool:
    """Whether a total is the sum of net amounts with that of VAT beside it, or of both where it stands alone."""
    return (figure == net and tax in (None, vat)) or (tax is None and figure == net + vat)
