"""What an auditor takes away to prove it elsewhere: records with their proofs, all leaves, and that one journal grew from another.

The file reports/offline/tallystick_verify.py reads all three, to the byte.
"""

from collections.abc import AsyncIterator
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field

from grants.actions.checkpoints import checkpoint, damaged
from grants.actions.journal import require_whole
from grants.domain.access import Actor, Deed, require
from grants.domain.checkpoints import Signer
from grants.domain.errors import Invalid, NotFound
from grants.domain.leaves import own_salt
from grants.domain.merkle import Span, consistency_path, inclusion_path
from grants.store import extracts, ledger, tree
from grants.store.extracts import OF_ENTRY, OF_RECORD, OF_SUBJECT, Kept
from grants.store.transaction import Gate, View

RECORDS_MAX: Final = 1_000
LEAVES_AT_ONCE: Final = 2_000
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256, in hexadecimal.")]


class Revealed(Struct, frozen=True):
    """What a commitment is of: its SHA-256 is that of the salt, as bytes, and the words in UTF-8."""

    salt: Hash
    words: str


class ProvenRecord(Struct, frozen=True):
    """A record of the journal. Its leaf is what the tree is made of; `path` leads from it to the checkpoint's root."""

    number: int
    leaf: str
    revealed: dict[str, Revealed]
    path: list[Hash]


class Extract(Struct, frozen=True):
    """Records, each with its proof (RFC 9162, section 2.1.3), and the checkpoint that they are proved against."""

    kind: str
    asked: dict[str, int | str]
    checkpoint: str
    records: list[ProvenRecord]


class TreeAt(Struct, frozen=True):
    """The journal's tree when it had so many records."""

    size: int
    root: Hash


class Consistency(Struct, frozen=True):
    """That the journal of one size begins with that of a smaller one (RFC 9162, section 2.1.4)."""

    kind: str
    earlier: TreeAt = field(name="from")
    later: TreeAt = field(name="to")
    path: list[Hash]


class _Opening(Struct, frozen=True):
    kind: str
    checkpoint: str


class _Leaf(Struct, frozen=True):
    number: int
    leaf: str


async def extract(
    view: View, signer: Signer, *, entry: int | None = None, record: int | None = None, subject: str | None = None
) -> Extract:
    """The record that posted an entry, the record of a number, or all those about a subject, with proofs.

    Raises Invalid unless exactly one of the three is named, and where a subject has more records than RECORDS_MAX;
    NotFound; Conflict where the journal is damaged.
    """
    require_whole(view.actor)
    choices = (("entry", entry, OF_ENTRY), ("record", record, OF_RECORD), ("subject", subject, OF_SUBJECT))
    named = [(name, value, which) for name, value, which in choices if value is not None]
    if len(named) != 1:
        raise Invalid("choice", "Name an entry, a record or a subject, and only one of them.")
    name, value, which = named[0]
    found = await extracts.records(view.db, which, value, RECORDS_MAX + 1)
    if not found:
        raise NotFound("record", f"The journal has no record of this {name}.")
    if len(found) > RECORDS_MAX:
        raise Invalid("choice", f"There are more than {RECORDS_MAX} records about this subject: take all leaves.")
    head = await checkpoint(view, signer)
    paths = {kept.number: inclusion_path(kept.number, head.size) for kept in found}
    hashes = await tree.hashes_of(view.db, {span for path in paths.values() for span in path})
    if hashes is None:
        raise damaged()
    records = [_proven(kept, [hashes[span].hex() for span in paths[kept.number]]) for kept in found]
    return Extract("tallystick journal extract 1", {name: value}, head.note, records)


def _proven(kept: Kept, path: list[str]) -> ProvenRecord:
    revealed = {name: Revealed(own_salt(kept.salt, name).hex(), words) for name, words in kept.words.items()}
    return ProvenRecord(kept.number, kept.leaf, revealed, path)


async def all_leaves(gate: Gate, actor: Actor, signer: Signer) -> AsyncIterator[bytes]:
    """Lines of JSON: a checkpoint, then every leaf that it signs, and no words. Raises before the first line is asked for."""
    async with gate.reading(actor) as view:
        require_whole(actor)
        head = await checkpoint(view, signer)
    return _lines(gate, actor, head.size, _Opening("tallystick journal leaves 1", head.note))


async def _lines(gate: Gate, actor: Actor, size: int, opening: _Opening) -> AsyncIterator[bytes]:
    """Each batch in a transaction of its own: what was written once stays, and nobody holds a connection by reading slowly."""
    yield msgspec.json.encode(opening) + b"\n"
    after = 0
    while after < size:
        async with gate.reading(actor) as view:
            batch = await extracts.leaves(view.db, after=after, until=size, limit=LEAVES_AT_ONCE)
        if not batch:
            return
        yield b"".join(msgspec.json.encode(_Leaf(number, leaf)) + b"\n" for number, leaf in batch)
        after = batch[-1][0]


async def consistency(view: View, earlier: int, later: int | None) -> Consistency:
    """That the journal of `later` records, or of all, begins with its first `earlier` ones.

    Raises Invalid for sizes that the journal has not had; Conflict where it is damaged.
    """
    require(view.actor, Deed.SEE_JOURNAL)
    newest = (await ledger.head(view.db)).journal_no
    new = newest if later is None else later
    if not 1 <= earlier <= new <= newest:
        raise Invalid("sizes", f"Name sizes from 1 to {newest}, the smaller one first.", newest=newest)
    spans = consistency_path(earlier, new)
    ends = [Span(1, size) for size in (earlier, new)]
    hashes = await tree.hashes_of(view.db, {*spans, *ends})
    if hashes is None:
        raise damaged()
    old_at, new_at = (TreeAt(span.last, hashes[span].hex()) for span in ends)
    return Consistency("tallystick journal consistency 1", old_at, new_at, [hashes[span].hex() for span in spans])
