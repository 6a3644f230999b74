"""Queries of what became of runs: each attempt, and the files."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from grants.store.reports import AttemptRow, FileRow
from grants.store.transaction import Db


async def attempts_of(db: Db, run_ids: Sequence[UUID]) -> dict[UUID, list[AttemptRow]]:
    """Every attempt of the runs, in order."""
    rows = await db.fetch("SELECT * FROM report_attempt WHERE run_id = ANY($1::uuid[]) ORDER BY number", list(run_ids))
    found: dict[UUID, list[AttemptRow]] = defaultdict(list)
    for row in rows:
        facts = dict(row)
        found[facts.pop("run_id")].append(AttemptRow(**facts))
    return found


async def files_of(db: Db, run_ids: Sequence[UUID]) -> dict[UUID, list[FileRow]]:
    """The files of the runs, without their content."""
    rows = await db.fetch(
        "SELECT run_id, format, filename, sha256, size_bytes FROM report_file WHERE run_id = ANY($1::uuid[]) ORDER BY format DESC",
        list(run_ids),
    )
    found: dict[UUID, list[FileRow]] = defaultdict(list)
    for row in rows:
        facts = dict(row)
        found[facts.pop("run_id")].append(FileRow(**facts))
    return found


async def piece(db: Db, run_id: UUID, of_format: str, number: int) -> bytes | None:
    """One piece of a file as it was made, counted from 0; None after the last."""
    found: bytes | None = await db.fetchval(
        "SELECT content FROM report_piece WHERE run_id = $1 AND format = $2 AND piece = $3", run_id, of_format, number
    )
    return found


async def named(db: Db, filename: str, programmes: frozenset[str] | None) -> tuple[UUID, str] | None:
    """The newest run over the programmes, None: over all, that has a file of this name, and the file's format."""
    row = await db.fetchrow(
        "SELECT f.run_id, f.format FROM report_file f JOIN report_run r ON r.id = f.run_id WHERE f.filename = $1 "
        "AND ($2::text[] IS NULL OR r.filters ->> 'programme' = ANY($2)) ORDER BY r.finished_at DESC, r.id LIMIT 1",
        filename,
        None if programmes is None else sorted(programmes),
    )
    return None if row is None else (row["run_id"], row["format"])
