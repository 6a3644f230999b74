"""Queries of matchings: those of a recipient, in force and before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import msgspec

from grants.domain.matchings import Matching
from grants.store.transaction import Db, Tx


@dataclass(frozen=True)
class MatchingRow:
    """A matching as it was confirmed. `is_newest`: it is the one in force for its shape."""

    id: UUID
    shape: str
    number: int
    matching: Matching
    confirmed_by: str
    confirmed_at: datetime
    is_newest: bool


_ALL: Final = """
SELECT m.id, m.shape, m.number, m.matching::text, p.name AS confirmed_by, m.confirmed_at,
    m.number = max(m.number) OVER (PARTITION BY m.shape) AS is_newest
FROM matching m JOIN person p ON p.id = m.confirmed_by WHERE m.recipient_id = $1 AND m.is_example = $2
"""
_PAGE: Final = f"""
SELECT * FROM ({_ALL}) found WHERE $3::text IS NULL OR (shape, -number) > ($3, -$4::bigint) ORDER BY shape, number DESC LIMIT $5
"""  # noqa: S608  put together from our own text
_ONE: Final = f"SELECT * FROM ({_ALL}) found WHERE id = $3"  # noqa: S608  as above
_ADD: Final = """
INSERT INTO matching (id, recipient_id, shape, number, matching, confirmed_by, confirmed_at, is_example)
SELECT $1, $2, $3, coalesce(max(number), 0) + 1, $4::jsonb, $5, $6, $7 FROM matching
WHERE recipient_id = $2 AND shape = $3 AND is_example = $7
"""


async def page_of(
    db: Db, recipient: str, after: tuple[str, int] | None, limit: int, *, is_example: bool
) -> list[MatchingRow]:
    """A recipient's matchings by shape, those in force before those that they superseded."""
    rows = await db.fetch(
        _PAGE,
        recipient,
        is_example,
        after[0] if after else None,
        after[1] if after else 0,
        limit,
    )
    return [MatchingRow(**{**dict(row), "matching": _matching(row)}) for row in rows]


async def find(db: Db, recipient: str, matching_id: UUID, *, is_example: bool) -> MatchingRow:
    """One matching of a recipient, which is there."""
    row = await db.fetchrow(_ONE, recipient, is_example, matching_id)
    return MatchingRow(**{**dict(row), "matching": _matching(row)})


async def add(tx: Tx, recipient: str, matching: Matching, *, is_example: bool) -> UUID:
    """Keeps a matching as the newest of its shape; its identifier. One that came at the same time is a Conflict."""
    matching_id = uuid4()
    await tx.db.execute(
        _ADD,
        matching_id,
        recipient,
        matching.shape,
        msgspec.json.encode(matching).decode(),
        tx.actor.id,
        tx.now,
        is_example,
    )
    return matching_id


def _matching(row: asyncpg.Record) -> Matching:
    return msgspec.json.decode(row["matching"], type=Matching)
