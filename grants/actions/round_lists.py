"""Collection rounds as those who manage them see them: how far each is, who is late, and whom reminders went to."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from grants.actions.rounds import RoundView, round_view
from grants.domain.access import Deed, narrowed_to, require
from grants.domain.periods import london_day
from grants.domain.returns import ReturnState
from grants.domain.rounds import RoundState
from grants.store import plan
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import rounds as stored
from grants.store.lists.rounds import Reminded
from grants.store.transaction import View


class RoundLine(Struct, frozen=True):
    """A round in a list. `late` returns are past their due date and not submitted."""

    id: UUID
    programme: str
    period: str
    opens_on: date
    due_on: date
    state: RoundState
    name: str
    expected: int
    submitted: int
    accepted: int
    late: int
    is_example: bool


class RoundReturn(Struct, frozen=True):
    """A return of a round. `days_late` counts as in the list of returns; `reminded` are its reminders, the newest first."""

    id: UUID
    award: str
    recipient_id: str
    recipient_name: str
    state: ReturnState
    due_on: date
    submitted_at: datetime | None
    days_late: int
    is_late: bool
    is_example: bool
    reminded: list[Reminded] = []


class RoundProgress(Struct, frozen=True):
    """A round, and how many of its returns are submitted, and late."""

    round: RoundView
    submitted: int
    late: int


async def rounds_listed(view: View, wanted: Wanted) -> Listed[RoundLine]:
    """One page of the rounds that the actor may see. Raises NotAllowed."""
    require(view.actor, Deed.SEE_PLAN)
    programmes, _ = narrowed_to(view.actor, Deed.SEE_PLAN)
    found = await stored.rounds(view.db, wanted, programmes, london_day(view.now))
    names = set(RoundLine.__struct_fields__) - {"state"}
    return found.with_rows(
        RoundLine(**{name: row[name] for name in names}, state=RoundState(row["state"])) for row in found.rows
    )


async def round_progress(view: View, round_id: UUID) -> RoundProgress:
    """How far a round is. Raises NotFound."""
    found = await round_view(view, round_id)
    return RoundProgress(found, *await stored.progress_of(view.db, round_id, london_day(view.now)))


async def round_returns(view: View, round_id: UUID, wanted: Wanted) -> Listed[RoundReturn]:
    """One page of a round's returns, each with whom reminders of it went to. Raises NotFound."""
    await round_view(view, round_id)
    found = await stored.returns_of(view.db, wanted, round_id, london_day(view.now))
    reminders: dict[UUID, list[Reminded]] = {}
    for one in await stored.reminders_of(view.db, round_id, [row["id"] for row in found.rows]):
        reminders.setdefault(one.return_id, []).append(one)
    names = set(RoundReturn.__struct_fields__) - {"state", "reminded"}
    return found.with_rows(
        RoundReturn(
            **{name: row[name] for name in names},
            state=ReturnState(row["state"]),
            reminded=reminders.get(row["id"], []),
        )
        for row in found.rows
    )


async def programmes_of_rounds(view: View) -> list[tuple[str, str]]:
    """Codes and titles of the programmes whose rounds the actor may see."""
    visible, _ = narrowed_to(view.actor, Deed.SEE_PLAN)
    return [(programme.code, programme.title) for programme in await plan.programmes(view.db, visible)]


async def programmes_to_collect_for(view: View) -> list[tuple[str, str]]:
    """Codes and titles of the programmes for which the actor may plan a round."""
    visible, _ = narrowed_to(view.actor, Deed.MANAGE_ROUNDS)
    return [(programme.code, programme.title) for programme in await plan.programmes(view.db, visible)]
