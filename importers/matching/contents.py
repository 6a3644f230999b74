"""What a column holds, whatever it is called: days, amounts, codes, marks of debit and credit, words."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from importers.amounts import money_reader, read_money
from importers.cells import Cell, Habits
from importers.columns import Fault
from importers.matching.days import is_day
from importers.matching.words import side_of
from importers.totals import filled

_LOOKED_AT: Final = 5_000
_MOST: Final = 0.6
"""So much of a column is of one kind before it is said to hold it: totals, notes and slips are the rest."""
_CODE_LONGEST: Final = 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands in a column, counted in cells. `distinct` are its different values, the commonest first."""

    filled: int
    days: int
    serials: int
    amounts: int
    parts: int
    signs: int
    sides: int
    texts: int
    longest: int
    distinct: tuple[tuple[Cell, int], ...]

    @property
    def holds_days(self) -> bool:
        """Whether most of it are dates that need no heading to be told."""
        return self.filled > 0 and self.days >= _MOST * self.filled

    @property
    def may_hold_days(self) -> bool:
        """Whether most of it are dates, numbers that a spreadsheet counts days by among them."""
        return self.filled > 0 and self.days + self.serials >= _MOST * self.filled

    @property
    def may_hold_amounts(self) -> bool:
        """Whether most of it can be read as money; codes can too."""
        return self.amounts >= _MOST * self.filled and not self.holds_days

    @property
    def holds_amounts(self) -> bool:
        """Whether most of it is money, told by its pence."""
        return self.filled > 0 and self.may_hold_amounts and self.parts > 0

    @property
    def holds_sides(self) -> bool:
        """Whether it says Dr and Cr."""
        return self.filled > 0 and self.sides >= 0.9 * self.filled and len(self.distinct) > 1

    @property
    def holds_codes(self) -> bool:
        """Whether few short values are repeated."""
        different = len(self.distinct)
        return (
            self.filled > 0
            and not self.holds_days
            and not self.parts
            and self.longest <= _CODE_LONGEST
            and different <= 500
            and (different * 2 <= self.filled or different <= 3)
        )


def contents_of(body: Sequence[Sequence[Cell]], habits: Habits) -> list[Contents]:
    """What each column holds, as its first thousands of cells tell."""
    return [_contents(column[:_LOOKED_AT], habits) for column in body]


def _contents(column: Sequence[Cell], habits: Habits) -> Contents:
    counts = Counter((type(cell), cell) for cell in column if filled(cell))
    meaning = money_reader(column) if habits.decimal_commas else read_money
    days = serials = amounts = parts = signs = sides = texts = longest = 0
    for (_, cell), count in counts.items():
        days += count * is_day(cell)
        serials += count * (isinstance(cell, int | float) and 30_000 <= cell < 80_000)
        pence = meaning(cell)
        if not isinstance(pence, Fault):
            amounts += count
            parts += count * (bool(pence % 100) or _shows_pence(cell))
            signs += count * (pence < 0)
        sides += count * bool(side_of(cell))
        texts += count * (isinstance(cell, str) and any(map(str.isalpha, cell)))
        longest = max(longest, len(str(cell)))
    distinct = tuple((cell, count) for (_, cell), count in counts.most_common())
    total = sum(counts.values())
    return Contents(total, days, serials, amounts, parts, signs, sides, texts, longest, distinct)


def _shows_pence(cell: Cell) -> bool:
    return isinstance(cell, str) and bool(re.search(r"[.,]\d\d\b", cell))
