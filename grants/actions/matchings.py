"""Matchings of extracts: confirmed by whoever uploads a recipient's returns, kept for the next, and never changed."""

import hashlib
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from grants.actions.listing import Page, decode_cursor, page
from grants.domain.access import Deed, require, require_genuine
from grants.domain.errors import Invalid
from grants.domain.matchings import Matching, check_decided
from grants.domain.periods import parse_period
from grants.domain.returns import ReturnContext
from grants.store import awards, matchings
from grants.store import returns as stored
from grants.store.journal import record
from grants.store.matchings import MatchingRow
from grants.store.transaction import Tx, View


class MatchingView(Struct, frozen=True):
    """A matching as people see it. The one with the highest `number` of its shape is in force: `is_newest`."""

    id: UUID
    recipient_id: str
    shape: str
    number: int
    confirmed_by: str
    confirmed_at: datetime
    is_newest: bool
    matching: Matching


async def context_for_matching(view: View, award: str, period: str) -> ReturnContext:
    """What an extract is matched for. Raises NotFound, NotAllowed, Invalid."""
    found = await awards.find(view.db, award)
    require(view.actor, Deed.UPLOAD_RETURN, found.scope, sight=Deed.SEE_RETURN)
    require_genuine(view.actor, found.is_example)
    return await stored.context(view.db, found, parse_period(period), None)


async def confirm(tx: Tx, award: str, matching: Matching) -> MatchingView:
    """Keeps a matching for the award's recipient: extracts of its shape are read by it from now on.

    Raises NotFound, NotAllowed, and Invalid `matching` where it leaves something to decide.
    """
    found = await awards.find(tx.db, award)
    require(tx.actor, Deed.UPLOAD_RETURN, found.scope, sight=Deed.SEE_RETURN)
    require_genuine(tx.actor, found.is_example)
    check_decided(matching)
    matching_id = await matchings.add(tx, found.recipient_id, matching, is_example=found.is_example)
    row = await matchings.find(tx.db, found.recipient_id, matching_id, is_example=found.is_example)
    after = {
        "award": award,
        "number": row.number,
        "codes": len(matching.codes),
        "sha256": hashlib.sha256(msgspec.json.encode(matching)).hexdigest(),
    }
    await record(tx, Deed.UPLOAD_RETURN, "matching", f"{found.recipient_id}/{matching.shape}", after=after)
    return _view(found.recipient_id, row)


async def matchings_page(view: View, award: str, after: str | None, limit: int) -> Page[MatchingView]:
    """The matchings of the award's recipient, by shape; those in force before those that they superseded. Raises NotFound."""
    found = await awards.find(view.db, award)
    require(view.actor, Deed.SEE_RETURN, found.scope, sight=Deed.SEE_RETURN)
    rows = await matchings.page_of(view.db, found.recipient_id, _cursor(after), limit + 1, is_example=found.is_example)
    views = [_view(found.recipient_id, row) for row in rows]
    return page(views, limit, lambda one: f"{one.shape}/{one.number}")


def _cursor(after: str | None) -> tuple[str, int] | None:
    key = decode_cursor(after)
    if not key:
        return None
    shape, _, number = key.partition("/")
    if not number.isdecimal() or len(number) > 15:
        raise Invalid("cursor", "Use the value of `next` from the page before, as it is.")
    return shape, int(number)


def _view(recipient: str, row: MatchingRow) -> MatchingView:
    return MatchingView(
        row.id, recipient, row.shape, row.number, row.confirmed_by, row.confirmed_at, row.is_newest, row.matching
    )
