"""How the work that a process does by itself fared the last time: kept in memory, for whoever looks after the service."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Noted:
    """One kind of work: when it last ended well, and when and with what kind of error it failed after that; None: not since."""

    name: str
    ended_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None


class Diary:
    """The work of one process. A failure's text may hold what somebody typed, so that only its kind is noted."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._noted: dict[str, Noted] = {}

    def of(self, name: str, work: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
        """The same work, noted each time. It raises what it raised before."""
        self._noted[name] = Noted(name)

        async def noted() -> None:
            try:
                await work()
            except Exception as error:
                ended_at = self._noted[name].ended_at
                self._noted[name] = Noted(name, ended_at, self._clock(), type(error).__name__)
                raise
            self._noted[name] = Noted(name, self._clock())

        return noted

    @property
    def pages(self) -> Sequence[Noted]:
        """All kinds of work, in the order in which they were told."""
        return list(self._noted.values())
