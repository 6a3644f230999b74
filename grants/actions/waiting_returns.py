"""Returns that wait for whoever is signed in: for their upload, their certificate or their review, the longest due first."""

from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from grants.domain.access import Deed, narrowed_to, roles_for
from grants.domain.periods import london_day
from grants.domain.returns import TAKES_UPLOAD, ReturnState
from grants.store.lists import returns as stored
from grants.store.lists.sight import Sight
from grants.store.transaction import View

MOST: Final = 10
_S: Final = ReturnState
_STATES: Final[dict[Deed, frozenset[ReturnState]]] = {
    Deed.UPLOAD_RETURN: TAKES_UPLOAD,
    Deed.CERTIFY_RETURN: frozenset({_S.READY}),
    Deed.REVIEW_RETURN: frozenset({_S.CERTIFIED, _S.IN_REVIEW}),
}
"""What waits for whoever may do the deed. One that is ready to certify waits for its officer while warnings want a reason."""


class WaitingReturn(Struct, frozen=True):
    """A return that waits for the deed. `late_days` counts from the day after it was due, for one that is not submitted."""

    deed: Deed
    id: UUID
    award: str
    recipient_name: str
    period: str
    due_on: date
    state: ReturnState
    errors: int
    unexplained: int
    is_late: bool
    late_days: int


class WaitingReturns(Struct, frozen=True):
    """The first returns that wait for somebody, and how many there are in all."""

    deed: Deed
    first: list[WaitingReturn]
    total: int


async def waiting_returns(view: View) -> list[WaitingReturns]:
    """What waits for the actor, by the deed that it waits for; a deed that is not theirs is left out."""
    found = []
    for deed, states in _STATES.items():
        if roles_for(view.actor, deed):
            rows = await stored.waiting(
                view.db,
                Sight(*narrowed_to(view.actor, deed)),
                london_day(view.now),
                states,
                MOST,
                unexplained=deed is Deed.UPLOAD_RETURN,
            )
            lines = [_line(deed, row) for row in rows]
            found.append(WaitingReturns(deed, lines, rows[0]["rows_in_all"] if rows else 0))
    return found


def _line(deed: Deed, row: asyncpg.Record) -> WaitingReturn:
    days = row["days_late"] if deed is not Deed.REVIEW_RETURN else 0
    return WaitingReturn(
        deed=deed,
        id=row["id"],
        award=row["award"],
        recipient_name=row["recipient_name"],
        period=row["period"],
        due_on=row["due_on"],
        state=ReturnState(row["state"]),
        errors=row["errors"],
        unexplained=row["unexplained"],
        is_late=days > 0,
        late_days=days,
    )
