"""Decisions: everything that one person proposes and another approves, and the moves that each comes to."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Annotated, Final

from msgspec import UNSET, Meta, Struct, UnsetType

from grants.domain.awards import AwardTerms, PositivePence, Reference, Words, YearCode, awarded_by_year
from grants.domain.errors import RuleBroken
from grants.domain.ledger import RETURNED, SOURCE, Account, AccountKind, Move, MoveKind
from grants.domain.money import MAX_PENCE
from grants.domain.periods import parse_year
from grants.domain.plan import BudgetKind, Rag, YearBasis
from grants.domain.recipients import RecipientId

LineCode = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}$", examples=["LOCAL-INQUIRIES"])]


class DecisionKind(StrEnum):
    """What is decided."""

    OPEN_PLAN = "open_plan"
    ALLOCATE = "allocate"
    REDUCE = "reduce"
    VIRE = "vire"
    CARRY_FORWARD = "carry_forward"
    AWARD = "award"
    VARY = "vary"
    WITHDRAW = "withdraw"
    PAY = "pay"
    RECOVER = "recover"
    REVERSE = "reverse"
    ADD_LINE = "add_line"
    AMEND_LINE = "amend_line"
    AMEND_MILESTONE = "amend_milestone"


class DecisionState(StrEnum):
    """Where a decision stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"


class _Terms(Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag=str):
    """What is proposed. The tag is the DecisionKind."""


class Allocate(_Terms, frozen=True, tag="allocate"):
    """More money for a funding line in one year."""

    funding_line: LineCode
    year: YearCode
    pence: PositivePence
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class Reduce(_Terms, frozen=True, tag="reduce"):
    """Money taken back from a funding line's unawarded balance."""

    funding_line: LineCode
    year: YearCode
    pence: PositivePence
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class CarryForward(_Terms, frozen=True, tag="carry_forward"):
    """Unawarded money of `year` kept for the next year."""

    funding_line: LineCode
    year: YearCode
    pence: PositivePence
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class Vire(_Terms, frozen=True, tag="vire"):
    """Money from one funding line to another within one year."""

    from_line: LineCode
    to_line: LineCode
    year: YearCode
    pence: PositivePence
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class MakeAward(_Terms, frozen=True, tag="award"):
    """A new award to a recipient."""

    reference: Reference
    funding_line: LineCode
    recipient_id: RecipientId
    terms: AwardTerms


class Vary(_Terms, frozen=True, tag="vary"):
    """New terms for an award."""

    award: Reference
    terms: AwardTerms


class Withdraw(_Terms, frozen=True, tag="withdraw"):
    """What an award has not been paid goes back to its funding line, and the award ends."""

    award: Reference


class Pay(_Terms, frozen=True, tag="pay"):
    """A payment against an instalment of the payment profile, or against a claim: an accepted return's period."""

    award: Reference
    year: YearCode
    pence: PositivePence
    paid_on: date
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME
    instalment: int | None = None
    claim: Annotated[str, Meta(examples=["2025-26-Q2"])] | None = None


class Recover(_Terms, frozen=True, tag="recover"):
    """Money that a recipient holds and pays back."""

    award: Reference
    pence: PositivePence
    recovered_on: date
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class Reverse(_Terms, frozen=True, tag="reverse"):
    """An entry undone by its mirror."""

    entry_no: Annotated[int, Meta(ge=1)]


class OpenPlan(_Terms, frozen=True, tag="open_plan"):
    """The opening allocations, as the announcement made them."""

    allocations: tuple[Allocate, ...]


