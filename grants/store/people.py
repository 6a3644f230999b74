"""Queries of people, their roles and their tokens."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import asyncpg
import msgspec

from grants.domain.access import Actor, Deed, Grant, Role
from grants.store.transaction import Db


@dataclass
class TokenHolder:
    """Who holds a token and until when, as it was at a journal number, by one query. `last_used_at` goes on from there."""

    actor: Actor
    journal_no: int
    expires_at: datetime
    last_used_at: datetime | None


async def token_holder(db: Db, sha256: bytes, now: datetime) -> TokenHolder | None:
    """Who holds a token; None where it is unknown, ended or revoked, or its person has no role left."""
    row = await db.fetchrow("SELECT * FROM token_holder($1, $2)", sha256, now)
    if row is None:
        return None
    actor = Actor(
        row["person_id"],
        row["name"],
        grants_from(tuple(row["roles"]), row["overs"]),
        row["token_id"],
        is_example=row["is_example"],
        only=None if row["deeds"] is None else frozenset(deed for deed in Deed if deed.value in row["deeds"]),
    )
    return TokenHolder(actor, row["journal_no"], row["expires_at"], row["last_used_at"])


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
def grants_from(roles: tuple[str, ...], overs: str) -> tuple[Grant, ...]:
    """Grants as a query of their holder gives them: roles, and JSON of what each is over."""
    decoded = msgspec.json.decode(overs, type=list[list[str] | None])
    return tuple(
        Grant(Role(role), None if over is None else frozenset(over)) for role, over in zip(roles, decoded, strict=True)
    )
