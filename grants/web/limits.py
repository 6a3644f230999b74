"""Limits on requests: of each person, over all replicas together; and on tokens that are none, from one place, in this process."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from litestar.exceptions import TooManyRequestsException
from litestar.types import ASGIApp, Receive, Scope, Send

from grants.domain.access import Actor
from grants.store import tokens
from grants.store.request_budget import claim
from grants.store.token_holders import SignedIn
from grants.store.transaction import Gate

WINDOW: Final = timedelta(minutes=1)
BLOCK_MAX: Final = 25
"""Requests that a process takes out of a budget at once, so that most requests ask nobody."""
BAD_TOKENS: Final = 60
"""Tokens that are none which one place may send within a window; after that only tokens that were good lately are looked at."""
PLACES_MAX: Final = 10_000
_USED_AGAIN_AFTER: Final = timedelta(minutes=1)
_log = structlog.get_logger("tallystick.http")


def window_of(now: datetime) -> datetime:
    """The window that a moment is in."""
    return now.replace(second=0, microsecond=0)


def block_for(limit: int, left: int) -> int:
    """How many requests to take at once: fewer as the budget runs out, so that other replicas find some too."""
    return max(1, min(BLOCK_MAX, left // 8, limit))


def _refusal(limit: int, now: datetime) -> TooManyRequestsException:
    """429, with when to come again, in seconds (RateLimit: draft-ietf-httpapi-ratelimit-headers-10)."""
    seconds = max(1, -(-(window_of(now) + WINDOW - now) // timedelta(seconds=1)))
    headers = {
        "Retry-After": str(seconds),
        "RateLimit-Policy": f'"default";q={limit};w={WINDOW // timedelta(seconds=1)}',
        "RateLimit": f'"default";r=0;t={seconds}',
    }
    return TooManyRequestsException(headers=headers)


@dataclass
class _Purse:
    """What a process holds of one person's budget. `others`: what was left for others when it last took some."""

    others: int
    held: int = 0
    empty: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Budgets:
    """The budgets of one process's people. `limit` requests a person and minute, over all replicas; 0: no limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._window = datetime.min.replace(tzinfo=UTC)
        self._purses: dict[UUID, _Purse] = {}

    async def spend(self, gate: Gate, actor: Actor) -> None:
        """Takes one request out of the actor's budget. Raises TooManyRequestsException where nothing is left of it."""
        if not self._limit:
            return
        now = gate.clock()
        if self._window != window_of(now):
            self._window, self._purses = window_of(now), {}
        purse = self._purses.setdefault(actor.id, _Purse(self._limit))
        while not purse.held:
            if purse.empty:
                raise _refusal(self._limit, now)
            async with purse.lock:  # of many requests that come at once, one goes for more
                if not purse.held:
                    await self._fill(gate, actor, purse, window_of(now))
        purse.held -= 1

    async def _fill(self, gate: Gate, actor: Actor, purse: _Purse, window: datetime) -> None:
        block = block_for(self._limit, purse.others)
        async with gate.deed(actor) as tx:
            purse.held, purse.others = await claim(tx, window, block, self._limit)
        purse.empty = not purse.held


class Budgeted:
    """Middleware behind whatever finds out who asks: spends their budget, and notes when their token was used."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on. Raises TooManyRequestsException."""
        actor: Actor | None = scope.get("user")
        if actor is None:
            await self.app(scope, receive, send)
            return
        state = scope["litestar_app"].state
        gate: Gate = state.gate
        await state.budgets.spend(gate, actor)
        try:
            await self.app(scope, receive, send)
        finally:
            await _note_use(gate, scope.get("auth"))


async def _note_use(gate: Gate, came_with: Any) -> None:
    """After the answer, in a transaction of its own: that it cannot be noted is nobody's trouble but ours."""
    if not isinstance(came_with, SignedIn) or came_with.actor.token_id is None:
        return
    now, token = gate.clock(), came_with.token
    if token.last_used_at is not None and now - token.last_used_at < _USED_AGAIN_AFTER:
        return
    token.last_used_at = now  # of requests that come at once, one notes it
    try:
        async with asyncio.timeout(5), gate.glance() as db:
            await tokens.note_use(db, came_with.actor.token_id, now)
    except Exception as error:  # noqa: BLE001  whatever it is, the request itself has been answered
        _log.warning("token_use_not_noted", error=type(error).__name__)


class BadTokens:
    """Counts the tokens that are none, by the place that they come from, and remembers those that were good lately.

    A place that sends too many is not looked at any more, but for tokens that were good lately: whoever shares an address
    with a flood goes on. The memory is bounded: places and tokens that were not seen for the longest time are forgotten.
    """

    def __init__(self, limit: int = BAD_TOKENS, places: int = PLACES_MAX) -> None:
        self._limit = limit
        self._places_max = places
        self._bad: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()

    def check(self, place: str, sha256: bytes, now: datetime) -> None:
        """Raises TooManyRequestsException where the place has sent too many, and this one was not good lately."""
        if sha256 not in self._good and self._count(place, now) >= self._limit:
            raise _refusal(self._limit, now)

    def was_bad(self, place: str, sha256: bytes, now: datetime) -> None:
        """Counts a token that is none."""
        self._good.pop(sha256, None)
        count = self._count(place, now) + 1
        _keep(self._bad, place, (window_of(now), count), self._places_max)

    def was_good(self, sha256: bytes) -> None:
        """Remembers a token that opened something."""
        _keep(self._good, sha256, None, self._places_max)

    def _count(self, place: str, now: datetime) -> int:
        window, count = self._bad.get(place, (None, 0))
        return count if window == window_of(now) else 0


def _keep(known: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > most:
        known.popitem(last=False)
