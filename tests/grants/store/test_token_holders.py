"""Who holds a token, as a process keeps it: never anything else than what the database would say at this very moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from grants.actions.people import (
    OPERATOR,
    NewPerson,
    NewRole,
    add_person,
    deactivate,
    end_role,
    ensure_service_actors,
    give_roles,
    new_person,
    reactivate,
)
from grants.actions.tokens import create_token, digest, revoke_token, revoke_tokens
from grants.domain.access import Actor, Role
from grants.store.people_register import PersonView, find
from grants.store.token_holders import KEPT_FOR, SignedIn, TokenHolders
from grants.store.transaction import Db, Gate, Tx
from tests.database import Database, DatabaseServer
from tests.service import Clock

ROLES = st.sampled_from([Role.PROGRAMME_LEAD, Role.APPROVER, Role.AUDITOR])
PLACES = st.integers(0, 3)


class Lives(RuleBasedStateMachine):
    """People come, change and go in one process; another keeps who holds which token, and must never be behind."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self.clock = Clock()
        opening = (Gate.open(self.database.service_dsn, connections=2, clock=self.clock) for _ in "12")
        self.gates: list[Gate] = [self._runner.run(one) for one in opening]
        self.kept = [TokenHolders(gate) for gate in self.gates]
        self.people: list[PersonView] = []
        self.tokens: list[tuple[str, str]] = []
        self.deed(ensure_service_actors)
        self.comes(Role.AUDITOR)
        self.makes_a_token(0, 1, narrow=True)

    def teardown(self) -> None:
        """Closes what was opened."""
        for gate in self.gates:
            self._runner.run(gate.close())
        self._runner.close()

    def deed(self, action: Callable[[Tx], Awaitable[object]]) -> None:
        """Something that the operator does, in the first process."""

        async def do() -> None:
            async with self.gates[0].deed(OPERATOR) as tx:
                await action(tx)

        self.clock.forward(seconds=1)
        self._runner.run(do())

    def someone(self, place: int) -> PersonView:
        """One of the people, as they are now."""
        known = self.people[place % len(self.people)]

        async def look() -> PersonView:
            async with self.gates[0].reading(OPERATOR) as view:
                return await find(view.db, known.id)

        return self._runner.run(look())

    @rule(role=ROLES)
    def comes(self, role: Role) -> None:
        """Somebody new."""

        async def add(tx: Tx) -> None:
            self.people.append(await new_person(tx, NewPerson(f"{uuid4()}@example.org", "Somebody", [NewRole(role)])))

        self.deed(add)

    @rule(place=PLACES, days=st.integers(1, 2), narrow=st.booleans())
    def makes_a_token(self, place: int, days: int, *, narrow: bool) -> None:
        """A token, for reading alone or for everything."""
        email = self.someone(place).email

        async def make(tx: Tx) -> None:
            self.tokens.append((email, await create_token(tx, email, days, deeds=["read"] if narrow else None)))

        self.deed(make)

    @rule(place=PLACES, role=ROLES)
    def rises(self, place: int, role: Role) -> None:
        """Another role."""
        self.deed(lambda tx: give_roles(tx, self.people[place % len(self.people)].id, [(role, None)]))

    @rule(place=PLACES)
    def falls(self, place: int) -> None:
        """A role ends, where there is one."""
        found = self.someone(place)
        if found.roles:
            self.deed(lambda tx: end_role(tx, found.id, found.roles[0].id))

    @rule(place=PLACES)
    def goes(self, place: int) -> None:
        """Shut out, with all tokens."""
        self.deed(lambda tx: deactivate(tx, self.people[place % len(self.people)].id))

    @rule(place=PLACES)
    def comes_back(self, place: int) -> None:
        """Let in again; the tokens stay revoked."""
        self.deed(lambda tx: reactivate(tx, self.people[place % len(self.people)].id))

    @rule(place=PLACES)
    def loses_all_tokens(self, place: int) -> None:
        """Every token of a person ends."""
        email = self.someone(place).email
        self.deed(lambda tx: revoke_tokens(tx, email))

    @precondition(lambda self: self.tokens)
    @rule(which=st.integers(0, 9))
    def loses_a_token(self, which: int) -> None:
        """One token ends."""
        _, secret = self.tokens[which % len(self.tokens)]

        async def revoke(tx: Tx) -> None:
            token = await tx.db.fetchval("SELECT id FROM api_token WHERE sha256 = $1", digest(secret))
            await revoke_token(tx, token)

        self.deed(revoke)

    @rule(seconds=st.sampled_from([1, 30, 59, 60, 61, 43_200, 86_400]))
    def time_goes_by(self, seconds: int) -> None:
        """Tokens end by themselves."""
        self.clock.forward(seconds=seconds)

    @invariant()
    def nobody_is_behind(self) -> None:
        """Each process says of each token what one says that has only just begun."""

        async def look() -> None:
            for _, secret in self.tokens:
                now = self.clock()
                says = [await kept.find(digest(secret), now, "request") for kept in self.kept]
                fresh = await TokenHolders(self.gates[0]).find(digest(secret), now, "request")
                assert [_told(one) for one in says] == [_told(fresh)] * 2

        self._runner.run(look())


def _told(found: SignedIn | None) -> tuple[Actor, int] | None:
    return None if found is None else (found.actor, found.journal_no)


def test_no_process_is_ever_behind_on_who_holds_a_token(database_server: DatabaseServer) -> None:
    with database_server.fresh() as database:
        lives = type("Lives", (Lives,), {"database": database})
        run_state_machine_as_test(
            lives,
            settings=settings(
                max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )


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
        async with asyncio.timeout(10):
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
    async with asyncio.timeout(10):
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
        async with asyncio.timeout(10):
            told = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(one) for one in told] == [SignedIn, OSError, OSError]
    assert await holders.find(token, NOON, "") is not None
