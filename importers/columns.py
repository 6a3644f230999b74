"""Columns of a table, read value by value: faults kept by code and position.

A column is read by its distinct values: what a hundred thousand lines repeat is looked at once.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from importers.cells import ERROR_VALUES, UNCALCULATED, Cell, column_number, shown
from importers.layouts import Column

T = TypeVar("T")

BLANK: Final = "blank"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell could not be read: the code of the message."""

    code: str


@dataclass(slots=True)
class Read(Generic[T]):
    """A column that was read: what was typed, what it means (None where it means nothing), and what is wrong where.

    `faults` gives positions in the column, counted from 0 and ascending, by code. `keys` are the cells as `meanings`
    knows them: what every distinct cell means. `everything` is a text column's values in one, so that what is in none
    of them is found out at one look. `letters` are each value's own, where they stand in more than one column.
    """

    column: Column
    letter: str
    typed: Sequence[Cell]
    values: list[T | None]
    faults: dict[str, list[int]] = field(default_factory=dict)
    keys: Sequence[Hashable] = ()
    meanings: Mapping[Hashable, T | Fault] = field(default_factory=dict)
    everything: str = ""
    letters: Sequence[str] = ()

    def letter_at(self, position: int) -> str:
        """The letters of the column that a value stands in."""
        return self.letters[position] if self.letters else self.letter

    @property
    def number(self) -> int:
        """The column's number, counted from 1; 0 for one that is not there."""
        return column_number(self.letter)

    def shown(self, position: int) -> str:
        """What was typed at a position, as its author would know it."""
        return shown(self.typed[position])


def read_column(
    column: Column,
    letter: str,
    typed: Sequence[Cell],
    meaning: Callable[[Cell], T | Fault],
    if_blank: T | Fault,
) -> Read[T]:
    """Reads each distinct value once. A formula's error or missing value is a fault whatever the column holds."""

    def text(cell: str) -> T | Fault:
        if cell in ERROR_VALUES:
            return Fault("formula_not_calculated" if cell == UNCALCULATED else "formula_error")
        return if_blank if not cell or cell.isspace() else meaning(cell)

    def either(cell: Cell) -> T | Fault:
        return text(cell) if isinstance(cell, str) else meaning(cell)

    keys: Sequence[Hashable] = typed
    distinct: set[Cell] = set(typed)
    memo: dict[Hashable, T | Fault]
    if (0 in distinct or 1 in distinct) and bool in set(map(type, typed)):
        keys = list(zip(map(type, typed), typed, strict=True))  # True is 1 to Python: told apart by type as well
        memo = {key: either(key[1]) for key in set(keys)}  # type: ignore[index]  # they are pairs
    else:
        memo = {cell: either(cell) for cell in distinct}
    values = list(map(memo.__getitem__, keys))
    faulty = any(isinstance(value, Fault) for value in memo.values())
    read = separate(column, letter, typed, values, faulty)
    read.keys, read.meanings = keys, memo
    return read


def separate(column: Column, letter: str, typed: Sequence[Cell], meanings: list[T | Fault], faulty: bool) -> Read[T]:
    """Sorts faults out of what a column means."""
    if not faulty:
        return Read(column, letter, typed, meanings)  # type: ignore[arg-type]  # no Fault is among them
    faults: dict[str, list[int]] = {}
    for position, value in enumerate(meanings):
        if isinstance(value, Fault):
            faults.setdefault(value.code, []).append(position)
    values = [None if isinstance(value, Fault) else value for value in meanings]
    return Read(column, letter, typed, values, faults)


def read_texts(column: Column, letter: str, typed: Sequence[Cell]) -> Read[str]:
    """A column of free text, without spaces around it and without control characters.

    Whole numbers lose the `.0` that a spreadsheet gives them.
    """
    try:
        everything = "|".join(typed)  # type: ignore[arg-type]  # a TypeError tells that not all are texts
    except TypeError:
        everything = "\n"
    if _plain(everything, typed, column):
        return Read(column, letter, typed, list(typed), everything=everything)  # type: ignore[arg-type]
    if_blank: str | Fault = Fault(BLANK) if column.required else ""
    read = read_column(column, letter, typed, lambda cell: _text(cell, column.longest), if_blank)
    read.everything = "|".join(text for text in read.values if text)
    return read


def _plain(everything: str, texts: Sequence[Cell], column: Column) -> bool:
    """Whether no text has to be looked at by itself: one look at all of them, joined by bars, tells."""
    framed = f"|{everything}|"
    return (
        everything.isprintable()
        and "| " not in framed
        and " |" not in framed
        and not (column.required and "||" in framed)
        and max(map(len, texts), default=0) <= column.longest  # type: ignore[arg-type]  # all are texts
        and ("#" not in everything or ERROR_VALUES.isdisjoint(texts))
    )


def _text(cell: Cell, longest: int) -> str | Fault:
    text = shown(cell) if not isinstance(cell, str) else cell
    text = "".join(letter if letter.isprintable() else " " for letter in text.replace("\r\n", "\n")).strip()
    return Fault("too_long") if len(text) > longest else text
