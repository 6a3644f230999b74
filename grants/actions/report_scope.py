"""Whose reports a person may see and make: the programmes that a report is about decide."""

from msgspec.structs import replace

from grants.domain.access import Actor, Deed, Scope, narrowed_to, require
from grants.domain.errors import NotAllowed, NotFound
from grants.domain.samples import seeded
from grants.domain.schedules import Filters, Offer, check_filters
from grants.store.transaction import View

NOT_FOUND = "There is nothing here that you can see. Check the reference."


def lists_over(actor: Actor) -> frozenset[str] | None:
    """The programmes whose reports a list may show; None: all. Raises NotAllowed for who sees no reports."""
    require(actor, Deed.SEE_REPORTS)
    return narrowed_to(actor, Deed.SEE_REPORTS)[0]


def check_over(actor: Actor, deed: Deed, programme: str | None) -> None:
    """Raises NotFound where the actor may not see reports over the programme, NotAllowed where they may but not do the deed.

    A report that names no programme is over all of them, and wants a role over all.
    """
    if programme is not None:
        require(actor, deed, Scope(programme), sight=Deed.SEE_REPORTS)
    elif lists_over(actor) is not None:
        raise NotFound("not_found", NOT_FOUND)
    elif narrowed_to(actor, deed)[0] is not None:
        raise NotAllowed("not_allowed", "Your role does not let you do this over all programmes.")


def check_sight(actor: Actor, offer: Offer | None) -> None:
    """Raises NotAllowed for a report about what the actor may not see over all programmes, as the journal is."""
    if offer is None or offer.sight is None:
        return
    require(actor, offer.sight)
    if narrowed_to(actor, offer.sight)[0] is not None:
        raise NotAllowed("not_allowed", "This report is about all programmes: only who sees all of them may see it.")


async def settled(view: View, deed: Deed, offer: Offer, filters: Filters) -> Filters:
    """The filters with the programme that they come to. Raises Invalid, NotFound for what is unknown or foreign, NotAllowed."""
    check_sight(view.actor, offer)
    check_filters(offer, filters)
    programme = filters.programme
    if filters.funding_line is not None:
        of_line = await view.db.fetchval("SELECT programme FROM funding_line WHERE code = $1", filters.funding_line)
        if of_line is None or programme not in (None, of_line):
            raise NotFound("not_found", NOT_FOUND)
        programme = of_line
    if programme is None and narrowed_to(view.actor, deed)[0] is not None:
        raise NotAllowed(
            "programme", "Your role is over some programmes only. Name one of them as the filter `programme`."
        )
    check_over(view.actor, deed, programme)
    known = await view.db.fetchval("SELECT count(*) FROM programme WHERE code = $1", programme)
    if programme is not None and not known:
        raise NotFound("not_found", NOT_FOUND)
    if filters.recipient is not None:
        known = await view.db.fetchval("SELECT count(*) FROM recipient WHERE id = $1", filters.recipient)
        if not known:
            raise NotFound("not_found", NOT_FOUND)
    return replace(filters, programme=programme)


def with_seed(offer: Offer, filters: Filters) -> Filters:
    """The filters with the seed that a sample is drawn by, where the report is one: drawn now, unless one was given."""
    return replace(filters, sample=seeded(filters.sample)) if "sample" in offer.filters else filters
