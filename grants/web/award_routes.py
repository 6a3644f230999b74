"""Doors of recipients, awards and decisions."""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from grants.actions import awards, decisions, recipients
from grants.actions.awards import AwardSummary, AwardView
from grants.actions.decisions import DecisionView
from grants.actions.listing import Page
from grants.domain.access import Deed
from grants.domain.decisions import DecisionState, DecisionTerms, MakeAward, Pay, Recover, ReviewAward, Vary, Withdraw
from grants.domain.recipients import NewRecipient
from grants.store.recipients import RecipientRow
from grants.store.transaction import Gate
from grants.web.asking import After, Asked, Key, Limit, once
from grants.web.bodies import (
    AwardBody,
    AwardMoveBody,
    DecisionBody,
    PaymentBody,
    RecoveryBody,
    ReviewBody,
    VariationBody,
    WithdrawalBody,
)


@get("/recipients", opt={"deed": Deed.SEE_RECIPIENTS}, summary="Recipients")
async def list_recipients(
    request: Asked, gate: NamedDependency[Gate], limit: Limit = 50, after: After = None
) -> Page[RecipientRow]:
    """Organisations that money can go to, in order of identifier."""
    async with gate.reading(request.user) as view:
        return await recipients.recipients_page(view, after, limit)


@post("/recipients", opt={"deed": Deed.ADD_RECIPIENT}, summary="Add a recipient")
async def add_recipient(
    request: Asked, gate: NamedDependency[Gate], data: JSONBody[NewRecipient], idempotency_key: Key = None
) -> RecipientRow:
    """Adds an organisation, under its identifier in the register of its kind."""
    return await once(request, gate, idempotency_key, RecipientRow, partial(recipients.add_recipient, new=data))


@get("/awards", opt={"deed": Deed.SEE_AWARD}, summary="Awards")
async def list_awards(
    request: Asked, gate: NamedDependency[Gate], limit: Limit = 50, after: After = None
) -> Page[AwardSummary]:
    """Awards that you may see, in order of reference."""
    async with gate.reading(request.user) as view:
        return await awards.awards_page(view, after, limit)


@get("/awards/{reference:str}", opt={"deed": Deed.SEE_AWARD}, summary="One award")
async def one_award(request: Asked, gate: NamedDependency[Gate], reference: FromPath[str]) -> AwardView:
    """An award with its money by year, its payments and the history of its terms."""
    async with gate.reading(request.user) as view:
        return await awards.award_view(view, reference)


async def _propose(request: Asked, gate: Gate, key: str | None, terms: DecisionTerms, reason: str) -> DecisionView:
    return await once(request, gate, key, DecisionView, partial(decisions.propose, terms=terms, reason=reason))


@post("/awards", opt={"deed": Deed.PROPOSE}, summary="Propose an award")
async def propose_award(
    request: Asked, gate: NamedDependency[Gate], data: JSONBody[AwardBody], idempotency_key: Key = None
) -> DecisionView:
    """Proposes an award; the award exists once somebody else approves."""
    terms = MakeAward(data.reference, data.funding_line, data.recipient_id, data.terms)
    return await _propose(request, gate, idempotency_key, terms, data.reason)


