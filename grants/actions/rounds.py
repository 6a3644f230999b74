"""Collection rounds: a period's collection opens, creates the returns that are due, and closes."""

from datetime import date
from typing import Annotated
from uuid import UUID

import asyncpg
from msgspec import Meta, Struct, json, to_builtins

from grants.actions.listing import Page, decode_cursor, page
from grants.domain.access import Deed, Scope, narrowed_to, require, require_genuine
from grants.domain.awards import TAKES_RETURNS
from grants.domain.decisions import LineCode
from grants.domain.errors import Invalid, NotFound, RuleBroken
from grants.domain.periods import add_working_days, london_day, parse_period
from grants.domain.reminders import DEFAULT, Reminders
from grants.domain.returns import ReturnState
from grants.domain.rounds import RoundState, check_move, frequency_of, is_due
from grants.store import awards
from grants.store import returns as stored
from grants.store.awards import AwardRow
from grants.store.journal import record
from grants.store.tables import CollectionRound, SpendReturn
from grants.store.transaction import Tx, View

DUE_AFTER_WORKING_DAYS = 20
"""A return is due this long after its period ends, unless the round says another day."""


class NewRound(Struct, frozen=True, forbid_unknown_fields=True):
    """A round to plan. Left out, it opens the day after the period ends and is due 20 working days after that end.

    Those who have not submitted are reminded 10 and 5 working days before it is due, 1 after and then every 5, unless
    `reminders` say otherwise.
    """

    programme: LineCode
    period: Annotated[str, Meta(examples=["2025-26-Q2"])]
    opens_on: date | None = None
    due_on: date | None = None
    reminders: Reminders | None = None


class RoundView(Struct, frozen=True):
    """A round: `expected` returns were created, `accepted` of them are accepted."""

    id: UUID
    programme: str
    period: str
    frequency: str
    opens_on: date
    due_on: date
    state: RoundState
    expected: int
    accepted: int
    is_example: bool
    reminders: Reminders = DEFAULT


async def add_round(tx: Tx, new: NewRound, *, is_example: bool = False) -> RoundView:
    """Plans a round; it opens by itself on its day, or by hand before. Raises Invalid, NotFound, Conflict."""
    require(tx.actor, Deed.MANAGE_ROUNDS, Scope(new.programme), sight=Deed.SEE_PLAN)
    if not await tx.db.fetchval("SELECT true FROM programme WHERE code = $1", new.programme):
        raise NotFound("programme", "There is no programme with that code.")
    period = parse_period(new.period)
    frequency = frequency_of(period)
    if frequency is None:
        raise Invalid("period", "A round collects for a quarter like 2025-26-Q1 or a month like 2025-26-P01.")
    opens_on = new.opens_on or add_working_days(period.last, 1)
    due_on = new.due_on or add_working_days(period.last, DUE_AFTER_WORKING_DAYS)
    if due_on < opens_on:
        raise RuleBroken("due_before_open", "The due date must be on or after the day that the round opens.")
    row = CollectionRound(
        programme=new.programme,
        period=period.code,
        frequency=frequency.value,
        opens_on=opens_on,
        due_on=due_on,
        state=RoundState.SCHEDULED.value,
        is_example=is_example or tx.actor.is_example,
        reminders=None if new.reminders is None else to_builtins(new.reminders),
    )
    await tx.add(row)
    after = {"period": period.code, "opens_on": opens_on, "due_on": due_on, "reminders": row.reminders}
    await record(tx, Deed.MANAGE_ROUNDS, "round", str(row.id), after=after)
    return await round_view(tx, row.id)


async def move_round(tx: Tx, round_id: UUID, target: RoundState) -> RoundView:
    """Opens a round, which creates the returns that are due, or closes it. Raises Conflict where it may not go there."""
    await tx.db.execute("SELECT FROM collection_round WHERE id = $1 FOR UPDATE", round_id)
    found = await round_view(tx, round_id)
    require(tx.actor, Deed.MANAGE_ROUNDS, Scope(found.programme), sight=Deed.SEE_PLAN)
    require_genuine(tx.actor, found.is_example)
    check_move(found.state, target)
    await tx.db.execute("UPDATE collection_round SET state = $2 WHERE id = $1", round_id, target.value)
    created = 0
    if target is RoundState.OPEN:
        for award in await awards.all_of(tx.db, found.programme):
            created += await _return_for(tx, found, award)
    after = {"state": target, "returns_created": created}
    await record(tx, Deed.MANAGE_ROUNDS, "round", str(round_id), before={"state": found.state}, after=after)
    return await round_view(tx, round_id)


