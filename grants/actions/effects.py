"""What each kind of decision needs before it can be proposed, and the moves that it would make now."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import UNSET, Struct, structs

from grants.domain import awards as rules
from grants.domain.decision_moves import line_account, moves_of, variation_moves, withdrawal_moves
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
from grants.domain.errors import Conflict, RuleBroken
from grants.domain.ledger import SOURCE, AccountKind, Move, MoveKind
from grants.domain.money import show
from grants.domain.periods import london_day
from grants.domain.plan import BudgetKind
from grants.store import awards, ledger
from grants.store import returns as stored_returns
from grants.store.awards import AwardRow
from grants.store.transaction import Tx


@dataclass(frozen=True)
class Effect:
    """A decision looked at: what it is about, and what it would do to the ledger now.

    `based_on` is the version of the award's terms that it was worked out from: a decision never outlives them.
    `before` is what it would write over, so that the journal can say how it was.
    """

    subject: str
    moves: list[Move] = field(default_factory=list)
    based_on: int | None = None
    claim: Any = None
    before: dict[str, Any] | None = None


async def effect_of(tx: Tx, terms: DecisionTerms) -> Effect:
    """Raises NotFound for what does not exist, RuleBroken or Conflict for what may not be done. Locks the award it is about.

    A refusal names figures: ask first whether the actor may know them (decision_scopes.scopes_of).
    """
    return await _LOOK[type(terms)](tx, terms)


async def _keep_years(tx: Tx, *codes: str) -> None:
    """No line's year is corrected until the deed ends: a correction takes along the money that it sees."""
    await tx.db.execute(
        "SELECT FROM funding_line WHERE code = ANY($1::text[]) ORDER BY code FOR KEY SHARE", sorted(set(codes))
    )


async def _line(tx: Tx, terms: Allocate | Reduce | CarryForward) -> Effect:
    await _keep_years(tx, terms.funding_line)
    return Effect(terms.funding_line, moves_of(terms, london_day(tx.now)))


async def _vire(tx: Tx, terms: Vire) -> Effect:
    await _keep_years(tx, terms.from_line, terms.to_line)
    return Effect(terms.from_line, moves_of(terms, london_day(tx.now)))


async def _make_award(tx: Tx, terms: MakeAward) -> Effect:
    await _keep_years(tx, terms.funding_line)
    if not await tx.db.fetchval("SELECT true FROM recipient WHERE id = $1", terms.recipient_id):
        raise RuleBroken("no_recipient", "There is no recipient with that identifier. Add the recipient first.")
    if await tx.db.fetchval("SELECT is_taken('award', $1)", terms.reference):
        raise Conflict("exists", "There is an award with this reference already. Choose another reference.")
    rules.check_terms(terms.terms)
    return Effect(terms.reference, moves_of(terms, london_day(tx.now)))


async def _vary(tx: Tx, terms: Vary) -> Effect:
    award = await awards.lock(tx, terms.award)
    if award.state not in rules.WITHDRAWABLE:
        raise RuleBroken("award_state", f"An award that is {award.state} cannot be varied.")
    rules.check_terms(terms.terms)
    moves = variation_moves(award.reference, award.funding_line, award.terms, terms.terms, london_day(tx.now))
    return Effect(award.reference, moves, award.terms_version)


async def _withdraw(tx: Tx, terms: Withdraw) -> Effect:
    award = await awards.lock(tx, terms.award)
    unpaid = await awards.unpaid(tx.db, award.reference)
    moves = withdrawal_moves(award.reference, award.funding_line, unpaid, london_day(tx.now))
    # A payment that is reversed after a withdrawal comes back to an award that can neither pay nor spend it.
    again = award.state is rules.AwardState.WITHDRAWN and bool(moves)
    if award.state not in rules.WITHDRAWABLE and not again:
        raise RuleBroken("award_state", f"An award that is {award.state} cannot be withdrawn.")
    return Effect(award.reference, moves, award.terms_version, before={"state": award.state})


async def _pay(tx: Tx, terms: Pay) -> Effect:
    award = await awards.lock(tx, terms.award)
    if award.state not in rules.TAKES_PAYMENTS:
        raise RuleBroken("award_state", f"An award that is {award.state} cannot be paid.")
    if terms.paid_on > london_day(tx.now):
        raise RuleBroken("paid_in_future", "The payment's date must be today or earlier.")
    if (terms.instalment is None) == (terms.claim is None):
        raise RuleBroken(
            "profile_or_claim", "Name the instalment of the payment profile or the claim that is paid, one of the two."
        )
    claim = None
    if terms.instalment is not None:
        await _check_instalment(tx, award, terms, terms.instalment)
    elif terms.claim is not None:
        claim = await _check_claim(tx, award, terms, terms.claim)
    return Effect(award.reference, moves_of(terms, terms.paid_on), claim=claim)


async def _check_instalment(tx: Tx, award: AwardRow, terms: Pay, number: int) -> None:
    found = [
        line
        for line in award.terms.profile
        if (line.number, line.year, line.budget_kind) == (number, terms.year, terms.budget_kind)
    ]
    if not found:
        raise RuleBroken(
            "no_instalment", "The award's payment profile has no such instalment for that year and budget kind."
        )
    paid = await awards.paid_for_instalment(tx.db, award.reference, terms.budget_kind, number)
    _check_left(f"Instalment {number}", found[0].pence, paid, terms.pence)


