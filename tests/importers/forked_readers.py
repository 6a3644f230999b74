"""Readers' processes for services under test, each forked in a moment from one that has warmed up.

Started from nothing, as tests of the sandbox do, each costs a fifth of a second of a processor and more.
"""

import gc
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from importers import reader_process
from importers.limits import Limits
from importers.sandbox import Reader, ReaderProcess

ROOT: Final = Path(__file__).resolve().parents[2]
_START: Final = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from tests.importers.forked_readers import main; main()"
)
_LIMITS_MAX: Final = 4_096


class _Forked:
    """A process that is nobody's child here."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def kill(self) -> None:
        """Ends it, if it still runs."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self) -> None:
        """Waits for its end."""
        select.select([self._handle], [], [])
        os.close(self._handle)


class Nursery:
    """The other end of `main`, which is started when the first reader is. Ends it when it is left."""

    def __init__(self) -> None:
        self._asking, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._asking.close()
        self._theirs.close()
        if self._process is not None:
            self._process.wait()

    def launch(self, limits: Limits) -> tuple[ReaderProcess, socket.socket]:
        """Has a reader's process forked, and gives our end of the socket to it."""
        ours, theirs = socket.socketpair()
        with theirs, self._turn:
            self._process = self._process or self._start()
            socket.send_fds(self._asking, [msgspec.json.encode(limits)], [theirs.fileno()])
            return _Forked(int(self._asking.recv(16))), ours

    def _start(self) -> subprocess.Popen[bytes]:
        with self._theirs as theirs:
            return subprocess.Popen(
                [sys.executable, "-I", "-c", _START, str(ROOT), str(theirs.fileno())],
                env={},
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )


class ForkedReader(Reader):
    """A reader whose process comes from a nursery."""

    def __init__(self, nursery: Nursery, *told: Any) -> None:
        super().__init__(*told)
        self._nursery = nursery

    def launch(self) -> tuple[ReaderProcess, socket.socket]:
        """Has a process forked, and gives our end of the socket to it."""
        return self._nursery.launch(self.limits)


def main() -> None:
    """Forks a reader's process for each limits and socket that come, and says its number. Ends with its parent."""
    asked = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    reader_process._warm(Limits())
    # They are warm already; and a first file that is quicker is not worth a longer start here.
    vars(reader_process).update(_warm=lambda _: None, _LINES_BEFORE=1)
    gc.collect()
    gc.freeze()
    while True:
        limits, descriptors, _, _ = socket.recv_fds(asked, _LIMITS_MAX, 1)
        if not limits:
            return
        child = os.fork()
        if not child:
            _live(asked, descriptors[0], limits.decode())
        os.close(descriptors[0])
        asked.send(b"%d" % child)


def _live(asked: socket.socket, descriptor: int, limits: str) -> None:
    try:
        asked.close()
        os.setsid()
        sys.argv[1:] = [str(descriptor), limits]
        reader_process.main()
    finally:
        os._exit(0)
