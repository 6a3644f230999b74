"""Evidence of a return: attached by its recipient, listed and downloaded by whoever sees the return, withdrawn but never removed."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Final
from uuid import UUID

from msgspec import Struct

from grants.actions.return_views import seen
from grants.domain.access import Actor, Deed, require, require_genuine
from grants.domain.awards import check_open
from grants.domain.errors import Conflict, Invalid, NotFound
from grants.domain.evidence import (
    FILES_EVER_MAX,
    FILES_MAX,
    PIECE_BYTES,
    SCAN_WORDS,
    EvidenceKind,
    ScanState,
    check_let_out,
    check_size,
    check_takes_evidence,
    kind_of,
    name_of,
)
from grants.store import evidence_files as stored
from grants.store import returns
from grants.store.evidence_files import Described, EvidenceRow, Line
from grants.store.journal import record
from grants.store.returns import ReturnRow
from grants.store.transaction import Gate, Tx, View

SUBJECT: Final = "evidence"
"""What journal records of evidence are about; after it come the award, the period and the file."""


@dataclass(frozen=True)
class EvidenceRules:
    """How large a file may be, in bytes, and whether files are scanned for viruses."""

    bytes_max: int
    is_scanning: bool


class ScanView(Struct, frozen=True):
    """What is known of a file's bytes, and what that means in words. `engine` is the scanner with its signatures' version."""

    state: ScanState
    said: str
    virus: str | None = None
    engine: str | None = None
    scanned_at: datetime | None = None


class EvidenceView(Struct, frozen=True):
    """A file of evidence. It is about one line where that is named, by reference or by version and row, else about the return.

    One that was withdrawn is kept, with who withdrew it and why.
    """

    id: UUID
    return_id: UUID
    number: int
    filename: str
    kind: EvidenceKind
    sha256: str
    size_bytes: int
    line_reference: str | None
    line_version: int | None
    line_row: int | None
    uploaded_by: str
    uploaded_at: datetime
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    scan: ScanView


class ScannedWorkbook(Struct, frozen=True):
    """An uploaded workbook, and what is known of its bytes."""

    version: int
    filename: str
    sha256: str
    scan: ScanView


class EvidenceList(Struct, frozen=True):
    """All evidence of a return, and whether its own workbooks were scanned."""

    files: list[EvidenceView]
    workbooks: list[ScannedWorkbook]


class Attached(Struct, frozen=True):
    """An attached file; `is_new` False: the same bytes were attached to the same before."""

    file: EvidenceView
    is_new: bool


@dataclass(frozen=True)
class Arrived:
    """A file as it came, looked at and not yet kept."""

    described: Described
    content: IO[bytes]


def look_at(filename: str, content: IO[bytes], bytes_max: int) -> Arrived:
    """Tells what a file is, by its content, and digests it. Raises RuleBroken for a file that is not taken."""
    digest, size = hashlib.sha256(), 0
    content.seek(0)
    while piece := content.read(PIECE_BYTES):
        size += len(piece)
        digest.update(piece)
    check_size(size, bytes_max)
    kind = kind_of(content, size)
    return Arrived(Described(name_of(filename, kind), kind, digest.hexdigest(), size), content)


async def check_may_attach(view: View, return_id: UUID) -> None:
    """Raises NotFound or NotAllowed, whatever the file is: a stranger's return is as unknown as one that is not there."""
    found = await returns.find(view.db, return_id)
    require(view.actor, Deed.ATTACH_EVIDENCE, found.scope, sight=Deed.SEE_RETURN)


async def attach(tx: Tx, return_id: UUID, arrived: Arrived, line: Line, rules: EvidenceRules) -> Attached:
    """Keeps a file with a return that is not accepted. The same bytes for the same line are one file.

    Raises NotFound, NotAllowed, Conflict `return_state` or `too_many`, Invalid `line` for a line that is not there.
    """
    found = await _open_to(tx, return_id)
    await _check_line(tx, found, line)
    described = arrived.described
    there = await stored.files(tx.db, return_id)
    for row in stored.standing(there):
        if (row.sha256, _line(row)) == (described.sha256, line):
            return Attached(_view(return_id, row, rules), is_new=False)
    if len(stored.standing(there)) >= FILES_MAX or len(there) >= FILES_EVER_MAX:
        said = f"A return can have {FILES_MAX} files at once, and {FILES_EVER_MAX} with those that were withdrawn."
        raise Conflict("too_many", said, most=FILES_MAX)
    if all(row.sha256 != described.sha256 for row in there):
        await stored.keep(tx, return_id, described.sha256, arrived.content)
    file_id = await stored.add(tx, return_id, len(there) + 1, line, described)
    after = {"sha256": described.sha256, "size_bytes": described.size_bytes, "kind": described.kind}
    await record(tx, Deed.ATTACH_EVIDENCE, SUBJECT, f"{found.name}/{file_id}", after=after)
    return Attached(_view(return_id, await stored.find(tx.db, return_id, file_id), rules), is_new=True)


