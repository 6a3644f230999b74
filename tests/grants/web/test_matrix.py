"""Every route × every role × own, foreign and unknown objects × signed out: what is answered is what the table of access says."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncSession

from grants.domain.access import Deed
from tests.database import Database, DatabaseServer
from tests.grants.web.matrix.answers import bare, same_for_all
from tests.grants.web.matrix.doors import REFUSALS_MAX, Door, doors
from tests.grants.web.matrix.people import ALLOWED, NOTHING, REFUSED, Somebody, arrive, everybody
from tests.grants.web.matrix.running import TODAY, alive, fingerprint
from tests.grants.web.matrix.world import Half, halves
from tests.service import ADDRESS, Clock, Service, prepared

pytestmark = pytest.mark.asyncio(loop_scope="session")

OF_EVERYTHING = frozenset({"/api/v1/journal", "/api/v1/journal/extract", "/api/v1/journal/leaves"})
"""Doors to records about all programmes at once: a role over all of them is wanted. The journal's head is every auditor's."""
ENOUGH = 3_000
PARTS = 4
"""So many tests share the doors between them: two workers do them side by side."""


@dataclass
class Matrix:
    """A world, everybody in it, and what was found."""

    service: Service
    doors: list[Door]
    database: Database
    halves: dict[str, Half]
    people: list[Somebody]
    faults: list[str] = field(default_factory=list)
    cells: Counter[int] = field(default_factory=Counter)

    @property
    def strangers(self) -> list[Somebody]:
        """Whoever brings no token."""
        return [one for one in self.people if one.grants is None]

    def expected(self, one: Somebody, door: Door, half: Half) -> int:
        """What somebody should be answered: 200 for being let in."""
        if door.deed is Deed.ANYONE:
            return ALLOWED
        if door.path in OF_EVERYTHING and one.grants and not one.ended and not one.has_all(door.deed):
            return REFUSED
        return one.expected(door.deed, door.scopes(half, self.halves), is_there=half.name != "unknown")

    async def ask(self, one: Somebody, door: Door, address: str, half: Half) -> httpx.Response:
        """Asks at a door, with the example's body or a file."""
        more: dict[str, Any] = {}
        if door.takes_a_form:
            more["files"] = {door.file_field: ("return.xlsx", door.file(half))}
        elif door.sent is not None:
            more["json"] = door.body(half)
        headers = {} if one.grants is None else {"Authorization": f"Bearer {self.service.tokens[one.name]}"}
        return await self.service.client.request(door.method, address, headers=headers, **more)

    async def ask_until(self, one: Somebody, door: Door, half: Half) -> list[httpx.Response]:
        """Asks for one object after the other, until something is done or shown: not all of them are in the right state."""
        answers: list[httpx.Response] = []
        for address in door.addresses(half):
            answers.append(await self.ask(one, door, address, half))
            if answers[-1].is_success or answers[-1].status_code == REFUSED:
                break
        return answers

    def fault(self, one: Somebody, door: Door, half: Half, answer: httpx.Response, wanted: object) -> None:
        """Notes a cell that is not as it should be."""
        self.faults.append(
            f"{one.name}: {door.method} {door.path} of {half.name}: {answer.status_code}, wanted {wanted}: {answer.text[:300]}"
        )

    def done(self, told: str) -> None:
        """Tells what was found; faults of one test are not another's."""
        found, self.faults = self.faults, []
        assert found == [], f"{len(found)} faults:\n" + "\n".join(found[:40])
        print(f"\nmatrix: {told}, 0 leaks")  # noqa: T201 - a figure to show


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def matrix(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Matrix]:
    """One service for all these tests of a process."""
    folder: Path = tmp_path_factory.mktemp("matrix")
    with database_server.fresh() as database:
        async with (
            prepared(database, (clock := Clock(TODAY)), folder) as (app, tokens, gate),
            alive(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS) as client,  # type: ignore[arg-type]
        ):
            service = Service(client, tokens, gate, clock)  # type: ignore[arg-type]  # it asks, and does no more
            world = await halves(service)
            people = list(everybody(world["near"], world["far"]))
            await arrive(service, people)
            yield Matrix(service, doors(app), database, world, people)


