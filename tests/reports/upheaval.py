"""Schedules whose periods are all due at once, and processes that make them while they are killed, paused, and without a database."""

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from grants.actions.people import OPERATOR, add_person, ensure_service_actors
from grants.actions.plan import load_plan
from grants.actions.recipients import load_recipients
from grants.actions.reports import NewSchedule, add_schedule
from grants.domain.access import Role
from grants.domain.schedules import Every, Rule
from grants.store import embedded, migrate
from grants.store.transaction import Gate
from tests.database import looking
from tests.grants.actions.cast import REAL_PLAN
from tests.reports.nursery import CATALOGUE, Circumstances, Nursery

NOW: Final = datetime(2025, 11, 20, 12, tzinfo=UTC)
RULE: Final = Rule(Every.DAY, working_day=0, hour=1, minute=30)
RECEIVER: Final = "receiver@example.org"
FORMATS: Final = ("xlsx", "csv")


@dataclass(frozen=True)
class Trial:
    """How many periods are due, who makes them, and what happens meanwhile. `seconds` is when it has failed.

    `lease_seconds` is how long a claim holds. There are so many pauses in the midst of a report, and as many anywhere.
    """

    periods: int = 500
    processes: int = 3
    kills: int = 20
    pauses: int = 2
    crashes: int = 1
    lease_seconds: float = 2.0
    seconds: float = 300.0
    seed: int = 7

    def as_told(self) -> Self:
        """The same, but for what the environment says: ONCE_PERIODS, ONCE_KILLS and so on."""
        found = {name: os.environ.get(f"ONCE_{name.upper()}") for name in self.__dataclass_fields__}
        told = {name: type(getattr(self, name))(value) for name, value in found.items() if value is not None}
        return replace(self, **told)

    @property
    def expected(self) -> Counter[tuple[str, str]]:
        """Each report with the label of each period that is due, once."""
        each, more = divmod(self.periods, len(CATALOGUE))
        return Counter(
            (name, (NOW.date() - timedelta(days=back)).isoformat())
            for number, name in enumerate(CATALOGUE)
            for back in range(1, each + (number < more) + 1)
        )


