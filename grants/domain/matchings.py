"""Matchings: how the table of a recipient's finance system is read, as somebody of theirs confirmed it. Plain data."""

import re
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

from msgspec import Meta, Struct

from grants.domain.awards import CostCategory
from grants.domain.errors import Invalid


class Field(StrEnum):
    """What a column of an extract may be. `code` is the ledger's own code of what was bought."""

    REFERENCE = "reference"
    CODE = "code"
    DESCRIPTION = "description"
    PAYEE = "payee"
    SPENT_ON = "spent_on"
    BUDGET_KIND = "budget_kind"
    NET = "net"
    DEBIT = "debit"
    CREDIT = "credit"
    MARKER = "marker"
    VAT = "vat"
    ACCRUAL = "accrual"
    EVIDENCE = "evidence"


class SignRule(StrEnum):
    """How a ledger tells spend from a credit.

    `as_typed`: spend above zero, credits below. `negated`: the other way round. `marker`: amounts without a sign, and a
    column that says Dr or Cr. `debit_and_credit`: two columns, neither with a sign. `debit_and_negative_credit`: two
    columns, credits below zero.
    """

    AS_TYPED = "as_typed"
    NEGATED = "negated"
    MARKER = "marker"
    DEBIT_AND_CREDIT = "debit_and_credit"
    DEBIT_AND_NEGATIVE_CREDIT = "debit_and_negative_credit"


class DateOrder(StrEnum):
    """Which of day and month a date as text has first. A date with its year first, or a real date, has only one reading."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class OutsidePeriod(StrEnum):
    """What becomes of a line whose date is outside the return's period: a problem, an accrual, or left out and told."""

    PROBLEM = "problem"
    ACCRUAL = "accrual"
    LEAVE_OUT = "leave_out"


class MatchedKind(StrEnum):
    """Resource or capital; with programme or admin for an award that has both."""

    RESOURCE = "resource"
    CAPITAL = "capital"
    RESOURCE_PROGRAMME = "resource, programme"
    RESOURCE_ADMIN = "resource, admin"
    CAPITAL_PROGRAMME = "capital, programme"
    CAPITAL_ADMIN = "capital, admin"


class CodeMeaning(Struct, frozen=True, forbid_unknown_fields=True):
    """What a ledger's code is for this award. Without a category its lines are not claimed: they are left out, and told."""

    category: CostCategory | None
    budget_kind: MatchedKind = MatchedKind.RESOURCE


Constant = Annotated[str, Meta(max_length=200)]


class Constants(Struct, frozen=True, forbid_unknown_fields=True):
    """What stands where the table has no such column, or a line leaves it blank."""

    reference: Constant = ""
    description: Constant = ""
    payee: Constant = ""
    evidence: Constant = ""


Letters = Annotated[str, Meta(pattern="^[A-Z]{1,3}(?!\n)$", examples=["G"])]
Heading = Annotated[str, Meta(max_length=200)]
Code = Annotated[str, Meta(max_length=100)]


class Matching(Struct, frozen=True, forbid_unknown_fields=True):
    """How a table is read. What is null is not decided yet: see `undecided`.

    `headings` are the table's, from column A on, without case, spaces and punctuation: a table with the same ones, in the
    same order, has the same `shape`. `columns` gives letters. `codes` says what each code means; the key "" is for lines
    without one. A code that is not there, or null, is a problem at its first cell.
    """

    sheet: Annotated[str, Meta(max_length=200)]
    headings: Annotated[tuple[Heading, ...], Meta(min_length=2, max_length=702)]
    columns: dict[Field, Letters]
    sign: SignRule | None
    date_order: DateOrder | None
    codes: Annotated[dict[Code, CodeMeaning | None], Meta(max_length=5_000)]
    constants: Constants = Constants()
    outside_period: OutsidePeriod = OutsidePeriod.PROBLEM

    @property
    def shape(self) -> str:
        """What the tables have in common that this matching is for."""
        return shape_of(self.headings)


class Answers(Struct, frozen=True):
    """What somebody says of a table before they confirm how it is read: null where they say nothing."""

    columns: dict[Field, Letters]
    sign: SignRule | None = None
    date_order: DateOrder | None = None
    codes: Annotated[dict[Code, CodeMeaning | None], Meta(max_length=5_000)] = {}
    constants: Constants = Constants()
    outside_period: OutsidePeriod = OutsidePeriod.PROBLEM


class Remembered(Struct, frozen=True):
    """A matching that is kept, with its identifier; empty for one that is not kept anywhere."""

    id: str
    matching: Matching


def shape_of(headings: Sequence[str]) -> str:
    """A digest of headings in their order: 32 hexadecimal digits."""
    return sha256("\x1f".join(headings).encode()).hexdigest()[:32]


AMOUNTS_OF: Final[dict[SignRule, tuple[Field, ...]]] = {
    SignRule.AS_TYPED: (Field.NET,),
    SignRule.NEGATED: (Field.NET,),
    SignRule.MARKER: (Field.NET, Field.MARKER),
    SignRule.DEBIT_AND_CREDIT: (Field.DEBIT, Field.CREDIT),
    SignRule.DEBIT_AND_NEGATIVE_CREDIT: (Field.DEBIT, Field.CREDIT),
}
"""The columns that each rule reads amounts from."""
TWO_COLUMNS: Final = frozenset({SignRule.DEBIT_AND_CREDIT, SignRule.DEBIT_AND_NEGATIVE_CREDIT})
"""Rules under which an amount stands in one of two columns."""


def undecided(matching: Matching) -> tuple[str, ...]:
    """What somebody has to decide before a table can be read by the matching: a sentence each; none where all is decided.

    Codes are not among it: a code that means nothing yet is a problem of the lines that have it.
    """
    columns = matching.columns
    asked = [
        f"Say which column is the {name} (columns.{field.value}), or what to put there (constants.{field.value})."
        for field, name in ((Field.REFERENCE, "reference"), (Field.DESCRIPTION, "description"), (Field.PAYEE, "payee"))
        if field not in columns and not getattr(matching.constants, field).strip()
    ]
    if Field.SPENT_ON not in columns:
        asked.append("Say which column is the date (columns.spent_on).")
    if matching.date_order is None:
        asked.append("Say whether dates are day_first or month_first (date_order).")
    if matching.sign is None:
        asked.append(f"Say how spend is told from credits (sign): one of {', '.join(SignRule)}.")
    else:
        asked += [
            f"Say which column is the {field.value} (columns.{field.value})."
            for field in AMOUNTS_OF[matching.sign]
            if field not in columns
        ]
    if matching.sign in TWO_COLUMNS and Field.VAT in columns:
        asked.append("VAT cannot be read beside debit and credit columns. Leave columns.vat out.")
    width = len(matching.headings)
    asked += [
        f"The table has no column {letters} (columns.{field.value})."
        for field, letters in columns.items()
        if number_of(letters) > width
    ]
    if Field.CODE not in columns and not matching.codes.get(""):
        asked.append('Say which column is the code (columns.code), or what all lines are for (codes, under "").')
    return tuple(asked)


def number_of(letters: str) -> int:
    """A is 1, AA is 27. Raises ValueError for what are no letters of a column."""
    if not re.fullmatch("[A-Z]{1,3}", letters):
        raise ValueError(letters)
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def check_decided(matching: Matching) -> None:
    """Raises Invalid `matching` with what is left to decide."""
    if asked := undecided(matching):
        raise Invalid("matching", " ".join(asked))
