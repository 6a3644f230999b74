"""Cells to lines: the sheet of spend, column by column, each value with the row that it stands in."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.plan import BudgetKind
from importers.amounts import Meaning, money_reader, read_amounts, read_money, read_optional
from importers.cells import Cell, Habits
from importers.choices import Side, budget_kind, read_category, read_side, read_yes_no
from importers.columns import BLANK, Fault, Read, read_column, read_texts, separate
from importers.dates import read_day
from importers.layouts import Column
from importers.tables import Across, Table


@dataclass(slots=True)
class Spend:
    """All lines of a return. Every column has one value for each of `rows`, which are counted from 1 in the sheet.

    `meaning` is how the file's amounts are read.
    """

    table: Table
    reference: Read[str]
    category: Read[CostCategory]
    description: Read[str]
    payee: Read[str]
    spent_on: Read[date]
    side: Read[Side]
    budget_kind: Read[BudgetKind]
    net: Read[int]
    vat: Read[int]
    accrual: Read[bool]
    evidence: Read[str]
    meaning: Meaning

    @property
    def sheet(self) -> str:
        """The sheet that the lines stand in."""
        return self.table.sheet

    @property
    def rows(self) -> list[int]:
        """The row of each line."""
        return self.table.rows

    @property
    def texts(self) -> tuple[Read[str], ...]:
        """The columns of free text."""
        return (self.reference, self.description, self.payee, self.evidence)

    @property
    def typed(self) -> tuple[Read[object], ...]:
        """The columns as a person fills them in, from left to right in the template."""
        return (  # type: ignore[return-value]  # read only, so that a column of one type is a column of objects
            self.reference,
            self.category,
            self.description,
            self.payee,
            self.spent_on,
            self.side,
            self.net,
            self.vat,
            self.accrual,
            self.evidence,
        )

    def amounts(self) -> list[int | None]:
        """What each line counts for, in pence: net and irrecoverable VAT; None where either cannot be read."""
        if self.net.faults or self.vat.faults:
            pairs = zip(self.net.values, self.vat.values, strict=True)
            return [None if net is None or vat is None else net + vat for net, vat in pairs]
        return list(map(int.__add__, self.net.values, self.vat.values))  # type: ignore[arg-type]  # none is None


def read_lines(
    table: Table, across: Across, columns: Sequence[Column], budget: Sequence[BudgetLine] | None, habits: Habits
) -> Spend:
    """Reads the lines of a table that was found, or that somebody chose the columns of.

    `across` has each of the `columns` by key, a cell for each of `table.rows`; blank all the way down for a column that
    is not there. `habits` are the file's. `budget` is the award's for the year; without it lines are read as if the award allowed every category.
    """
    by_key = {column.key: column for column in columns}

    def at(key: str) -> tuple[Column, str, Sequence[Cell]]:
        return by_key[key], table.letters.get(key, ""), across[key]

    required = Fault(BLANK)
    meaning = money_reader(across["net"], across["vat"]) if habits.decimal_commas else read_money
    category = read_column(*at("category"), read_category, required)
    side = read_column(*at("budget_kind"), read_side, required)
    return Spend(
        table=table,
        reference=read_texts(*at("reference")),
        category=category,
        description=read_texts(*at("description")),
        payee=read_texts(*at("payee")),
        spent_on=read_column(*at("spent_on"), partial(read_day, dates_1904=habits.dates_1904), required),
        side=side,
        budget_kind=_kinds(category, side, budget),
        net=read_amounts(*at("net"), meaning),
        vat=read_optional(*at("vat"), meaning),
        accrual=read_column(*at("accrual"), read_yes_no, False),
        evidence=read_texts(*at("evidence")),
        meaning=meaning,
    )


def _kinds(category: Read[CostCategory], side: Read[Side], budget: Sequence[BudgetLine] | None) -> Read[BudgetKind]:
    """The budget kind of each line, where both its category and its side could be read."""
    one_side = next(iter(side.meanings.values())) if len(side.meanings) == 1 else None
    pairs = (
        {(of, one_side) for of in set(category.keys)} if one_side else set(zip(category.keys, side.keys, strict=True))
    )
    memo: dict[Hashable, BudgetKind | Fault | None] = {}
    for of_key, on_key in pairs:
        of, on = category.meanings[of_key], one_side or side.meanings[on_key]
        readable = not isinstance(of, Fault) and not isinstance(on, Fault)
        key = of_key if one_side else (of_key, on_key)
        memo[key] = budget_kind(of, on, budget) if readable else None  # type: ignore[arg-type]  # neither is a Fault
    keys = category.keys if one_side else list(zip(category.keys, side.keys, strict=True))
    faulty = any(isinstance(value, Fault) for value in memo.values())
    meanings: list[BudgetKind | Fault] = list(map(memo.__getitem__, keys))  # type: ignore[arg-type]  # Read has None too
    read = separate(side.column, side.letter, side.typed, meanings, faulty)
    read.keys, read.meanings = keys, memo  # type: ignore[assignment]  # as above
    return read
