"""Random lives of people and tokens: what one process keeps of another's deeds is what the database says at this moment."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from grants.actions.people import (
    OPERATOR,
    NewPerson,
    NewRole,
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
from grants.store.token_holders import SignedIn, TokenHolders
from grants.store.transaction import Gate, Tx
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
            settings=settings(max_examples=8, stateful_step_count=12),
        )
