"""Lists that people sort, narrow and page: awards and returns, those of them that the actor may see."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from grants.domain.access import Deed, narrowed_to, require
from grants.domain.awards import AwardState
from grants.domain.periods import london_day
from grants.domain.returns import ReturnState
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import awards as award_list
from grants.store.lists import returns as return_list
from grants.store.lists.sight import Sight
from grants.store.transaction import View

Among = award_list.Among
ANY: Final = Among()


class AwardLine(Struct, frozen=True):
    """An award in a list. Pence are over all its years and budget kinds; returns are all that were asked for."""

    reference: str
    recipient_id: str
    recipient_name: str
    programme: str
    funding_line: str
    line_title: str
    purpose: str
    state: AwardState
    awarded_pence: int
    paid_pence: int
    spent_pence: int
    returns_accepted: int
    returns_expected: int
    ends_on: date
    is_example: bool


class ReturnLine(Struct, frozen=True):
    """A return in a list. `days_late` counts from the day after it was due until it was submitted, or until today.

    `lateness` is not_yet_due, overdue, in_time or submitted_late; `name` is the award and the period.
    """

    id: UUID
    award: str
    recipient_id: str
    recipient_name: str
    programme: str
    funding_line: str
    period: str
    due_on: date
    state: ReturnState
    version: int
    days_late: int
    lateness: str
    name: str
    is_example: bool


def sight_of(view: View, deed: Deed) -> Sight:
    """What lists may show to the actor. Raises NotAllowed for who may not do the deed anywhere."""
    require(view.actor, deed)
    return Sight(*narrowed_to(view.actor, deed))


async def awards_listed(
    view: View, wanted: Wanted, among: Among = ANY, *, deed: Deed = Deed.SEE_AWARD
) -> Listed[AwardLine]:
    """One page of the awards that the actor may do the deed to. Raises NotAllowed."""
    found = await award_list.awards(view.db, wanted, sight_of(view, deed), among)
    return found.with_rows(AwardLine(**_facts(row, AwardLine, state=AwardState)) for row in found.rows)


async def lines_with_awards(view: View) -> list[tuple[str, str]]:
    """Codes and titles of the funding lines of those awards. Raises NotAllowed."""
    return await award_list.funding_lines(view.db, sight_of(view, Deed.SEE_AWARD))


async def returns_listed(view: View, wanted: Wanted) -> Listed[ReturnLine]:
    """One page of the returns that the actor may see. Raises NotAllowed."""
    found = await return_list.returns(view.db, wanted, sight_of(view, Deed.SEE_RETURN), london_day(view.now))
    return found.with_rows(ReturnLine(**_facts(row, ReturnLine, state=ReturnState)) for row in found.rows)


async def periods_of_returns(view: View) -> list[str]:
    """The codes of those returns' periods, the newest first. Raises NotAllowed."""
    return await return_list.periods(view.db, sight_of(view, Deed.SEE_RETURN))


def _facts(row: asyncpg.Record, kind: type[Struct], state: type[AwardState] | type[ReturnState]) -> dict[str, Any]:
    return {**{name: row[name] for name in kind.__struct_fields__}, "state": state(row["state"])}
