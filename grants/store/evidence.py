"""What stands behind the ledger – accepted lines, recipients' files, evidence files, report files – against the digests in the journal."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from grants.domain.access import Deed
from grants.store.transaction import Db

Fault = Callable[[str], None]
"""Takes one sentence about one row."""

_LINES: Final = (
    "SELECT row, sheet, cell, reference, category, description, payee, to_char(spent_on, 'YYYY-MM-DD'), budget_kind, net_pence, "
    "vat_pence, accrual, evidence, fingerprint FROM spend_line WHERE version_id = $1 ORDER BY row"
)
_VERSIONS: Final = """
SELECT v.id, s.award || '/' || s.period AS subject, v.number, v.sha256, v.size_bytes, v.line_count, v.total_pence, w.content
FROM return_version v JOIN spend_return s ON s.id = v.return_id LEFT JOIN workbook w ON w.version_id = v.id ORDER BY v.id
"""
_REPORTS: Final = "SELECT run_id, format, sha256, size_bytes FROM report_file ORDER BY run_id, format"
_REPORT_PIECES: Final = "SELECT run_id, format, piece, content FROM report_piece ORDER BY run_id, format, piece"
_EVIDENCE: Final = """
SELECT DISTINCT e.return_id, r.award, r.award || '/' || r.period AS name, e.sha256, e.size_bytes
FROM evidence_file e LEFT JOIN spend_return r ON r.id = e.return_id ORDER BY 1, 4
"""
_PIECES: Final = "SELECT return_id, sha256, piece, content FROM evidence_content ORDER BY return_id, sha256, piece"
_STRAY: Final = """
SELECT DISTINCT return_id, sha256 FROM evidence_content c WHERE NOT EXISTS (
    SELECT FROM evidence_file e WHERE e.return_id = c.return_id AND e.sha256 = c.sha256
) ORDER BY 1, 2
"""
_NOT_POSTED: Final = """
SELECT v.id, v.lines, e.posted FROM (
    SELECT version_id AS id, sum(net_pence + vat_pence) AS lines FROM spend_line WHERE version_id = ANY($1::bigint[]) GROUP BY 1
) v JOIN (
    SELECT return_version AS id, sum(CASE WHEN target LIKE 'spent:%' THEN pence ELSE -pence END) AS posted
    FROM entry WHERE reverses IS NULL GROUP BY 1
) e USING (id) WHERE v.lines <> e.posted ORDER BY 1
"""
_REGISTERS: Final = """
SELECT coalesce(l.id, f.load_id)::text AS id, l.sha256, l.size_bytes, f.content
FROM register_load l FULL JOIN register_file f ON f.load_id = l.id ORDER BY 1
"""
_FILES_AT_ONCE: Final = 4
"""Files are fetched a few at a time, since each may weigh ten megabytes."""


async def lines_sha256(db: Db, version_id: int) -> str:
    """One digest for all lines of a version: the SHA-256, in hexadecimal, of their text as PostgreSQL's COPY writes it."""
    digest = hashlib.sha256()

    async def take(piece: bytes) -> None:
        digest.update(piece)

    await db.copy_from_query(_LINES, version_id, output=take, format="text", encoding="utf-8")
    return digest.hexdigest()


@dataclass
class Committed:
    """What the journal says of evidence: by return and version, and by run of a report."""

    versions: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    reports: dict[tuple[str, str], str] = field(default_factory=dict)
    removed: dict[tuple[str, int], str] = field(default_factory=dict)
    """Of a version whose file and words were removed, the digest of what is left of its lines."""
    removed_awards: set[str] = field(default_factory=set)

    def take(self, record: asyncpg.Record) -> None:
        """What one record says."""
        if record["subject_kind"] == "return":
            said = _facts(record["after"])
            if isinstance(version := said.get("version"), int) and ("sha256" in said or "lines_sha256" in said):
                self.versions.setdefault((record["subject"], version), {}).update(said)
        elif record["subject_kind"] == "report_run":
            files = _facts(record["after"]).get("sha256")
            for of_format, sha256 in files.items() if isinstance(files, dict) else ():
                self.reports[record["subject"], of_format] = sha256
        elif record["deed"] == Deed.APPLY_RETENTION and record["subject_kind"] == "award":
            self.removed_awards.add(record["subject"])
            for left in _facts(record["after"]).get("left", ()):
                self.removed[left["return"], left["version"]] = left["lines_sha256"]


def _facts(text: str | None) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text or "{}")
    except msgspec.MsgspecError:
        return {}
    return found if isinstance(found, dict) else {}