@post("/awards/{reference:str}/variations", opt={"deed": Deed.PROPOSE}, summary="Propose a variation")
async def propose_variation(
    request: Asked,
    gate: NamedDependency[Gate],
    reference: FromPath[str],
    data: JSONBody[VariationBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """Proposes new terms; money that they add comes from the funding line, money that they cut goes back to it."""
    return await _propose(request, gate, idempotency_key, Vary(reference, data.terms), data.reason)


@post("/awards/{reference:str}/withdrawal", opt={"deed": Deed.PROPOSE}, summary="Propose a withdrawal")
async def propose_withdrawal(
    request: Asked,
    gate: NamedDependency[Gate],
    reference: FromPath[str],
    data: JSONBody[WithdrawalBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """Proposes to end an award and to return what is unpaid to its funding line."""
    return await _propose(request, gate, idempotency_key, Withdraw(reference), data.reason)


@post("/awards/{reference:str}/payments", opt={"deed": Deed.PROPOSE}, summary="Propose a payment")
async def propose_payment(
    request: Asked,
    gate: NamedDependency[Gate],
    reference: FromPath[str],
    data: JSONBody[PaymentBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """Proposes a payment against an instalment of the payment profile, or against an accepted return."""
    terms = Pay(
        reference, data.year, data.pence, data.paid_on, data.budget_kind, instalment=data.instalment, claim=data.claim
    )
    return await _propose(request, gate, idempotency_key, terms, data.reason)


@post("/awards/{reference:str}/recoveries", opt={"deed": Deed.PROPOSE}, summary="Propose a recovery")
async def propose_recovery(
    request: Asked,
    gate: NamedDependency[Gate],
    reference: FromPath[str],
    data: JSONBody[RecoveryBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """Proposes to record money that a recipient has paid back."""
    terms = Recover(reference, data.pence, data.recovered_on, data.budget_kind)
    return await _propose(request, gate, idempotency_key, terms, data.reason)


@post("/awards/{reference:str}/reviews", opt={"deed": Deed.PROPOSE}, summary="Propose an annual review")
async def propose_review(
    request: Asked,
    gate: NamedDependency[Gate],
    reference: FromPath[str],
    data: JSONBody[ReviewBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """Proposes what the annual review of a year comes to: to continue, discontinue or amend. It moves no money by itself."""
    terms = ReviewAward(reference, data.year, data.outcome)
    return await _propose(request, gate, idempotency_key, terms, data.reason)


@post("/awards/{reference:str}/state", opt={"deed": Deed.MOVE_AWARD}, status_code=200, summary="Move an award")
async def move_award(
    request: Asked,
    gate: NamedDependency[Gate],
    reference: FromPath[str],
    data: JSONBody[AwardMoveBody],
    idempotency_key: Key = None,
) -> AwardView:
    """Moves an award to its next state, for example from agreed to active."""
    action = partial(awards.move_award, reference=reference, target=data.state, reason=data.reason)
    return await once(request, gate, idempotency_key, AwardView, action)


@get("/decisions", opt={"deed": Deed.SEE_DECISIONS}, summary="Decisions")
async def list_decisions(
    request: Asked,
    gate: NamedDependency[Gate],
    decision_state: Annotated[DecisionState | None, QueryParameter(name="state")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[DecisionView]:
    """Decisions in the order in which they were proposed."""
    async with gate.reading(request.user) as view:
        return await decisions.listing(view, decision_state, after, limit)


@get("/decisions/{decision_id:uuid}", opt={"deed": Deed.SEE_DECISIONS}, summary="One decision")
async def one_decision(request: Asked, gate: NamedDependency[Gate], decision_id: FromPath[UUID]) -> DecisionView:
    """A decision: what was proposed, by whom and why, and what became of it."""
    async with gate.reading(request.user) as view:
        return await decisions.show(view, decision_id)


@post("/decisions/{decision_id:uuid}/approve", opt={"deed": Deed.DECIDE}, status_code=200, summary="Approve a decision")
async def approve_decision(
    request: Asked,
    gate: NamedDependency[Gate],
    decision_id: FromPath[UUID],
    data: JSONBody[DecisionBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """The second person agrees, and the money moves."""
    action = partial(decisions.approve, decision_id=decision_id, reason=data.reason)
    return await once(request, gate, idempotency_key, DecisionView, action)


@post("/decisions/{decision_id:uuid}/decline", opt={"deed": Deed.DECIDE}, status_code=200, summary="Decline a decision")
async def decline_decision(
    request: Asked,
    gate: NamedDependency[Gate],
    decision_id: FromPath[UUID],
    data: JSONBody[DecisionBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """The second person says no, and nothing moves."""
    action = partial(decisions.decline, decision_id=decision_id, reason=data.reason)
    return await once(request, gate, idempotency_key, DecisionView, action)


ROUTES = [
    list_recipients,
    add_recipient,
    list_awards,
    one_award,
    propose_award,
    propose_variation,
    propose_withdrawal,
    propose_payment,
    propose_recovery,
    propose_review,
    move_award,
    list_decisions,
    one_decision,
    approve_decision,
    decline_decision,
]
