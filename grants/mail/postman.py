"""The postman: queues reminders, hands letters over one at a time, and finds out what became of those that were cut off.

Any number of processes may have one: a row in the outbox is claimed, durably, before its letter is handed over.
"""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Final

import structlog

from grants.actions import notices
from grants.actions.notices import Desk, Errand
from grants.actions.people import SCHEDULER
from grants.domain.letters import key_of
from grants.mail.transport import Answer, Outcome, Transport, not_taken
from grants.store.outbox import Unclear
from grants.store.transaction import Gate

SEND_SECONDS: Final = 60.0
"""A hand-over begins so soon after its claim, or not at all."""
STOP_SECONDS: Final = 10.0
_log = structlog.get_logger(__name__)


class Postman:
    """Looks at the outbox at once and then at intervals: start it in the running loop, stop it at the end."""

    def __init__(
        self,
        gate: Gate,
        desk: Desk,
        transports: Mapping[str, Transport],
        *,
        every_seconds: float = 20.0,
        address_days: int = 90,
    ) -> None:
        self._gate, self._desk, self._transports = gate, desk, transports
        self._every_seconds, self._address_days = every_seconds, address_days
        self._stopping = asyncio.Event()
        self._working: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins."""
        self._working = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ends after the letter that is on its way; one that takes too long is found out about later."""
        self._stopping.set()
        if self._working is not None:
            await asyncio.wait([self._working], timeout=STOP_SECONDS)
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        for transport in self._transports.values():
            await transport.close()

    async def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001  whatever it was, the next look tries again
                _log.warning("outbox_not_looked_at", error=type(error).__name__)
            try:
                await asyncio.wait_for(self._stopping.wait(), self._every_seconds)
            except TimeoutError:
                continue

    async def look(self) -> int:
        """Does all that there is to do now; how many letters were taken."""
        async with self._gate.deed(SCHEDULER) as tx:
            await notices.queue_reminders(tx)
            await notices.forget(tx, self._address_days)
        await self._find_out()
        taken = 0
        while not self._stopping.is_set():
            until = monotonic() + min(SEND_SECONDS, self._desk.lease.total_seconds() / 2)
            async with self._gate.deed(SCHEDULER) as tx:
                errand = await notices.take(tx, self._desk)
            if errand is None:
                break
            taken += await self._deliver(errand, until)
        return taken

    async def _deliver(self, errand: Errand, until: float) -> bool:
        transport = self._transports[errand.transport]
        try:
            answer = await transport.hand_over(errand.letter, until)
        except ValueError as error:  # an address that no message can have
            answer = not_taken(f"The letter could not be written ({type(error).__name__}).")
        async with self._gate.deed(SCHEDULER) as tx:
            match answer.outcome:
                case Outcome.TAKEN:
                    await notices.sent(tx, errand)
                case Outcome.REFUSED:
                    await notices.refused(tx, errand, answer.why)
                case Outcome.NOT_TAKEN:
                    await notices.not_taken(tx, errand, answer.why)
                case Outcome.UNCLEAR:
                    await notices.unclear(
                        tx, errand, answer.why, can_be_asked=transport.can_be_asked, lease=self._desk.lease
                    )
        self._tell(errand, answer)
        return answer.outcome is Outcome.TAKEN

    def _tell(self, errand: Errand, answer: Answer) -> None:
        fields = {"notice": str(errand.notice), "what": errand.what.value, "attempt": errand.attempt}
        if answer.outcome is Outcome.TAKEN:
            _log.info("notice_sent", **fields)
        else:
            _log.warning("notice_not_sent", outcome=answer.outcome.name.lower(), why=answer.why, **fields)

    async def _find_out(self) -> None:
        while not self._stopping.is_set():
            async with self._gate.deed(SCHEDULER) as tx:
                found = await notices.next_unclear(tx, self._desk.lease)
                now = tx.now
            if found is None:
                return
            transport = self._transports.get(found.transport)
            if transport is None or not transport.can_be_asked or not notices.may_be_asked(found, now):
                await self._cleared(found, None)
                continue
            was_taken = await transport.was_taken(key_of(found.what, found.id, found.queued_at, found.again))
            if was_taken is not None:  # else it is asked again when the lease has ended
                await self._cleared(found, was_taken)

    async def _cleared(self, found: Unclear, was_taken: bool | None) -> None:
        async with self._gate.deed(SCHEDULER) as tx:
            await notices.cleared(tx, found, was_taken)
        _log.warning("notice_found_out", notice=str(found.id), what=found.what.value, was_taken=was_taken)