async def withdraw(tx: Tx, return_id: UUID, file_id: UUID, reason: str, rules: EvidenceRules) -> EvidenceView:
    """Marks a wrong file as withdrawn; it is kept. Raises NotFound, NotAllowed, Conflict."""
    found = await _open_to(tx, return_id)
    row = await stored.find(tx.db, return_id, file_id)
    if row.withdrawn_at is not None:
        raise Conflict("withdrawn", "This file has been withdrawn already.")
    await stored.withdraw(tx, file_id, reason.strip())
    after = {"withdrawn": True}
    await record(tx, Deed.ATTACH_EVIDENCE, SUBJECT, f"{found.name}/{file_id}", after=after, reason=reason.strip())
    return _view(return_id, await stored.find(tx.db, return_id, file_id), rules)


async def _open_to(tx: Tx, return_id: UUID) -> ReturnRow:
    found = await returns.lock_one(tx, return_id)
    require(tx.actor, Deed.ATTACH_EVIDENCE, found.scope, sight=Deed.SEE_RETURN)
    require_genuine(tx.actor, found.is_example)
    check_open(found.award_state)
    check_takes_evidence(found.state)
    return found


async def _check_line(tx: Tx, found: ReturnRow, line: Line) -> None:
    if line == Line():
        return
    if (line.version is None) is not (line.row is None) or (line.reference is not None and line.row is not None):
        raise Invalid("line", "Name a line by its reference, or by its version and row together.")
    if not await stored.line_is_there(tx.db, found.id, line, found.version):
        raise Invalid(
            "line", "This return has no such line. Leave the line out to attach the file to the whole return."
        )


def _line(row: EvidenceRow) -> Line:
    return Line(row.line_reference, row.line_version, row.line_row)


async def evidence(view: View, return_id: UUID, rules: EvidenceRules) -> EvidenceList:
    """All evidence of a return. Raises NotFound."""
    found = await seen(view, return_id)
    files = [_view(return_id, row, rules) for row in await stored.files(view.db, found.id)]
    books = [
        ScannedWorkbook(
            book.version, book.filename, book.sha256, _scan(book.scan, book.virus, book.engine, book.scanned_at, rules)
        )
        for book in await stored.workbooks(view.db, found.id)
    ]
    return EvidenceList(files, books)


def _view(return_id: UUID, row: EvidenceRow, rules: EvidenceRules) -> EvidenceView:
    same = {name: getattr(row, name) for name in EvidenceView.__struct_fields__ if name not in ("return_id", "scan")}
    scan = _scan(row.scan, row.virus, row.engine, row.scanned_at, rules)
    return EvidenceView(**same, return_id=return_id, scan=scan)


def _scan(
    told: ScanState | None, virus: str | None, engine: str | None, at: datetime | None, rules: EvidenceRules
) -> ScanView:
    state = _known(told, rules)
    return ScanView(state, SCAN_WORDS[state], virus, engine, at)


def _known(told: ScanState | None, rules: EvidenceRules) -> ScanState:
    if told in (None, ScanState.FAILED) and not rules.is_scanning:
        return ScanState.NOT_SCANNED
    return told or ScanState.WAITING


@dataclass(frozen=True)
class EvidenceDownload:
    """A file that may be downloaded, and how its bytes are had."""

    filename: str
    sha256: str
    size_bytes: int
    scan: ScanState
    pieces: AsyncIterator[bytes]


async def download(gate: Gate, actor: Actor, return_id: UUID, file_id: UUID, rules: EvidenceRules) -> EvidenceDownload:
    """A file's bytes, one piece at a time: no connection is held while they are sent.

    Raises NotFound, and Conflict for a file with a virus, one that is still to be scanned, and one that has outlived its years.
    """
    async with gate.reading(actor) as view:
        await seen(view, return_id)
        row = await stored.find(view.db, return_id, file_id)
        state = _known(row.scan, rules)
        check_let_out(state)
        first = await stored.piece(view.db, return_id, row.sha256, 0)
    if first is None:
        raise NotFound("evidence", stored.NO_FILE)
    if not first:
        raise Conflict("removed", "This file was removed under retention.", sha256=row.sha256)
    pieces = _pieces(gate, actor, return_id, row.sha256, first)
    return EvidenceDownload(row.filename, row.sha256, row.size_bytes, state, pieces)


async def _pieces(gate: Gate, actor: Actor, return_id: UUID, sha256: str, first: bytes) -> AsyncIterator[bytes]:
    content: bytes | None = first
    number = 0
    while content:
        yield content
        if len(content) < PIECE_BYTES:
            return
        number += 1
        async with gate.reading(actor) as view:
            content = await stored.piece(view.db, return_id, sha256, number)


async def check_no_virus(view: View, return_id: UUID, sha256: str) -> None:
    """Raises Conflict where a virus was found in a workbook; whoever sent it need not wait for the scan to see its problems."""
    if await stored.scan_of(view.db, return_id, sha256) is ScanState.INFECTED:
        check_let_out(ScanState.INFECTED)


async def check_workbook_let_out(view: View, return_id: UUID, sha256: str, rules: EvidenceRules) -> None:
    """Raises Conflict where a workbook of a return has a virus, or is still to be scanned."""
    check_let_out(_known(await stored.scan_of(view.db, return_id, sha256), rules))
