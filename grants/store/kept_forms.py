"""Queries of forms that came after their session had ended. PostgreSQL shows each to its own person alone."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from grants.store.tables import KeptForm
from grants.store.transaction import Db, Tx

MOST: Final = 5
"""Forms of one person that are kept at once: an older one goes."""


async def person_of_ended(db: Db, sha256: bytes, now: datetime, within: timedelta) -> UUID | None:
    """Whose session it was that was ended, or not used for too long, and was in use lately; None for any other.

    One that ended with a new password or factor was trusted no more: whoever has its cookie may have stolen it.
    """
    found: UUID | None = await db.fetchval(
        "SELECT s.person_id FROM session s JOIN person p ON p.id = s.person_id WHERE s.sha256 = $1 AND p.active AND s.seen_at > $2 "
        "AND (s.ended_because IS NULL OR s.ended_because IN ('signed_out', 'replaced', 'ended'))",
        sha256,
        now - within,
    )
    return found


async def add(tx: Tx, row: KeptForm) -> None:
    """Keeps a form of the actor's, in the place of their oldest where they have too many."""
    await tx.db.execute(
        "DELETE FROM kept_form WHERE person_id = $1 AND id NOT IN "
        "(SELECT id FROM kept_form WHERE person_id = $1 ORDER BY created_at DESC, id LIMIT $2)",
        tx.actor.id,
        MOST - 1,
    )
    await tx.add(row)


async def find(db: Db, form: UUID, since: datetime) -> asyncpg.Record | None:
    """A form that was kept since then, and is the actor's own."""
    return await db.fetchrow("SELECT id, sealed, sent_at FROM kept_form WHERE id = $1 AND created_at > $2", form, since)


async def note_sent(tx: Tx, form: UUID) -> None:
    """Notes that the actor went on with a form."""
    await tx.db.execute("UPDATE kept_form SET sent_at = $2 WHERE id = $1", form, tx.now)


async def drop(tx: Tx, form: UUID) -> None:
    """Removes a form of the actor's."""
    await tx.db.execute("DELETE FROM kept_form WHERE id = $1", form)


async def forget(db: Db, before: datetime) -> None:
    """Removes everybody's forms that are older."""
    await db.execute("SELECT forget_kept_forms($1)", before)
