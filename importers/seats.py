"""Seats for readers: at most so many files are read at once by all processes of one machine; the rest wait in order."""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

_LOOK_SECONDS: Final = 0.02
_OPEN: Final = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC


class Seats:
    """So many seats as files in a folder, each held by a lock that ends with the process that holds it.

    Without a folder they are this process's alone.
    """

    def __init__(self, count: int, folder: Path | None = None) -> None:
        self._own = asyncio.Semaphore(count)  # lets its waiters in, in order
        self._names = [] if folder is None else [folder / f"seat-{number}" for number in range(count)]
        self._waiting = None if folder is None else folder / "waiting"
        if self._waiting is not None:
            self._waiting.mkdir(parents=True, exist_ok=True, mode=0o700)

    @asynccontextmanager
    async def seat(self) -> AsyncIterator[None]:
        """A seat, from when there is one until the end of the block."""
        async with self._own:
            if self._waiting is None:
                yield
                return
            descriptor = None if any(self._waiting.iterdir()) else self._free()
            if descriptor is None:
                with _ticket(self._waiting) as ticket:
                    while _is_behind(ticket) or (descriptor := self._free()) is None:  # noqa: ASYNC110  other processes tell nothing
                        await asyncio.sleep(_LOOK_SECONDS)
            try:
                yield
            finally:
                os.close(descriptor)

    def _free(self) -> int | None:
        """A seat that nobody has, taken; None where there is none."""
        for name in self._names:
            if (descriptor := _locked(name)) is not None:
                return descriptor
        return None


def _locked(name: Path) -> int | None:
    """The file, locked until it is closed; None where somebody else has it locked."""
    descriptor = os.open(name, _OPEN, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def _ticket(waiting: Path) -> Iterator[Path]:
    """A place in the line: its name tells when it was taken, and its lock that whoever took it still waits."""
    name = waiting / f"{time.monotonic_ns():020}-{os.getpid()}"
    descriptor = _locked(name)
    try:
        yield name
    finally:
        name.unlink(missing_ok=True)
        if descriptor is not None:
            os.close(descriptor)


def _is_behind(ticket: Path) -> bool:
    """Whether somebody who still waits came earlier. Places of processes that died are removed on the way."""
    for earlier in sorted(ticket.parent.iterdir()):
        if earlier >= ticket:
            return False
        descriptor = _locked(earlier)
        if descriptor is None:
            return True
        earlier.unlink(missing_ok=True)
        os.close(descriptor)
    return False
