"""How long tests wait for what must come: until it is there, and far longer than any machine takes, however busy it is."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any, Final

SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 0.02


async def until(found: Callable[[], Any], what: str = "it is there") -> Any:
    """Asks again and again, waiting for the answer where that is wanted, until there is something.

    Raises AssertionError where it does not come.
    """
    end = time.monotonic() + SECONDS
    while True:
        answer = found()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer
        assert time.monotonic() < end, f"waited in vain until {what}"
        await asyncio.sleep(_PAUSE_SECONDS)


def wait_until(found: Callable[[], Any], what: str = "it is there") -> Any:
    """The same for a thread in which nothing else goes on."""
    end = time.monotonic() + SECONDS
    while not (answer := found()):
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(_PAUSE_SECONDS)
    return answer
