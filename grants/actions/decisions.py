"""Decisions: one person proposes, another approves or declines; nothing posts before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct, structs

from grants.actions.decision_scopes import Scopes, scopes_of
from grants.actions.effects import Effect, effect_of
from grants.actions.listing import Page, decode_number, encode_cursor
from grants.actions.settling import Approved, settle
from grants.domain.access import Deed, Scope, narrowed_to, require, require_another, require_genuine, require_outsider
from grants.domain.decisions import (
    DecisionKind,
    DecisionState,
    DecisionTerms,
    Pay,
    Recover,
    Reverse,
    ReviewAward,
    Vary,
    Withdraw,
    kind_of,
)
from grants.domain.errors import Conflict, NotFound
from grants.domain.ledger import Move
from grants.store import awards, return_people
from grants.store.journal import record
from grants.store.ledger import Cause, post, preview
from grants.store.tables import Decision
from grants.store.transaction import Tx, View


class MoveView(Struct, frozen=True):
    """Money that a decision moves, or would move."""

    kind: str
    source: str
    target: str
    pence: int
    budget_kind: str

    @classmethod
    def of(cls, move: Move) -> "MoveView":
        """A move of the ledger as people see it."""
        return cls(move.kind, move.source.name, move.target.name, move.pence, move.budget_kind)


class DecisionView(Struct, frozen=True):
    """A decision: what was proposed, by whom and why, and what became of it."""

    id: UUID
    number: int
    kind: DecisionKind
    state: DecisionState
    programme: str
    subject: str
    terms: DecisionTerms
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    moves: list[MoveView]
    entries: list[int]
    is_example: bool


@dataclass(frozen=True)
class Weighed:
    """A decision that could be proposed now: what it is about, and what it would do."""

    terms: DecisionTerms
    scopes: Scopes
    effect: Effect


async def weigh(tx: Tx, terms: DecisionTerms) -> Weighed:
    """Looks at a decision before it is proposed, and writes nothing. Raises as `propose` does."""
    scopes = await scopes_of(tx.db, terms)
    for scope in scopes:
        require(tx.actor, Deed.PROPOSE, scope, sight=Deed.SEE_PLAN)
    if isinstance(terms, Vary | Withdraw | Pay | Recover | ReviewAward):
        require_genuine(tx.actor, (await awards.find(tx.db, terms.award)).is_example)
    elif isinstance(terms, Reverse):
        require_genuine(tx.actor, bool(await tx.db.fetchval(_IS_EXAMPLE_ENTRY, terms.entry_no)))
    effect = await effect_of(tx, terms)
    await preview(tx.db, effect.moves)
    return Weighed(terms, scopes, effect)


def put_forward(tx: Tx, weighed: Weighed, reason: str, *, is_example: bool = False) -> Decision:
    """What was weighed in this deed as a row, to be added and recorded: it puts the decision before the second person."""
    return Decision(
        kind=kind_of(weighed.terms).value,
        state=DecisionState.PROPOSED.value,
        programme=str(weighed.scopes[0].programme),
        subject=weighed.effect.subject,
        recipient_id=weighed.scopes[0].recipient,
        terms=msgspec.to_builtins(weighed.terms),
        based_on=weighed.effect.based_on,
        reason=reason.strip(),
        proposed_by=tx.actor.id,
        proposed_at=tx.now,
        is_example=is_example or tx.actor.is_example,
    )


async def propose(tx: Tx, terms: DecisionTerms, reason: str, *, is_example: bool = False) -> DecisionView:
    """Puts a decision before the second person. It changes nothing yet, but is refused if it could not be done now.

    Raises NotFound, NotAllowed, RuleBroken, or Conflict with the figure that stands in the way.
    """
    weighed = await weigh(tx, terms)
    row = put_forward(tx, weighed, reason, is_example=is_example)
    await tx.add(row)
    facts = {"kind": row.kind, "subject": row.subject, "terms": row.terms}
    await record(tx, Deed.PROPOSE, "decision", str(row.id), after=facts, reason=row.reason)
    return await _view(tx, row.id, weighed.effect.moves)


def check_basis(effect: Effect, based_on: int | None) -> None:
    """Raises Conflict where a decision was worked out from terms that are no longer in force."""
    if effect.based_on != based_on:
        raise Conflict(
            "terms_changed", "The award's terms have changed since this was proposed. Decline it and propose it again."
        )


async def check_decider(tx: Tx, decision_id: UUID) -> None:
    """Raises what `approve` raises for who the actor is, and Conflict where it was decided before; writes nothing."""
    terms, _ = await _lock(tx, decision_id)
    for scope in await scopes_of(tx.db, terms):
        require(tx.actor, Deed.DECIDE, scope)


async def approve(tx: Tx, decision_id: UUID, reason: str) -> DecisionView:
    """The second person agrees: the moves are posted and what belongs to them is changed, or nothing is.

    Raises NotAllowed for the proposer, for money of an organisation that the approver belongs to, or where a programme
    is touched that they may not decide for; Conflict where it was decided before, a limit stands in the way, or the
    award's terms have changed since.
    """
    terms, row = await _lock(tx, decision_id)
    for scope in await scopes_of(tx.db, terms):
        require(tx.actor, Deed.DECIDE, scope)
    effect = await effect_of(tx, terms)
    check_basis(effect, row["based_on"])
    facts = {"kind": row["kind"], "subject": row["subject"], "state": "approved"}
    posted = await post(
        tx,
        Deed.DECIDE,
        "decision",
        str(decision_id),
        Cause(decision_id=decision_id),
        effect.moves,
        before=effect.before,
        after=facts,
        reason=reason,
    )
    await settle(tx, terms, Approved(decision_id, effect, posted, row["is_example"]))
    await _decide(tx, decision_id, DecisionState.APPROVED, reason)
    return await _view(tx, decision_id)


async def decline(tx: Tx, decision_id: UUID, reason: str) -> DecisionView:
    """The second person says no, and why; nothing moves. One who decides for its first programme may, whatever else it touches.

    Raises NotAllowed for the proposer and for money of an organisation that they belong to, Conflict where it was decided before.
    """
    await _lock(tx, decision_id)
    await record(tx, Deed.DECIDE, "decision", str(decision_id), after={"state": "declined"}, reason=reason)
    await _decide(tx, decision_id, DecisionState.DECLINED, reason)
    return await _view(tx, decision_id)


_IS_EXAMPLE_ENTRY = """
SELECT coalesce(d.is_example, s.is_example) FROM entry e LEFT JOIN decision d ON d.id = e.decision_id
    LEFT JOIN return_version v ON v.id = e.return_version LEFT JOIN spend_return s ON s.id = v.return_id WHERE e.number = $1
