"""The list of decisions that people sort, narrow and page."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from grants.actions.decision_names import OF_AWARDS, OF_LINES
from grants.domain.access import Deed, narrowed_to, require
from grants.domain.decisions import DecisionKind, DecisionState
from grants.store import plan
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import decisions as stored
from grants.store.transaction import View


class DecisionLine(Struct, frozen=True):
    """A decision in a list. `pence` is what it moves or awards; None where it moves nothing, or what its award's terms tell.

    `subject` is a code or a reference, `about` the same as people name it; `place` puts what waits for a decision first.
    """

    id: UUID
    number: int
    kind: DecisionKind
    state: DecisionState
    programme: str
    subject: str
    about: str
    pence: int | None
    reason: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    place: int
    is_example: bool


def about_line(code: str) -> stored.About:
    """Decisions that are about a funding line itself."""
    return stored.About(code, OF_LINES)


def about_award(reference: str) -> stored.About:
    """Decisions that are about an award."""
    return stored.About(reference, OF_AWARDS)


async def decisions_listed(view: View, wanted: Wanted, about: stored.About | None = None) -> Listed[DecisionLine]:
    """One page of the decisions that the actor may see, about one thing or, None, about anything. Raises NotAllowed."""
    require(view.actor, Deed.SEE_DECISIONS)
    programmes, _ = narrowed_to(view.actor, Deed.SEE_DECISIONS)
    found = await stored.decisions(view.db, wanted, programmes, about)
    names = set(DecisionLine.__struct_fields__) - {"kind", "state"}
    return found.with_rows(
        DecisionLine(
            **{name: row[name] for name in names},
            kind=DecisionKind(row["kind"]),
            state=DecisionState(row["state"]),
        )
        for row in found.rows
    )


async def programmes_of_decisions(view: View) -> list[tuple[str, str]]:
    """Codes and titles of the programmes whose decisions the actor may see."""
    visible, _ = narrowed_to(view.actor, Deed.SEE_DECISIONS)
    return [(programme.code, programme.title) for programme in await plan.programmes(view.db, visible)]