async def prove_returns(db: Db, fault: Fault, committed: Committed) -> tuple[int, int]:
    """Every version's file, and the lines of every accepted one; how many of each. Within one snapshot."""
    versions = dict(committed.versions)
    accepted: list[tuple[int, str, str]] = []
    files = 0
    async for row in db.cursor(_VERSIONS, prefetch=_FILES_AT_ONCE):
        files += 1
        name = f"return {row['subject']} version {row['number']}"
        said = versions.pop((row["subject"], row["number"]), None)
        if said is None:
            fault(f"The journal does not know {name}.")
            continue
        left = committed.removed.get((row["subject"], row["number"]))
        _prove_version(row, name, said, left is not None, fault)
        if left is not None or "lines_sha256" in said:
            accepted.append((row["id"], name, left or said["lines_sha256"]))
    for subject, number in versions:
        fault(f"The journal knows return {subject} version {number}, which is not there.")
    for version_id, name, expected in accepted:
        if await lines_sha256(db, version_id) != expected:
            fault(f"The lines of {name} are not those that were accepted, or that were left of them.")
    for odd in await db.fetch(_NOT_POSTED, [version_id for version_id, _, _ in accepted]):
        fault(f"The lines of version {odd['id']} come to {odd['lines']} pence, but its entries to {odd['posted']}.")
    return files, len(accepted)


def _prove_version(row: asyncpg.Record, name: str, said: dict[str, Any], removed: bool, fault: Fault) -> None:
    content = row["content"]
    if content is None:
        fault(f"The workbook of {name} is missing.")
    elif removed:
        if content:
            fault(f"The workbook of {name} was removed, and is there.")
    elif hashlib.sha256(content).hexdigest() != said.get("sha256"):
        fault(f"The workbook of {name} is not the file that came.")
    elif len(content) != row["size_bytes"]:
        fault(f"The workbook of {name} is said to weigh {row['size_bytes']} bytes, but it weighs {len(content)}.")
    for column, word in (("sha256", "sha256"), ("line_count", "lines"), ("total_pence", "total_pence")):
        if word in said and row[column] != said[word]:
            fault(f"The {column} of {name} is {row[column]}, but the journal says {said[word]}.")


async def prove_evidence(db: Db, fault: Fault, committed: Committed) -> int:
    """Every file of evidence, piece by piece; how many. Within one snapshot. What a file's row says, its seal proves."""
    found = await _pieced(db, _PIECES)
    files = 0
    for row in await db.fetch(_EVIDENCE):
        files += 1
        name = f"The evidence {row['sha256']} of return {row['name'] or row['return_id']}"
        has = found.get((row["return_id"], row["sha256"]))
        if has is None:
            fault(f"{name} is missing.")
        elif row["award"] in committed.removed_awards:
            if has[1]:
                fault(f"{name} was removed, and is there.")
        elif has != (row["sha256"], row["size_bytes"]):
            fault(f"{name} is not the file that came.")
    for row in await db.fetch(_STRAY):
        fault(f"The evidence {row['sha256']} of return {row['return_id']} was never attached.")
    return files


async def _pieced(db: Db, query: str) -> dict[tuple[UUID, str], tuple[str, int]]:
    """Of each file that is kept in pieces, by the two columns that name it, its SHA-256 and its size in bytes."""
    found = {}
    pieces = [0, 0]
    digest = hashlib.sha256()
    newest: tuple[UUID, str] | None = None
    async for row in db.cursor(query, prefetch=_FILES_AT_ONCE):
        key = (row[0], row[1])
        if key != newest:
            newest, pieces, digest = key, [0, 0], hashlib.sha256()
        whole = row["piece"] == pieces[0]
        pieces = [pieces[0] + 1, pieces[1] + len(row["content"])]
        digest.update(row["content"] if whole else b"out of order")
        found[key] = (digest.hexdigest(), pieces[1])
    return found


async def prove_reports(db: Db, fault: Fault, committed: Committed) -> int:
    """Every report file, piece by piece; how many. Within one snapshot."""
    reports, files = dict(committed.reports), 0
    kept = await _pieced(db, _REPORT_PIECES)
    for row in await db.fetch(_REPORTS):
        files += 1
        name = f"The {row['format']} file of report run {row['run_id']}"
        said = reports.pop((str(row["run_id"]), row["format"]), None)
        found, size = kept.pop((row["run_id"], row["format"]), ("", 0))
        if said is None:
            fault(f"{name} is not in the journal.")
        elif found != said:
            fault(f"{name} is not the file that was made.")
        elif (row["sha256"], row["size_bytes"]) != (said, size):
            fault(f"{name} is described wrongly: its SHA-256 is {found}, its size {size} bytes.")
    for run, of_format in reports:
        fault(f"The {of_format} file of report run {run} is missing.")
    for run_id, of_format in kept:
        fault(f"A piece is of the {of_format} file of report run {run_id}, which is not there.")
    return files


async def prove_registers(db: Db, fault: Fault) -> int:
    """Every file that was loaded; how many. Within one snapshot. What a load's row says, its seal proves."""
    files, last = 0, ""
    async for row in db.cursor(_REGISTERS, prefetch=_FILES_AT_ONCE):
        files += 1
        name = f"The file of register load {row['id']}"
        if row["id"] == last:
            fault(f"{name} is there twice.")
        last = row["id"]
        if row["sha256"] is None:
            fault(f"{name} was never loaded.")
        elif row["content"] is None:
            fault(f"{name} is missing.")
        elif (hashlib.sha256(row["content"]).hexdigest(), len(row["content"])) != (row["sha256"], row["size_bytes"]):
            fault(f"{name} is not the file that came.")
    return files
