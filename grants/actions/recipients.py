"""The register of recipients: listed, added to, and filled from the registers that come with the service."""

import csv
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from grants.actions.listing import Page, decode_cursor, page
from grants.domain.access import Deed, Scope, narrowed_to, require
from grants.domain.errors import Conflict
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.store import recipients as stored
from grants.store.journal import record
from grants.store.recipients import RecipientRow
from grants.store.transaction import Tx, View

_REGISTER: Final = Path(__file__).resolve().parent.parent / "data" / "recipients.csv"


async def recipient_view(view: View, recipient_id: str) -> RecipientRow:
    """One recipient. Raises NotFound, also for one that the actor may not see."""
    require(view.actor, Deed.SEE_RECIPIENTS)
    require(view.actor, Deed.SEE_RECIPIENTS, Scope(recipient=recipient_id), sight=Deed.SEE_RECIPIENTS)
    return await stored.find(view.db, recipient_id)


async def recipients_page(
    view: View, after: str | None, limit: int, kind: RecipientKind | None = None
) -> Page[RecipientRow]:
    """Recipients that the actor may see, in order of identifier: the funder sees all, a recipient itself."""
    require(view.actor, Deed.SEE_RECIPIENTS)
    programmes, own = narrowed_to(view.actor, Deed.SEE_RECIPIENTS)
    visible = own if programmes == frozenset() else None
    found = await stored.page_of(view.db, decode_cursor(after), limit + 1, visible, kind)
    return page(found, limit, lambda recipient: recipient.id)


async def add_recipient(tx: Tx, new: NewRecipient, *, is_example: bool = False) -> RecipientRow:
    """Adds an organisation. Raises NotAllowed, or Conflict where its identifier is there already."""
    require(tx.actor, Deed.ADD_RECIPIENT)
    new = msgspec.structs.replace(new, name=new.name.strip())
    if not await stored.add_missing(tx, [new], is_example=is_example or tx.actor.is_example):
        raise Conflict("exists", "There is a recipient with this identifier already.")
    after = {"name": new.name, "kind": new.kind, "identifiers": new.identifiers}
    await record(tx, Deed.ADD_RECIPIENT, "recipient", new.id, after=after)
    return await stored.find(tx.db, new.id)


async def load_recipients(tx: Tx) -> list[str]:
    """Adds the recipients that come with the service and are missing; their identifiers. Again, it does nothing."""
    require(tx.actor, Deed.ADD_RECIPIENT)
    added = await stored.add_missing(tx, register())
    if added:
        await record(tx, Deed.ADD_RECIPIENT, "recipient", "register", after={"added": added})
    return added


@cache
def register() -> tuple[NewRecipient, ...]:
    """The organisations that come with the service: all police force areas of England and Wales, councils, a national body.

    Source of the police force areas and of the ONS codes: the Office for National Statistics' register of geographic codes.
    """
    with _REGISTER.open(encoding="utf-8", newline="") as lines:
        return tuple(_recipient(row) for row in csv.DictReader(lines))


def _recipient(row: dict[str, str]) -> NewRecipient:
    identifiers = {
        scheme: code for scheme, code in row.items() if code and scheme not in NewRecipient.__struct_fields__
    }
    facts = {"id": row["id"], "name": row["name"], "kind": row["kind"], "identifiers": identifiers}
    return msgspec.convert(facts, type=NewRecipient)
