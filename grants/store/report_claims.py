"""Who makes a report: claims on runs, each with a lease and a fence, so that one file comes of many processes.

A claim lasts while its lease is renewed. Whoever claims a run after that raises its fence, and nothing that the earlier
claimant does is kept from then on: every change asks for the fence that it was claimed with.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import IO, Final
from uuid import UUID

from grants.store.ledger import AsAt
from grants.store.report_places import place_before
from grants.store.reports import FileRow, RunRow, run
from grants.store.transaction import Tx

LEASE: Final = timedelta(minutes=3)
MAX_ATTEMPTS: Final = 8
PIECE_BYTES: Final = 1_048_576
STOPPED: Final = "The process that was making this report stopped before it was finished."


@dataclass(frozen=True)
class Claim:
    """A run that this process makes, while its lease lasts."""

    run: RunRow
    fence: int
    attempt: int


async def give_up(tx: Tx) -> list[UUID]:
    """Ends the runs whose last attempt stopped without a word. Gives them."""
    ended = await tx.db.fetch(
        "UPDATE report_run SET state = 'failed', lease_until = NULL "
        "WHERE state = 'running' AND lease_until <= $1 AND attempts >= $2 RETURNING id",
        tx.now,
        MAX_ATTEMPTS,
    )
    for row in ended:
        await _end_attempt(tx, row["id"], STOPPED)
    return [row["id"] for row in ended]


async def claim(tx: Tx, lease: timedelta = LEASE) -> Claim | None:
    """Takes the run that has waited longest, of several the earliest period, if there is one that nobody else is making."""
    found = await tx.db.fetchval(
        "SELECT id FROM report_run WHERE state IN ('due', 'running', 'failed') AND not_before <= $1 "
        "AND (lease_until IS NULL OR lease_until <= $1) AND (state = 'due' OR attempts < $2) "
        'ORDER BY not_before, requested_at, period COLLATE "C", id LIMIT 1 FOR UPDATE SKIP LOCKED',
        tx.now,
        MAX_ATTEMPTS,
    )
    if found is None:
        return None
    await _end_attempt(tx, found, STOPPED)
    row = await tx.db.fetchrow(
        "UPDATE report_run SET state = 'running', fence = fence + 1, attempts = attempts + 1, rows_done = 0, lease_until = $2 "
        "WHERE id = $1 RETURNING fence, attempts",
        found,
        tx.now + lease,
    )
    claimed = await run(tx.db, found)
    if row is None or claimed is None:
        return None
    await tx.db.execute(
        "INSERT INTO report_attempt (run_id, number, started_at) VALUES ($1, $2, $3)", found, row["attempts"], tx.now
    )
    return Claim(claimed, row["fence"], row["attempts"])


async def settle_place(tx: Tx, claimed: Claim, at: AsAt) -> Claim:
    """Notes the place in the record that a run is made from, and that of its schedule's run before, however often it is tried."""
    schedule_id = claimed.run.schedule_id
    since = None if schedule_id is None else await place_before(tx.db, schedule_id, at)
    before = (None, None) if since is None else (since.entry_no, since.journal_no)
    setting = "entry_no = $3, journal_no = $4, since_entry_no = $5, since_journal_no = $6"
    await _change(tx, claimed, setting, at.entry_no, at.journal_no, *before)
    settled = replace(
        claimed.run,
        entry_no=at.entry_no,
        journal_no=at.journal_no,
        since_entry_no=before[0],
        since_journal_no=before[1],
    )
    return replace(claimed, run=settled)


async def renew(tx: Tx, claimed: Claim, rows_done: int, lease: timedelta = LEASE) -> bool:
    """Says how far the report is and keeps the lease. False: somebody else has the run now."""
    return await _change(tx, claimed, "rows_done = $3, lease_until = $4", rows_done, tx.now + lease)


async def finish(tx: Tx, claimed: Claim, rows_done: int, *, is_example: bool) -> bool:
    """Ends the run well. False, and nothing is changed: somebody else has the run now."""
    done = await _change(
        tx,
        claimed,
        "state = 'done', lease_until = NULL, rows_done = $3, finished_at = $4, is_example = is_example OR $5",
        rows_done,
        tx.now,
        is_example,
    )
    if done:
        await _end_attempt(tx, claimed.run.id, None)
    return done


async def fail(tx: Tx, claimed: Claim, failure: str, again_at: datetime) -> bool:
    """Notes why the attempt failed and when the next is due. False: somebody else has the run now."""
    done = await _change(tx, claimed, "state = 'failed', lease_until = NULL, not_before = $3", again_at)
    if done:
        await _end_attempt(tx, claimed.run.id, failure)
    return done


async def add_file(tx: Tx, run_id: UUID, file: FileRow, content: IO[bytes]) -> None:
    """Keeps a finished file, piece by piece."""
    await tx.db.execute(
        "INSERT INTO report_file (run_id, format, filename, sha256, size_bytes) VALUES ($1, $2, $3, $4, $5)",
        run_id,
        file.format,
        file.filename,
        file.sha256,
        file.size_bytes,
    )
    number = 0
    while piece := content.read(PIECE_BYTES):
        await tx.db.execute(
            "INSERT INTO report_piece (run_id, format, piece, content) VALUES ($1, $2, $3, $4)",
            *(run_id, file.format, number, piece),
        )
        number += 1


async def _change(tx: Tx, claimed: Claim, setting: str, *values: object) -> bool:
    """`setting` is our own SQL. The fence decides: it is the same only while the claim is."""
    done: str = await tx.db.execute(
        f"UPDATE report_run SET {setting} WHERE id = $1 AND fence = $2 AND state = 'running'",  # noqa: S608
        claimed.run.id,
        claimed.fence,
        *values,
    )
    return done != "UPDATE 0"


async def _end_attempt(tx: Tx, run_id: UUID, failure: str | None) -> None:
    await tx.db.execute(
        "UPDATE report_attempt SET ended_at = $2, failure = $3 WHERE run_id = $1 AND ended_at IS NULL",
        run_id,
        tx.now,
        failure,
    )
