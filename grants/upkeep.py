"""What keeps an installation sound: a backup and its restoring, and the proof that nothing was changed."""

import asyncio
import sys
from pathlib import Path

from grants import installation
from grants.actions.people import OPERATOR
from grants.actions.proof import Findings, verify
from grants.domain.checkpoints import Signer, Verifier
from grants.settings import Settings
from grants.store import backup
from grants.store.backup import Summary
from grants.store.signing_key import signing_key
from grants.store.transaction import Gate


def signer(settings: Settings) -> Signer:
    """The key that signs the journal's checkpoints: the setting's, or that of the data folder. Raises NotSigned."""
    given = settings.secret_key.get_secret_value() if settings.secret_key else None
    folder = installation.data_dir(settings)
    if given is None:
        folder.mkdir(parents=True, exist_ok=True)
    return signing_key(folder, given)


def back_up(settings: Settings, path: Path) -> Summary:
    """Everything, in one file. Raises BackupError."""
    with installation.database(settings) as found:
        return asyncio.run(backup.back_up(found.owner_dsn, path, _tell))


def restore(settings: Settings, path: Path) -> Summary:
    """Everything from one file, into an empty database. Raises BackupError."""
    with installation.database(settings) as found:
        return asyncio.run(backup.restore(found.owner_dsn, path, _tell))


def prove(settings: Settings, checkpoint: Path | None, key: str | None, report: Path | None) -> Findings:
    """Whether the journal, the ledger, a checkpoint and a report hold. `key` None: this installation's own."""
    verifier: Verifier | None = None
    if checkpoint is not None:
        verifier = Verifier.from_text(key) if key else signer(settings).verifier

    async def work(gate: Gate) -> Findings:
        async with gate.reading(OPERATOR) as view:
            return await verify(view, verifier, checkpoint=checkpoint, report=report)

    return installation.with_gate(settings, work)


def _tell(table: str, rows: int) -> None:
    """Progress, on a terminal alone."""
    if sys.stderr.isatty():
        print(f"\r{table}: {rows:,} rows".ljust(60), end="", file=sys.stderr, flush=True)
