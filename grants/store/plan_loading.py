"""Queries and rows of loading the plan: what its file has done before, and the plan as it stands."""

from dataclasses import asdict
from typing import Final
from uuid import UUID

import msgspec

from grants.domain.access import Deed
from grants.domain.decisions import DecisionKind, DecisionState, DecisionTerms, OpenPlan, kind_of
from grants.domain.plan import FundingLine, HistoryEvent, Milestone, Plan, Programme
from grants.domain.plan_changes import Standing
from grants.store import plan as stored
from grants.store import tables
from grants.store.transaction import Db, Tx

FROM_FILE: Final = "The plan's file has changed."
"""The reason of every decision that loading a changed file proposes: it marks the money that the file has given."""

_ONE_AT_A_TIME: Final = 7_461_229_019


async def queue(tx: Tx) -> None:
    """Waits until nobody else is loading a plan, and keeps others waiting until the deed ends."""
    await tx.db.execute("SELECT pg_advisory_xact_lock($1)", _ONE_AT_A_TIME)


async def last_loaded(db: Db) -> Plan | None:
    """The plan's file as it was last loaded; None before the first time."""
    found = await db.fetchval(
        "SELECT (after -> 'plan')::text FROM journal WHERE subject_kind = 'plan' AND subject = 'plan' AND deed = $1 "
        "ORDER BY number DESC LIMIT 1",
        Deed.LOAD_PLAN.value,
    )
    return None if found is None else msgspec.json.decode(found, type=Plan)


async def standing(db: Db) -> Standing:
    """The plan as it stands."""
    plan = Plan(
        programmes=tuple(await stored.programmes(db)),
        funding_lines=tuple(await stored.funding_lines(db)),
        milestones=tuple(await stored.milestones(db)),
        history=tuple(await stored.history(db)),
    )
    asked_for = await db.fetch("SELECT subject FROM decision WHERE kind = 'add_line' AND state = 'proposed'")
    return Standing(plan, await _given(db), frozenset(row["subject"] for row in asked_for))


_GIVEN: Final = """
WITH flow AS (
    SELECT split_part(CASE e.source WHEN 'source' THEN e.target ELSE e.source END, ':', 2) AS line,
        CASE e.source WHEN 'source' THEN e.pence ELSE -e.pence END AS pence,
        coalesce(d.kind = 'open_plan' OR d.reason = $1 AND d.kind IN ('allocate', 'reduce'), false) AS from_file
    FROM entry e LEFT JOIN entry undone ON undone.number = e.reverses
        LEFT JOIN decision d ON d.id = coalesce(undone.decision_id, e.decision_id)
    WHERE e.source = 'source' OR e.target = 'source'
    UNION ALL
    SELECT subject, CASE WHEN state <> 'proposed' THEN 0 WHEN kind = 'allocate' THEN (terms ->> 'pence')::bigint
        ELSE -(terms ->> 'pence')::bigint END, true
    FROM decision WHERE reason = $1 AND kind IN ('allocate', 'reduce')
)
SELECT line, coalesce(sum(pence) FILTER (WHERE from_file), sum(pence))::bigint AS pence FROM flow GROUP BY line
"""


async def _given(db: Db) -> dict[str, int]:
    """Pence that the file has given each line, open proposals counted; of a line without such money, all that it was given."""
    return {row["line"]: row["pence"] for row in await db.fetch(_GIVEN, FROM_FILE)}


async def is_open(db: Db, terms: DecisionTerms) -> bool:
    """Whether the same terms are proposed already and wait for a decision."""
    found = await db.fetchval(
        "SELECT true FROM decision WHERE state = 'proposed' AND kind = $1 AND terms = $2::jsonb LIMIT 1",
        kind_of(terms).value,
        msgspec.json.encode(terms).decode(),
    )
    return bool(found)


async def add_facts(
    tx: Tx,
    programmes: list[Programme],
    lines: list[FundingLine],
    milestones: list[Milestone],
    history: list[HistoryEvent],
) -> None:
    """Adds rows of the plan; the lines in the order of the file."""
    await tx.add(*(tables.Programme(**asdict(programme)) for programme in programmes))
    await tx.add(*(tables.FundingLine(**asdict(line), place=place) for place, line in enumerate(lines, start=1)))
    await tx.add(*(tables.Milestone(**asdict(milestone)) for milestone in milestones))
    for event in history:
        row = asdict(event)
        await tx.add(tables.HistoryEvent(on_day=row.pop("on"), **row))


async def add_opening(tx: Tx, programme: str, terms: OpenPlan, proposer: UUID, reason: str) -> UUID:
    """Adds the decision that opens a programme: proposed by the announcement, approved by whoever loads the plan."""
    row = tables.Decision(
        kind=DecisionKind.OPEN_PLAN.value,
        state=DecisionState.APPROVED.value,
        programme=programme,
        subject=programme,
        terms=msgspec.to_builtins(terms),
        reason=reason,
        proposed_by=proposer,
        proposed_at=tx.now,
        decided_by=tx.actor.id,
        decided_at=tx.now,
        decision_reason="The plan is loaded for the first time.",
    )
    await tx.add(row)
    return row.id
