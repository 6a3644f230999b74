"""Decisions: the terms of everything that one person proposes and another approves."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from grants.domain.awards import AwardTerms, PositivePence, Reference, Words, YearCode
from grants.domain.money import MAX_PENCE
from grants.domain.plan import BudgetKind, Rag, YearBasis
from grants.domain.recipients import RecipientId

LineCode = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{1,39}(?!\n)$", examples=["LOCAL-INQUIRIES"])]


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
    REVIEW = "review"
    ADD_LINE = "add_line"
    AMEND_LINE = "amend_line"
    AMEND_MILESTONE = "amend_milestone"


class ReviewOutcome(StrEnum):
    """What an annual review comes to."""

    CONTINUE = "continue"
    DISCONTINUE = "discontinue"
    AMEND = "amend"


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

    entry_no: Annotated[int, Meta(ge=1, le=2**63 - 1)]


class ReviewAward(_Terms, frozen=True, tag="review"):
    """The annual review of an award: what is to become of it. It moves nothing: a variation or a withdrawal may follow.

    Source: Government Functional Standard for Grants, minimum requirement 9, annual review and reconciliation.
    """

    award: Reference
    year: YearCode
    outcome: ReviewOutcome


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
    | ReviewAward
    | AddLine
    | AmendLine
    | AmendMilestone
)


def kind_of(terms: DecisionTerms) -> DecisionKind:
    """The kind that the terms are tagged with."""
    return DecisionKind(str(type(terms).__struct_config__.tag))
