"""Who holds a token, as a process keeps it: never anything else than what the database would say at this very moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from grants.actions.people import (
    OPERATOR,
    add_person,
    ensure_service_actors,
)
from grants.actions.tokens import create_token, digest, revoke_tokens
from grants.domain.access import Role
from grants.store.token_holders import KEPT_FOR, SignedIn, TokenHolders
from grants.store.transaction import Db, Gate
from tests.database import Database
from tests.patience import SECONDS


@pytest.fixture
async def gate(fresh_database: Database) -> AsyncIterator[Gate]:
    """The way into a database with the service's own actors."""
    opened = await Gate.open(fresh_database.service_dsn, connections=4, clock=lambda: NOON)
    async with opened.deed(OPERATOR) as tx:
        await ensure_service_actors(tx)
    yield opened
    await opened.close()


NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)


async def _token(gate: Gate) -> bytes:
    async with gate.deed(OPERATOR) as tx:
        await add_person(tx, "somebody@example.org", "Somebody", [(Role.AUDITOR, None)])
        return digest(await create_token(tx, "somebody@example.org"))


async def test_what_was_changed_by_hand_holds_for_a_minute_at_the_most(gate: Gate, fresh_database: Database) -> None:
    token, holders = await _token(gate), TokenHolders(gate)
    assert await holders.find(token, NOON, "") is not None
    owner = await asyncpg.connect(fresh_database.owner_dsn)
    await owner.execute("UPDATE api_token SET revoked_at = $1", NOON)
    await owner.close()
    assert await holders.find(token, NOON + KEPT_FOR - timedelta(microseconds=1), "") is not None
    assert await holders.find(token, NOON + KEPT_FOR, "") is None
    assert await holders.find(token, NOON, "") is None


class Questions:
    """Counts the questions to the database, and keeps their answers back."""

    def __init__(self, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self._answered = asyncio.Semaphore(0)
        self._glance = gate.glance
        monkeypatch.setattr(gate, "glance", self._slow)

    @asynccontextmanager
    async def _slow(self) -> AsyncIterator[Db]:
        self.asked += 1
        async with self._glance() as db:
            yield db
            self._answered.release()
            await self.go_on.wait()

    def hold(self) -> None:
        """From now on nobody hears an answer, until `go_on` is set; what was asked before is not counted."""
        self.asked, self._answered = 0, asyncio.Semaphore(0)
        self.go_on.clear()

    async def answered(self) -> None:
        """Waits until the database has answered one more."""
        async with asyncio.timeout(SECONDS):
            await self._answered.acquire()


async def test_a_question_that_is_on_its_way_answers_nobody_who_came_after_it(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, holders, questions = await _token(gate), TokenHolders(gate), Questions(gate, monkeypatch)
    assert await holders.find(token, NOON, "") is not None
    questions.hold()
    first = asyncio.create_task(holders.find(token, NOON, "first"))
    await questions.answered()
    before = [asyncio.create_task(holders.find(token, NOON, "before")) for _ in range(50)]
    await asyncio.sleep(0)
    questions.go_on.set()
    found = await first
    assert found is not None
    assert found.actor.request_id == "first"
    questions.go_on.clear()
    await questions.answered()
    async with gate.deed(OPERATOR) as tx:
        await revoke_tokens(tx, "somebody@example.org")
    after = [asyncio.create_task(holders.find(token, NOON, "after")) for _ in range(50)]
    await asyncio.sleep(0)
    questions.go_on.set()
    assert None not in await asyncio.gather(*before)
    assert questions.asked <= 3  # one for the first, one for all that waited for it, one for those who came then
    assert await asyncio.gather(*after) == [None] * 50


async def test_a_token_ends_to_the_moment_wherever_it_is_kept(gate: Gate) -> None:
    token, holders = await _token(gate), TokenHolders(gate)
    end = NOON + timedelta(days=90)
    for moment in (end - timedelta(seconds=10), end - timedelta(microseconds=1)):
        assert await holders.find(token, moment, "") is not None
    assert await holders.find(token, end, "") is None


async def test_whoever_gives_up_while_they_ask_leaves_nobody_waiting(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, holders, questions = await _token(gate), TokenHolders(gate), Questions(gate, monkeypatch)
    assert await holders.find(token, NOON, "") is not None
    questions.hold()
    first = asyncio.create_task(holders.find(token, NOON, ""))
    await questions.answered()
    others = [asyncio.create_task(holders.find(token, NOON, "")) for _ in range(3)]
    await asyncio.sleep(0.01)
    first.cancel()
    others[0].cancel()
    questions.go_on.set()
    async with asyncio.timeout(SECONDS):
        assert all([await other is not None for other in others[1:]])
        assert await holders.find(token, NOON, "") is not None


async def test_a_question_that_fails_fails_those_who_asked_and_nobody_after(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, holders, questions = await _token(gate), TokenHolders(gate), Questions(gate, monkeypatch)
    assert await holders.find(token, NOON, "") is not None
    questions.hold()
    asking = [asyncio.create_task(holders.find(token, NOON, "")) for _ in range(3)]
    await questions.answered()

    @asynccontextmanager
    async def broken() -> AsyncIterator[Db]:
        raise OSError
        yield

    with monkeypatch.context() as patch:
        patch.setattr(gate, "glance", broken)
        questions.go_on.set()
        async with asyncio.timeout(SECONDS):
            told = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(one) for one in told] == [SignedIn, OSError, OSError]
    assert await holders.find(token, NOON, "") is not None
