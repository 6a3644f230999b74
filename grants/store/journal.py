"""The journal: the append-only record of who did what. Written in the deed's own transaction."""

from collections.abc import Mapping
from typing import Any

import msgspec

from grants.domain.access import Deed
from grants.store.transaction import Db, Tx

Facts = Mapping[str, Any]


class JournalLine(msgspec.Struct, frozen=True):
    """One record as people read it."""

    number: int
    at: str
    person: str
    deed: str
    subject_kind: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    request_id: str


async def record(
    tx: Tx,
    deed: Deed | str,
    subject_kind: str,
    subject: str,
    *,
    before: Facts | None = None,
    after: Facts | None = None,
    reason: str | None = None,
) -> int:
    """Adds a record and gives its number. It takes the journal's lock until the deed ends, so write it late."""
    number: int = await tx.db.fetchval(
        "INSERT INTO journal (number, at, person_id, deed, subject_kind, subject, before, after, reason, request_id) "
        "VALUES (0, $1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9) RETURNING number",
        tx.now,
        tx.actor.id,
        str(deed),
        subject_kind,
        subject,
        _json(before),
        _json(after),
        reason,
        tx.actor.request_id,
    )
    return number


def _json(facts: Facts | None) -> str | None:
    return None if facts is None else msgspec.json.encode(facts).decode()


async def extract(db: Db, *, after: int, limit: int, subject: str | None = None) -> list[JournalLine]:
    """Records with numbers above `after`, in order."""
    rows = await db.fetch(
        "SELECT j.number, j.at, p.name AS person, j.deed, j.subject_kind, j.subject, j.before::text AS before, "
        "j.after::text AS after, j.reason, j.request_id FROM journal j JOIN person p ON p.id = j.person_id "
        "WHERE j.number > $1 AND ($3::text IS NULL OR j.subject = $3) ORDER BY j.number LIMIT $2",
        after,
        limit,
        subject,
    )
    return [
        JournalLine(
            **{
                **dict(row),
                "at": row["at"].isoformat(),
                "before": row["before"] and msgspec.json.decode(row["before"]),
                "after": row["after"] and msgspec.json.decode(row["after"]),
            }
        )
        for row in rows
    ]
