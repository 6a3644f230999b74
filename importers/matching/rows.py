"""Which rows of an extract are lines, and which are totals, balances carried over, or titles between them."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from grants.domain.matchings import Field
from importers.cells import Cell
from importers.columns import Fault
from importers.layouts import heading_key
from importers.matching.shape import Extract
from importers.matching.signed import Amount
from importers.matching.words import says_balance, says_sum
from importers.totals import Judged, Total, Verdict, filled, judge

AMOUNTS: Final = frozenset({Field.NET, Field.DEBIT, Field.CREDIT, Field.VAT})
_LABELS_MOST: Final = 2
"""A row without a date and an amount that has more cells filled in is a line that lacks them."""

_TOTAL_LABELS_MOST: Final = 3
"""A total may repeat the code that it is for, and that code's name."""


@dataclass(slots=True)
class Sorted:
    """Positions of rows below the headings, by what they are. Blank rows are in none."""

    lines: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    balances: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)


def sort_rows(
    extract: Extract, columns: Mapping[Field, str], days: Sequence[bool], figures: Sequence[Amount]
) -> Sorted:
    """Sorts all rows below the headings. `days` says which have a date that can be read, `figures` what they amount to."""
    found = Sorted()
    sums = _Sums()
    amount_numbers = _amount_numbers(extract, columns)
    for position, cells in enumerate(extract.sheet.rows[extract.row :]):
        typed = [(number, cell) for number, cell in enumerate(cells, start=1) if filled(cell)]
        if not typed:
            continue
        labels = [cell for number, cell in typed if number not in amount_numbers]
        figure = figures[position]
        if _repeats(extract, typed):
            found.repeated.append(position)
        elif any(map(says_balance, labels)):
            found.balances.append(position)
        elif not days[position] and _adds_up(labels, figure, sums):
            found.totals.append(position)
            sums.total()
        elif not days[position] and len(labels) <= _LABELS_MOST and _is_blank(figure):
            found.labels.append(position)
        else:
            found.lines.append(position)
            sums.line(figure)
    return found


def _amount_numbers(extract: Extract, columns: Mapping[Field, str]) -> set[int]:
    """The columns of amounts, matched or not: what stands there labels nothing."""
    own = {extract.number(columns[one]) for one in AMOUNTS if one in columns}
    return own | {number for number in range(1, len(extract.body) + 1) if _is_balance(extract, number)}


def _is_balance(extract: Extract, number: int) -> bool:
    return any(word in extract.headings[number - 1] for word in ("balance", "gross", "vat", "tax"))


def _is_blank(figure: Amount) -> bool:
    return isinstance(figure, Fault) and figure.code == "blank"


def _adds_up(labels: Sequence[Cell], figure: Amount, sums: "_Sums") -> bool:
    if _is_blank(figure) or len(labels) > _TOTAL_LABELS_MOST:
        return False
    return any(map(says_sum, labels)) or (not labels and isinstance(figure, int) and sums.holds(figure))


class _Sums:
    """What the lines come to since the first, and since the last total."""

    def __init__(self) -> None:
        self._all = self._part = self._count = self._part_count = 0
        self._readable = True

    def line(self, figure: Amount) -> None:
        self._count += 1
        self._part_count += 1
        if isinstance(figure, Fault):
            self._readable = False
        else:
            self._all += figure
            self._part += figure

    def total(self) -> None:
        self._part = self._part_count = 0

    def holds(self, figure: int) -> bool:
        """Whether a figure is the sum of two lines or more."""
        return self._readable and (
            (self._count > 1 and figure == self._all) or (self._part_count > 1 and figure == self._part)
        )


def _repeats(extract: Extract, typed: Sequence[tuple[int, Cell]]) -> bool:
    """Whether a row has the headings once more in most of its cells."""
    number, first = typed[0]
    if not isinstance(first, str) or heading_key(first) != extract.key(number):
        return False
    same = sum(heading_key(cell) == extract.key(number) != "" for number, cell in typed)
    return same * 2 > len(typed) and same > 1


def judged(
    extract: Extract, found: Sorted, values: Sequence[Amount], figures: Sequence[Amount], letter: str, *, unsigned: bool
) -> list[Judged]:
    """Each total against its lines, with the balances between them and without. `unsigned`: a total shows no sign."""
    by_row = dict.fromkeys(found.lines, True) | dict.fromkeys(found.balances, False)
    results: list[Judged] = []
    for with_balances in (False, True):
        rows = [row for row in sorted(by_row) if by_row[row] or with_balances]
        net = [_pence(values[row] if by_row[row] else figures[row]) for row in rows]
        for sign in (1, -1) if unsigned else (1,):
            totals = [Total(row, bisect_left(rows, row), _signed(figures[row], sign), "", "") for row in found.totals]
            one = judge(totals, net, [0] * len(net), _as_it_is, lambda _: None)
            results = [_better(*pair) for pair in zip(results, one, strict=True)] if results else one
    return [
        Judged(
            Total(extract.row + 1 + row, one.total.lines_above, extract.column(letter)[row], "", ""),
            one.verdict,
            one.said,
            one.expected,
        )
        for row, one in zip(found.totals, results, strict=True)
    ]


def _better(first: Judged, second: Judged) -> Judged:
    return second if second.verdict is Verdict.RIGHT and first.verdict is Verdict.WRONG else first


def _pence(amount: Amount) -> int | None:
    return None if isinstance(amount, Fault) else amount


def _signed(amount: Amount, sign: int) -> Cell:
    return "" if isinstance(amount, Fault) else amount * sign


def _as_it_is(cell: Cell) -> int | Fault:
    return cell if isinstance(cell, int) else Fault("not_money")