async def _check_claim(tx: Tx, award: AwardRow, terms: Pay, period: str) -> Any:
    if award.terms.payment_basis is rules.PaymentBasis.ADVANCE:
        raise RuleBroken(
            "claim_in_advance", "An award paid in advance is paid by its payment profile: name the instalment instead."
        )
    if not period.startswith(terms.year):
        raise RuleBroken("claim_year", "The claim lies in another financial year. Pay it from its own year.")
    claim = await stored_returns.lock(tx, award.reference, period)
    if claim.state != "accepted":
        raise RuleBroken("claim_not_accepted", "Only an accepted return can be paid as a claim.")
    accepted = await stored_returns.accepted_pence(tx.db, claim.id, terms.budget_kind)
    paid = await awards.paid_for_claim(tx.db, award.reference, terms.budget_kind, claim.id)
    _check_left(f"The claim for {period}", accepted, paid, terms.pence)
    return claim.id


def _check_left(what: str, worth: int, paid: int, asked: int) -> None:
    if paid + asked > worth:
        raise Conflict(
            "limit",
            f"{what} is worth {show(worth)} and {show(paid)} of it has been paid, so {show(asked)} more cannot be.",
            worth_pence=worth,
            paid_pence=paid,
            asked_pence=asked,
        )


async def _recover(tx: Tx, terms: Recover) -> Effect:
    award = await awards.lock(tx, terms.award)
    if terms.recovered_on > london_day(tx.now):
        raise RuleBroken("recovered_in_future", "The recovery's date must be today or earlier.")
    return Effect(award.reference, moves_of(terms, terms.recovered_on))


_REVERSIBLE: Final = {
    MoveKind.ALLOCATE,
    MoveKind.REDUCE,
    MoveKind.VIRE,
    MoveKind.CARRY_FORWARD,
    MoveKind.PAY,
    MoveKind.RECOVER,
}


async def _reverse(tx: Tx, terms: Reverse) -> Effect:
    move = (await ledger.entry(tx.db, terms.entry_no)).move
    if move.kind not in _REVERSIBLE:
        raise RuleBroken(
            "not_reversible",
            "Awards are undone by a variation or a withdrawal, and accepted spend by reopening its return.",
        )
    if move.source.kind in (AccountKind.AWARD, AccountKind.HELD):
        rules.check_open((await awards.lock(tx, move.source.owner)).state)
    moves = await ledger.mirrors(tx, [terms.entry_no], london_day(tx.now))
    return Effect(str(terms.entry_no), moves)


async def _review(tx: Tx, terms: ReviewAward) -> Effect:
    award = await awards.lock(tx, terms.award)
    rules.check_review(award.terms, award.state, terms.year, london_day(tx.now))
    if await tx.db.fetchval(_IS_REVIEWED, award.reference, terms.year):
        raise Conflict("reviewed", f"The award's review for {terms.year} has been approved already.")
    return Effect(award.reference, based_on=award.terms_version)


_IS_REVIEWED: Final = "SELECT EXISTS (SELECT FROM decision WHERE subject = $1 AND kind = 'review' AND state = 'approved' AND terms ->> 'year' = $2)"


async def _add_line(tx: Tx, terms: AddLine) -> Effect:
    if not await tx.db.fetchval("SELECT true FROM programme WHERE code = $1", terms.programme):
        raise RuleBroken("no_programme", "There is no programme with that code.")
    if await tx.db.fetchval("SELECT is_taken('funding_line', $1)", terms.code):
        raise Conflict("exists", "There is a funding line with this code already.")
    return Effect(terms.code)


async def _amend_line(tx: Tx, terms: AmendLine) -> Effect:
    await tx.db.execute("SELECT FROM funding_line WHERE code = $1 FOR UPDATE", terms.funding_line)
    row = dict(await tx.db.fetchrow("SELECT * FROM funding_line WHERE code = $1", terms.funding_line))
    moves = []
    if isinstance(terms.facts.year, str) and terms.facts.year != row["year"]:
        moves = await _year_moves(tx, terms.funding_line, row["year"], terms.facts.year)
    changed = {name for name, value in structs.asdict(terms.facts).items() if value is not UNSET}
    return Effect(terms.funding_line, moves, before={name: row[name] for name in sorted(changed)})


async def _year_moves(tx: Tx, code: str, old: str, new: str) -> list[Move]:
    source, target = line_account(code, old), line_account(code, new)
    rows = await tx.db.fetch(
        "SELECT budget_kind, balance_pence, funded_pence FROM position WHERE account = $1", source.name
    )
    moves = []
    for row in rows:
        kind, pence, awarded = (
            BudgetKind(row["budget_kind"]),
            row["balance_pence"],
            row["funded_pence"] - row["balance_pence"],
        )
        if awarded:
            raise Conflict(
                "awarded_in_year",
                f"{show(awarded)} of {old} is awarded already, so the line's year cannot be corrected. Vary or withdraw the awards first.",
                awarded_pence=awarded,
            )
        if pence:
            today = london_day(tx.now)
            moves.append(Move(MoveKind.REDUCE, source, SOURCE, pence, kind, today))
            moves.append(Move(MoveKind.ALLOCATE, SOURCE, target, pence, kind, today))
    return moves


async def _amend_milestone(tx: Tx, terms: AmendMilestone) -> Effect:
    row = await tx.db.fetchrow(
        "SELECT forecast, actual, rag, comment FROM milestone WHERE code = $1 FOR UPDATE", terms.milestone
    )
    return Effect(terms.milestone, before=row and dict(row))


_LOOK: Final[dict[type[Struct], Callable[..., Awaitable[Effect]]]] = {
    Allocate: _line,
    Reduce: _line,
    CarryForward: _line,
    Vire: _vire,
    MakeAward: _make_award,
    Vary: _vary,
    Withdraw: _withdraw,
    Pay: _pay,
    Recover: _recover,
    Reverse: _reverse,
    ReviewAward: _review,
    AddLine: _add_line,
    AmendLine: _amend_line,
    AmendMilestone: _amend_milestone,
}
