"""A table's headings: found where they are, in any order, renamed within reason; other tables beside are left alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from importers.cells import Cell, Sheet, column_letters
from importers.layouts import HEADINGS_WITHIN, Column, heading_key
from importers.messages import refuse

Labels = Sequence[tuple[str, ...]]
"""For each column what its heading may be read as, the likeliest first; nothing where there is none."""

_SHORTEST: Final = 5
_LONG: Final = 9
"""A heading of so many letters may differ in two of them, a shorter one in one, one below `_SHORTEST` in none."""
_LONGEST: Final = 60
_OTHERS: Final = re.compile(r"payer|paye|.*\brecoverable\b.*")
"""What looks like a heading and means something else."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a table's headings stand: their last row, and each column's number, counted from 1.

    `renamed` are the keys of columns whose heading was only close to its name; `unread` the columns of the table whose
    headings mean nothing.
    """

    row: int
    numbers: dict[str, int]
    renamed: tuple[str, ...] = field(default=())
    unread: tuple[int, ...] = field(default=())

    def letter(self, key: str) -> str:
        """The letters of a column; empty for one that is not there."""
        return column_letters(self.numbers.get(key, 0))


def find_headings(sheet: Sheet, columns: Sequence[Column], expected_row: int) -> Found:
    """Finds the headings in any order, by any of their names, in one row or in two, near the top.

    Raises NotAReturn: `missing_headings`, `missing_column`, `repeated_column`.
    """
    names = {heading_key(name): column.key for column in columns for name in (column.heading, *column.also)}
    required = [column for column in columns if column.required]
    row, labels = _heading_row(sheet.rows, names, {column.key for column in required})
    numbers, own = _numbers(sheet, row, labels, names, columns)
    renamed = _add_close_ones(numbers, [number for number in own if number not in numbers.values()], labels, names)
    if sum(column.key in numbers for column in required) * 2 < len(required):
        raise refuse("missing_headings", sheet=sheet.name, row=expected_row)
    for column in required:
        if column.key not in numbers:
            at = f"{column.letter}{row}" if column.letter else ""
            raise refuse("missing_column", sheet=sheet.name, cell=at, heading=column.heading, letter=column.letter)
    unread = tuple(number for number in own if number not in numbers.values())
    return Found(row, numbers, tuple(renamed), unread)


def _heading_row(rows: Sequence[Sequence[Cell]], names: Mapping[str, str], required: set[str]) -> tuple[int, Labels]:
    """The last row of the headings, counted from 1, and what they may be read as; 0 where there are none."""
    most = best = 0
    labels: Labels = ()
    for number, cells in enumerate(rows[:HEADINGS_WITHIN], start=1):
        single = [(heading_key(cell),) for cell in cells]
        hits = _hits(single, names)
        if required <= hits:
            double = _in_two_rows(cells, rows[number] if number < len(rows) else ())
            return (number + 1, double) if hits < _hits(double, names) else (number, single)
        if len(hits) > most:
            most, best, labels = len(hits), number, single
    for number in range(2, min(HEADINGS_WITHIN, len(rows)) + 1):
        double = _in_two_rows(rows[number - 2], rows[number - 1])
        hits = _hits(double, names)
        if len(hits) > most:
            most, best, labels = len(hits), number, double
    return best, labels


def _hits(labels: Labels, names: Mapping[str, str]) -> set[str]:
    return {names[label] for options in labels for label in options if label in names}


def _in_two_rows(above: Sequence[Cell], below: Sequence[Cell]) -> Labels:
    """Headings of two rows: the lower under the upper, which may be merged over several; either alone."""
    labels: list[tuple[str, ...]] = []
    over = ""
    for upper, lower in zip_longest(map(heading_key, above), map(heading_key, below), fillvalue=""):
        over = upper or (over if lower else "")
        labels.append((f"{over} {lower}".strip(), lower) if lower else (upper,))
    return labels


def _numbers(
    sheet: Sheet, row: int, labels: Labels, names: Mapping[str, str], columns: Sequence[Column]
) -> tuple[dict[str, int], list[int]]:
    """The columns by key, and all columns that belong to the table.

    The table is the run of headings that knows most of them; a run beside it belongs to it as well if it has none twice
    and most of its headings are known.
    """
    runs = [(run, _known(run, labels, names)) for run in _runs(labels)]
    if not runs:
        return {}, []
    main, known = max(runs, key=lambda one: len(set(one[1].values())))
    numbers: dict[str, int] = {}
    for number, key in known.items():
        if key in numbers:
            heading = next(column.heading for column in columns if column.key == key)
            at = f"{column_letters(number)}{row}"
            raise refuse("repeated_column", sheet=sheet.name, cell=at, heading=heading)
        numbers[key] = number
    own = list(main)
    for run, others in runs:
        keys = set(others.values())
        if run is not main and not keys & numbers.keys() and len(keys) == len(others) and 2 * len(others) > len(run):
            numbers |= {key: number for number, key in others.items()}
            own += run
    return numbers, sorted(own)


def _runs(labels: Labels) -> Iterator[range]:
    """Columns with headings that stand side by side, counted from 1."""
    start = 0
    for number, options in enumerate((*labels, ()), start=1):
        if any(options):
            start = start or number
        elif start:
            yield range(start, number)
            start = 0


def _known(run: range, labels: Labels, names: Mapping[str, str]) -> dict[int, str]:
    read = {number: next((names[label] for label in labels[number - 1] if label in names), "") for number in run}
    return {number: key for number, key in read.items() if key}


def _add_close_ones(
    numbers: dict[str, int], left: Sequence[int], labels: Labels, names: Mapping[str, str]
) -> list[str]:
    """Adds columns whose heading is close to a name that is not there otherwise; their keys."""
    close = sorted(
        (distance, number, key)
        for number in left
        for label in labels[number - 1]
        for name, key in names.items()
        if key not in numbers and (distance := _distance(label, name))
    )
    renamed: list[str] = []
    for _, number, key in close:
        if key not in numbers and number not in numbers.values():
            numbers[key] = number
            renamed.append(key)
    return renamed


def _distance(label: str, name: str) -> int:
    """How many letters were left out, added, changed or swapped; 0 where it is more than a slip of the pen.

    The first letter and all digits stay as they are: recoverable is not irrecoverable, and 2025 is not 2026.
    """
    most = 0 if len(name) < _SHORTEST else 1 if len(name) < _LONG else 2
    if (
        not label
        or _OTHERS.fullmatch(label)
        or label[0] != name[0]
        or abs(len(label) - len(name)) > most
        or len(label) > _LONGEST
    ):
        return 0
    if [letter for letter in label if letter.isdigit()] != [letter for letter in name if letter.isdigit()]:
        return 0
    before: list[int] = []
    last = list(range(len(name) + 1))
    for at, letter in enumerate(label, start=1):
        row = [at]
        for to, other in enumerate(name, start=1):
            best = min(last[to] + 1, row[to - 1] + 1, last[to - 1] + (letter != other))
            if at > 1 and to > 1 and letter == name[to - 2] and label[at - 2] == other:
                best = min(best, before[to - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1] if last[-1] <= most else 0
