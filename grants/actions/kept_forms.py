"""Forms that came after their session had ended: kept for the same person and the same browser, for an hour, so that nothing is lost."""

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from grants.actions.sessions import digest
from grants.domain.access import Actor
from grants.domain.kept_forms import Kept, new_key, opened, sealed
from grants.store import kept_forms as stored
from grants.store.people import actor_by_id
from grants.store.tables import KeptForm
from grants.store.transaction import Gate

LASTS: Final = timedelta(hours=1)
ENDED_WITHIN: Final = timedelta(days=1)
"""A session that nobody has used for longer keeps no forms."""


@dataclass(frozen=True)
class Found:
    """A form that was kept. `was_sent`: its person went on with it before."""

    id: UUID
    kept: Kept
    was_sent: bool


async def whose(gate: Gate, session_secret: str) -> Actor | None:
    """Whose session it was that a cookie's value opened; None where there never was one, or where it is long ago."""
    async with gate.signing_in() as tx:
        person = await stored.person_of_ended(tx.db, digest(session_secret), tx.now, ENDED_WITHIN)
        return None if person is None else await actor_by_id(tx.db, person)


async def keep(gate: Gate, actor: Actor, form: Kept) -> str:
    """Keeps a form for the actor; gives what their browser must bring to have it back, and nobody else has: its name and its key."""
    made, key = uuid4(), new_key()
    async with gate.deed(actor) as tx:
        row = KeptForm(id=made, person_id=actor.id, sealed=sealed(key, made, actor.id, form), created_at=tx.now)
        await stored.add(tx, row)
    return f"{made}.{base64.urlsafe_b64encode(key).decode()}"


async def find(gate: Gate, actor: Actor, brought: str) -> Found | None:
    """The form that a browser's cookie opens, if it is the actor's; None for anybody else, and after an hour."""
    named = _named(brought)
    if named is None:
        return None
    form, key = named
    async with gate.reading(actor) as view:
        row = await stored.find(view.db, form, view.now - LASTS)
    kept = None if row is None else opened(key, form, actor.id, bytes(row["sealed"]), Kept)
    return None if row is None or kept is None else Found(form, kept, row["sent_at"] is not None)


def _named(brought: str) -> tuple[UUID, bytes] | None:
    name, _, key = brought.partition(".")
    try:
        return UUID(name), base64.b64decode(key, altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None


async def note_sent(gate: Gate, actor: Actor, form: UUID) -> None:
    """Notes that the actor went on with a form."""
    async with gate.deed(actor) as tx:
        await stored.note_sent(tx, form)


async def drop(gate: Gate, actor: Actor, form: UUID) -> None:
    """Removes a form that the actor does not need."""
    async with gate.deed(actor) as tx:
        await stored.drop(tx, form)


async def forget_old(gate: Gate) -> None:
    """Removes everybody's forms that are older than an hour."""
    async with gate.glance() as db:
        await stored.forget(db, gate.clock() - LASTS)
