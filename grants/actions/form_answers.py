"""What forms were answered: kept for the same person and the same browser, for half an hour, so that going back finds it."""

import hashlib
import hmac
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from msgspec import Struct

from grants.domain.access import NOBODY, Actor
from grants.domain.kept_forms import opened, sealed
from grants.store import form_answers as stored
from grants.store.transaction import Gate, Tx

LASTS: Final = timedelta(minutes=30)


class Answer(Struct, frozen=True):
    """A page as it was sent. `headers` say what its body is."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def keep(gate: Gate, actor: Actor | None, secret: str, answer: Answer) -> UUID:
    """Keeps an answer to a form of the actor, or of nobody yet; gives its name.

    `secret` is what the browser's forms are bound to: only who brings it opens the answer, and here it is not kept.
    """
    made, to = uuid4(), actor or NOBODY
    async with gate.deed(to) as tx:
        await stored.add(tx, made, sealed(_key(secret), made, to.id, answer))
    return made


async def find(gate: Gate, actor: Actor | None, secret: str, name: str) -> Answer | None:
    """The answer of this name, where the actor and their browser's secret open it; None for anybody else, and after half an hour."""
    try:
        answer, to = UUID(name), actor or NOBODY
    except ValueError:
        return None
    async with gate.reading(to) as view:
        content = await stored.find(view.db, answer, view.now - LASTS)
    return None if content is None else opened(_key(secret), answer, to.id, content, Answer)


async def drop(tx: Tx) -> None:
    """Removes what was kept for the actor, in all their browsers."""
    await stored.drop(tx)


async def forget_old(gate: Gate) -> None:
    """Removes everybody's answers that nothing opens any more."""
    async with gate.glance() as db:
        await stored.forget(db, gate.clock() - LASTS)


def _key(secret: str) -> bytes:
    return hmac.new(secret.encode(), b"answers to forms", hashlib.sha256).digest()