class Upheaval:
    """One trial, on a PostgreSQL of its own in the folder."""

    def __init__(self, trial: Trial, folder: Path) -> None:
        self.trial = trial
        self.overtaken = 0
        self._folder = folder
        self._chance = random.Random(trial.seed)
        self._pids: list[int] = []

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[Gate]:
        """A database where all periods are due. Ends the processes and the database after the block."""
        self._server = await embedded.start(self._folder / "data", fast_unsafe=True)
        try:
            await asyncio.to_thread(migrate.upgrade, self._server.owner_dsn)
            dsn = self._server.service_dsn
            self._circumstances = Circumstances.at(self._folder, dsn, NOW, self.trial.lease_seconds)
            self._gate = await Gate.open(dsn, connections=2, clock=self._circumstances.clock)
            try:
                await self._schedule()
                with Nursery(self._circumstances) as self._nursery:
                    yield self._gate
            except Exception as error:
                error.add_note(self._last_words())
                raise
            finally:
                await self._gate.close()
        finally:
            await self._server.stop()

    def _last_words(self) -> str:
        logs = sorted(self._folder.rglob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-3000:]}" for log in logs)

    async def _schedule(self) -> None:
        async with self._gate.deed(OPERATOR) as tx:
            await ensure_service_actors(tx)
            await load_recipients(tx)
            await load_plan(tx, REAL_PLAN)
            await add_person(tx, RECEIVER, "A receiver", [(Role.AUDITOR, None)])
        offers = {name: report.offer for name, report in CATALOGUE.items()}
        for name, count in Counter(name for name, _ in self.trial.expected.elements()).items():
            starts_on = NOW.date() - timedelta(days=count - 1)
            new = NewSchedule(name, "Each day", RULE, formats=FORMATS, starts_on=starts_on, receivers=(RECEIVER,))
            async with self._gate.deed(OPERATOR) as tx:
                await add_schedule(tx, offers, new)

    async def to_the_end(self) -> None:
        """Lets processes make what is due, with all that happens to them. Raises TimeoutError where it does not come to an end."""
        async with asyncio.timeout(self.trial.seconds):
            for _ in range(self.trial.processes):
                await self._start()
            events = [self._kill] * self.trial.kills + [self._pause_in_the_midst, self._pause] * self.trial.pauses
            self._chance.shuffle(events)
            for _ in range(self.trial.crashes):
                events.insert(len(events) // 2, self._crash)
            for number, event in enumerate(events, 1):
                await self._until_done(self.trial.periods * number * 4 // 5 // len(events))
                await event()
            await self._until_done(self.trial.periods)

    async def _start(self) -> None:
        self._pids.append(await self._nursery.start())

    async def _until_done(self, number: int) -> None:
        await self._until(_DONE, number)

    async def _until(self, query: str, wanted: int, *values: object) -> None:
        while await self._value(query, *values) < wanted:  # noqa: ASYNC110 – it happens in the database, which tells nobody
            await asyncio.sleep(0.02)

    async def _value(self, query: str, *values: object) -> int:
        async with looking(self._gate) as db:
            found: int = await db.fetchval(query, *values)
        return found

    async def _kill(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, 0.05))
        os.kill(self._pids.pop(self._chance.randrange(len(self._pids))), signal.SIGKILL)
        await self._start()

    async def _pause(self) -> None:
        pid = self._chance.choice(self._pids)
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(self.trial.lease_seconds * 1.2)
        os.kill(pid, signal.SIGCONT)

    async def _pause_in_the_midst(self) -> None:
        """Pauses a process that is making a report, until another has claimed the same."""
        found = await self._stopped_in_the_midst()
        if found is None:
            return
        pid, journal_no = found
        before = await self._value(_ATTEMPTS, journal_no)
        await self._until(_WAS_CLAIMED_AGAIN, 1, journal_no, before)
        self.overtaken += await self._value(_ATTEMPTS, journal_no) > before
        os.kill(pid, signal.SIGCONT)

    async def _stopped_in_the_midst(self) -> tuple[int, int] | None:
        """A process that is stopped, and the journal record from which it was making a report; None where all are made."""
        while await self._value(_DONE) < self.trial.periods:
            await asyncio.sleep(self._chance.uniform(0, 0.05))
            pid = self._chance.choice(self._pids)
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(0.05)
            journal_no = self._circumstances.made_from(pid)
            # What changed is made from the place of the run before, which is done.
            if journal_no and not await self._value(_IS_DONE, journal_no):
                return pid, journal_no
            os.kill(pid, signal.SIGCONT)
        return None

    async def _crash(self) -> None:
        """PostgreSQL is killed, is away for a while, and is started again."""
        if self._server.process is not None:
            self._server.process.kill()
        await self._server.stop()
        await asyncio.sleep(1)
        self._server = await embedded.start(self._folder / "data", fast_unsafe=True)


_ATTEMPTS: Final = "SELECT attempts FROM report_run WHERE journal_no = $1"
_DONE: Final = "SELECT count(*) FROM report_run WHERE state = 'done'"
_IS_DONE: Final = "SELECT (state = 'done')::int FROM report_run WHERE journal_no = $1"
_WAS_CLAIMED_AGAIN: Final = "SELECT (state = 'done' OR attempts > $2)::int FROM report_run WHERE journal_no = $1"


@dataclass(frozen=True)
class Tally:
    """How many of the expected reports there are too many of, and too few."""

    duplicates: int
    missing: int


async def tally(trial: Trial, gate: Gate) -> Tally:
    """Counts finished files, each by its report, period and format."""
    async with looking(gate) as db:
        rows = await db.fetch(
            "SELECT r.report, r.period, f.format FROM report_run r JOIN report_file f ON f.run_id = r.id WHERE r.state = 'done'"
        )
    found = Counter((row["report"], row["period"], row["format"]) for row in rows)
    expected = Counter((*one, of_format) for one in trial.expected for of_format in FORMATS)
    return Tally((found - expected).total(), (expected - found).total())
