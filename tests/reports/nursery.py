"""Processes that make what is due, on a clock that was moved, forked one by one from a process that has everything loaded.

`python -m tests.reports.nursery FOLDER DSN CLOCK_SECONDS LEASE_SECONDS` forks one for each line that it reads, and says its
number. It ends with its input, and they end with it. What they have to say goes to FOLDER/wakers.log.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from grants.domain.schedules import Filters
from grants.store.transaction import Clock, Db, Gate, utc_now
from reports.catalogue import allocation_position, returns_tracker
from reports.report import Gathered, Place, Report
from reports.runs import Pace, wake
from tests.patience import SECONDS
from tests.reports.waking import SIGNER

CATALOGUE: Final = {report.name: report for report in (allocation_position.REPORT, returns_tracker.REPORT)}
ROOT: Final = Path(__file__).resolve().parents[2]
AT_WORK_SECONDS: Final = 0.01
"""How long each report waits in its midst, so that some are met there."""


@dataclass(frozen=True)
class Circumstances:
    """What the processes are told: where the database is, how far their clock is from the machine's, and how long a claim holds."""

    folder: Path
    dsn: str
    clock_seconds: float
    lease_seconds: float

    @property
    def clock(self) -> Clock:
        """A clock that goes as the machine's does, some time away from it."""
        return lambda: utc_now() + timedelta(seconds=self.clock_seconds)

    @property
    def arguments(self) -> list[str]:
        """The same, to be handed to a process."""
        return [str(self.folder), self.dsn, repr(self.clock_seconds), repr(self.lease_seconds)]

    @classmethod
    def told(cls, folder: str, dsn: str, clock_seconds: str, lease_seconds: str) -> Self:
        """What a process was handed."""
        return cls(Path(folder), dsn, float(clock_seconds), float(lease_seconds))

    @classmethod
    def at(cls, folder: Path, dsn: str, now: datetime, lease_seconds: float) -> Self:
        """Circumstances in which it is `now`."""
        return cls(folder, dsn, (now - utc_now()).total_seconds(), lease_seconds)

    def note(self, pid: int) -> Path:
        """Where a process says what it makes, while it is in the midst of that."""
        return self.folder / f"{pid}.midst"

    def made_from(self, pid: int) -> int | None:
        """The journal record that a process makes a report from; None where it is not in the midst of one."""
        try:
            return int(self.note(pid).read_text() or 0) or None
        except FileNotFoundError:
            return None


class Nursery:
    """The other end of this module's process. Ends all processes when it is left."""

    def __init__(self, circumstances: Circumstances) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reports.nursery", *circumstances.arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=SECONDS)

    async def start(self) -> int:
        """Starts one more process; its number."""
        return await asyncio.to_thread(self._start)

    def _start(self) -> int:
        asking, answering = self._process.stdin, self._process.stdout
        if asking is None or answering is None:
            raise RuntimeError("the nursery cannot be spoken to")
        asking.write("\n")
        asking.flush()
        return int(answering.readline())


def _nurse(circumstances: Circumstances) -> None:
    children = []  # nobody waits for those that were killed: their numbers stay theirs to the end
    try:
        for _ in sys.stdin:
            child = os.fork()
            if not child:
                _live(circumstances)
            children.append(child)
            sys.stdout.write(f"{child}\n")
            sys.stdout.flush()
    finally:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def _live(circumstances: Circumstances) -> None:
    try:
        os.close(0)
        log = os.open(circumstances.folder / "wakers.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        asyncio.run(_keep_awake(circumstances))
    finally:
        os._exit(1)


async def _keep_awake(circumstances: Circumstances) -> None:
    reports = _watched(circumstances.note(os.getpid()))
    pace = Pace(
        lease=timedelta(seconds=circumstances.lease_seconds),
        heartbeat_seconds=circumstances.lease_seconds / 8,
        first_delay=timedelta(seconds=0.1),
    )
    gate: Gate | None = None
    while True:
        try:
            gate = gate or await Gate.open(
                circumstances.dsn, connections=2, clock=circumstances.clock, deed_idle=pace.lease / 2
            )
            await wake(gate, SIGNER, reports=reports, pace=pace)
        except Exception as error:  # noqa: BLE001 – the database is away: the next wake tries again
            sys.stderr.write(f"not awake: {type(error).__name__}\n")
        await asyncio.sleep(0.05)


def _watched(note: Path) -> Mapping[str, Report]:
    """The reports, which tell when they are in the midst of being made."""

    def watched(report: Report) -> Report:
        async def gather(db: Db, place: Place, filters: Filters) -> Gathered:
            note.write_text(str(place.at.journal_no))
            try:
                await asyncio.sleep(AT_WORK_SECONDS)
                return await report.gather(db, place, filters)
            finally:
                note.unlink()

        return replace(report, gather=gather)

    return {name: watched(report) for name, report in CATALOGUE.items()}


if __name__ == "__main__":
    _nurse(Circumstances.told(*sys.argv[1:]))
