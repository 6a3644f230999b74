"""What each kind of decision is about: asked before anything else, so that a refusal tells strangers nothing."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from msgspec import Struct

from grants.domain.access import Scope
from grants.domain.decisions import (
    AddLine,
    Allocate,
    AmendLine,
    AmendMilestone,
    CarryForward,
    DecisionTerms,
    MakeAward,
    Pay,
    Recover,
    Reduce,
    Reverse,
    ReviewAward,
    Vary,
    Vire,
    Withdraw,
)
from grants.domain.errors import NotFound, RuleBroken
from grants.domain.ledger import AccountKind
from grants.store import awards, ledger
from grants.store.transaction import Db

Scopes = tuple[Scope, ...]


async def scopes_of(db: Db, terms: DecisionTerms) -> Scopes:
    """Every programme, with its recipient if there is one, whose people a decision wants: at least one.

    Raises NotFound for what does not exist, RuleBroken for what nobody proposes.
    """
    look = _LOOK.get(type(terms))
    if look is None:
        raise RuleBroken("not_proposed", "That is not something to propose.")
    return await look(db, terms)


async def _programme(db: Db, code: str) -> str:
    found: str | None = await db.fetchval("SELECT programme_of_line($1)", code)
    if found is None:
        raise NotFound("funding_line", "There is no funding line with that code that you can see. Check the code.")
    return found


async def _of_line(db: Db, terms: Allocate | Reduce | CarryForward | AmendLine) -> Scopes:
    return (Scope(await _programme(db, terms.funding_line)),)


async def _of_lines(db: Db, terms: Vire) -> Scopes:
    return Scope(await _programme(db, terms.from_line)), Scope(await _programme(db, terms.to_line))


async def _of_new_award(db: Db, terms: MakeAward) -> Scopes:
    return (Scope(await _programme(db, terms.funding_line), terms.recipient_id),)


async def _of_award(db: Db, terms: Vary | Withdraw | Pay | Recover | ReviewAward) -> Scopes:
    return ((await awards.find(db, terms.award)).scope,)


async def _of_entry(db: Db, terms: Reverse) -> Scopes:
    move = (await ledger.entry(db, terms.entry_no)).move
    found = []
    for account in (move.source, move.target):
        if account.kind is AccountKind.LINE:
            found.append(Scope(await _programme(db, account.owner)))
        elif account.owner:
            found.append((await awards.find(db, account.owner)).scope)
    return tuple(found)


async def _of_new_line(db: Db, terms: AddLine) -> Scopes:
    return (Scope(terms.programme),)


async def _of_milestone(db: Db, terms: AmendMilestone) -> Scopes:
    programme = await db.fetchval("SELECT programme FROM milestone WHERE code = $1", terms.milestone)
    if programme is None:
        raise NotFound("milestone", "There is no milestone with that code.")
    return (Scope(programme),)


_LOOK: Final[dict[type[Struct], Callable[[Db, Any], Awaitable[Scopes]]]] = {
    Allocate: _of_line,
    Reduce: _of_line,
    CarryForward: _of_line,
    AmendLine: _of_line,
    Vire: _of_lines,
    MakeAward: _of_new_award,
    Vary: _of_award,
    Withdraw: _of_award,
    Pay: _of_award,
    Recover: _of_award,
    Reverse: _of_entry,
    ReviewAward: _of_award,
    AddLine: _of_new_line,
    AmendMilestone: _of_milestone,
}
