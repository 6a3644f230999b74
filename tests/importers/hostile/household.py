"""The processes of a running service, and how much memory each keeps: its server, its workers, and the reader that forks for files."""

import resource
from pathlib import Path

_READER = b"importers.reader_process"


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            found.setdefault(parent, []).append(int(folder.name))
    return found


def _said(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def server_at(port: int) -> int:
    """The process that serves on a port."""
    wanted = f"--port\0{port}\0".encode()
    processes = {one for listed in _children().values() for one in listed}
    [found] = [one for one in processes if wanted in _said(one) and wanted not in _said(_parent(one))]
    return found


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def household(server: int) -> dict[int, bool]:
    """The processes of a service that live as long as it does, and whether each is the reader. Those made for one file are not told."""
    children = _children()
    found: dict[int, bool] = {}
    waiting = [server]
    while waiting:
        process = waiting.pop()
        found[process] = is_reader = _READER in _said(process)
        waiting += [] if is_reader else children.get(process, [])
    return found


def resident_mb(processes: dict[int, bool]) -> float:
    """How much memory they hold, in millions of bytes. Fails where one of them has ended."""
    pages = sum(int(Path(f"/proc/{process}/statm").read_text().split()[1]) for process in processes)
    return pages * resource.getpagesize() / 1_000_000
