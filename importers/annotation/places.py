"""Which cells of a sheet are marked, and what the note at each says, from a return's problems."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grants.domain.returns import Problem, Severity
from importers.cells import place_of
from importers.limits import Limits

KINDS = {Severity.ERROR: "Error", Severity.WARNING: "Warning"}


@dataclass(slots=True)
class Marks:
    """For one sheet: each marked cell by row and column, and the notes by first cell. Rows and columns count from 1."""

    rows: dict[int, dict[int, Severity]] = field(default_factory=dict)
    notes: dict[tuple[int, int], str] = field(default_factory=dict)


def corners(cell: str) -> tuple[int, int, int, int] | None:
    """First row and column, last row and column of a cell or a range; None for anything else."""
    first, _, last = cell.partition(":")
    start, end = place_of(first), place_of(last or first)
    if start is None or end is None:
        return None
    rows, columns = sorted((start[0], end[0])), sorted((start[1], end[1]))
    return rows[0], columns[0], rows[1], columns[1]


def in_words(cell: str) -> str:
    """cell G17, or cells G17 to G40."""
    first, _, last = cell.partition(":")
    return f"cells {first} to {last}" if last else f"cell {first}"


def marks_by_sheet(problems: Sequence[Problem], limits: Limits) -> dict[str, Marks]:
    """The marks of each sheet that has any. What lies outside the limits of a return is listed, but not marked."""
    sheets: dict[str, Marks] = {}
    left = limits.cells
    for number, problem in enumerate(problems, start=1):
        place = corners(problem.cell)
        if place is None or place[2] > limits.rows or place[3] > limits.columns:
            continue
        left -= (place[2] - place[0] + 1) * (place[3] - place[1] + 1)
        if left < 0:
            break
        marks = sheets.setdefault(problem.sheet, Marks())
        for row, column in _cells(place):
            there = marks.rows.setdefault(row, {})
            if there.get(column) is not Severity.ERROR:
                there[column] = problem.severity
        reach = f" ({in_words(problem.cell)})" if ":" in problem.cell else ""
        said = f"{KINDS[problem.severity]} {number}{reach}: {problem.message}"
        first = place[:2]
        marks.notes[first] = f"{marks.notes[first]}\n\n{said}" if first in marks.notes else said
    return sheets


def _cells(place: tuple[int, int, int, int]) -> Iterator[tuple[int, int]]:
    for row in range(place[0], place[2] + 1):
        for column in range(place[1], place[3] + 1):
            yield row, column
