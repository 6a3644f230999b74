"""What an approved decision changes beside the ledger: awards and their terms, payments, the plan's words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET, Struct, structs

from grants.actions.effects import Effect
from grants.actions.rounds import returns_for_award
from grants.domain.awards import AwardState
from grants.domain.decisions import AddLine, AmendLine, AmendMilestone, DecisionTerms, MakeAward, Pay, Vary, Withdraw
from grants.store import awards, returns
from grants.store.ledger import Posted
from grants.store.tables import Award, FundingLine, Payment
from grants.store.transaction import Tx


@dataclass(frozen=True)
class Approved:
    """A decision that has just been approved: its effect, and what it posted."""

    id: UUID
    effect: Effect
    posted: Posted
    is_example: bool


async def settle(tx: Tx, terms: DecisionTerms, approved: Approved) -> None:
    """Makes the changes that belong to the decision, in its transaction."""
    change = _CHANGE.get(type(terms))
    if change is not None:
        await change(tx, terms, approved)


async def _make_award(tx: Tx, terms: MakeAward, approved: Approved) -> None:
    await tx.add(
        Award(
            reference=terms.reference,
            funding_line=terms.funding_line,
            recipient_id=terms.recipient_id,
            state=AwardState.ALLOCATED.value,
            terms_version=1,
            is_example=approved.is_example,
            created_at=tx.now,
        )
    )
    await awards.add_terms(tx, terms.reference, 1, terms.terms, approved.id)


async def _vary(tx: Tx, terms: Vary, approved: Approved) -> None:
    award = await awards.find(tx.db, terms.award)
    await awards.add_terms(tx, terms.award, award.terms_version + 1, terms.terms, approved.id)
    await awards.set_state(tx, terms.award, award.state, award.terms_version + 1)
    await returns_for_award(tx, terms.award)


async def _withdraw(tx: Tx, terms: Withdraw, approved: Approved) -> None:
    await awards.set_state(tx, terms.award, AwardState.WITHDRAWN)
    await returns.end_forecasts(tx, terms.award, approved.posted.journal_no)


async def _pay(tx: Tx, terms: Pay, approved: Approved) -> None:
    await tx.add(
        Payment(
            award=terms.award,
            decision_id=approved.id,
            entry_no=approved.posted.entries[0].number,
            year=terms.year,
            budget_kind=terms.budget_kind.value,
            pence=terms.pence,
            instalment=terms.instalment,
            claim=approved.effect.claim,
            paid_on=terms.paid_on,
        )
    )


async def _add_line(tx: Tx, terms: AddLine, approved: Approved) -> None:
    place = await tx.db.fetchval("SELECT last_place() + 1")
    await tx.add(FundingLine(**structs.asdict(terms), place=place))


async def _amend_line(tx: Tx, terms: AmendLine, approved: Approved) -> None:
    facts = {name: value for name, value in structs.asdict(terms.facts).items() if value is not UNSET}
    await _update(tx, "funding_line", terms.funding_line, facts)


async def _amend_milestone(tx: Tx, terms: AmendMilestone, approved: Approved) -> None:
    facts = structs.asdict(terms)
    await _update(tx, "milestone", facts.pop("milestone"), facts)


async def _update(tx: Tx, table: str, code: str, facts: dict[str, Any]) -> None:
    """The names are fields of our own structures, never what somebody typed."""
    if facts:
        columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(facts, start=2))
        await tx.db.execute(f"UPDATE {table} SET {columns} WHERE code = $1", code, *facts.values())  # noqa: S608


_CHANGE: Final[dict[type[Struct], Callable[..., Awaitable[None]]]] = {
    MakeAward: _make_award,
    Vary: _vary,
    Withdraw: _withdraw,
    Pay: _pay,
    AddLine: _add_line,
    AmendLine: _amend_line,
    AmendMilestone: _amend_milestone,
}
