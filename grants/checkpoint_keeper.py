"""The keeper of checkpoints: the journal's signed head, put at intervals where whoever rewrites the database does not reach."""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from grants.actions.checkpoints import sign
from grants.actions.people import SCHEDULER
from grants.domain.checkpoints import NOTE_BYTES_MAX, Head, NotSigned, Signer, Verifier
from grants.domain.errors import Conflict, TallystickError
from grants.store import ledger, tree
from grants.store.checkpoint_folder import keep, kept
from grants.store.transaction import Gate

AGAIN_SECONDS: Final = 60.0
"""After a failure, unless checkpoints are kept more often than that."""
_log = structlog.get_logger(__name__)


async def keep_checkpoint(gate: Gate, signer: Signer, folder: Path) -> Path | None:
    """Adds the journal's head to the folder; None where it has not grown since the last, or somebody else was first.

    Its time is that of the newest record, so that everybody who keeps a size keeps the same bytes. Raises Conflict, and signs
    nothing, where the journal is damaged or does not begin with what was signed before; OSError.
    """
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    # Before the snapshot is taken, which so has all that any process has signed.
    last = await asyncio.to_thread(_last, folder, signer.verifier)
    async with gate.reading(SCHEDULER) as view:
        at = await ledger.head(view.db)
        when = await tree.time_of(view.db, at.journal_no)
        if last is not None and (last.size > at.journal_no or await tree.root_at(view.db, last.size) != last.root):
            raise Conflict("journal_rewritten", "The journal is not the one that was signed before.")
        if when is None or (last is not None and last.size == at.journal_no):
            return None
        head = await sign(view.db, signer, at, when)
    return await asyncio.to_thread(keep, folder, head.size, when, head.note)


def _last(folder: Path, key: Verifier) -> Head | None:
    """The newest checkpoint of our key. Files of other keys, and what is none, tell nothing."""
    for _, file in reversed(kept(folder)):
        with file.open("rb") as opened:
            content = opened.read(NOTE_BYTES_MAX + 1)
        try:
            return key.opened(content.decode())
        except (NotSigned, UnicodeDecodeError):
            continue
    return None


class Keeper:
    """Keeps a checkpoint at once and then at intervals: start it in the running loop, stop it at the end."""

    def __init__(self, gate: Gate, signer: Signer, folder: Path, every_seconds: float) -> None:
        self._gate, self._signer, self._folder = gate, signer, folder
        self._every_seconds = every_seconds
        self._working: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._working = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ends."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            kept_well = await self._look()
            await asyncio.sleep(self._every_seconds if kept_well else min(AGAIN_SECONDS, self._every_seconds))

    async def _look(self) -> bool:
        try:
            file = await keep_checkpoint(self._gate, self._signer, self._folder)
        except Exception as error:  # noqa: BLE001  whatever it was, the service goes on and this is tried again
            code = error.code if isinstance(error, TallystickError) else type(error).__name__
            _log.error("checkpoint_not_kept", error=code)
            return False
        if file is not None:
            _log.info("checkpoint_kept", file=file.name)
        return True
