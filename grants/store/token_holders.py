"""Who holds which token, kept in a process for as long as the record stands where it was read."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from grants.domain.access import Actor
from grants.store.people import TokenHolder, token_holder
from grants.store.transaction import Gate

KEPT_FOR: Final = timedelta(minutes=1)
"""How long at the most: a change that somebody made by hand in the database is in no record."""
_KEPT_MAX: Final = 10_000
_NEWEST: Final = "SELECT last_no FROM journal_head"
_ANSWER_SECONDS_MAX: Final = 30


@dataclass(frozen=True)
class SignedIn:
    """Who came with a token, and the newest journal record, asked for after they came."""

    actor: Actor
    journal_no: int
    token: TokenHolder


class TokenHolders:
    """The tokens that opened something lately. One for each process of the service.

    Whatever changes what a token opens is recorded in the same transaction, so what was read at the newest record holds.
    Which record is the newest is asked after a request came, each time: what was revoked anywhere before opens nothing.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._newest = _Newest(gate)
        self._kept: dict[bytes, tuple[datetime, TokenHolder]] = {}

    async def find(self, sha256: bytes, now: datetime, request_id: str) -> SignedIn | None:
        """Who holds a token; None where it is unknown, ended or revoked, or its person has no role left."""
        read_at, holder = self._kept.get(sha256, (None, None))
        is_kept = (
            holder is not None and read_at is not None and read_at <= now < min(read_at + KEPT_FOR, holder.expires_at)
        )
        if holder is None or not is_kept or holder.journal_no != await self._newest.number():
            holder = await self._read(sha256, now)
            if holder is None:
                return None
        known = holder.actor
        actor = Actor(known.id, known.name, known.grants, known.token_id, request_id, known.is_example, known.only)
        return SignedIn(actor, holder.journal_no, holder)

    async def _read(self, sha256: bytes, now: datetime) -> TokenHolder | None:
        async with self._gate.glance() as db:
            holder = await token_holder(db, sha256, now)
        self._kept.pop(sha256, None)
        if holder is not None:
            self._kept[sha256] = (now, holder)
            if len(self._kept) > _KEPT_MAX:
                del self._kept[next(iter(self._kept))]
        return holder


class _Newest:
    """Asks for the newest journal record. Of requests that come at once, one question answers all that came before it."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._is_asking = False
        self._waiting: list[asyncio.Future[int]] = []

    async def number(self) -> int:
        """The newest record's number, at some moment after the call."""
        if self._is_asking:
            answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            self._waiting.append(answer)
            return await answer
        self._is_asking = True
        try:
            return await self._ask()
        finally:
            if self._waiting:  # also where this request was given up
                self._next = asyncio.create_task(self._answer_others())
            else:
                self._is_asking = False

    async def _answer_others(self) -> None:
        while self._waiting:
            # Whoever comes from here on is not answered by this question: it may be older than their request.
            asked, self._waiting = self._waiting, []
            try:
                number = await self._ask()
            except Exception as error:  # noqa: BLE001  it is told to each who asked
                for answer in asked:
                    if not answer.done():
                        answer.set_exception(error)
            else:
                for answer in asked:
                    if not answer.done():
                        answer.set_result(number)
        self._is_asking = False

    async def _ask(self) -> int:
        async with self._gate.glance() as db:
            number: int = await db.fetchval(_NEWEST, timeout=_ANSWER_SECONDS_MAX)
        return number
