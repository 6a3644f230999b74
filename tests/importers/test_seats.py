"""Seats for readers: never more at once than there are, over all processes, in the order in which they came."""

import asyncio
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from importers.seats import Seats

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


def _until_somebody_waits(folder: Path) -> None:
    while not list((folder / "waiting").iterdir()):
        time.sleep(0.01)


@pytest.mark.parametrize("shared", [False, True])
async def test_no_more_sit_than_there_are_seats_and_they_come_in_order(tmp_path: Path, shared: bool) -> None:
    seats = Seats(2, tmp_path if shared else None)
    others = Seats(2, tmp_path) if shared else seats
    sitting, most, came = 0, 0, []

    async def sit(number: int) -> None:
        nonlocal sitting, most
        async with (seats if number % 2 else others).seat():
            sitting, most = sitting + 1, max(most, sitting + 1)
            came.append(number)
            await asyncio.sleep(0.03)
            sitting -= 1

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(sit(number))
    assert most == 2
    assert sorted(came) == list(range(8))
    assert shared or came == sorted(came)
    assert not shared or list((tmp_path / "waiting").iterdir()) == []


async def test_another_process_has_a_seat_until_it_ends_however_it_ends(tmp_path: Path) -> None:
    seats = Seats(1, tmp_path)
    with _holder(tmp_path, 1) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"sits\n"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), seats.seat():
                pass
        with _holder(tmp_path, 1) as waits:
            _until_somebody_waits(tmp_path)
            waits.kill()  # it leaves its place in the line behind
        assert list((tmp_path / "waiting").iterdir()) != []
        holder.kill()
    async with asyncio.timeout(5), seats.seat():
        assert list((tmp_path / "waiting").iterdir()) == []


async def test_who_came_first_in_any_process_sits_first(tmp_path: Path) -> None:
    first, second, came = Seats(1, tmp_path), Seats(1, tmp_path), []

    async def sit(seats: Seats, name: str) -> None:
        async with seats.seat():
            came.append(name)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group, Seats(1, tmp_path).seat():
        for seats, name in ((first, "first"), (second, "second"), (first, "third")):
            group.create_task(sit(seats, name))
            await asyncio.sleep(0.05)
    assert came[:2] == ["first", "second"]
    assert came[2] == "third"