@pytest.mark.parametrize("part", range(PARTS))
async def test_everybody_is_answered_as_the_table_of_access_says_and_a_refusal_changes_nothing(
    matrix: Matrix, part: int
) -> None:
    """The cells that are refused, and all reading: as they come, with nothing held back."""
    before = await fingerprint(matrix.database)
    matrix.cells.clear()
    for door in matrix.doors[part::PARTS]:
        for one in matrix.people if door.deed is not Deed.ANYONE else matrix.strangers:
            await _try(matrix, door, one)
        if door.method != "GET" and await fingerprint(matrix.database) != before:
            matrix.faults.append(f"{door.method} {door.path}: a refused request changed something")
            before = await fingerprint(matrix.database)
    matrix.done(f"{sum(matrix.cells.values())} cells, by what was answered {dict(matrix.cells)}")
    assert sum(matrix.cells.values()) > ENOUGH / PARTS
    assert min(matrix.cells[status] for status in (401, 403, 404, ALLOWED)) > 100 / PARTS


async def _try(matrix: Matrix, door: Door, one: Somebody) -> None:
    refused: dict[int, list[httpx.Response]] = {}
    for half in door.halves(matrix.halves):
        expected = matrix.expected(one, door, half)
        if expected == ALLOWED and door.method != "GET":
            continue  # what is allowed is done in the test below, and undone
        addresses = door.addresses(half)
        if expected == ALLOWED:
            answers = await matrix.ask_until(one, door, half)
        else:
            tried = islice(addresses, REFUSALS_MAX if expected == NOTHING else 1)
            answers = [await matrix.ask(one, door, address, half) for address in tried]
        matrix.cells[expected] += 1
        if expected == ALLOWED:
            _look(matrix, door, one, half, answers)
            continue
        for answer in answers:
            if answer.status_code != expected:
                matrix.fault(one, door, half, answer, expected)
        refused.setdefault(expected, []).extend(answers)
    for status, answers in refused.items():
        if not same_for_all(answers):
            told = " | ".join({bare(answer) for answer in answers})
            matrix.faults.append(f"{one.name}: {door.method} {door.path}: {status} tells objects apart: {told[:600]}")


def _look(matrix: Matrix, door: Door, one: Somebody, half: Half, answers: list[httpx.Response]) -> None:
    """Somebody was let in to look: something is shown, and nothing of a half that is not theirs."""
    if not any(answer.is_success for answer in answers):
        matrix.fault(one, door, half, answers[0], "something to see")
    for answer in answers:
        if answer.status_code in (401, 403):
            matrix.fault(one, door, half, answer, "no refusal")
        for other in (matrix.halves["near"], matrix.halves["far"]):
            if one.grants is not None and door.deed is not Deed.ANYONE and not one.sees(other) and other is not half:
                leaked = [secret for secret in other.secrets if secret in answer.text]
                if leaked:
                    matrix.fault(one, door, half, answer, f"nothing of {other.name}: {leaked}")


@pytest.mark.parametrize("part", range(2))
async def test_whoever_may_do_something_can(matrix: Matrix, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """Each door lets in whom it is for, with every check that stands before the commit; then it is undone."""
    monkeypatch.setattr(AsyncSession, "commit", AsyncSession.rollback)
    before = await fingerprint(matrix.database)
    tried = Counter[str]()
    for door in [door for door in matrix.doors if door.method != "GET"][part::2]:
        done, told = 0, set[str]()
        for one in matrix.people:
            for half in door.halves(matrix.halves):
                if matrix.expected(one, door, half) == ALLOWED:
                    answers = await _do(matrix, door, one, half)
                    done += answers[-1].is_success
                    told |= {answer.text[:200] for answer in answers}
                    tried[door.path] += 1
        if not done:
            matrix.faults.append(f"{door.method} {door.path}: nobody gets through: {sorted(told)}")
    assert await fingerprint(matrix.database) == before
    matrix.done(f"{sum(tried.values())} cells of changes that are allowed, at {len(tried)} doors")


async def _do(matrix: Matrix, door: Door, one: Somebody, half: Half) -> list[httpx.Response]:
    """Does it to one of the half's objects. None of them is refused for who asks."""
    answers = await matrix.ask_until(one, door, half)
    for answer in answers:
        if answer.status_code in (401, 404) or (answer.status_code == 403 and not _of_an_example(one, answer)):
            matrix.fault(one, door, half, answer, "to be let in")
        if one.is_example and answer.is_success and set(door.parameters) - {"code"}:
            matrix.fault(one, door, half, answer, "no change of what is real by an example person")
    return answers


def _of_an_example(one: Somebody, answer: httpx.Response) -> bool:
    return one.is_example and answer.json()["code"] == "example_person"
