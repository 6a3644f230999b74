"""How a ledger tells spend from credits, as its own amounts show; None where they do not."""

from collections.abc import Mapping, Sequence
from typing import Final

from grants.domain.matchings import Field, SignRule
from importers.amounts import Meaning
from importers.cells import Cell
from importers.columns import Fault
from importers.matching.signed import Amount, cell_reader
from importers.matching.suggestion import Decision, Sure
from importers.matching.words import is_type, side_of

_MOST: Final = 0.75


def suggest_sign(cells: Mapping[Field, Sequence[Cell]], lines: Sequence[int], meaning: Meaning) -> Decision:
    """The rule of a table's lines, as its value; None where somebody has to say."""
    read = cell_reader(meaning)
    if Field.DEBIT in cells:
        return _of_two([read(cells[Field.CREDIT][line]) for line in lines])
    if Field.NET not in cells:
        return _decided(None, Sure.UNSURE, "No column of amounts was found.")
    amounts = [read(cells[Field.NET][line]) for line in lines]
    if Field.MARKER in cells:
        return _marked(amounts, [cells[Field.MARKER][line] for line in lines])
    return _of_one([amount for amount in amounts if not isinstance(amount, Fault)])


def _decided(rule: SignRule | None, sure: Sure, why: str) -> Decision:
    return Decision("sign", rule.value if rule else None, sure, why)


def _of_two(credits_: Sequence[Amount]) -> Decision:
    typed = [amount for amount in credits_ if not isinstance(amount, Fault) and amount]
    below = sum(amount < 0 for amount in typed)
    if not below:
        return _decided(
            SignRule.DEBIT_AND_CREDIT, Sure.SURE, "Debits and credits stand in columns of their own, without a sign."
        )
    if below == len(typed):
        return _decided(
            SignRule.DEBIT_AND_NEGATIVE_CREDIT, Sure.SURE, "Credits stand in a column of their own, below zero."
        )
    return _decided(None, Sure.UNSURE, "Some amounts in the column of credits are below zero, and some are not.")


def _marked(amounts: Sequence[Amount], marks: Sequence[Cell]) -> Decision:
    pairs = [(amount, side_of(mark)) for amount, mark in zip(amounts, marks, strict=True) if isinstance(amount, int)]
    if all(amount >= 0 for amount, _ in pairs):
        return _decided(SignRule.MARKER, Sure.SURE, "Amounts have no sign, and a column says debit or credit.")
    if all(amount == 0 or (amount > 0) == (side > 0) for amount, side in pairs if side):
        return _decided(SignRule.AS_TYPED, Sure.SURE, "Credits are below zero, as the column of marks says too.")
    if all(amount == 0 or (amount < 0) == (side > 0) for amount, side in pairs if side):
        return _decided(SignRule.NEGATED, Sure.SURE, "Debits are below zero: the column of marks says so.")
    if any(map(is_type, marks)):  # a corrected invoice is below zero, and an invoice still
        return _of_one([amount for amount, _ in pairs])
    return _decided(None, Sure.UNSURE, "Amounts have signs that do not agree with the column of debits and credits.")


def _of_one(amounts: Sequence[int]) -> Decision:
    above, below = ([amount for amount in amounts if amount * sign > 0] for sign in (1, -1))
    if not below:
        return _decided(SignRule.AS_TYPED, Sure.SURE, "No amount is below zero.")
    if not above:
        return _decided(
            SignRule.NEGATED, Sure.LIKELY, "All amounts are below zero: the ledger shows spend with a minus."
        )
    counts, sums = (len(above), len(below)), (sum(above), -sum(below))
    if counts[0] >= _MOST * sum(counts) and sums[0] >= _MOST * sum(sums):
        return _decided(SignRule.AS_TYPED, Sure.LIKELY, "Most amounts are above zero: those below it are credits.")
    if counts[1] >= _MOST * sum(counts) and sums[1] >= _MOST * sum(sums):
        return _decided(SignRule.NEGATED, Sure.LIKELY, "Most amounts are below zero: those above it are credits.")
    return _decided(None, Sure.UNSURE, "Many amounts are above zero and many below: either could be the spend.")
