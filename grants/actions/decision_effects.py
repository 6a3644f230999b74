"""What a decision would do if it were approved now, or did when it was: its moves, and each account before and after. Nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from grants.actions.decision_names import Names, names_for
from grants.actions.decision_scopes import scopes_of
from grants.actions.decisions import DecisionView, MoveView, check_basis, check_decider, weigh
from grants.actions.effects import Effect, effect_of
from grants.domain.access import Deed, Scope, may
from grants.domain.awards import AwardTerms
from grants.domain.decision_effects import AccountChange, changes_of, undone
from grants.domain.decisions import DecisionKind, DecisionState, DecisionTerms, Vary
from grants.domain.errors import Conflict, NotAllowed, NotFound, RuleBroken
from grants.domain.ledger import Move, touched
from grants.store import awards
from grants.store import decision_facts as stored
from grants.store.ledger import preview
from grants.store.transaction import Tx, View


@dataclass(frozen=True)
class Prospect:
    """A decision's effect. `before` is what it writes over: an award's terms, or facts by name.

    `refusal` says why it could not be approved now, whoever approves it; empty where it could. `is_partial`: it touches
    money of a programme that the actor does not see, so that nothing is said of figures.
    """

    moves: Sequence[MoveView] = ()
    accounts: Sequence[AccountChange] = ()
    before: AwardTerms | Mapping[str, Any] | None = None
    refusal: str = ""
    is_partial: bool = False


@dataclass(frozen=True)
class Looked:
    """A decision with its effect, and the names of what it is about. `bar` says why the actor cannot decide it; empty where they can."""

    decision: DecisionView
    prospect: Prospect = field(default_factory=Prospect)
    bar: str = ""
    names: Names = field(default_factory=Names)


async def checked(tx: Tx, terms: DecisionTerms) -> Prospect:
    """What a decision that nobody has proposed yet would do. Raises as `propose` does."""
    weighed = await weigh(tx, terms)
    return await _prospect(tx, terms, weighed.effect)


async def looked_at(tx: Tx, decision: DecisionView) -> Looked:
    """A decision beside its effect: as it would be now, as it was when it was approved, or none where it was declined."""
    return replace(await _looked(tx, decision), names=await names_for(tx, decision.terms))


async def _looked(tx: Tx, decision: DecisionView) -> Looked:
    is_open = decision.state is DecisionState.PROPOSED
    bar = await _bar(tx, decision) if is_open else ""
    if not await _sees_all(tx, decision):
        return Looked(decision, Prospect(is_partial=True), bar)
    if is_open:
        return Looked(decision, await _open(tx, decision), bar)
    return Looked(decision, await _done(tx, decision) if decision.state is DecisionState.APPROVED else Prospect())


async def _sees_all(tx: Tx, decision: DecisionView) -> bool:
    """Whether all that it touches is the actor's to see: figures of an account with only some of its entries would be wrong."""
    if decision.kind is DecisionKind.OPEN_PLAN:
        return may(tx.actor, Deed.SEE_PLAN, Scope(decision.programme))
    try:
        scopes = await scopes_of(tx.db, decision.terms)
    except NotFound:
        # Its award is not there, or not to be seen: then neither is what it would do.
        return False
    return all(may(tx.actor, Deed.SEE_PLAN, scope) for scope in scopes)


async def _open(tx: Tx, decision: DecisionView) -> Prospect:
    try:
        effect = await effect_of(tx, decision.terms)
        check_basis(effect, await stored.based_on(tx.db, decision.id))
    except (Conflict, RuleBroken, NotFound) as error:
        return Prospect(refusal=error.message)
    try:
        await preview(tx.db, effect.moves)
    except (Conflict, RuleBroken) as error:
        return await _prospect(tx, decision.terms, effect, error.message)
    return await _prospect(tx, decision.terms, effect)


async def _prospect(tx: Tx, terms: DecisionTerms, effect: Effect, refusal: str = "") -> Prospect:
    before: AwardTerms | Mapping[str, Any] | None = effect.before
    if isinstance(terms, Vary):
        before = (await awards.find(tx.db, terms.award)).terms
    standing = await stored.standings(tx.db, touched(effect.moves))
    return Prospect(
        moves=[MoveView.of(move) for move in effect.moves],
        accounts=changes_of(effect.moves, standing),
        before=before,
        refusal=refusal,
    )


async def _done(view: View, decision: DecisionView) -> Prospect:
    """The figures around the very entries that it posted, whatever has happened since."""
    moves: list[Move] = [entry.move for entry in await stored.entries_of(view.db, decision.entries)]
    before: AwardTerms | None = None
    if isinstance(decision.terms, Vary):
        based_on = await stored.based_on(view.db, decision.id)
        before = await stored.terms_of(view.db, decision.terms.award, based_on) if based_on else None
    after = await stored.standings(view.db, touched(moves), decision.entries[-1]) if decision.entries else {}
    return Prospect(moves=decision.moves, accounts=changes_of(moves, undone(moves, after)), before=before)


async def _bar(tx: Tx, decision: DecisionView) -> str:
    if not may(tx.actor, Deed.DECIDE, Scope(decision.programme)):
        return "An approver decides this, and not whoever proposed it."
    try:
        await check_decider(tx, decision.id)
    except (NotAllowed, Conflict) as error:
        return error.message
    return ""
