"""Queries of signing in: who holds a session, whose password it is, how often was tried; nothing here is ever deleted but tries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from grants.domain.access import Actor
from grants.store.people import grants_from
from grants.store.transaction import Db


@dataclass(frozen=True)
class Holder:
    """Whose a session is, and what they showed to open it. `has_second_factor`: they have set one up."""

    actor: Actor
    session: UUID
    signed_in_by: str
    factors: int
    has_password: bool
    has_second_factor: bool
    seen_at: datetime
    ends_at: datetime
    journal_no: int


@dataclass(frozen=True)
class Login:
    """Somebody who may sign in with a password; the hash that they changed it to last."""

    person: UUID
    password_hash: str | None


@dataclass(frozen=True)
class FactorRow:
    """A second factor as it is kept: the sealed secret, and whether it was ever shown to work."""

    sealed: bytes | None
    confirmed: bool


async def session_holder(db: Db, sha256: bytes, now: datetime, idle: timedelta, request_id: str) -> Holder | None:
    """Whose a session is; None where it is unknown, ended, idle for too long, or its person is not active."""
    row = await db.fetchrow("SELECT * FROM session_holder($1, $2, $3)", sha256, now, idle)
    if row is None:
        return None
    actor = Actor(
        row["person_id"],
        row["name"],
        grants_from(tuple(row["roles"]), row["overs"]),
        request_id=request_id,
        is_example=row["is_example"],
    )
    return Holder(
        actor,
        row["session_id"],
        row["signed_in_by"],
        row["factors"],
        row["password"],
        row["second_factor"],
        row["seen_at"],
        row["ends_at"],
        row["journal_no"],
    )


async def end_session(db: Db, session: UUID, person: UUID, now: datetime, because: str) -> bool:
    """Ends one session of a person; whether it had not ended yet."""
    done = await db.fetchval(
        "UPDATE session SET ended_at = $3, ended_because = $4 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL "
        "RETURNING true",
        session,
        person,
        now,
        because,
    )
    return bool(done)


async def end_held(db: Db, sha256: bytes, now: datetime, because: str) -> None:
    """Ends the session that a browser brought, whosever it was: who has its secret may end it."""
    await db.execute(
        "UPDATE session SET ended_at = $2, ended_because = $3 WHERE sha256 = $1 AND ended_at IS NULL",
        sha256,
        now,
        because,
    )


async def end_sessions(db: Db, person: UUID, now: datetime, because: str, keep: UUID | None = None) -> list[UUID]:
    """Ends the sessions of a person, but for one; which they were."""
    rows = await db.fetch(
        "UPDATE session SET ended_at = $2, ended_because = $3 WHERE person_id = $1 AND ended_at IS NULL "
        "AND id IS DISTINCT FROM $4 RETURNING id, ends_at",
        person,
        now,
        because,
        keep,
    )
    return [row["id"] for row in rows if row["ends_at"] > now]


async def login_of(db: Db, email: str) -> Login | None:
    """Whoever may sign in with an address, in lower case: active, and no example person."""
    row = await db.fetchrow(
        "SELECT p.id, c.password_hash FROM person p LEFT JOIN credential c ON c.person_id = p.id "
        "WHERE p.email = $1 AND p.active AND NOT p.is_example",
        email,
    )
    return None if row is None else Login(row["id"], row["password_hash"])


async def password_hash_of(db: Db, person: UUID) -> str | None:
    """What is kept of a person's password."""
    found: str | None = await db.fetchval("SELECT password_hash FROM credential WHERE person_id = $1", person)
    return found


async def keep_password(db: Db, person: UUID, password_hash: str, now: datetime) -> None:
    """Keeps a new password; the second factor stays."""
    await db.execute(
        "INSERT INTO credential (person_id, password_hash, password_set_at) VALUES ($1, $2, $3) "
        "ON CONFLICT (person_id) DO UPDATE SET password_hash = $2, password_set_at = $3",
        person,
        password_hash,
        now,
    )


async def change_hash(db: Db, person: UUID, kept: str, made: str) -> None:
    """The same password, hashed anew; nothing where it was changed meanwhile."""
    await db.execute(
        "UPDATE credential SET password_hash = $3 WHERE person_id = $1 AND password_hash = $2", person, kept, made
    )