class LineFacts(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a funding line is to say from now on; what is left out stays as it is."""

    title: str | UnsetType = UNSET
    purpose: str | UnsetType = UNSET
    announced_pence: Annotated[int, Meta(ge=0, le=MAX_PENCE)] | UnsetType = UNSET
    year: YearCode | UnsetType = UNSET
    year_basis: YearBasis | UnsetType = UNSET
    do_not_publish: str | UnsetType | None = UNSET
    source: str | UnsetType = UNSET


class AddLine(_Terms, frozen=True, tag="add_line"):
    """A funding line that the plan did not have."""

    code: LineCode
    programme: LineCode
    title: Words
    purpose: str
    announced_pence: Annotated[int, Meta(ge=0, le=MAX_PENCE)]
    year: YearCode
    year_basis: YearBasis
    source: str
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME
    do_not_publish: str | None = None


class AmendLine(_Terms, frozen=True, tag="amend_line"):
    """A funding line's facts corrected. A corrected year takes the line's unawarded money with it."""

    funding_line: LineCode
    facts: LineFacts


class AmendMilestone(_Terms, frozen=True, tag="amend_milestone"):
    """A milestone's dates, rating and comment."""

    milestone: Annotated[str, Meta(max_length=80)]
    forecast: date | None = None
    actual: date | None = None
    rag: Rag | None = None
    comment: Annotated[str, Meta(max_length=2000)] = ""


DecisionTerms = (
    OpenPlan
    | Allocate
    | Reduce
    | CarryForward
    | Vire
    | MakeAward
    | Vary
    | Withdraw
    | Pay
    | Recover
    | Reverse
    | AddLine
    | AmendLine
    | AmendMilestone
)


def kind_of(terms: DecisionTerms) -> DecisionKind:
    """The kind that the terms are tagged with."""
    return DecisionKind(str(type(terms).__struct_config__.tag))


def line_account(code: str, year: str) -> Account:
    """What a funding line has for one year."""
    parse_year(year)
    return Account(AccountKind.LINE, code, year)


def award_account(reference: str, year: str) -> Account:
    """What an award has for one year and has not been paid."""
    return Account(AccountKind.AWARD, reference, year)


def held_account(reference: str) -> Account:
    """What a recipient was paid and has not accounted for."""
    return Account(AccountKind.HELD, reference)


def _allocate(terms: Allocate, on: date) -> list[Move]:
    return [
        Move(
            MoveKind.ALLOCATE, SOURCE, line_account(terms.funding_line, terms.year), terms.pence, terms.budget_kind, on
        )
    ]


def _reduce(terms: Reduce, on: date) -> list[Move]:
    return [
        Move(MoveKind.REDUCE, line_account(terms.funding_line, terms.year), SOURCE, terms.pence, terms.budget_kind, on)
    ]


def _carry_forward(terms: CarryForward, on: date) -> list[Move]:
    year = parse_year(terms.year)
    source, target = line_account(terms.funding_line, year.code), line_account(terms.funding_line, year.next().code)
    return [Move(MoveKind.CARRY_FORWARD, source, target, terms.pence, terms.budget_kind, on)]


def _vire(terms: Vire, on: date) -> list[Move]:
    if terms.from_line == terms.to_line:
        raise RuleBroken("same_line", "Choose two different funding lines.")
    source, target = line_account(terms.from_line, terms.year), line_account(terms.to_line, terms.year)
    return [Move(MoveKind.VIRE, source, target, terms.pence, terms.budget_kind, on)]


def _open_plan(terms: OpenPlan, on: date) -> list[Move]:
    return [move for allocation in terms.allocations for move in _allocate(allocation, on)]


def _pay(terms: Pay, on: date) -> list[Move]:
    source = award_account(terms.award, terms.year)
    return [Move(MoveKind.PAY, source, held_account(terms.award), terms.pence, terms.budget_kind, terms.paid_on)]


def _recover(terms: Recover, on: date) -> list[Move]:
    return [
        Move(MoveKind.RECOVER, held_account(terms.award), RETURNED, terms.pence, terms.budget_kind, terms.recovered_on)
    ]


def _award(terms: MakeAward, on: date) -> list[Move]:
    return [
        Move(
            MoveKind.AWARD,
            line_account(terms.funding_line, year),
            award_account(terms.reference, year),
            pence,
            kind,
            on,
        )
        for (year, kind), pence in awarded_by_year(terms.terms).items()
    ]


_MOVES: Final[dict[type[Struct], Callable[..., list[Move]]]] = {
    OpenPlan: _open_plan,
    Allocate: _allocate,
    Reduce: _reduce,
    CarryForward: _carry_forward,
    Vire: _vire,
    MakeAward: _award,
    Pay: _pay,
    Recover: _recover,
}


def moves_of(terms: DecisionTerms, on: date) -> list[Move]:
    """The moves of a decision that needs to know nothing but its own terms; `on` is the day that it takes effect."""
    make = _MOVES.get(type(terms))
    return make(terms, on) if make else []


def variation_moves(award: str, line: str, before: AwardTerms, after: AwardTerms, on: date) -> list[Move]:
    """What a variation adds to an award, or gives back to its line, by year and budget kind; cuts come first."""
    old, new = awarded_by_year(before), awarded_by_year(after)
    moves = []
    for year, kind in sorted(old.keys() | new.keys()):
        change = new.get((year, kind), 0) - old.get((year, kind), 0)
        ends = line_account(line, year), award_account(award, year)
        if change:
            source, target = ends if change > 0 else ends[::-1]
            moves.append(Move(MoveKind.VARY, source, target, abs(change), kind, on))
    return sorted(moves, key=lambda move: move.source.kind is not AccountKind.AWARD)


def withdrawal_moves(award: str, line: str, unpaid: dict[tuple[str, BudgetKind], int], on: date) -> list[Move]:
    """What is left unpaid of an award, by year and budget kind, back to its line."""
    return [
        Move(MoveKind.WITHDRAW, award_account(award, year), line_account(line, year), pence, kind, on)
        for (year, kind), pence in sorted(unpaid.items())
        if pence > 0
    ]
