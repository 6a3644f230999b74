"""Evidence of a return, put on the record by the real actions: one file that stands, one that was withdrawn, and a scan."""

import hashlib
import io
from uuid import UUID

from grants.actions.evidence import EvidenceRules, attach, look_at, withdraw
from grants.actions.people import SCHEDULER
from grants.domain.access import Actor
from grants.domain.evidence import ScanState
from grants.store import evidence_files
from grants.store.evidence_files import Line, Scan
from grants.store.transaction import Gate

RULES = EvidenceRules(20_000_000, is_scanning=False)
WHOLE_RETURN = Line()


async def add_evidence(gate: Gate, officer: Actor, return_id: UUID, line: Line = WHOLE_RETURN) -> None:
    """Two files, the second one withdrawn; the first one was scanned."""
    pdf = b"%PDF-1.7 invoice of " + str(return_id).encode()
    wrong = look_at("wrong.png", io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + pdf), RULES.bytes_max)
    async with gate.deed(officer) as tx:
        await attach(tx, return_id, look_at("invoice.pdf", io.BytesIO(pdf), RULES.bytes_max), line, RULES)
    async with gate.deed(officer) as tx:
        kept = await attach(tx, return_id, wrong, WHOLE_RETURN, RULES)
    async with gate.deed(officer) as tx:
        await withdraw(tx, return_id, kept.file.id, "Another award's, because we must", RULES)
    async with gate.deed(SCHEDULER) as tx:
        due = await evidence_files.due_for_scan(tx.db, tx.now, 100)
        [mine] = [file for file in due if file.sha256 == hashlib.sha256(pdf).hexdigest()]
        assert await evidence_files.tell_scan(tx, mine, Scan(ScanState.CLEAN, "ClamAV 1.4.2/27500"))
