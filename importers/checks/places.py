"""Positions in a column become problems: cells that share one message and follow each other are one problem."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from grants.domain.returns import Problem
from importers.columns import Read
from importers.messages import problem

T = TypeVar("T")


def in_column(
    code: str,
    sheet: str,
    rows: Sequence[int],
    read: Read[T],
    positions: Sequence[int],
    *,
    tell_value: bool = True,
    **facts: object,
) -> Iterator[Problem]:
    """The problems of one message in one column. A range tells its value only if all its cells hold the same."""
    for run in _runs(rows, positions, read.letters):
        values = {read.shown(position) for position in run} if tell_value else {""}
        value = values.pop() if len(values) == 1 else ""
        first, last = (f"{read.letter_at(position)}{rows[position]}" for position in (run[0], run[-1]))
        yield problem(code, sheet, first if first == last else f"{first}:{last}", value, **facts)


def unreadable(sheet: str, rows: Sequence[int], reads: Iterable[Read[Any]]) -> Iterator[Problem]:
    """The problems of cells that could not be read, column by column."""
    for read in reads:
        heading = read.column.heading
        about = heading if heading[:2].isupper() else heading[0].lower() + heading[1:]
        for code, positions in read.faults.items():
            yield from in_column(code, sheet, rows, read, positions, heading=about, longest=read.column.longest)


def _runs(rows: Sequence[int], positions: Sequence[int], letters: Sequence[str]) -> Iterator[list[int]]:
    """Positions, ascending, cut where a row of the sheet is left out, or a value stands in another column."""
    run: list[int] = []
    for position in positions:
        last = run[-1] if run else position
        if run and (rows[position] != rows[last] + 1 or (letters and letters[position] != letters[last])):
            yield run
            run = []
        run.append(position)
    if run:
        yield run
