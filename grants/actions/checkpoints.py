"""The signed head of the journal, as an auditor takes it away."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from grants.domain.access import Deed, require
from grants.domain.checkpoints import Head, Signer
from grants.domain.errors import Conflict
from grants.store import ledger, proof
from grants.store.ledger import AsAt
from grants.store.transaction import View


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
    place = await ledger.head(view.db) if at is None else at
    root = await proof.root_at(view.db, place.journal_no)
    if root is None:
        raise Conflict("journal_damaged", "The journal is damaged: run tallystick verify.")
    head = Head(place.journal_no, root, view.now, place.entry_no)
    key = signer.verifier.text()
    return Checkpoint(head.size, head.root.hex(), head.at, head.entry_no, key, signer.signed(head))