async def returns_for_award(tx: Tx, reference: str) -> None:
    """Creates the returns that open rounds ask of an award which has just become active, or whose terms have just changed."""
    award = await awards.find(tx.db, reference)
    # Also those that are not open: one that opens at this moment does not see this award yet, so wait for it here.
    rows = await tx.db.fetch(
        "SELECT id, state FROM collection_round WHERE programme = $1 ORDER BY period FOR SHARE", award.programme
    )
    for row in rows:
        if row["state"] == RoundState.OPEN:
            await _return_for(tx, await round_view(tx, row["id"]), award)


async def _return_for(tx: Tx, found: RoundView, award: AwardRow) -> int:
    if award.state not in TAKES_RETURNS or not is_due(award.terms, parse_period(found.period)):
        return 0
    if await tx.db.fetchval(
        "SELECT true FROM spend_return WHERE award = $1 AND period = $2", award.reference, found.period
    ):
        return 0
    row = SpendReturn(
        award=award.reference,
        period=found.period,
        round_id=found.id,
        due_on=found.due_on,
        state=ReturnState.DUE.value,
        version=0,
        is_example=award.is_example,
    )
    await tx.add(row)
    name = f"{award.reference}/{found.period}"
    journal_no = await record(
        tx, Deed.MANAGE_ROUNDS, "return", name, after={"state": ReturnState.DUE, "due_on": found.due_on}
    )
    await stored.add_event(tx, row.id, journal_no, "opened", ReturnState.DUE, 0)
    return 1


async def open_due(tx: Tx) -> int:
    """Opens the scheduled rounds whose day has come; how many."""
    rows = await tx.db.fetch(
        "SELECT id FROM collection_round WHERE state = 'scheduled' AND opens_on <= $1 ORDER BY opens_on, id FOR UPDATE SKIP LOCKED",
        london_day(tx.now),
    )
    for row in rows:
        await move_round(tx, row["id"], RoundState.OPEN)
    return len(rows)


_ROUND = """
SELECT c.*, c.reminders::text AS reminders_text, count(r.id) AS expected, count(r.id) FILTER (WHERE r.state = 'accepted') AS accepted
FROM collection_round c LEFT JOIN spend_return r ON r.round_id = c.id
"""


def _view(row: asyncpg.Record) -> RoundView:
    facts = dict(row)
    text, facts["state"] = facts.pop("reminders_text"), RoundState(row["state"])
    return RoundView(**{**facts, "reminders": json.decode(text, type=Reminders) if text else DEFAULT})


async def round_view(view: View, round_id: UUID) -> RoundView:
    """One round. Raises NotFound."""
    row = await view.db.fetchrow(f"{_ROUND} WHERE c.id = $1 GROUP BY c.id", round_id)
    if row is None:
        raise NotFound("round", "There is no such collection round that you can see.")
    require(view.actor, Deed.SEE_PLAN, Scope(row["programme"]), sight=Deed.SEE_PLAN)
    return _view(row)


async def rounds_page(view: View, after: str | None, limit: int) -> Page[RoundView]:
    """Rounds that the actor may see, in order of period and programme."""
    require(view.actor, Deed.SEE_PLAN)
    programmes, _ = narrowed_to(view.actor, Deed.SEE_PLAN)
    rows = await view.db.fetch(
        f"{_ROUND} WHERE c.period || '/' || c.programme > $1 AND ($3::text[] IS NULL OR c.programme = ANY($3)) "
        "GROUP BY c.id ORDER BY c.period || '/' || c.programme LIMIT $2",
        decode_cursor(after),
        limit + 1,
        None if programmes is None else sorted(programmes),
    )
    found = [_view(row) for row in rows]
    return page(found, limit, lambda item: f"{item.period}/{item.programme}")
