"""The pages of collection rounds: all of them, and one with who is late and who was reminded, opened and closed."""

from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import rounds
from grants.actions.round_lists import programmes_of_rounds, round_progress, round_returns, rounds_listed
from grants.actions.rounds import RoundView
from grants.domain.access import Deed, Scope, may
from grants.domain.errors import Conflict
from grants.domain.periods import parse_period
from grants.domain.reminders import Reminders
from grants.domain.rounds import RoundState, may_move
from grants.pages.forms import once
from grants.pages.layout import Asked, go, page
from grants.pages.state_words import RETURN_STATES
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag, table_state
from grants.pages.words import count
from grants.store.lists.rounds import Reminded
from grants.store.transaction import Gate
from grants.web.pages.form_fields import FieldKind

_F = FieldKind
STATES: Final[dict[str, Tag]] = {
    RoundState.DRAFT: Tag("Draft", "grey"),
    RoundState.SCHEDULED: Tag("Planned", "yellow"),
    RoundState.OPEN: Tag("Open", "green"),
    RoundState.CLOSED: Tag("Closed", "grey"),
}
_BEFORE: Final = frozenset({RoundState.DRAFT, RoundState.SCHEDULED})
_NOBODY: Final = "No active award of the programme owed a return for this period when the round opened."
_CRUMBS: Final = (("Returns", "/returns"), ("Collection rounds", "/rounds"))
_TOLD: Final = {
    "planned": "The round is planned. It opens by itself on its day.",
    "opened": "The round is open, and the returns that it asks for are there.",
    "closed": "The round is closed. Returns that it asked for can still be submitted.",
}


def _of_all(number: int, expected: int) -> str:
    return f"{number:,} of {expected:,}" if expected else "None yet"


ROUNDS: Final = TableSpec(
    "rounds",
    "Collection rounds",
    (
        Column("name", "Round", on_page=False, in_file=False),
        Column("period", "Period", Kind.PERIOD, href=lambda one: f"/rounds/{one.id}"),
        Column("programme", "Programme", filter=Choices()),
        Column("state", "State", Kind.TAG, tags=STATES, filter=Choices.of(STATES)),
        Column("opens_on", "Opens", Kind.DAY),
        Column("due_on", "Due", Kind.DAY),
        Column("expected", "Returns asked for", Kind.NUMBER),
        Column("submitted", "Submitted", Kind.NUMBER, words=lambda one: _of_all(one.submitted, one.expected)),
        Column("accepted", "Accepted", Kind.NUMBER, words=lambda one: _of_all(one.accepted, one.expected)),
        Column("late", "Overdue", Kind.NUMBER),
    ),
    sort="-name",
    empty="No round is planned yet. Plan one for each period: on its day it opens by itself, and asks each award for a return.",
)


def _with_titles(titles: dict[str, str]) -> TableSpec:
    columns = (
        replace(each, words=lambda one: titles.get(one.programme)) if each.key == "programme" else each
        for each in ROUNDS.columns
    )
    return replace(ROUNDS, columns=tuple(columns))


