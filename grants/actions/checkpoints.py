"""The signed head of the journal, as an auditor takes it away, and the journal against heads that were taken away before."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from grants.domain.access import Deed, require
from grants.domain.checkpoints import NOTE_BYTES_MAX, Head, NotSigned, Signer, Verifier
from grants.domain.errors import Conflict, Invalid
from grants.store import ledger, tree
from grants.store.checkpoint_folder import kept
from grants.store.ledger import AsAt
from grants.store.transaction import Db, View


class Checkpoint(Struct, frozen=True):
    """The journal's signed head. `note` is the signed text itself, to be kept outside the service's reach."""

    size: Annotated[int, Meta(description="How many records the journal has.", examples=[40])]
    root: Annotated[str, Meta(description="The root of their tree (RFC 9162), in hexadecimal.")]
    at: datetime
    entry_no: Annotated[int, Meta(description="The newest entry of the ledger.", examples=[812])]
    key: Annotated[str, Meta(description="The public key that signed it: keep it, and compare it.")]
    note: Annotated[str, Meta(description="The checkpoint as a signed note (c2sp.org/tlog-checkpoint).")]


async def checkpoint(view: View, signer: Signer, at: AsAt | None = None) -> Checkpoint:
    """The journal's head, signed: as it stands, or as it stood at an earlier place in the record.

    Raises Conflict where the journal is damaged.
    """
    require(view.actor, Deed.SEE_JOURNAL)
    return await sign(view.db, signer, await ledger.head(view.db) if at is None else at, view.now)


async def sign(db: Db, signer: Signer, at: AsAt, when: datetime) -> Checkpoint:
    """A head with a time, signed: always the same text for the same head and time. Raises Conflict as `checkpoint` does."""
    root = await tree.root_at(db, at.journal_no)
    if root is None:
        raise damaged()
    head = Head(at.journal_no, root, when, at.entry_no)
    return Checkpoint(head.size, root.hex(), head.at, head.entry_no, signer.verifier.text(), signer.signed(head))


def damaged() -> Conflict:
    """What a journal is called that misses a part of what a proof is made of."""
    return Conflict("journal_damaged", "The journal is damaged: run tallystick verify.")


async def against(view: View, key: Verifier | None, path: Path, records: int, fault: Callable[[str], None]) -> None:
    """The journal of so many records against a checkpoint in a file, or against all those in a folder.

    `key` is what they must be signed with. Raises Invalid where there is no key, or nothing to read.
    """
    if key is None:
        raise Invalid("key", "Name the public key that the checkpoint was signed with.")
    try:
        files = await asyncio.to_thread(_files, path)
        for file in files:
            await _against(view, key, await asyncio.to_thread(_read, file), records, _naming(file, fault, len(files)))
    except OSError as error:
        raise Invalid("file", f"{path} cannot be read: {error.strerror}.") from error


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [file for _, file in kept(path)]
    if not found:
        raise Invalid("file", f"{path} holds no checkpoint.")
    return found


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(NOTE_BYTES_MAX + 1)


def _naming(file: Path, fault: Callable[[str], None], files: int) -> Callable[[str], None]:
    return fault if files == 1 else lambda said: fault(f"{file.name}: {said}")


async def _against(view: View, key: Verifier, content: bytes, records: int, fault: Callable[[str], None]) -> None:
    try:
        head = key.opened(note_in(content))
    except NotSigned as refusal:
        fault(str(refusal))
        return
    signed = f"the checkpoint of {head.at.isoformat(timespec='seconds')}"
    if head.size > records:
        fault(f"The journal has {records} records, but {signed} signed {head.size}: newer ones are missing.")
        return
    if await tree.root_at(view.db, head.size) != head.root:
        fault(f"The journal's first {head.size} records are not those that {signed} signed.")
    newest = await view.db.fetchval("SELECT max(number) FROM entry WHERE journal_no <= $1", head.size)
    if (newest or 0) != head.entry_no:
        fault(f"The newest entry by record {head.size} is {newest or 0}, but {signed} names {head.entry_no}.")


def note_in(content: bytes) -> str:
    """The note of a file: the note itself, or what the service answers with a checkpoint."""
    try:
        text = content.decode()
        return msgspec.json.decode(text, type=Checkpoint).note if text.startswith("{") else text
    except (UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise NotSigned("That is no checkpoint of a journal.") from error
