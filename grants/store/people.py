"""Queries of people, their roles and their tokens."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import asyncpg
import msgspec

from grants.domain.access import Actor, Grant, Role
from grants.store.transaction import Db


@dataclass(frozen=True)
class SignedIn:
    """Who a token belongs to, and the number of the newest journal record when they were found: one query gives both."""

    actor: Actor
    journal_no: int


_ACTOR = """
SELECT p.id, p.name, p.is_example, t.id AS token_id, (SELECT last_no FROM journal_head) AS journal_no,
    array_agg(g.role ORDER BY g.granted_at) AS roles,
    json_agg(g.over ORDER BY g.granted_at) AS overs
FROM api_token t JOIN person p ON p.id = t.person_id JOIN role_grant g ON g.person_id = p.id AND g.ended_at IS NULL
WHERE t.sha256 = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND p.active
GROUP BY p.id, p.name, p.is_example, t.id
"""


async def actor_by_token(db: Db, sha256: bytes, now: datetime, request_id: str) -> SignedIn | None:
    """Who a token belongs to; None where it is unknown, ended or revoked, or its person has no role left."""
    row = await db.fetchrow(_ACTOR, sha256, now)
    if row is None:
        return None
    actor = Actor(
        row["id"],
        row["name"],
        _grants(tuple(row["roles"]), row["overs"]),
        row["token_id"],
        request_id,
        row["is_example"],
    )
    return SignedIn(actor, row["journal_no"])


async def grants_of(db: Db, person: UUID) -> tuple[Grant, ...]:
    """The roles that a person holds now."""
    rows = await db.fetch(
        "SELECT role, over FROM role_grant WHERE person_id = $1 AND ended_at IS NULL ORDER BY granted_at, role", person
    )
    return tuple(Grant(Role(row["role"]), None if row["over"] is None else frozenset(row["over"])) for row in rows)


async def person_by_email(db: Db, email: str) -> UUID | None:
    """The person with an address, in lower case."""
    found: UUID | None = await db.fetchval("SELECT id FROM person WHERE email = $1", email)
    return found


async def actor_by_email(db: Db, email: str) -> Actor | None:
    """A person who is active, as an actor."""
    row = await db.fetchrow("SELECT id, name, is_example FROM person WHERE email = $1 AND active", email)
    return await _actor(db, row)


async def actor_by_id(db: Db, person: UUID) -> Actor | None:
    """A person who is active, as an actor."""
    row = await db.fetchrow("SELECT id, name, is_example FROM person WHERE id = $1 AND active", person)
    return await _actor(db, row)


async def _actor(db: Db, row: asyncpg.Record | None) -> Actor | None:
    if row is None:
        return None
    return Actor(row["id"], row["name"], await grants_of(db, row["id"]), is_example=row["is_example"])


@lru_cache(maxsize=1_000)  # every request asks, and people's roles hardly change
def _grants(roles: tuple[str, ...], overs: str) -> tuple[Grant, ...]:
    decoded = msgspec.json.decode(overs, type=list[list[str] | None])
    return tuple(
        Grant(Role(role), None if over is None else frozenset(over)) for role, over in zip(roles, decoded, strict=True)
    )
