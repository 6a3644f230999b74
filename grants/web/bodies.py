"""What is sent to the doors, beside the terms of the domain itself."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from grants.actions.returns import LookedAt, Reason
from grants.domain.awards import AwardState, AwardTerms, PositivePence, Reference, Words, YearCode
from grants.domain.decisions import LineCode, ReviewOutcome
from grants.domain.plan import BudgetKind
from grants.domain.recipients import RecipientId

Why = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=r"\S",
        description="Why, in words. It stays on the record.",
        examples=["As announced on 8 April 2025"],
    ),
]


class _Body(Struct, frozen=True, forbid_unknown_fields=True):
    """What is sent as JSON."""


class AllocationBody(_Body, frozen=True):
    """A movement of a funding line's own money."""

    year: YearCode
    pence: PositivePence
    reason: Why
    movement: Literal["allocate", "reduce", "carry_forward"] = "allocate"
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class VirementBody(_Body, frozen=True):
    """Money from one funding line to another within one year."""

    from_line: LineCode
    to_line: LineCode
    year: YearCode
    pence: PositivePence
    reason: Why
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class AwardBody(_Body, frozen=True):
    """A new award."""

    reference: Reference
    funding_line: LineCode
    recipient_id: RecipientId
    terms: AwardTerms
    reason: Why


class VariationBody(_Body, frozen=True):
    """New terms for an award: the whole of them, not only what changes."""

    terms: AwardTerms
    reason: Why


class WithdrawalBody(_Body, frozen=True):
    """What is left unpaid goes back to the funding line."""

    reason: Why


class PaymentBody(_Body, frozen=True):
    """A payment, against an instalment of the profile or the accepted return of a period."""

    year: YearCode
    pence: PositivePence
    paid_on: date
    reason: Why
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME
    instalment: Annotated[int, Meta(ge=1, le=200)] | None = None
    claim: Annotated[str, Meta(examples=["2025-26-Q2"])] | None = None


class RecoveryBody(_Body, frozen=True):
    """Money that a recipient holds and has paid back."""

    pence: PositivePence
    recovered_on: date
    reason: Why
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME


class ReviewBody(_Body, frozen=True):
    """What the annual review of a financial year comes to, and why."""

    year: YearCode
    outcome: ReviewOutcome
    reason: Why


class AwardMoveBody(_Body, frozen=True):
    """The next state of an award."""

    state: AwardState
    reason: Why


class DecisionBody(_Body, frozen=True):
    """Why a decision is approved or declined."""

    reason: Why


class MessageBody(_Body, frozen=True):
    """A message to the recipient, or from the certifier."""

    message: Words


class AcceptanceBody(_Body, frozen=True):
    """A return's acceptance; the message may be left out."""

    message: Annotated[str, Meta(max_length=2000)] = ""
    version: LookedAt | None = None


class ReasonsBody(_Body, frozen=True):
    """Reasons for warnings."""

    reasons: Annotated[list[Reason], Meta(min_length=1, max_length=1000)]


class ReversalBody(_Body, frozen=True):
    """Why an entry is undone."""

    reason: Why


class AccessBody(_Body, frozen=True):
    """Why somebody's access changes."""

    reason: Why


class InvitationBody(_Body, frozen=True):
    """What a link is for: join sets a first password, password a new one, second_factor removes a lost one."""

    purpose: Literal["join", "password", "second_factor"] = "join"
