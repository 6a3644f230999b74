"""Collection rounds as those who manage them see them: how far each is, who is late, and whom reminders went to."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from grants.actions.rounds import RoundView, round_view
from grants.domain.access import Deed, narrowed_to, require
from grants.domain.periods import london_day
from grants.domain.returns import SUBMITTED, ReturnState
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
    reminded: list[Reminded]
    is_example: bool


class RoundWhole(Struct, frozen=True):
    """A round with its returns, and how many were submitted."""

    round: RoundView
    submitted: int
    late: int
    returns: list[RoundReturn]


async def rounds_listed(view: View, wanted: Wanted) -> Listed[RoundLine]:
    """One page of the rounds that the actor may see. Raises NotAllowed."""
    require(view.actor, Deed.SEE_PLAN)
    programmes, _ = narrowed_to(view.actor, Deed.SEE_PLAN)
    found = await stored.rounds(view.db, wanted, programmes, london_day(view.now))
    names = set(RoundLine.__struct_fields__) - {"state"}
    return found.with_rows(
        RoundLine(**{name: row[name] for name in names}, state=RoundState(row["state"])) for row in found.rows
    )


async def round_whole(view: View, round_id: UUID) -> RoundWhole:
    """One round, its returns, and the reminders of each. Raises NotFound."""
    found, today = await round_view(view, round_id), london_day(view.now)
    reminders: dict[UUID, list[Reminded]] = {}
    for one in await stored.reminders_of(view.db, round_id):
        reminders.setdefault(one.return_id, []).append(one)
    returns = []
    for row in await stored.returns_of(view.db, round_id):
        is_in = row["state"] in SUBMITTED
        reached = london_day(row["submitted_at"]) if is_in and row["submitted_at"] else today
        days = max(0, (reached - row["due_on"]).days)
        names = set(RoundReturn.__struct_fields__) - {"state", "days_late", "is_late", "reminded"}
        returns.append(
            RoundReturn(
                **{name: row[name] for name in names},
                state=ReturnState(row["state"]),
                days_late=days,
                is_late=days > 0 and not is_in,
                reminded=reminders.get(row["id"], []),
            )
        )
    submitted = sum(one.state in SUBMITTED for one in returns)
    return RoundWhole(found, submitted, sum(one.is_late for one in returns), returns)


async def programmes_to_collect_for(view: View) -> list[tuple[str, str]]:
    """Codes and titles of the programmes for which the actor may plan a round."""
    visible, _ = narrowed_to(view.actor, Deed.MANAGE_ROUNDS)
    return [(programme.code, programme.title) for programme in await plan.programmes(view.db, visible)]
