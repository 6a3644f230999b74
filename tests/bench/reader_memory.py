"""How much memory the reader of a file takes at its peak, as Linux tells it."""

import asyncio
import threading
from collections.abc import Awaitable
from pathlib import Path

_MARK = b"importers.reader_process"
_PAUSE_SECONDS = 0.005


async def peak_of_reader(service: int, reading: Awaitable[object]) -> float | None:
    """MB at the peak of the service's readers while they read; None where the system does not tell."""
    if not Path("/proc/self/status").exists():
        return None
    ended = threading.Event()
    watch = asyncio.create_task(asyncio.to_thread(_watch, service, ended))
    try:
        await reading
    finally:
        ended.set()
    return await watch or None


def _watch(service: int, ended: threading.Event) -> float:
    peak, warm = 0.0, _reader_processes(service)
    while not ended.wait(_PAUSE_SECONDS):
        for process in warm:
            for reader in children(process):
                peak = max(peak, peak_megabytes(reader))
    return peak


def _reader_processes(service: int) -> list[int]:
    """The warm processes below the service, each of which makes a child for each file."""
    found: list[int] = []
    below = [service]
    while below:
        process = below.pop()
        if _MARK in _read(process, "cmdline"):
            found.append(process)
        else:
            below += children(process)
    return found


def children(process: int) -> list[int]:
    """The processes that a process has made and that are there; none where the system does not tell."""
    # A child belongs to the thread that made it.
    folders = Path(f"/proc/{process}/task").glob("*")
    try:
        return [int(child) for folder in folders for child in (folder / "children").read_text().split()]
    except OSError:
        return []


def peak_megabytes(process: int) -> float:
    """The most memory that a process has had at once, its own and what it shares with the process that forked it."""
    lines = _read(process, "status").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(b"VmHWM:")), 0.0)


def _read(process: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""
