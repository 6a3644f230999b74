"""The journal: appends by several people at once beside bare rows, and verification beside reading and hashing alone."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg

from grants.actions.people import OPERATOR
from grants.actions.proof import verify
from grants.domain.leaves import SALT_BYTES, canonical, leaf_of, text_of
from grants.domain.merkle import leaf_hash
from grants.store import proof
from grants.store.journal import record
from grants.store.transaction import Gate, Tx
from tests.bench.figures import Figure, figure
from tests.grants.growing_tree import Tree

WRITERS: Final = 8
_COLUMNS: Final = (
    *("number", "at", "person_id", "deed", "subject_kind", "subject", "before", "after", "reason", "request_id"),
    *("role", "salt", "leaf", "tree"),
)
_AFTER: Final = '{"state": "accepted", "version": 1, "total_pence": 123410}'
_BARE: Final = (
    "INSERT INTO bare_journal (at, person_id, deed, subject_kind, subject, before, after, reason, request_id) "
    "VALUES ($1, $2, 'deed', 'bench', 'LI-OLDHAM-01/2025-26-Q2', NULL, $3::jsonb, 'Looks right', '')"
)


async def bench_appends(gate: Gate, owner_dsn: str, deeds: int, runs: int) -> Figure:
    """Seconds for so many deeds of one record each, by several people at once; the floor has no number, hash or proof."""
    owner = await asyncpg.connect(owner_dsn)
    try:
        await owner.execute("CREATE TABLE bare_journal (LIKE journal); GRANT INSERT ON bare_journal TO PUBLIC")
        for column in ("number", "salt", "leaf", "tree"):
            await owner.execute(f"ALTER TABLE bare_journal DROP COLUMN {column}")
        ours, floor = [], []
        for _ in range(runs):
            ours.append(await _timed(gate, deeds, _append))
            floor.append(await _timed(gate, deeds, _bare_append))
        await owner.execute("DROP TABLE bare_journal")
    finally:
        await owner.close()
    return figure(f"{deeds:,} records by {WRITERS} people at once", ours, floor, "s")


async def _timed(gate: Gate, deeds: int, append: Callable[[Tx], Awaitable[Any]]) -> float:
    left = iter(range(deeds))

    async def work() -> None:
        for _ in left:
            async with gate.deed(OPERATOR) as tx:
                await append(tx)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(WRITERS)))
    return time.perf_counter() - started


async def _append(tx: Tx) -> None:
    after = {"state": "accepted", "version": 1, "total_pence": 123410}
    await record(tx, "deed", "bench", "LI-OLDHAM-01/2025-26-Q2", after=after, reason="Looks right")


async def _bare_append(tx: Tx) -> None:
    await tx.db.execute(_BARE, tx.now, tx.actor.id, _AFTER)


async def bench_verify(gate: Gate, owner_dsn: str, records: int, runs: int) -> Figure:
    """Seconds to prove a journal grown to so many records; the floor reads the same rows and hashes each leaf once."""
    await _grow(owner_dsn, records)
    ours, floor = [], []
    for _ in range(runs):
        async with gate.reading(OPERATOR) as view:
            started = time.perf_counter()
            findings = await verify(view)
            ours.append(time.perf_counter() - started)
            if any("ournal record" in fault for fault in findings.faults) or findings.records != records:
                raise AssertionError(f"The journal does not hold: {findings.faults[:3]}")
            started = time.perf_counter()
            async for row in view.db.cursor(proof.RECORDS, prefetch=proof.FETCHED_AT_ONCE):
                hashlib.sha256(row["leaf"].encode()).digest()
            floor.append(time.perf_counter() - started)
    return figure(f"verification of {records:,} journal records", ours, floor, "s")


async def _grow(owner_dsn: str, records: int) -> None:
    """Fills the journal up with records that hold, faster than deeds could."""
    owner = await asyncpg.connect(owner_dsn)
    try:
        async with owner.transaction():
            tree = Tree()
            async for row in owner.cursor("SELECT leaf FROM journal ORDER BY number", prefetch=2_000):
                tree.add(leaf_hash(row["leaf"].encode()))
            await owner.execute("ALTER TABLE journal DISABLE TRIGGER USER, NO FORCE ROW LEVEL SECURITY")
            rows = _records(tree, records)
            await owner.copy_records_to_table("journal", columns=_COLUMNS, records=rows)
            await owner.execute("ALTER TABLE journal ENABLE TRIGGER USER, FORCE ROW LEVEL SECURITY")
            await owner.execute("UPDATE journal_head SET last_no = $1", records)
        await owner.execute("ANALYZE journal")
    finally:
        await owner.close()


def _records(tree: Tree, until: int) -> Iterator[tuple[Any, ...]]:
    at = datetime(2025, 11, 3, tzinfo=UTC)
    subject, reason, salt = "LI-OLDHAM-01/2025-26-Q2", "Looks right", bytes(SALT_BYTES)
    words: dict[str, bytes | None] = {
        "person": str(OPERATOR.id).encode(),
        "subject": subject.encode(),
        "before": None,
        "after": canonical(_AFTER),
        "reason": reason.encode(),
        "request_id": b"",
    }
    for number in range(tree.size + 1, until + 1):
        leaf = text_of(leaf_of(number, at, "deed", "bench", salt, words, (), "programme_lead"))
        hashes = tree.add(leaf_hash(leaf.encode()))
        yield (
            number,
            at,
            OPERATOR.id,
            "deed",
            "bench",
            subject,
            None,
            _AFTER,
            reason,
            "",
            "programme_lead",
            salt,
            leaf,
            hashes,
        )
