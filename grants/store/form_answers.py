"""Queries of what forms were answered. PostgreSQL shows each to its own person alone."""

from datetime import datetime
from typing import Final
from uuid import UUID

from grants.domain.access import NOBODY
from grants.store.transaction import Db, Tx

MOST: Final = 10
"""Answers to one person that are kept at once: an older one goes."""
MOST_OF_NOBODY: Final = 200
"""Answers to all who have not signed in."""


async def add(tx: Tx, answer: UUID, sealed: bytes) -> None:
    """Keeps an answer to the actor, in the place of their oldest where they have too many."""
    person = tx.actor.id
    await tx.db.execute(
        "DELETE FROM form_answer WHERE id IN "
        "(SELECT id FROM form_answer WHERE person_id = $1 ORDER BY created_at DESC, id OFFSET $2)",
        person,
        (MOST_OF_NOBODY if person == NOBODY.id else MOST) - 1,
    )
    await tx.db.execute(
        "INSERT INTO form_answer (id, person_id, sealed, created_at) VALUES ($1, $2, $3, $4)",
        answer,
        person,
        sealed,
        tx.now,
    )


async def find(db: Db, answer: UUID, since: datetime) -> bytes | None:
    """An answer that was given since then, to the actor."""
    found: bytes | None = await db.fetchval(
        "SELECT sealed FROM form_answer WHERE id = $1 AND created_at > $2", answer, since
    )
    return found


async def drop(tx: Tx) -> None:
    """Removes all answers to the actor."""
    await tx.db.execute("DELETE FROM form_answer WHERE person_id = $1", tx.actor.id)


async def forget(db: Db, before: datetime) -> None:
    """Removes everybody's answers that are older."""
    await db.execute("SELECT forget_form_answers($1)", before)
