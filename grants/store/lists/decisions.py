"""The list of decisions: each with its amount, who proposed it and who decided it."""

from dataclasses import dataclass
from typing import Final

import asyncpg

from grants.domain.decisions import DecisionKind
from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

ABOUT: Final = """
coalesce(CASE d.kind WHEN 'open_plan' THEN (SELECT title FROM programme WHERE code = d.subject)
    WHEN 'amend_milestone' THEN (SELECT title FROM milestone WHERE code = d.subject)
    WHEN 'add_line' THEN d.terms ->> 'title'
    WHEN 'reverse' THEN 'Entry ' || d.subject
    ELSE (SELECT title FROM funding_line WHERE code = d.subject
        AND d.kind IN ('allocate', 'reduce', 'vire', 'carry_forward', 'amend_line')) END, d.subject)
"""
"""What a decision is about, as people name it."""
# What waits comes first, in the order in which it was proposed; then what is decided, the newest first.
_TEXT: Final = f"""
SELECT d.id, d.number, d.kind, d.state, d.programme, d.subject, {ABOUT} AS about, d.reason, d.is_example, p.name AS proposed_by, d.proposed_at,
    q.name AS decided_by, d.decided_at,
    CASE WHEN d.state = 'proposed' THEN d.number ELSE 1000000000000 - d.number END AS place,
    CASE d.kind
        WHEN 'award' THEN (SELECT sum((b ->> 'pence')::bigint)::bigint FROM jsonb_array_elements(d.terms -> 'terms' -> 'budget') b)
        WHEN 'open_plan' THEN (SELECT sum((a ->> 'pence')::bigint)::bigint FROM jsonb_array_elements(d.terms -> 'allocations') a)
        WHEN 'reverse' THEN (SELECT e.pence FROM entry e WHERE e.number = (d.terms ->> 'entry_no')::bigint)
        ELSE (d.terms ->> 'pence')::bigint END AS pence
FROM decision d JOIN person p ON p.id = d.proposed_by LEFT JOIN person q ON q.id = d.decided_by
WHERE ($1::text[] IS NULL OR d.programme = ANY($1))
    AND ($2::text IS NULL OR (d.subject = $2 OR d.terms ->> 'to_line' = $2) AND d.kind = ANY($3::text[]))
"""  # noqa: S608  our own text
DECISIONS: Final = ListQuery(
    _TEXT,
    words=frozenset({"kind", "state", "programme", "subject", "about", "reason", "proposed_by", "decided_by"}),
    values=frozenset({"id", "number", "is_example", "proposed_at", "decided_at", "place", "pence"}),
    unique="number",
    nullable=frozenset({"decided_by", "decided_at", "pence"}),
)


@dataclass(frozen=True)
class About:
    """What decisions are about: a funding line or an award by its name, with the kinds of decision that such things have."""

    name: str
    kinds: frozenset[DecisionKind]


async def decisions(
    db: Db, wanted: Wanted, programmes: frozenset[str] | None, about: About | None = None
) -> Listed[asyncpg.Record]:
    """One page of the decisions of the programmes that may be seen, None: of all; about one thing, None: about anything."""
    narrowed = (None, []) if about is None else (about.name, sorted(about.kinds))
    return await listed(db, DECISIONS, wanted, [None if programmes is None else sorted(programmes), *narrowed])
