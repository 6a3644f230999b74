"""Recipients that people sort, narrow and page, and what the awards of one come to."""

from msgspec import Struct

from grants.actions.award_money import OfYear, of_years
from grants.domain.access import Deed, narrowed_to, require
from grants.domain.recipients import RecipientKind
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import recipients as stored
from grants.store.transaction import View


class RecipientLine(Struct, frozen=True):
    """A recipient in a list; `awards` are those that the reader may see."""

    id: str
    name: str
    kind: RecipientKind
    awards: int
    is_example: bool


async def recipients_listed(view: View, wanted: Wanted) -> Listed[RecipientLine]:
    """One page of the recipients that the actor may see: the funder all, a recipient itself. Raises NotAllowed."""
    require(view.actor, Deed.SEE_RECIPIENTS)
    programmes, own = narrowed_to(view.actor, Deed.SEE_RECIPIENTS)
    found = await stored.recipients(view.db, wanted, own if programmes == frozenset() else None)
    return found.with_rows(
        RecipientLine(row["id"], row["name"], RecipientKind(row["kind"]), row["awards"], row["is_example"])
        for row in found.rows
    )


async def recipient_years(view: View, recipient_id: str) -> list[OfYear]:
    """What those awards of a recipient that the actor may see come to, by year and budget kind."""
    rows = await view.db.fetch("SELECT reference FROM award WHERE recipient_id = $1", recipient_id)
    return await of_years(view, [row["reference"] for row in rows])
