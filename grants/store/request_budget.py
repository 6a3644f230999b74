"""How many requests the replicas have taken out of a person's budget for one window of time."""

from datetime import datetime
from typing import Final

from grants.store.transaction import Tx

_CLAIM: Final = """
WITH over AS (DELETE FROM request_budget WHERE person_id = $1 AND window_at < $2::timestamptz - interval '10 minutes')
INSERT INTO request_budget AS b (person_id, window_at, claimed) VALUES ($1, $2, $3)
ON CONFLICT (person_id, window_at) DO UPDATE SET claimed = b.claimed + excluded.claimed WHERE b.claimed < $4
RETURNING claimed
"""


async def claim(tx: Tx, window_at: datetime, block: int, limit: int) -> tuple[int, int]:
    """Takes up to `block` requests out of the actor's budget: how many there were, and how many are left for others.

    All that replicas take in a window comes to `limit` at the most. What was taken long before is removed;
    not what was taken just before, since the replicas' clocks may differ.
    """
    claimed: int | None = await tx.db.fetchval(_CLAIM, tx.actor.id, window_at, block, limit)
    if claimed is None:
        return 0, 0
    return min(block, limit - (claimed - block)), max(0, limit - claimed)