"""


async def _lock(tx: Tx, decision_id: UUID) -> tuple[DecisionTerms, asyncpg.Record]:
    row = await tx.db.fetchrow(
        "SELECT *, terms::text AS terms_text FROM decision WHERE id = $1 FOR UPDATE", decision_id
    )
    if row is None:
        raise NotFound("decision", "There is no such decision that you can see.")
    require(tx.actor, Deed.DECIDE, Scope(row["programme"]), sight=Deed.SEE_DECISIONS)
    if row["state"] != DecisionState.PROPOSED:
        raise Conflict("decided", f"This decision was {row['state']} already.", state=row["state"])
    require_another(tx.actor, [row["proposed_by"]], "The person who proposes a decision cannot also decide it.")
    terms: DecisionTerms = msgspec.json.decode(row["terms_text"], type=DecisionTerms)
    for scope in await scopes_of(tx.db, terms):
        require_outsider(tx.actor, scope)
    require_genuine(tx.actor, row["is_example"])
    if isinstance(terms, Pay) and terms.claim is not None:
        claimed = await return_people.of_claim(tx.db, terms.award, terms.claim)
        require_another(
            tx.actor, claimed, "The person who prepared or certified a claim cannot decide over its payment."
        )
    return terms, row


async def _decide(tx: Tx, decision_id: UUID, state: DecisionState, reason: str) -> None:
    await tx.db.execute(
        "UPDATE decision SET state = $2, decided_by = $3, decided_at = $4, decision_reason = $5 WHERE id = $1",
        decision_id,
        state.value,
        tx.actor.id,
        tx.now,
        reason.strip(),
    )


_DECISION = """
SELECT d.*, d.terms::text AS terms_text, p.name AS proposer, q.name AS decider
FROM decision d JOIN person p ON p.id = d.proposed_by LEFT JOIN person q ON q.id = d.decided_by
"""
_POSTED = (
    "SELECT decision_id, number, kind, source, target, pence, budget_kind FROM entry WHERE decision_id = ANY($1::uuid[]) "
    "ORDER BY number"
)


async def show(view: View, decision_id: UUID) -> DecisionView:
    """One decision. Raises NotFound."""
    return await _view(view, decision_id)


async def listing(view: View, state: DecisionState | None, after: str | None, limit: int) -> Page[DecisionView]:
    """Decisions in the order in which they were proposed."""
    require(view.actor, Deed.SEE_DECISIONS)
    programmes, _ = narrowed_to(view.actor, Deed.SEE_DECISIONS)
    rows = await view.db.fetch(
        f"{_DECISION} WHERE d.number > $1 AND ($2::text IS NULL OR d.state = $2) AND ($3::text[] IS NULL OR d.programme = ANY($3)) "
        "ORDER BY d.number LIMIT $4",
        decode_number(after),
        state,
        None if programmes is None else sorted(programmes),
        limit + 1,
    )
    items = await _from_rows(view, rows[:limit])
    return Page(items, encode_cursor(str(items[-1].number)) if len(rows) > limit else None)


async def _view(view: View, decision_id: UUID, moves: list[Move] | None = None) -> DecisionView:
    row = await view.db.fetchrow(f"{_DECISION} WHERE d.id = $1", decision_id)
    if row is None:
        raise NotFound("decision", "There is no such decision that you can see.")
    require(view.actor, Deed.SEE_DECISIONS, Scope(row["programme"]), sight=Deed.SEE_DECISIONS)
    [decision] = await _from_rows(view, [row])
    return decision if moves is None else structs.replace(decision, moves=[MoveView.of(move) for move in moves])


async def _from_rows(view: View, rows: list[asyncpg.Record]) -> list[DecisionView]:
    posted: dict[UUID, list[asyncpg.Record]] = {row["id"]: [] for row in rows}
    for entry in await view.db.fetch(_POSTED, list(posted)):
        posted[entry["decision_id"]].append(entry)
    return [_shown(row, posted[row["id"]]) for row in rows]


def _shown(row: asyncpg.Record, posted: list[asyncpg.Record]) -> DecisionView:
    return DecisionView(
        id=row["id"],
        number=row["number"],
        kind=DecisionKind(row["kind"]),
        state=DecisionState(row["state"]),
        programme=row["programme"],
        subject=row["subject"],
        terms=msgspec.json.decode(row["terms_text"], type=DecisionTerms),
        reason=row["reason"],
        proposed_by=row["proposer"],
        proposed_at=row["proposed_at"],
        decided_by=row["decider"],
        decided_at=row["decided_at"],
        decision_reason=row["decision_reason"],
        moves=[MoveView(**{name: entry[name] for name in MoveView.__struct_fields__}) for entry in posted],
        entries=[entry["number"] for entry in posted],
        is_example=row["is_example"],
    )
