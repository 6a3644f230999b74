"""The journal's tree: its root and its time at any size, and the subtrees that a proof is made of."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from grants.domain.merkle import HASH_BYTES, Span, Whole, root_of, wholes_of
from grants.store.transaction import Db

# Each record keeps the whole subtrees that end with it, smallest first.
_HASHES: Final = """
SELECT number, level, substr(tree, level * $3 + 1, $3) AS hash
FROM journal_trees($1::bigint[]) JOIN unnest($1::bigint[], $2::int[]) AS wanted (last, level) ON number = wanted.last
"""


async def root_at(db: Db, size: int) -> bytes | None:
    """The root of the journal's first records; None where one of those that it is made of is missing or has no hashes."""
    whole = Span(1, size)
    hashes = await hashes_of(db, [whole])
    return None if hashes is None else hashes[whole]


async def hashes_of(db: Db, spans: Iterable[Span]) -> dict[Span, bytes] | None:
    """The hash of each subtree, fetched at once; None where a record that one is made of is missing or has no hashes."""
    parts = {span: wholes_of(span) for span in spans}
    wanted = sorted({whole for wholes in parts.values() for whole in wholes})
    rows = await db.fetch(_HASHES, [whole.last for whole in wanted], [whole.level for whole in wanted], HASH_BYTES)
    found = {Whole(row["number"], row["level"]): bytes(row["hash"]) for row in rows}
    if set(found) != set(wanted) or any(len(part) != HASH_BYTES for part in found.values()):
        return None
    return {span: root_of([found[whole] for whole in wholes]) for span, wholes in parts.items()}


async def time_of(db: Db, size: int) -> datetime | None:
    """When the newest of the journal's first records was made; None where there is none."""
    found: datetime | None = await db.fetchval(
        "SELECT at FROM journal WHERE number <= $1 ORDER BY number DESC LIMIT 1", size
    )
    return found
