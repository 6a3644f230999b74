"""Amounts of an extract by its sign rule: pence above zero for spend, whatever way the ledger tells a credit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grants.domain.matchings import TWO_COLUMNS, Field, SignRule
from importers.amounts import Meaning, money_reader, read_money
from importers.cells import ERROR_VALUES, UNCALCULATED, Cell, Habits
from importers.columns import BLANK, Fault
from importers.matching.words import side_of
from importers.totals import filled

Amount = int | Fault
Cells = Mapping[Field, Sequence[Cell]]
MARKER: Final = Fault("marker_unknown")
SIGNED_TWICE: Final = Fault("signed_twice")
CREDIT_SIGN: Final = Fault("credit_sign")


@dataclass(slots=True)
class Amounts:
    """One amount for each row of a table, in pence, or why there is none; the cell it stands in and its column's field.

    `figures` are what rows that add up others show: the same sums, whatever their signs look like.
    """

    values: list[Amount]
    typed: list[Cell]
    fields: list[Field]
    figures: list[Amount]


def reader_of(cells: Cells, habits: Habits) -> Meaning:
    """How a table's amounts are read: by commas where its format is one that people use so, and all that tells says so."""
    if not habits.decimal_commas:
        return read_money
    fields = (Field.NET, Field.DEBIT, Field.CREDIT, Field.VAT)
    return money_reader(*(cells[field] for field in fields if field in cells))


def cell_reader(meaning: Meaning) -> Callable[[Cell], Amount]:
    """Reads a cell once for each of its values; blank ones and formulas' errors are faults of their own."""
    memo: dict[tuple[type, Cell], Amount] = {}

    def read(cell: Cell) -> Amount:
        key = (type(cell), cell)
        if key not in memo:
            memo[key] = (fault_of(cell) or meaning(cell)) if filled(cell) else Fault(BLANK)
        return memo[key]

    return read


def fault_of(cell: Cell) -> Fault | None:
    """What a formula's error, or its missing value, is told as; None for any other cell."""
    if isinstance(cell, str) and cell in ERROR_VALUES:
        return Fault("formula_not_calculated" if cell == UNCALCULATED else "formula_error")
    return None


def read_signed(cells: Cells, rule: SignRule, meaning: Meaning) -> Amounts:
    """The amounts of all rows below the headings, blank ones too."""
    read = cell_reader(meaning)
    if rule in TWO_COLUMNS:
        return _of_two(
            cells[Field.DEBIT], cells[Field.CREDIT], read, negative=rule is SignRule.DEBIT_AND_NEGATIVE_CREDIT
        )
    typed = list(cells[Field.NET])
    plain = [read(cell) for cell in typed]
    fields = [Field.NET] * len(typed)
    if rule is SignRule.MARKER:
        marks = cells[Field.MARKER]
        values = [_marked(amount, side_of(mark)) for amount, mark in zip(plain, marks, strict=True)]
        return Amounts(values, typed, fields, plain)
    if rule is SignRule.NEGATED:
        plain = [amount if isinstance(amount, Fault) else -amount for amount in plain]
    return Amounts(plain, typed, fields, plain)


def _marked(amount: Amount, side: int) -> Amount:
    """An amount with the mark beside it; one that has a sign as well could mean either."""
    if isinstance(amount, Fault) or amount == 0:
        return amount
    if not side:
        return MARKER
    return SIGNED_TWICE if amount < 0 else amount * side


def _of_two(
    debits: Sequence[Cell], credits_: Sequence[Cell], read: Callable[[Cell], Amount], *, negative: bool
) -> Amounts:
    found = Amounts([], [], [], [])
    for debit_cell, credit_cell in zip(debits, credits_, strict=True):
        debit, credit = read(debit_cell), read(credit_cell)
        if negative and not isinstance(credit, Fault):
            credit = -credit
        in_credit = filled(credit_cell) and (not filled(debit_cell) or debit == 0)
        found.fields.append(Field.CREDIT if in_credit else Field.DEBIT)
        found.typed.append(credit_cell if in_credit else debit_cell)
        figure = _difference(debit, credit)
        found.figures.append(figure)
        wrong = isinstance(figure, int) and isinstance(credit, int) and credit < 0
        found.values.append(CREDIT_SIGN if wrong else figure)
    return found


def _difference(debit: Amount, credit: Amount) -> Amount:
    """Debit minus credit; a blank cell beside one that is filled in is nothing."""
    blank = Fault(BLANK)
    if debit == blank and credit == blank:
        return blank
    for amount in (debit, credit):
        if isinstance(amount, Fault) and amount != blank:
            return amount
    return (0 if isinstance(debit, Fault) else debit) - (0 if isinstance(credit, Fault) else credit)
