"""The journal as auditors read it."""

from grants.actions.listing import Page, decode_number, page
from grants.domain.access import Actor, Deed, narrowed_to, require
from grants.domain.errors import NotAllowed
from grants.store.journal import JournalLine, extract
from grants.store.transaction import View


async def journal_page(view: View, subject: str | None, after: str | None, limit: int) -> Page[JournalLine]:
    """Records in order. Only an auditor of everything reads them: a record may be about any programme."""
    require_whole(view.actor)
    found = await extract(view.db, after=decode_number(after), limit=limit + 1, subject=subject)
    return page(found, limit, lambda line: str(line.number))


def require_whole(actor: Actor) -> None:
    """Raises NotAllowed unless the actor may read everybody's records."""
    require(actor, Deed.SEE_JOURNAL)
    if narrowed_to(actor, Deed.SEE_JOURNAL)[0] is not None:
        raise NotAllowed("not_allowed", "The journal is about all programmes: only an auditor of all of them reads it.")
