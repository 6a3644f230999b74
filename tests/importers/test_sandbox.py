"""The reader's process: warm, confined, without secrets; whatever befalls it is an answer."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from importers.answer import Checked, CheckRequest, Refused
from importers.checking import check
from importers.limits import Limits
from importers.sandbox import Reader
from importers.warming import sample
from tests.bench.big_return import big_award, big_return
from tests.importers.making import AWARD, Typed, ask, filled
from tests.patience import SECONDS, until, wait_until

ROOT = Path(__file__).resolve().parents[2]
GOOD = CheckRequest(filled(AWARD, [Typed(), None, Typed(reference="INV-2")]), "return.xlsx", AWARD)


def pid_of(reader: Reader) -> int:
    assert reader._process is not None
    return reader._process.pid


async def test_the_answer_is_the_one_that_a_check_in_this_process_gives() -> None:
    async with Reader() as reader:
        for data in (GOOD.data, filled(AWARD, [Typed(net="lots")]), b"%PDF-1.4", b""):
            assert await reader.check(CheckRequest(data, None, AWARD)) == ask(data)
        assert await reader.check(CheckRequest(GOOD.data)) == ask(GOOD.data, None)


async def test_a_file_of_nothing_is_empty_and_not_unreadable_however_soon_the_answer_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    send = loop.sock_sendall

    async def slowly(*sent: Any) -> None:
        await send(*sent)
        await asyncio.sleep(0.2)  # meanwhile whoever reads has answered, and is gone

    monkeypatch.setattr(loop, "sock_sendall", slowly)
    async with Reader() as reader:
        answer = await reader.check(CheckRequest(b""))
    assert isinstance(answer, Refused)
    assert answer.code == "empty"


@pytest.mark.parametrize("lines", [1, 300])
def test_what_warms_the_reader_is_a_return_without_problems(lines: int) -> None:
    answer = check(CheckRequest(sample(lines)), Limits())
    assert isinstance(answer, Checked)
    assert answer.problems == ()
    assert answer.line_count == answer.lines_copy.count(b"\n") == lines


def _held_by(folder: Path) -> list[str]:
    """What kinds of things a process has open, but for nothing."""
    targets = []
    for link in (folder / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            targets.append(str(link.readlink()))
    return [target.partition(":")[0] for target in targets if target != "/dev/null"]


async def test_the_reader_has_an_empty_environment_and_no_connection_but_its_parents(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TALLYSTICK_SECRET_KEY", "a secret")
    held = os.open(ROOT / "pyproject.toml", os.O_RDONLY)
    os.set_inheritable(held, True)
    try:
        async with Reader() as reader:
            folder = Path(f"/proc/{pid_of(reader)}")
            assert (folder / "environ").read_bytes() == b""
            assert b"a secret" not in (folder / "cmdline").read_bytes()
            # While it makes the next reader it holds that one's connection for a moment, and hands it over.
            await until(lambda: _held_by(folder) == ["socket"], "it holds its parent's connection and nothing else")
    finally:
        os.close(held)


def test_a_confined_reader_opens_no_file_and_no_connection() -> None:
    program = """
        import socket
        from importers.limits import Limits
        from importers.reader_process import _confine
        _confine(Limits(memory_bytes=500_000_000))
        for attempt in (lambda: open("/etc/passwd"), socket.socket, lambda: open("/tmp/x", "w")):
            try:
                attempt()
            except OSError as error:
                print(type(error).__name__, error.errno)
        try:
            bytearray(600_000_000)
        except MemoryError:
            print("no memory")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["OSError 24"] * 3 + ["no memory"]


async def test_a_check_that_takes_too_long_is_ended() -> None:
    big = CheckRequest(big_return(60_000), None, big_award())
    async with Reader(Limits(wall_seconds=1, cpu_seconds=20)) as reader:
        answer = await reader.check(big)
        assert isinstance(answer, Refused)
        assert answer.code in ("took_too_long", "could_not_read")
        assert isinstance(await reader.check(GOOD), Checked)


