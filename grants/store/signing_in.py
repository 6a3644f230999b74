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