@get("/rounds", opt={"deed": Deed.SEE_PLAN}, include_in_schema=False)
async def all_rounds(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Rounds, the newest period first."""
    async with gate.reading(request.user) as view:
        programmes = await programmes_of_rounds(view)
        state = table_state(request, _with_titles(dict(programmes)), {"programme": programmes})
        found = await rounds_listed(view, state.wanted)
    if state.download:
        return await table_file(request, state, found)
    may_plan = may(request.user, Deed.MANAGE_ROUNDS)
    return page(
        request, "rounds", "Collection rounds", crumbs=_CRUMBS[:1], listed=shown(state, found), may_plan=may_plan
    )


def _reminded(one: Any) -> str:
    """The newest reminder, and to whom."""
    if not one.reminded:
        return "None yet"
    newest: Reminded = one.reminded[0]
    people = [each.person for each in one.reminded if each.which == newest.which]
    return f"{', '.join(people)}: {when_words(newest.which)}"


def when_words(which: str) -> str:
    """Which reminder it was: "-5" is five working days before the return was due."""
    days = int(which)
    if days == 0:
        return "on the day"
    return f"{count(abs(days), 'working day')} {'before' if days < 0 else 'after'} it was due"


_RETURNS: Final = TableSpec(
    "returns",
    "Returns of this round",
    (
        Column("award", "Return of", href=lambda one: f"/returns/{one.id}"),
        Column("recipient_name", "Recipient", href=lambda one: f"/recipients/{one.recipient_id}"),
        Column("state", "State", Kind.TAG, tags=RETURN_STATES, filter=Choices.of(RETURN_STATES)),
        Column("is_late", "Overdue", Kind.YES_NO, filter=Choices((("true", "Yes"), ("false", "No")))),
        Column("days_late", "Days late", Kind.NUMBER),
        Column("submitted_at", "Submitted", Kind.MOMENT, empty="Not yet"),
        Column("reminders", "Last reminder", sortable=False),
    ),
    sort="-days_late",
    empty="This round asks for no returns yet. When it opens, each active award of the programme that owes one gets its return.",
    search=("award", "recipient_name"),
    search_label="Award or recipient",
)


@get("/rounds/{round_id:uuid}", opt={"deed": Deed.SEE_PLAN}, include_in_schema=False)
async def one_round(request: Asked, gate: NamedDependency[Gate], round_id: FromPath[UUID]) -> Response[Any]:
    """A round: how far it is, who is late, whom reminders went to."""
    return await _shown(request, gate, round_id)


async def _shown(
    request: Asked, gate: Gate, round_id: UUID, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response[Any]:
    state = table_state(request, _RETURNS)
    async with gate.reading(request.user) as view:
        whole = await round_progress(view, round_id)
        returns = await round_returns(view, round_id, state.wanted)
        titles = dict(await programmes_of_rounds(view))
    found = whole.round
    rows = returns.with_rows(_WithReminders(one) for one in returns.rows)
    if state.download:
        return await table_file(request, state, rows)
    manages = may(request.user, Deed.MANAGE_ROUNDS, Scope(found.programme))
    return page(
        request,
        "round",
        f"Returns for {parse_period(found.period).label}",
        status=status,
        errors=errors,
        told=_TOLD,
        crumbs=_CRUMBS,
        whole=whole,
        round=found,
        programme=titles.get(found.programme, found.programme),
        state=STATES[found.state],
        reminders=_plan_words(found.reminders),
        listed=shown(state, rows, empty="" if found.state in _BEFORE else _NOBODY),
        opens=manages and may_move(found.state, RoundState.OPEN),
        closes=manages and may_move(found.state, RoundState.CLOSED),
    )


class _WithReminders:
    """A return of the round, with its newest reminder in words as one of its facts."""

    def __init__(self, one: Any) -> None:
        self._one = one
        self.reminders = _reminded(one)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._one, name)


def _plan_words(plan: Reminders) -> str:
    days = [f"{count(each, 'working day')} before" for each in sorted(plan.before, reverse=True)]
    days += [f"{count(each, 'working day')} after" for each in sorted(plan.after)]
    again = f", and then every {count(plan.every, 'working day')}" if plan.every else ""
    return f"{', '.join(days)}{again}" if days or again else "Nobody is reminded"


@post("/rounds/{round_id:uuid}/open", opt={"deed": Deed.MANAGE_ROUNDS}, include_in_schema=False)
async def open_round(request: Asked, gate: NamedDependency[Gate], round_id: FromPath[UUID]) -> Response[Any]:
    """Opens a round now."""
    return await _move(request, gate, round_id, RoundState.OPEN, "opened")


@post("/rounds/{round_id:uuid}/close", opt={"deed": Deed.MANAGE_ROUNDS}, include_in_schema=False)
async def close_round(request: Asked, gate: NamedDependency[Gate], round_id: FromPath[UUID]) -> Response[Any]:
    """Closes a round."""
    return await _move(request, gate, round_id, RoundState.CLOSED, "closed")


async def _move(request: Asked, gate: Gate, round_id: UUID, target: RoundState, done: str) -> Response[Any]:
    try:
        await once(request, gate, RoundView, partial(rounds.move_round, round_id=round_id, target=target))
    except Conflict as error:
        return await _shown(request, gate, round_id, status=409, errors={"": error.message})
    return go(f"/rounds/{round_id}", done=done)


ROUTES: list[Any] = [all_rounds, one_round, open_round, close_round]
