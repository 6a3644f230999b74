"""Senders that are killed at any moment: a folder and GOV.UK Notify get each letter once, a mail server at the most once."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from grants.actions.people import OPERATOR, add_person
from grants.domain.access import Role
from grants.store.transaction import Gate
from tests.database import Database
from tests.grants.actions import cast
from tests.grants.actions.stage import OLDHAM, Stage
from tests.grants.mail.post import read, rows
from tests.grants.mail.sender_process import start
from tests.grants.mail.servers import mail_server, notify_server
from tests.patience import until

PEOPLE, KILLS, LEASE_SECONDS = 20, 4, 3


@pytest_asyncio.fixture
async def gate(fresh_database: Database) -> AsyncIterator[Gate]:
    """A gate to a database in which many officers are to be told of one return."""
    async with cast.opened(fresh_database) as opened:
        stage = await Stage.set_up(opened)
        await cast.load(opened)
        async with opened.deed(OPERATOR) as tx:
            for number in range(PEOPLE):
                await add_person(tx, f"officer{number}@example.org", "", [(Role.FINANCE_OFFICER, [OLDHAM.id])])
        await stage.award("LI-OLDHAM-01", "LOCAL-INQUIRIES")
        await stage.round("ACTION-PLAN", "2025-26-Q2")
        yield opened


@dataclass
class Senders:
    """Processes that send, two at once, and are killed together."""

    database: Database
    gate: Gate
    kind: str
    place: str

    async def run(self) -> None:
        """Kills them some times, and then lets them end what there is to do."""
        for _ in range(KILLS):
            await self._work(asyncio.sleep(random.uniform(0, 0.35)))
        await self._work(until(self._are_through, "all letters have had their end"))

    async def _work(self, end: Awaitable[object]) -> None:
        started = [start(self.database.service_dsn, LEASE_SECONDS, self.kind, self.place) for _ in range(2)]
        try:
            for _, ready in started:
                assert await asyncio.to_thread(ready.recv) == "ready"
            await end
        finally:
            for process, _ in started:
                process.kill()
            for process, ready in started:
                process.join()
                ready.close()

    async def _are_through(self) -> bool:
        return not await rows(self.gate, "state IN ('waiting', 'sending')")


def _key(message: bytes) -> str:
    found = re.fullmatch(r"<(.*)@grants.example>", str(read(message)["Message-ID"]))
    assert found is not None
    return found[1]


async def _states(gate: Gate) -> dict[str, str]:
    found = await rows(gate, "what = 'return_due'")
    return {f"{row['queued_at']:%Y-%m-%d}-return_due-{row['id']}": row["state"] for row in found}


@pytest.mark.parametrize("kind", ["folder", "notify", "smtp"])
async def test_killed_senders_send_nothing_twice(
    gate: Gate, fresh_database: Database, tmp_path: Path, kind: str
) -> None:
    arrived: Counter[str] = Counter()
    async with AsyncExitStack() as stack:
        if kind == "folder":
            await Senders(fresh_database, gate, kind, str(tmp_path / "letters")).run()
            arrived.update(_key(file.read_bytes()) for file in (tmp_path / "letters").iterdir())
        elif kind == "notify":
            server = stack.enter_context(notify_server())
            server.does = ["slow"] * 1_000
            await Senders(fresh_database, gate, kind, server.address).run()
            arrived = server.arrived
        else:
            box = stack.enter_context(mail_server(tmp_path / "box"))
            await Senders(fresh_database, gate, kind, str(box.port)).run()
            arrived.update(_key(message.partition(b"\n")[2]) for message in box.arrived())
    states = await _states(gate)
    assert len(states) == PEOPLE
    assert set(arrived.values()) == {1}
    assert arrived.keys() <= states.keys()
    silent = {key for key, state in states.items() if key not in arrived}
    if kind == "smtp":
        assert {states[key] for key in silent} <= {"uncertain"}
        assert set(states.values()) <= {"sent", "uncertain"}
    else:
        assert silent == set()
        assert set(states.values()) == {"sent"}