async def test_a_check_without_enough_memory_is_answered() -> None:
    async with Reader(Limits(memory_bytes=150_000_000)) as reader:
        answer = await reader.check(CheckRequest(big_return(60_000), None, big_award()))
        assert isinstance(answer, Refused)
        assert answer.code == "could_not_read"


async def test_more_files_than_seats_wait_for_their_turn() -> None:
    async with Reader(at_once=2) as reader:
        answers = await asyncio.gather(*(reader.check(GOOD) for _ in range(12)))
    assert all(isinstance(answer, Checked) for answer in answers)
    assert len(set(answers)) == 1


async def test_a_sender_who_goes_away_gives_up_the_seat() -> None:
    async with Reader(at_once=1) as reader:
        slow = asyncio.create_task(reader.check(CheckRequest(big_return(20_000), None, big_award())))
        await asyncio.sleep(0.05)
        slow.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await slow
        async with asyncio.timeout(SECONDS):
            assert isinstance(await reader.check(GOOD), Checked)


async def test_a_reader_that_was_killed_is_started_again() -> None:
    async with Reader() as reader:
        first = pid_of(reader)
        _end(first)
        answers = await asyncio.gather(*(reader.check(GOOD) for _ in range(4)))
        assert all(isinstance(answer, Checked) for answer in answers)
        assert pid_of(reader) != first


async def test_a_child_that_died_while_it_waited_for_a_file_is_nobodys_answer() -> None:
    async with Reader() as reader:
        assert isinstance(await reader.check(GOOD), Checked)
        _end(_only_child_of(pid_of(reader)))
        assert isinstance(await reader.check(GOOD), Checked)


def _only_child_of(process: int) -> int:
    """Once there is one and no more."""
    children = Path(f"/proc/{process}/task/{process}/children")
    [found] = wait_until(lambda: len(found := children.read_text().split()) == 1 and found)
    return int(found)


def _end(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: not _runs(Path(f"/proc/{process}")))


async def test_a_reader_that_hangs_is_replaced() -> None:
    async with Reader(Limits(wall_seconds=1)) as reader:
        os.kill(pid_of(reader), signal.SIGSTOP)
        answers = [await reader.check(GOOD) for _ in range(2)]  # the first may find a child that was made ahead of it
        assert any(isinstance(answer, Refused) and answer.code == "took_too_long" for answer in answers)
        reader.limits = Limits()  # of the process that is started now: it need not be quick
        assert isinstance(await reader.check(GOOD), Checked)


async def test_a_stopped_reader_is_gone_and_can_start_again() -> None:
    reader = Reader()
    await reader.start()
    pid = pid_of(reader)
    await reader.stop()
    assert not Path(f"/proc/{pid}").exists()
    await reader.start()
    assert isinstance(await reader.check(GOOD), Checked)
    await reader.stop()


def test_the_reader_does_not_outlive_a_service_that_was_killed() -> None:
    program = """
        import asyncio
        from importers.sandbox import Reader
        async def main():
            reader = Reader()
            await reader.start()
            print(reader._process.pid, flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=ROOT, stdout=subprocess.PIPE
    ) as service:
        assert service.stdout is not None
        reader = Path(f"/proc/{int(service.stdout.readline())}")
        assert reader.exists()
        service.kill()
    wait_until(lambda: not _runs(reader), "the reader is gone")


def _runs(process: Path) -> bool:
    """Whether a process is there and not a zombie that nobody has collected."""
    try:
        return " Z " not in (process / "stat").read_text()
    except FileNotFoundError:
        return False


async def test_a_file_that_is_too_large_never_reaches_the_reader() -> None:
    answer = await Reader(Limits(file_bytes=10)).check(GOOD)
    assert isinstance(answer, Refused)
    assert answer.code == "file_too_large"
