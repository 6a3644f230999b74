"""What somebody may do with a return now, and so what its pages offer them; the deeds themselves ask again."""

from uuid import UUID

from msgspec import Struct

from grants.actions.return_views import ReturnView, seen, view_of
from grants.domain.access import Actor, Deed, may
from grants.domain.awards import TAKES_SPEND
from grants.domain.returns import TAKES_UPLOAD, ReturnState
from grants.store import return_people
from grants.store.returns import ReturnRow
from grants.store.transaction import View

_REVIEWED = frozenset({ReturnState.CERTIFIED, ReturnState.IN_REVIEW})


class ReturnDeeds(Struct, frozen=True):
    """What the viewer is to a return, and which deeds they may do with it now.

    `prepares`, `certifies` and `reviews` say whose work it is, in whatever state it stands. `uploads`, `signs` and `decides`
    say that the deed itself can be done now. `had_part` is why one who certifies or reviews cannot: they had a part in it before.
    """

    prepares: bool
    certifies: bool
    reviews: bool
    uploads: bool
    explains: bool
    signs: bool
    decides: bool
    had_part: bool


class ReturnAsSeen(Struct, frozen=True):
    """One return as somebody sees it. `late_days` counts from the day after it was due, as in lists."""

    view: ReturnView
    deeds: ReturnDeeds
    late_days: int


async def return_as_seen(view: View, return_id: UUID) -> ReturnAsSeen:
    """A return, and what the actor may do with it. Raises NotFound."""
    found = await seen(view, return_id)
    shown = await view_of(view, found)
    prepared = view.actor.id in await return_people.preparers(view.db, return_id)
    signed = view.actor.id in await return_people.certifiers(view.db, return_id)
    return ReturnAsSeen(shown, deeds_of(view.actor, found, prepared=prepared, signed=signed), shown.days_late)


def deeds_of(actor: Actor, found: ReturnRow, *, prepared: bool, signed: bool) -> ReturnDeeds:
    """What the actor may do: `prepared` and `signed` say what part they had in the return."""
    is_open = found.award_state in TAKES_SPEND and (found.is_example or not actor.is_example)
    prepares = is_open and may(actor, Deed.UPLOAD_RETURN, found.scope)
    certifies = is_open and may(actor, Deed.CERTIFY_RETURN, found.scope)
    reviews = is_open and may(actor, Deed.REVIEW_RETURN, found.scope) and not actor.belongs_to(found.recipient_id)
    is_ready = found.state is ReturnState.READY
    return ReturnDeeds(
        prepares=prepares,
        certifies=certifies,
        reviews=reviews,
        uploads=prepares and found.state in TAKES_UPLOAD,
        explains=prepares and is_ready,
        signs=certifies and is_ready and not prepared,
        decides=reviews and found.state in _REVIEWED and not (prepared or signed),
        had_part=prepared or (reviews and signed),
    )
