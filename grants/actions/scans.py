"""Scans for viruses, as the service itself does them: which files are due, their bytes, and what was found in them."""

from collections.abc import AsyncIterator

from grants.actions.evidence import SUBJECT
from grants.actions.people import SCHEDULER
from grants.domain.access import Deed, Scope, require
from grants.domain.evidence import ScanState, next_try
from grants.domain.notices import TOLD, Notice
from grants.store import evidence_files as stored
from grants.store import outbox
from grants.store.evidence_files import Scan, Unscanned
from grants.store.journal import record
from grants.store.transaction import Gate, Tx, View


async def due(view: View, limit: int) -> list[Unscanned]:
    """Evidence and workbooks that are to be scanned now."""
    require(view.actor, Deed.REVIEW_RETURN, Scope())
    return await stored.due_for_scan(view.db, view.now, limit)


async def pieces(gate: Gate, file: Unscanned) -> AsyncIterator[bytes]:
    """A file's bytes; no connection is held between two pieces."""
    number = 0
    while True:
        async with gate.reading(SCHEDULER) as view:
            if file.version_id is None:
                content = await stored.piece(view.db, file.return_id, file.sha256, number)
            else:
                content = await stored.workbook_piece(view.db, file.version_id, number)
        if not content:
            return
        yield content
        number += 1


async def tell(tx: Tx, file: Unscanned, state: ScanState, engine: str | None, virus: str | None) -> None:
    """Keeps what a scan came to; a failed one is tried again later, and of an infected file its recipient's people are told.

    Does nothing where another process was first.
    """
    require(tx.actor, Deed.REVIEW_RETURN, Scope())
    again = tx.now + next_try(file.attempts + 1) if state is ScanState.FAILED else None
    kept = await stored.tell_scan(tx, file, Scan(state, engine, virus, again))
    if kept and state is not ScanState.FAILED:
        after = {"scan": state, "sha256": file.sha256, "engine": engine, "virus": virus}
        await record(tx, "scan", SUBJECT, file.name, after=after)
        if state is ScanState.INFECTED:
            told = TOLD[Notice.INFECTED]
            await outbox.queue(tx, Notice.INFECTED, [file.return_id], file.sha256, told)
