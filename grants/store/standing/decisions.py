"""Decisions as they were at a place in the record: proposed by then, decided by then or not yet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from grants.domain.decisions import DecisionKind, DecisionState, DecisionTerms
from grants.domain.schedules import EVERYTHING, Filters
from grants.store.ledger import AsAt
from grants.store.standing.sight import require_sight
from grants.store.transaction import Db


@dataclass(frozen=True)
class DecisionAt:
    """A decision as it was: who proposed it and why, and who decided it, where somebody had. Names are people's own.

    `entries` are the numbers of those that it had posted; `proposer` and `decider` tell people of one name apart.
    """

    id: UUID
    number: int
    kind: DecisionKind
    state: DecisionState
    programme: str
    subject: str
    recipient_id: str | None
    terms: DecisionTerms
    based_on: int | None
    reason: str
    proposer: UUID
    proposed_by: str
    proposed_at: datetime
    decider: UUID | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    entries: tuple[int, ...]
    is_example: bool


_DECISIONS: Final = """
WITH later AS (
    SELECT subject, bool_or(deed <> 'decide') AS proposed FROM journal WHERE number > $1 AND subject_kind = 'decision' GROUP BY subject
), touched AS (
    SELECT decision_id, array_agg(number ORDER BY number) AS entries FROM entry
    WHERE number <= $2 AND decision_id IS NOT NULL GROUP BY decision_id
)
SELECT d.id, d.number, d.kind, d.state, d.programme, d.subject, d.recipient_id, d.terms::text AS terms, d.based_on, d.reason,
    d.proposed_by AS proposer, p.name AS proposed_by, d.proposed_at, d.decided_by AS decider, q.name AS decided_by, d.decided_at,
    d.decision_reason, coalesce(t.entries, '{}') AS entries, d.is_example, l.subject IS NOT NULL AS undecided
FROM decision d JOIN person p ON p.id = d.proposed_by LEFT JOIN person q ON q.id = d.decided_by
    LEFT JOIN later l ON l.subject = d.id::text LEFT JOIN touched t ON t.decision_id = d.id
WHERE NOT coalesce(l.proposed, false) AND ($3::text IS NULL OR d.programme = $3) AND ($4::text IS NULL OR d.recipient_id = $4)
    AND ($5::text IS NULL OR $5 IN (d.subject, d.terms ->> 'funding_line', d.terms ->> 'to_line')
        OR d.kind IN ('award', 'vary', 'withdraw', 'pay', 'recover', 'review') AND EXISTS (
            SELECT FROM award a WHERE a.reference = d.subject AND a.funding_line = $5)
        OR d.kind = 'reverse' AND EXISTS (
            SELECT FROM entry e LEFT JOIN award a ON a.reference IN (split_part(e.source, ':', 2), split_part(e.target, ':', 2))
            WHERE e.number = (d.terms ->> 'entry_no')::bigint
                AND $5 IN (a.funding_line, split_part(e.source, ':', 2), split_part(e.target, ':', 2)))
        OR d.kind = 'open_plan' AND d.terms -> 'allocations' @> jsonb_build_array(jsonb_build_object('funding_line', $5)))
ORDER BY d.number
"""


async def decisions_at(db: Db, at: AsAt, filters: Filters = EVERYTHING) -> list[DecisionAt]:
    """The decisions that had been proposed, in that order; of the filters' programme, line and recipient.

    A line's are those that it is named in, as one that money goes to as well, and those of its awards. Raises RuleBroken for a reader
    who may not see all.
    """
    await require_sight(db)
    rows = await db.fetch(
        _DECISIONS, at.journal_no, at.entry_no, filters.programme, filters.recipient, filters.funding_line
    )
    return [_decision(row) for row in rows]


def _decision(row: asyncpg.Record) -> DecisionAt:
    facts = dict(row)
    undecided = facts.pop("undecided")
    if undecided:
        facts |= {"state": "proposed", "decider": None, "decided_by": None, "decided_at": None, "decision_reason": None}
    return DecisionAt(
        **{
            **facts,
            "kind": DecisionKind(facts["kind"]),
            "state": DecisionState(facts["state"]),
            "terms": msgspec.json.decode(facts["terms"], type=DecisionTerms),
            "entries": tuple(facts["entries"]),
        }
    )
