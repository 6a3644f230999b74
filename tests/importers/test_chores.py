"""Chores: one that fails or hangs is done again, and keeps nobody else waiting."""

import asyncio

from importers.chores import Chore
from tests.patience import SECONDS


async def test_what_fails_is_done_again() -> None:
    done: list[int] = []
    enough = asyncio.Event()

    async def work() -> None:
        done.append(len(done))
        if len(done) == 3:
            enough.set()
        raise OSError

    chore = Chore("fails", work, every_seconds=0.001)
    chore.start()
    await asyncio.wait_for(enough.wait(), SECONDS)
    await chore.stop()
    so_far = len(done)
    await asyncio.sleep(0.02)
    assert len(done) == so_far


async def test_what_hangs_is_ended_in_time_and_done_again() -> None:
    ended = 0
    enough = asyncio.Event()

    async def work() -> None:
        nonlocal ended
        try:
            await asyncio.sleep(3600)
        finally:
            ended += 1
            if ended == 2:
                enough.set()

    chore = Chore("hangs", work, every_seconds=0.001, longest_seconds=0.01)
    chore.start()
    await asyncio.wait_for(enough.wait(), SECONDS)
    await chore.stop()


async def test_one_that_never_began_can_be_stopped() -> None:
    await Chore("never", asyncio.Event().wait, 1).stop()  # type: ignore[arg-type]  # it is not called
