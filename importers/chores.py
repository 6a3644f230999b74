"""What this wing does by itself again and again: each thing in a task of its own, so that none keeps another waiting."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

LONGEST_SECONDS: Final = 600.0
_log = structlog.get_logger("tallystick.importers")


class Chore:
    """Does some work again, so many seconds after it ended, and ends it where it takes too long."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        every_seconds: float,
        longest_seconds: float = LONGEST_SECONDS,
    ) -> None:
        self._name = name
        self._work = work
        self._every = every_seconds
        self._longest = longest_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins at once."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """Ends it, wherever it is: what it had begun is done again after the next start."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._longest):
                    await self._work()
            except Exception as error:  # noqa: BLE001  the next time may fare better
                _log.error("chore_failed", chore=self._name, error=type(error).__name__)
            await asyncio.sleep(self._every)
