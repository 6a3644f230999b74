"""The list of collection rounds: each with the returns that it asks for, and how far they are; and one round's returns."""

from collections.abc import Collection
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


_SUBMITTED_ON: Final = "(k.submitted_at AT TIME ZONE 'Europe/London')::date"
_DAYS: Final = (
    f"greatest(0, CASE WHEN r.state = ANY($3) THEN coalesce({_SUBMITTED_ON}, $2::date) ELSE $2::date END - r.due_on)"
)
RETURNS: Final = ListQuery(
    f"""
    SELECT r.id, r.award, a.recipient_id, c.name AS recipient_name, r.state, r.due_on, r.is_example,
        CASE WHEN r.state = ANY($3) THEN k.submitted_at END AS submitted_at, {_DAYS} AS days_late,
        r.state <> ALL($3) AND r.due_on < $2::date AS is_late
    FROM spend_return r JOIN award a ON a.reference = r.award JOIN recipient c ON c.id = a.recipient_id LEFT JOIN (
        SELECT e.return_id, min(e.at) AS submitted_at FROM return_event e JOIN spend_return s ON s.id = e.return_id
        WHERE s.round_id = $1 AND e.state = 'certified' GROUP BY e.return_id
    ) k ON k.return_id = r.id
    WHERE r.round_id = $1
    """,  # noqa: S608  our own text
    words=frozenset({"award", "recipient_id", "recipient_name", "state"}),
    values=frozenset({"id", "due_on", "is_example", "submitted_at", "days_late", "is_late"}),
    unique="award",
    nullable=frozenset({"submitted_at"}),
)


async def returns_of(db: Db, wanted: Wanted, round_id: UUID, today: date) -> Listed[asyncpg.Record]:
    """One page of the returns that a round asked for. `days_late` runs to the day of submission, or to today."""
    return await listed(db, RETURNS, wanted, (round_id, today, sorted(SUBMITTED)))


async def progress_of(db: Db, round_id: UUID, today: date) -> tuple[int, int]:
    """How many of a round's returns are submitted, and how many are past their due date and not."""
    row = await db.fetchrow(
        "SELECT count(*) FILTER (WHERE state = ANY($3)) AS submitted, "
        "count(*) FILTER (WHERE state <> ALL($3) AND due_on < $2::date) AS late FROM spend_return WHERE round_id = $1",
        round_id,
        today,
        sorted(SUBMITTED),
    )
    return (0, 0) if row is None else (row["submitted"], row["late"])


class Reminded(Struct, frozen=True):
    """A reminder of a return: to whom, which one ("-5": five working days before it is due), and what became of it."""

    return_id: UUID
    person: str
    which: str
    state: str
    queued_at: datetime
    ended_at: datetime | None


async def reminders_of(db: Db, round_id: UUID, returns: Collection[UUID]) -> list[Reminded]:
    """The reminders of some of a round's returns, the newest first: of a round that whoever asks may see, and of no other."""
    rows = await db.fetch(
        "SELECT * FROM reminders_of_round($1) WHERE return_id = ANY($2::uuid[])", round_id, list(returns)
    )
    return [Reminded(**dict(row)) for row in rows]
