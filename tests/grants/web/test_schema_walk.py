"""The whole OpenAPI description, tried out: whatever is sent, by whomever, is answered as the description says, and never by a fault."""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from grants.domain.access import OF_RECIPIENTS, Role
from tests.database import DatabaseServer
from tests.grants.web.matrix.doors import Door, doors
from tests.grants.web.matrix.people import ALLOWED, Somebody, arrive, everybody
from tests.grants.web.matrix.running import TODAY, alive
from tests.grants.web.matrix.world import Half, halves
from tests.service import ADDRESS, Clock, Service, prepared

EXAMPLES = int(os.environ.get("TALLYSTICK_SCHEMA_EXAMPLES", "9"))
"""Cases for each operation. The same ones each time, unless more are asked for."""
PARTS = 4
"""So many tests share the operations between them: two workers do them side by side."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass
class Walk:
    """The service in a loop of this thread, and everybody who walks through its description."""

    runner: asyncio.Runner
    service: Service
    world: dict[str, Half]
    people: list[Somebody]
    doors: dict[tuple[str, str], Door]
    answered: Counter[int]

    def send(self, case: Case[Any], who: Somebody) -> httpx.Response:
        """Sends a case as somebody."""
        sent = requests.Request(**case.as_transport_kwargs(base_url=ADDRESS)).prepare()
        headers: dict[str, Any] = {
            name: value for name, value in sent.headers.items() if name.lower() != "authorization"
        }
        if who.grants is not None:
            headers["Authorization"] = f"Bearer {self.service.tokens[who.name]}"
        body: Any = sent.body
        asked = self.service.client.request(str(sent.method), str(sent.url), content=body, headers=headers)
        answer = self.runner.run(asked)
        self.answered[answer.status_code] += 1
        return answer


@pytest.fixture(scope="module")
def walk(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """One service for the whole description."""
    with database_server.fresh() as database, asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def begin() -> Walk:
            clock = Clock(TODAY)
            app, tokens, gate = await stack.enter_async_context(
                prepared(database, clock, tmp_path_factory.mktemp("walk"))
            )
            await stack.enter_async_context(alive(app))
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
            client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=ADDRESS))
            service = Service(client, tokens, gate, clock)  # type: ignore[arg-type]  # it asks, and does no more
            world = await halves(service)
            names = {f"{role} {'near' if role in OF_RECIPIENTS else 'everywhere'}" for role in Role} | {"signed out"}
            walkers = [one for one in everybody(world["near"], world["far"]) if one.name in names]
            await arrive(service, walkers)
            found = {(door.method.lower(), re.sub(r":[a-z]+", "", door.path)): door for door in doors(app)}
            return Walk(runner, service, world, walkers, found, Counter())

        try:
            yield runner.run(begin())
        finally:
            runner.run(stack.aclose())


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_is_sent_is_answered_as_the_description_says(walk: Walk, part: int) -> None:
    """Every operation, with what its description allows and with what it does not, as each role and signed out."""
    described = walk.runner.run(walk.service.client.get("/api/v1/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(described)
    described_operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(described_operations) == sum(len(doors) for doors in described["paths"].values()) > 50
    operations = described_operations[part::PARTS]
    walk.answered.clear()
    faults: dict[str, str] = {}
    for operation in operations:
        try:
            _try(walk, operation)
        except FailureGroup as found:
            faults[operation.label] = str(found)[:1500]
    total = sum(walk.answered.values())
    assert not faults, f"{len(faults)} of {len(operations)}:\n\n" + "\n\n".join(f"{k}\n{v}" for k, v in faults.items())
    print(f"\nschemathesis: {total} cases at {len(operations)} operations, {dict(walk.answered)}, 0 server errors")  # noqa: T201
    assert total >= EXAMPLES * len(operations) * 0.9


def _try(walk: Walk, operation: APIOperation[Any, Any, Any, Any]) -> None:
    modes = [operation.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
    door = walk.doors[operation.method.lower(), operation.path]
    able = [one for one in walk.people if one.grants is None or one.expected(door.deed, ()) == ALLOWED]

    @settings(
        max_examples=EXAMPLES,
        derandomize="TALLYSTICK_SCHEMA_EXAMPLES" not in os.environ,
        database=None,
        phases=(Phase.generate,),
    )
    @given(st.one_of(modes), st.sampled_from(walk.people), st.sampled_from(able), st.booleans(), st.data())
    def tried(case: Case[Any], anybody: Somebody, whose: Somebody, is_deep: bool, data: st.DataObject) -> None:
        """Deep: by somebody who may, with what there is and perhaps with a body that is taken."""
        if is_deep:
            half = data.draw(st.sampled_from([walk.world["near"], walk.world["far"]]))
            for name in case.path_parameters:
                case.path_parameters[name] = data.draw(st.sampled_from(half.values[name]))
            if door.body(half) is not None and data.draw(st.booleans()):
                case.body, case.media_type = door.body(half), "application/json"
        case.validate_response(walk.send(case, whose if is_deep else anybody), checks=CHECKS)

    tried()
