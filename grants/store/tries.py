"""Tries at passwords and codes: counted in the database before they are checked, so that no number of replicas lets more through."""

import math
from datetime import datetime

from grants.domain.sign_in import FAILURES_FORGOTTEN_AFTER, TooManyTries, delay_seconds
from grants.store.transaction import Db

_CLAIM = """
INSERT INTO sign_in_try AS t (key, failures, not_before, tried_at) VALUES ($1, 1, $2, $2)
ON CONFLICT (key) DO UPDATE SET failures = CASE WHEN t.tried_at < $3 THEN 1 ELSE t.failures + 1 END, tried_at = $2
WHERE t.not_before <= $2
RETURNING failures
"""


async def claim(db: Db, key: bytes, now: datetime, free: int) -> None:
    """Counts a try as one that fails, until `forgive` or `give_back` says otherwise. Raises TooManyTries where it comes too soon.

    To be committed before the password is looked at: of those who try at once, each waits for the count of the one before.
    """
    failures = await db.fetchval(_CLAIM, key, now, now - FAILURES_FORGOTTEN_AFTER)
    if failures is None:
        until = await db.fetchval("SELECT not_before FROM sign_in_try WHERE key = $1", key)
        raise TooManyTries(max(1, math.ceil((until - now).total_seconds())) if until else 1)
    await db.execute(
        "UPDATE sign_in_try SET not_before = $2::timestamptz + make_interval(secs => $3) WHERE key = $1",
        key,
        now,
        float(delay_seconds(failures, free)),
    )


async def forgive(db: Db, key: bytes) -> None:
    """Forgets all failures: the right person came."""
    await db.execute("DELETE FROM sign_in_try WHERE key = $1", key)


async def give_back(db: Db, key: bytes, now: datetime) -> None:
    """Takes back the one try that succeeded, and leaves those of others."""
    await db.execute(
        "UPDATE sign_in_try SET failures = greatest(failures - 1, 0), not_before = $2 WHERE key = $1", key, now
    )


async def forget_old(db: Db, now: datetime) -> None:
    """Removes what nobody waits for any more."""
    await db.execute("DELETE FROM sign_in_try WHERE tried_at < $1", now - FAILURES_FORGOTTEN_AFTER)
