"""Seats for readers: never more at once than there are, over all processes, in the order in which they came."""

import asyncio
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

from importers.seats import Seats
from tests.patience import SECONDS, until, wait_until

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
    import asyncio, sys
    from pathlib import Path
    from importers.seats import Seats
    async def main():
        async with Seats(int(sys.argv[2]), Path(sys.argv[1])).seat():
            print("sits", flush=True)
            await asyncio.to_thread(sys.stdin.read)
    asyncio.run(main())
"""


def _holder(folder: Path, seats: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", textwrap.dedent(HOLDER), str(folder), str(seats)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _waiting(folder: Path) -> int:
    return len(list((folder / "waiting").iterdir()))


def _waits(folder: Path, number: int) -> bool:
    return _waiting(folder) == number


@pytest.mark.parametrize("shared", [False, True])
async def test_no_more_sit_than_there_are_seats_and_they_come_in_order(tmp_path: Path, shared: bool) -> None:
    seats = Seats(2, tmp_path if shared else None)
    others = Seats(2, tmp_path) if shared else seats
    sitting, most, came, both = 0, 0, [], asyncio.Event()

    async def sit(number: int) -> None:
        nonlocal sitting, most
        async with (seats if number % 2 else others).seat():
            sitting, most = sitting + 1, max(most, sitting + 1)
            came.append(number)
            both.set() if sitting == 2 else await both.wait()
            await asyncio.sleep(0.03)
            sitting -= 1

    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(sit(number))
    assert most == 2
    assert sorted(came) == list(range(8))
    assert shared or came == sorted(came)
    assert not shared or _waiting(tmp_path) == 0


async def test_another_process_has_a_seat_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    seats = Seats(1, tmp_path)
    with _holder(tmp_path, 1) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"sits\n"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), seats.seat():
                pass
        with _holder(tmp_path, 1) as waits:
            wait_until(lambda: _waiting(tmp_path))
            waits.kill()  # it leaves its place in the line behind
        assert _waiting(tmp_path) == 1
        holder.kill()
    async with asyncio.timeout(SECONDS), seats.seat():
        assert _waiting(tmp_path) == 0


async def test_who_came_first_in_any_process_sits_first(tmp_path: Path) -> None:
    came: list[int] = []

    async def sit(number: int) -> None:
        async with Seats(1, tmp_path).seat():
            came.append(number)

    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group, Seats(1, tmp_path).seat():
        for number in (1, 2, 3):
            group.create_task(sit(number))
            await until(partial(_waits, tmp_path, number))
    assert came == [1, 2, 3]
