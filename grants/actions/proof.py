"""Proof, as auditors ask for it: whether all that is kept is what was recorded."""

import asyncio
import hashlib
from pathlib import Path
from typing import Final

from msgspec import Struct, to_builtins

from grants.actions.checkpoints import against
from grants.domain.access import Deed, require
from grants.domain.checkpoints import Verifier
from grants.domain.errors import Invalid
from grants.domain.periods import show_instant
from grants.store import evidence, proof, reckoning, sealed_rows
from grants.store.report_places import origin_of
from grants.store.transaction import View

FAULTS_MAX: Final = 1_000
"""How many faults are named; all are counted."""


class Findings(Struct, frozen=True):
    """What was looked at, and each fault in one sentence; at most FAULTS_MAX of them, of `fault_count`.

    `report` says what a report that was looked at is, exactly.
    """

    records: int
    entries: int
    rows: int
    workbooks: int
    accepted_returns: int
    evidence_files: int
    report_files: int
    register_files: int
    faults: tuple[str, ...]
    fault_count: int
    report: str | None = None

    @property
    def holds(self) -> bool:
        """Whether all of it holds."""
        return not self.fault_count


async def verify(
    view: View, key: Verifier | None = None, *, checkpoint: Path | None = None, report: Path | None = None
) -> Findings:
    """Proves everything that the view sees: the journal against its hashes and a checkpoint, the ledger against the
    journal, positions against the ledger, lines and files against their digests, and a report against its run.

    `checkpoint` is a file or a folder of them; `key` is the public key that they must be signed with. Raises Invalid where
    a checkpoint comes without one, or a file cannot be read.
    """
    require(view.actor, Deed.SEE_JOURNAL)
    faults = _Faults()
    committed, seals = evidence.Committed(), sealed_rows.Seals()
    records, entries = await proof.prove_journal(view.db, faults.take, committed, seals)
    rows = await sealed_rows.prove_rows(view.db, faults.take, seals)
    for fault in await reckoning.faults(view.db):
        faults.take(fault)
    workbooks, accepted = await evidence.prove_returns(view.db, faults.take, committed)
    evidence_files = await evidence.prove_evidence(view.db, faults.take, committed)
    report_files = await evidence.prove_reports(view.db, faults.take, committed)
    register_files = await evidence.prove_registers(view.db, faults.take)
    if checkpoint is not None:
        await against(view, key, checkpoint, records, faults.take)
    said = None if report is None else await _made_here(view, report, faults)
    counted = (records, entries, rows, workbooks, accepted, evidence_files, report_files, register_files)
    return Findings(*counted, tuple(faults.named), faults.count, said)


class _Faults:
    def __init__(self) -> None:
        self.named: list[str] = []
        self.count = 0

    def take(self, fault: str) -> None:
        self.count += 1
        if len(self.named) < FAULTS_MAX:
            self.named.append(fault)


async def _made_here(view: View, path: Path, faults: _Faults) -> str | None:
    sha256 = hashlib.sha256(await _content(path)).hexdigest()
    found = await origin_of(view.db, sha256)
    if found is None or found.at is None or found.made_at is None:
        faults.take(f"{path.name} is no report that the service made: it was changed, or comes from elsewhere.")
        return None
    by = f"by {found.made_by}, by hand," if found.run_id is None else f"by run {found.run_id}"
    by += f" of the schedule {found.schedule!r} for {found.period}" if found.schedule else ""
    narrowed = ", ".join(f"{name} {value}" for name, value in to_builtins(found.filters).items())
    since = f", compared with entry {found.since.entry_no} and record {found.since.journal_no}" if found.since else ""
    return (
        f"{path.name} is exactly what the service made: {found.report} as {found.format}, {by} on {show_instant(found.made_at)}, from entry "
        f"{found.at.entry_no} and record {found.at.journal_no}{since}; narrowed to {narrowed or 'nothing'}. SHA-256 {sha256}"
    )


async def _content(path: Path) -> bytes:
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise Invalid("file", f"{path} cannot be read: {error.strerror}.") from error
