"""Loading the plan from its file: opened once, and from then on changed by decisions only."""

from collections.abc import Iterable

from msgspec import Struct, to_builtins

from grants.actions.decisions import propose
from grants.actions.people import ANNOUNCEMENT
from grants.domain.access import Deed, Scope, require
from grants.domain.decision_moves import moves_of
from grants.domain.decisions import Allocate, OpenPlan
from grants.domain.errors import Conflict, RuleBroken
from grants.domain.money import show
from grants.domain.plan import FundingLine, Plan, Programme
from grants.domain.plan_changes import Changes, changes, held_back
from grants.store import plan_loading as stored
from grants.store.journal import record
from grants.store.ledger import Cause, post
from grants.store.transaction import Tx


class PlanLoad(Struct, frozen=True):
    """What loading a plan's file did, each in words: added at once, proposed for a second person, and told but not done."""

    created: list[str]
    proposed: list[str]
    reported: list[str]
    unchanged: bool


async def load_plan(tx: Tx, plan: Plan) -> PlanLoad:
    """Opens the plan from its file, or proposes what has changed in the file since it was last loaded.

    Loaded again, the same file does nothing. Raises NotAllowed where the actor may not load all of its programmes.
    """
    for programme in plan.programmes:
        require(tx.actor, Deed.LOAD_PLAN, Scope(programme.code))
    await stored.queue(tx)
    last = await stored.last_loaded(tx.db)
    found = changes(plan, last, await stored.standing(tx.db))
    await stored.add_facts(tx, found.programmes, found.opening, found.milestones, found.history)
    proposed, refused = await _propose(tx, found)
    created = _created(found)
    kept = held_back(plan, last, frozenset(refused))
    if created or proposed or kept != last:
        facts = {"plan": to_builtins(kept), "created": created, "proposed": proposed}
        await record(tx, Deed.LOAD_PLAN, "plan", "plan", after=facts)
    for programme in plan.programmes:
        await _open(tx, programme, [line for line in found.opening if line.programme == programme.code])
    reported = found.reports + [f"{code}: {words}" for code, words in refused.items()]
    return PlanLoad(created, proposed, reported, unchanged=not created and not proposed)


async def _propose(tx: Tx, found: Changes) -> tuple[list[str], dict[str, str]]:
    """What was proposed, in words; and by code what the plan refuses now, with the reason."""
    proposed, refused = [], {}
    for code, terms in found.proposals:
        if await stored.is_open(tx.db, terms):
            found.reports.append(f"{code}: this change is proposed already and waits for a decision.")
            continue
        try:
            decision = await propose(tx, terms, stored.FROM_FILE)
        except (Conflict, RuleBroken) as refusal:
            refused[code] = refusal.message
        else:
            proposed.append(f"Decision {decision.number}: {decision.kind.replace('_', ' ')} {code}")
    return proposed, refused


def _created(found: Changes) -> list[str]:
    return [
        *(f"Programme {item.code}" for item in found.programmes),
        *(f"Funding line {line.code}: {show(line.announced_pence)} for {line.year}" for line in found.opening),
        *(f"Milestone {item.code}" for item in found.milestones),
        *(f"History {item.code}" for item in found.history),
    ]


async def _open(tx: Tx, programme: Programme, lines: Iterable[FundingLine]) -> None:
    """Posts a programme's opening allocations, all under one decision: the announcement's proposal."""
    allocations = tuple(
        Allocate(line.code, line.year, line.announced_pence, line.budget_kind) for line in lines if line.announced_pence
    )
    if not allocations:
        return
    terms = OpenPlan(allocations)
    decision = await stored.add_opening(tx, programme.code, terms, ANNOUNCEMENT.id, programme.source)
    facts = {"kind": "open_plan", "subject": programme.code, "state": "approved"}
    moves = moves_of(terms, programme.announced_on)
    await post(
        tx,
        Deed.LOAD_PLAN,
        "decision",
        str(decision),
        Cause(decision_id=decision),
        moves,
        after=facts,
        reason=programme.source,
    )
