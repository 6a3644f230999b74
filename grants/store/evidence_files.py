"""Queries of evidence files: who attached what, their bytes piece by piece, and what scans have said of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from grants.domain.errors import NotFound
from grants.domain.evidence import PIECE_BYTES, EvidenceKind, ScanState
from grants.store.transaction import Db, Tx

NO_FILE: Final = "There is no such file of this return that you can see. Check the address."


@dataclass(frozen=True)
class Line:
    """The line that a file is about: by its reference, or by its row in a version; by none, the whole return."""

    reference: str | None = None
    version: int | None = None
    row: int | None = None


@dataclass(frozen=True)
class Described:
    """A file that was looked at: its bytes are still where they came."""

    filename: str
    kind: EvidenceKind
    sha256: str
    size_bytes: int


class EvidenceRow(Struct, frozen=True):
    """An attached file. `scan` None: nothing was scanned yet."""

    id: UUID
    number: int
    line_reference: str | None
    line_version: int | None
    line_row: int | None
    filename: str
    kind: EvidenceKind
    sha256: str
    size_bytes: int
    uploaded_by: str
    uploaded_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    scan: ScanState | None
    engine: str | None
    virus: str | None
    scanned_at: datetime | None


class WorkbookRow(Struct, frozen=True):
    """A version's workbook, and what scans have said of it."""

    version: int
    filename: str
    sha256: str
    scan: ScanState | None
    engine: str | None
    virus: str | None
    scanned_at: datetime | None


_FILE: Final = """
SELECT e.id, e.number, e.line_reference, e.line_version, e.line_row, e.filename, e.kind, e.sha256, e.size_bytes, u.name AS uploaded_by, e.uploaded_at,
    w.name AS withdrawn_by, e.withdrawn_at, e.withdrawal_reason, s.state AS scan, s.engine, s.virus, s.scanned_at
FROM evidence_file e JOIN person u ON u.id = e.uploaded_by LEFT JOIN person w ON w.id = e.withdrawn_by
    LEFT JOIN virus_scan s ON s.return_id = e.return_id AND s.sha256 = e.sha256
WHERE e.return_id = $1
"""
_WORKBOOKS: Final = """
SELECT v.number AS version, v.filename, v.sha256, s.state AS scan, s.engine, s.virus, s.scanned_at
FROM return_version v LEFT JOIN virus_scan s ON s.return_id = v.return_id AND s.sha256 = v.sha256 WHERE v.return_id = $1 ORDER BY v.number
"""


async def files(db: Db, return_id: UUID) -> list[EvidenceRow]:
    """Every file of a return, those that were withdrawn included, in the order in which they came."""
    return [_file(row) for row in await db.fetch(f"{_FILE} ORDER BY e.number", return_id)]


async def find(db: Db, return_id: UUID, file_id: UUID) -> EvidenceRow:
    """One file of a return. Raises NotFound."""
    row = await db.fetchrow(f"{_FILE} AND e.id = $2", return_id, file_id)
    if row is None:
        raise NotFound("evidence", NO_FILE)
    return _file(row)


def _file(row: asyncpg.Record) -> EvidenceRow:
    return EvidenceRow(**{**dict(row), "kind": EvidenceKind(row["kind"]), "scan": _state(row["scan"])})


def _state(said: str | None) -> ScanState | None:
    return None if said is None else ScanState(said)


async def workbooks(db: Db, return_id: UUID) -> list[WorkbookRow]:
    """The workbooks of a return's versions."""
    return [WorkbookRow(**{**dict(row), "scan": _state(row["scan"])}) for row in await db.fetch(_WORKBOOKS, return_id)]


async def line_is_there(db: Db, return_id: UUID, line: Line, newest: int) -> bool:
    """Whether a return has the line: the row in its version, or the reference in the newest."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM spend_line l JOIN return_version v ON v.id = l.version_id WHERE v.return_id = $1 AND v.number = $2 "
        "AND CASE WHEN $3::text IS NULL THEN l.row = $4 ELSE l.reference = $3 END)",
        return_id,
        line.version or newest,
        line.reference,
        line.row,
    )
    return found


async def add(tx: Tx, return_id: UUID, number: int, line: Line, described: Described) -> UUID:
    """Attaches a file whose bytes are kept, or will be in this deed; its identifier."""
    file_id = uuid4()
    await tx.db.execute(
        "INSERT INTO evidence_file (id, return_id, number, line_reference, line_version, line_row, filename, kind, sha256, size_bytes, "
        "uploaded_by, uploaded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        *(file_id, return_id, number, line.reference, line.version, line.row),
        *(described.filename, described.kind.value, described.sha256, described.size_bytes, tx.actor.id, tx.now),
    )
    return file_id


async def keep(tx: Tx, return_id: UUID, sha256: str, file: IO[bytes]) -> None:
    """Keeps a file's bytes, piece by piece."""
    file.seek(0)
    piece = 0
    while content := file.read(PIECE_BYTES):
        await tx.db.execute(
            "INSERT INTO evidence_content (return_id, sha256, piece, content) VALUES ($1, $2, $3, $4)",
            *(return_id, sha256, piece, content),
        )
        piece += 1


