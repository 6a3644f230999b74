"""A checkpoint that somebody kept, held against the journal as it stands: the answer for people."""

from datetime import datetime

from msgspec import Struct

from grants.actions.checkpoints import note_in
from grants.actions.journal import require_whole
from grants.domain.checkpoints import NOTE_BYTES_MAX, Head, NotSigned, Verifier
from grants.store import ledger, tree
from grants.store.transaction import View


class HeldHead(Struct, frozen=True):
    """A checkpoint that our key signed: its records, entry and time, and the journal's today.

    `is_contained`: the journal's first records are those that were signed. `newest_entry` is what stood as the newest entry
    when it had so many records; None where it never had.
    """

    size: int
    at: datetime
    entry_no: int
    root: str
    records: int
    newest_entry: int | None
    is_contained: bool

    @property
    def holds(self) -> bool:
        """Whether the journal still begins with all that was signed."""
        return self.is_contained and self.newest_entry == self.entry_no


def looks_like_checkpoint(content: bytes) -> bool:
    """Whether a file or a text could be a checkpoint: the note itself, or what the service answers with one."""
    return len(content) <= 2 * NOTE_BYTES_MAX and ("\n— ".encode() in content or b'"note"' in content)


async def hold(view: View, key: Verifier, content: bytes) -> HeldHead:
    """The checkpoint held against the journal. Raises NotSigned for what is none, or not ours; NotAllowed as the journal does."""
    require_whole(view.actor)
    head: Head = key.opened(note_in(content.replace(b"\r\n", b"\n")))
    records = (await ledger.head(view.db)).journal_no
    if head.size > records:
        return _held(head, records, None, is_contained=False)
    newest = await view.db.fetchval("SELECT coalesce(max(number), 0) FROM entry WHERE journal_no <= $1", head.size)
    return _held(head, records, newest, is_contained=await tree.root_at(view.db, head.size) == head.root)


def _held(head: Head, records: int, newest: int | None, *, is_contained: bool) -> HeldHead:
    return HeldHead(head.size, head.at, head.entry_no, head.root.hex(), records, newest, is_contained)


__all__ = ["HeldHead", "NotSigned", "hold", "looks_like_checkpoint"]
