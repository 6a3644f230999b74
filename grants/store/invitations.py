"""Queries of invitations: made, replaced by a newer one, used once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from grants.store.transaction import Db


@dataclass(frozen=True)
class Invited:
    """A link that still works, and whom it is for."""

    id: UUID
    person: UUID
    purpose: str
    email: str
    name: str


@dataclass(frozen=True)
class Guest:
    """Somebody to invite: what they have of what proves who they are."""

    active: bool
    is_example: bool
    has_password: bool
    has_second_factor: bool


async def guest(db: Db, person: UUID) -> Guest | None:
    """Somebody to invite."""
    row = await db.fetchrow(
        "SELECT p.active, p.is_example, c.password_hash IS NOT NULL AS has_password, "
        "c.totp_confirmed_at IS NOT NULL AS has_second_factor "
        "FROM person p LEFT JOIN credential c ON c.person_id = p.id WHERE p.id = $1",
        person,
    )
    return None if row is None else Guest(**dict(row))


async def made_by(db: Db, person: UUID, maker: UUID, purposes: list[str], since: datetime) -> bool:
    """Whether somebody made a link for a person since then that was used, or still could be."""
    found = await db.fetchval(
        "SELECT EXISTS (SELECT FROM invitation WHERE person_id = $1 AND created_by = $2 AND purpose = ANY($3::text[]) "
        "AND created_at > $4 AND (used_at IS NOT NULL OR revoked_at IS NULL))",
        person,
        maker,
        purposes,
        since,
    )
    return bool(found)


async def revoke(db: Db, person: UUID, purpose: str, now: datetime) -> None:
    """Ends the links of a purpose that nobody used: a newer one takes their place."""
    await db.execute(
        "UPDATE invitation SET revoked_at = $3 WHERE person_id = $1 AND purpose = $2 AND used_at IS NULL "
        "AND revoked_at IS NULL",
        person,
        purpose,
        now,
    )


_GOOD = "i.sha256 = $1 AND i.used_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2 AND p.active"


async def good(db: Db, sha256: bytes, now: datetime) -> Invited | None:
    """A link that still works."""
    row = await db.fetchrow(
        f"SELECT i.id, i.person_id, i.purpose, p.email, p.name FROM invitation i JOIN person p ON p.id = i.person_id WHERE {_GOOD}",  # noqa: S608
        sha256,
        now,
    )
    return _invited(row)


async def use(db: Db, sha256: bytes, now: datetime) -> Invited | None:
    """Uses a link up, once."""
    row = await db.fetchrow(
        f"UPDATE invitation i SET used_at = $2 FROM person p WHERE p.id = i.person_id AND {_GOOD} "  # noqa: S608
        "RETURNING i.id, i.person_id, i.purpose, p.email, p.name",
        sha256,
        now,
    )
    return _invited(row)


def _invited(row: asyncpg.Record | None) -> Invited | None:
    return None if row is None else Invited(row["id"], row["person_id"], row["purpose"], row["email"], row["name"])