async def piece(db: Db, return_id: UUID, sha256: str, number: int) -> bytes | None:
    """One piece of a file's bytes, counted from 0; None after the last."""
    found: bytes | None = await db.fetchval(
        "SELECT content FROM evidence_content WHERE return_id = $1 AND sha256 = $2 AND piece = $3",
        return_id,
        sha256,
        number,
    )
    return found


async def withdraw(tx: Tx, file_id: UUID, reason: str) -> None:
    """Marks a file as withdrawn."""
    await tx.db.execute(
        "UPDATE evidence_file SET withdrawn_by = $2, withdrawn_at = $3, withdrawal_reason = $4 WHERE id = $1",
        *(file_id, tx.actor.id, tx.now, reason),
    )


@dataclass(frozen=True)
class Unscanned:
    """Bytes of a return that a scan is due for. `version_id` is set where they are a workbook."""

    return_id: UUID
    name: str
    sha256: str
    size_bytes: int
    version_id: int | None
    attempts: int


_DUE: Final = """
SELECT f.return_id, r.award || '/' || r.period AS name, f.sha256, f.size_bytes, f.version_id, coalesce(s.attempts, 0) AS attempts FROM (
    SELECT DISTINCT ON (return_id, sha256) return_id, sha256, size_bytes, version_id, at FROM (
        SELECT return_id, sha256, size_bytes, NULL::bigint AS version_id, uploaded_at AS at FROM evidence_file
        UNION ALL SELECT return_id, sha256, size_bytes, id, uploaded_at FROM return_version
    ) every ORDER BY return_id, sha256, version_id NULLS FIRST
) f JOIN spend_return r ON r.id = f.return_id JOIN award a ON a.reference = r.award
    LEFT JOIN virus_scan s ON s.return_id = f.return_id AND s.sha256 = f.sha256
WHERE a.removed_on IS NULL AND (s.state IS NULL OR s.state = 'failed' AND s.next_try_at <= $1)
ORDER BY s.attempts NULLS FIRST, f.at LIMIT $2
"""


async def due_for_scan(db: Db, now: datetime, limit: int) -> list[Unscanned]:
    """Files that no scan has told of yet, evidence and workbooks; those that failed come after those that wait."""
    return [Unscanned(**dict(row)) for row in await db.fetch(_DUE, now, limit)]


async def workbook_piece(db: Db, version_id: int, number: int) -> bytes | None:
    """A piece of a workbook, counted from 0; None after the last."""
    found: bytes | None = await db.fetchval(
        "SELECT substring(content FROM $2 FOR $3) FROM workbook WHERE version_id = $1",
        version_id,
        number * PIECE_BYTES + 1,
        PIECE_BYTES,
    )
    return found or None


@dataclass(frozen=True)
class Scan:
    """What a scan came to. `next_try_at` is set where it failed."""

    state: ScanState
    engine: str | None = None
    virus: str | None = None
    next_try_at: datetime | None = None


async def tell_scan(tx: Tx, file: Unscanned, scan: Scan) -> bool:
    """Keeps what a scan came to; False where another process has told of the file since."""
    kept: bool | None = await tx.db.fetchval(
        "INSERT INTO virus_scan (return_id, sha256, state, engine, virus, scanned_at, attempts, next_try_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (return_id, sha256) DO UPDATE SET state = excluded.state, engine = excluded.engine, "
        "virus = excluded.virus, scanned_at = excluded.scanned_at, attempts = excluded.attempts, next_try_at = excluded.next_try_at "
        "WHERE virus_scan.state = 'failed' AND virus_scan.attempts < excluded.attempts RETURNING true",
        *(file.return_id, file.sha256, scan.state.value, scan.engine, scan.virus, tx.now, file.attempts + 1),
        scan.next_try_at,
    )
    return kept is not None


async def scan_of(db: Db, return_id: UUID, sha256: str) -> ScanState | None:
    """What is known of some bytes of a return; None: nothing was scanned yet."""
    return _state(
        await db.fetchval("SELECT state FROM virus_scan WHERE return_id = $1 AND sha256 = $2", return_id, sha256)
    )


def standing(rows: Iterable[EvidenceRow]) -> list[EvidenceRow]:
    """Those that were not withdrawn."""
    return [row for row in rows if row.withdrawn_at is None]
