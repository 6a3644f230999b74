"""Sessions of browsers: begun with a new secret each time, ended at once in all replicas. Their rows are the only truth."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from grants.domain.access import Actor, Deed
from grants.domain.errors import NotAllowed, NotFound
from grants.domain.sign_in import WHOLE, Lifetimes
from grants.store import signing_in as stored
from grants.store.journal import record
from grants.store.signing_in import Holder
from grants.store.tables import BrowserSession
from grants.store.transaction import Gate, Tx, View

_SEEN_AGAIN_AFTER: Final = timedelta(minutes=1)
_BROWSER_CHARACTERS: Final = 100


class SessionView(Struct, frozen=True):
    """A session, for its person."""

    id: UUID
    browser: str
    signed_in_by: str
    created_at: datetime
    seen_at: datetime


def digest(secret: str) -> bytes:
    """What is kept of a random secret. It is long, so that a plain SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()


async def start(
    tx: Tx,
    actor: Actor,
    signed_in_by: str,
    factors: int,
    browser: str,
    *,
    replacing: str | None = None,
    lasting: timedelta = WHOLE,
) -> str:
    """A new session of the actor; gives the cookie's value, of which only the SHA-256 is kept.

    `signed_in_by` is password, provider or example; `factors` how many were shown, 1 or 2. `browser` is a short description.
    `replacing` is the value of the cookie that the browser brought: that session ends, whatever it was.
    """
    tx = await tx.acting_as(actor)
    if replacing:
        await stored.end_held(tx.db, digest(replacing), tx.now, "replaced")
    secret = secrets.token_urlsafe(32)
    row = BrowserSession(
        person_id=actor.id,
        sha256=digest(secret),
        signed_in_by=signed_in_by,
        factors=factors,
        browser=browser[:_BROWSER_CHARACTERS],
        created_at=tx.now,
        seen_at=tx.now,
        ends_at=tx.now + lasting,
    )
    await tx.add(row)
    await record(tx, Deed.SIGN_IN, "session", str(row.id), after={"by": signed_in_by, "factors": factors})
    return secret


async def renew(tx: Tx, held: Holder, factors: int, browser: str, lasting: timedelta = WHOLE) -> str:
    """Another session in the place of one that still holds; gives the cookie's value.

    Raises NotAllowed where it was ended meanwhile: a stolen cookie is not renewed after its person signed out.
    """
    tx = await tx.acting_as(held.actor)
    if not await stored.end_session(tx.db, held.session, held.actor.id, tx.now, "replaced"):
        raise NotAllowed("signed_out", "You were signed out meanwhile. Sign in again.")
    return await start(tx, held.actor, held.signed_in_by, factors, browser, lasting=lasting)


async def holder(
    gate: Gate, secret: str, lifetimes: Lifetimes, request_id: str, *, is_use: bool = True
) -> Holder | None:
    """Whose session a cookie's value opens, now; None where it opens none. That it was used is noted once a minute."""
    now = gate.clock()
    async with gate.glance() as db:
        found = await stored.session_holder(db, digest(secret), now, lifetimes.idle, request_id)
    if found is not None and is_use and now - found.seen_at >= _SEEN_AGAIN_AFTER:
        async with gate.glance() as db:
            await db.execute("SELECT session_seen($1, $2)", found.session, now)
    return found


async def end(tx: Tx, session: UUID, because: str = "ended") -> None:
    """Ends a session of the actor's own. Raises NotFound for one that is not theirs, or has ended."""
    if not await stored.end_session(tx.db, session, tx.actor.id, tx.now, because):
        raise NotFound("session", "There is no such session.")
    await record(tx, Deed.SIGN_IN, "session", str(session), after={"ended": because})


async def end_others(tx: Tx, keep: UUID, because: str = "ended") -> int:
    """Ends all sessions of the actor but one; how many there were."""
    return await _end_all(tx, tx.actor.id, because, keep)


async def end_all(tx: Tx, person: UUID, because: str) -> int:
    """Ends all sessions of a person at once; how many there were. Whether the actor may is the caller's to ask."""
    return await _end_all(tx, person, because, None)


async def _end_all(tx: Tx, person: UUID, because: str, keep: UUID | None) -> int:
    ended = await stored.end_sessions(tx.db, person, tx.now, because, keep)
    if ended:
        names = [str(session) for session in ended]
        await record(tx, Deed.SIGN_IN, "person", str(person), after={"sessions_ended": names, "because": because})
    return len(ended)


async def current(view: View, lifetimes: Lifetimes) -> list[SessionView]:
    """The actor's sessions that could still be used, the newest first."""
    rows = await view.db.fetch(
        "SELECT id, browser, signed_in_by, created_at, seen_at FROM session WHERE person_id = $1 AND ended_at IS NULL "
        "AND ends_at > $2 AND seen_at > $3 ORDER BY created_at DESC LIMIT 100",
        view.actor.id,
        view.now,
        view.now - lifetimes.idle,
    )
    return [SessionView(**dict(row)) for row in rows]
