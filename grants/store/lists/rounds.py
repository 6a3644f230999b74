"""The list of collection rounds: each with the returns that it asks for, and how far they are; and one round's returns."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from grants.domain.returns import SUBMITTED
from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

_TEXT: Final = """
SELECT c.id, c.programme, c.period, c.opens_on, c.due_on, c.state, c.is_example, c.period || '/' || c.programme AS name,
    coalesce(k.expected, 0) AS expected, coalesce(k.submitted, 0) AS submitted, coalesce(k.accepted, 0) AS accepted,
    coalesce(k.late, 0) AS late
FROM collection_round c LEFT JOIN (
    SELECT r.round_id, count(*) AS expected, count(*) FILTER (WHERE r.state = ANY($3)) AS submitted,
        count(*) FILTER (WHERE r.state = 'accepted') AS accepted,
        count(*) FILTER (WHERE r.state <> ALL($3) AND r.due_on < $2::date) AS late
    FROM spend_return r GROUP BY r.round_id
) k ON k.round_id = c.id
WHERE ($1::text[] IS NULL OR c.programme = ANY($1))
"""
ROUNDS: Final = ListQuery(
    _TEXT,
    words=frozenset({"programme", "period", "state", "name"}),
    values=frozenset({"id", "opens_on", "due_on", "is_example", "expected", "submitted", "accepted", "late"}),
    unique="name",
)


async def rounds(db: Db, wanted: Wanted, programmes: frozenset[str] | None, today: date) -> Listed[asyncpg.Record]:
    """One page of the rounds of the programmes that may be seen; None: of all. `today` is London's."""
    arguments = [None if programmes is None else sorted(programmes), today, sorted(SUBMITTED)]
    return await listed(db, ROUNDS, wanted, arguments)


async def returns_of(db: Db, round_id: UUID) -> Sequence[asyncpg.Record]:
    """The returns that a round asked for, with when each was first submitted, in order of award."""
    found: Sequence[asyncpg.Record] = await db.fetch(
        "SELECT r.id, r.award, a.recipient_id, c.name AS recipient_name, r.state, r.due_on, r.version, r.is_example, k.submitted_at "
        "FROM spend_return r JOIN award a ON a.reference = r.award JOIN recipient c ON c.id = a.recipient_id LEFT JOIN ("
        "SELECT e.return_id, min(e.at) AS submitted_at FROM return_event e JOIN spend_return s ON s.id = e.return_id "
        "WHERE s.round_id = $1 AND e.state = 'certified' GROUP BY e.return_id) k ON k.return_id = r.id "
        "WHERE r.round_id = $1 ORDER BY r.award",
        round_id,
    )
    return found


class Reminded(Struct, frozen=True):
    """A reminder of a return: to whom, which one ("-5": five working days before it is due), and what became of it."""

    return_id: UUID
    person: str
    which: str
    state: str
    queued_at: datetime
    ended_at: datetime | None


async def reminders_of(db: Db, round_id: UUID) -> list[Reminded]:
    """The reminders of a round's returns, the newest first: of a round that whoever asks may see, and of no other."""
    return [Reminded(**dict(row)) for row in await db.fetch("SELECT * FROM reminders_of_round($1)", round_id)]
