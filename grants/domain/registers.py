"""Files of the funder itself: registers of awards and files of payments, as they were read, and what became of each row."""

from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from grants.domain.awards import AwardTerms
from grants.domain.returns import Problem


class RegisterKind(StrEnum):
    """What a file tells of."""

    AWARDS = "awards"
    PAYMENTS = "payments"


class LoadState(StrEnum):
    """A load with problems did nothing; one that was taken did what its rows tell."""

    HAS_PROBLEMS = "has_problems"
    TAKEN = "taken"


class Outcome(StrEnum):
    """What became of a row. Only `proposed` changes anything, and that after a second person has agreed."""

    PROPOSED = "proposed"
    WAITING = "waiting"
    UNCHANGED = "unchanged"
    DECLINED = "declined"
    NEAR_MISS = "near_miss"
    UNKNOWN = "unknown"


class Told(Struct, frozen=True):
    """How a file was read, where that is not obvious. `value` is what stands in the cell; it never goes to a log."""

    code: str
    sheet: str
    cell: str
    message: str
    value: str = ""


class AwardEntry(Struct, frozen=True):
    """One award of a register, over all of its rows.

    `given` names the terms that the file tells; an award that exists keeps the others. `cells` are where each fact stands.
    """

    sheet: str
    row: int
    cells: dict[str, str]
    reference: str
    funding_line: str
    recipient_id: str
    terms: AwardTerms
    given: tuple[str, ...]


class PaymentEntry(Struct, frozen=True):
    """One payment as the finance system has it. `pence` is as it stands there, below zero for money that came back.

    `transaction` is the finance system's own number, empty where it gives none; `instalment` and `claim` are set where the
    file has columns for them.
    """

    sheet: str
    row: int
    cell: str
    reference: str
    paid_on: date
    pence: int
    transaction: str = ""
    instalment: int | None = None
    claim: str | None = None


class ReadRegister(Struct, frozen=True, tag="register"):
    """A file that was read: its entries that have no fault of their own, and every fault of the others."""

    kind: RegisterKind
    parser_version: str
    awards: tuple[AwardEntry, ...] = ()
    payments: tuple[PaymentEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    notices: tuple[Told, ...] = ()


class RowResult(Struct, frozen=True):
    """What became of a row, in words; `cell` is where its amount stands. `decision` is the number of the one that it is about."""

    sheet: str
    row: int
    cell: str
    outcome: Outcome
    message: str
    reference: str
    pence: int
    award: str | None = None
    paid_on: date | None = None
    transaction: str = ""
    decision: int | None = None


IN_PLACE: Final = {
    "funding_line": "funding_line",
    "not_found": "funding_line",
    "not_allowed": "funding_line",
    "no_recipient": "recipient_id",
    "ends_before_start": "end",
    "budget_outside_award": "year",
    "profile_in_arrears": "payment_basis",
    "profile_differs": "profile",
    "instalment_repeated": "profile",
    "limit": "amount",
}
"""Which fact of an entry a refusal is about, by its code; any other is about its reference."""


def place_of_refusal(entry: AwardEntry, code: str) -> tuple[str, str]:
    """The sheet and the cell that a refusal is about: the nearest one that the file has."""
    for key in (IN_PLACE.get(code, "reference"), "payment_basis", "reference"):
        if place := entry.cells.get(key):
            sheet, _, cell = place.rpartition("!")
            return sheet, cell
    return entry.sheet, ""


def same_terms(one: AwardTerms, other: AwardTerms) -> bool:
    """Whether two sets of terms are the same: the order of budget lines and of instalments means nothing."""
    return _in_order(one) == _in_order(other)


def _in_order(terms: AwardTerms) -> AwardTerms:
    return replace(
        terms,
        budget=tuple(sorted(terms.budget, key=lambda line: (line.year, line.category, line.budget_kind))),
        profile=tuple(sorted(terms.profile, key=lambda one: one.number)),
    )
