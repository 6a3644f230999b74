"""The alarm clock: APScheduler wakes, and rows in PostgreSQL decide what is done. What it keeps only spares it a second look."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from grants.domain.checkpoints import Signer
from grants.domain.publishing import UNNAMED, Publisher
from grants.store.transaction import Gate
from reports.making import DEFAULT_CONTACT
from reports.runs import wake

WAKE_SECONDS: Final = 20
_log = structlog.get_logger(__name__)

Chore = Callable[[], Awaitable[object]]
"""Something else to look after at each wake, before the reports: rounds that must open."""


class Waker:
    """Wakes this process: start it in the running loop, stop it at the end. Any number of processes may have one."""

    def __init__(
        self,
        gate: Gate,
        signer: Signer,
        *,
        contact: str = DEFAULT_CONTACT,
        publisher: Publisher = UNNAMED,
        every_seconds: float = WAKE_SECONDS,
        also: Sequence[Chore] = (),
    ) -> None:
        reports = partial(wake, gate, signer, contact=contact, publisher=publisher, looked={})
        self._chores: tuple[Chore, ...] = (*also, reports)
        self._every_seconds = every_seconds
        self._again = False
        self._stopping = False
        self._ringing: asyncio.Task[Any] | None = None
        self._alarm: Any = None

    async def start(self) -> None:
        """Wakes at once and then at intervals. A late alarm still rings, and one look at a time is enough."""
        self._alarm = AsyncIOScheduler(timezone=UTC)
        self._alarm.add_job(
            self._ring,
            "interval",
            seconds=self._every_seconds,
            id="wake",
            next_run_time=datetime.now(UTC),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=2,  # a ring while one is awake ends at once, and nobody is warned of it
        )
        self._alarm.start()

    async def stop(self) -> None:
        """Ends the alarm. A report under way is cut off; its lease ends, and the next wake anywhere makes it."""
        self._stopping = True
        if self._alarm is not None:
            self._alarm.shutdown(wait=False)
            self._alarm = None
        if self._ringing is not None:
            self._ringing.cancel()
            await asyncio.gather(self._ringing, return_exceptions=True)

    def nudge(self) -> None:
        """Wakes as soon as may be: somebody has asked for a report."""
        self._again = True
        if self._alarm is not None and self._ringing is None:
            self._alarm.modify_job("wake", next_run_time=datetime.now(UTC))

    async def _ring(self) -> None:
        if self._ringing is not None:
            return
        self._ringing = asyncio.current_task()
        try:
            self._again = True
            while self._again:  # a nudge while awake means another look
                self._again = False
                for chore in self._chores:
                    await _do(chore)
        except asyncio.CancelledError:
            if not self._stopping:  # else APScheduler would log an ordinary stop as a failure
                raise
        finally:
            self._ringing = None


async def _do(chore: Chore) -> None:
    try:
        await chore()
    except Exception as error:  # noqa: BLE001 – the next wake tries again, whatever it was
        _log.warning("wake_failed", error=type(error).__name__)
