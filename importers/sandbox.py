"""The service's side of reading: hands files to the reader's process, a few at once, and answers whatever happens there."""

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol

import msgspec

from grants.domain.registers import ReadRegister
from grants.domain.surroundings import Comparison, Surroundings
from importers.answer import (
    Annotated,
    AnnotateRequest,
    Answer,
    CheckAnswer,
    Checked,
    CheckRequest,
    CompareRequest,
    MatchRequest,
    Refused,
    Request,
    SurroundingsRequest,
)
from importers.frames import LENGTH
from importers.limits import Limits
from importers.matching.suggestion import Suggestion
from importers.messages import refuse
from importers.registers.asking import RegisterRequest
from importers.seats import Seats

_log: Final = logging.getLogger(__name__)

_ROOT: Final = Path(__file__).resolve().parent.parent
_START: Final = "import sys; sys.path.insert(0, sys.argv.pop(1)); from importers.reader_process import main; main()"
_ANSWER: Final = msgspec.msgpack.Decoder[Answer](Answer)
_PATIENCE_SECONDS: Final = 2
_START_SECONDS: Final = 30


class ReaderProcess(Protocol):
    """What is wanted of the reader's process."""

    @property
    def pid(self) -> int:
        """Its number."""

    def kill(self) -> None:
        """Ends it, if it still runs."""

    def wait(self) -> object:
        """Waits for its end."""


class Reader:
    """Checks files in processes of their own. One for each event loop; `start` before use, `stop` at the end.

    At most `at_once` files are read at the same time, as many as there are processor cores unless told; others wait
    in order. Readers that share the folder `seats` share that number, in whatever process they are.
    """

    def __init__(self, limits: Limits | None = None, at_once: int | None = None, seats: Path | None = None) -> None:
        self.limits = limits or Limits()
        self._seats = Seats(at_once or os.cpu_count() or 1, seats)
        self._starting = asyncio.Lock()
        self._process: ReaderProcess | None = None
        self._control: socket.socket | None = None
        self._spare: socket.socket | None = None

    async def __aenter__(self) -> "Reader":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts the reader's process and waits until it is warm. Does nothing where it runs."""
        async with self._starting:
            if not self._is_gone():
                return
            await self._close()
            self._process, ours = await asyncio.to_thread(self.launch)
            ours.setblocking(False)
            self._control = ours
            async with asyncio.timeout(_START_SECONDS):
                if not await asyncio.get_running_loop().sock_recv(ours, 1):
                    raise RuntimeError("the reader's process did not start")
            self._keep_spare()

    def launch(self) -> tuple[ReaderProcess, socket.socket]:
        """Starts a process, and gives our end of the socket to it."""
        return _launch(self.limits)

    async def stop(self) -> None:
        """Ends the reader's process, and with it whatever it still reads."""
        async with self._starting:
            await self._close()

    async def _close(self) -> None:
        control, process, spare = self._control, self._process, self._spare
        self._control = self._process = self._spare = None
        for connection in (control, spare):
            if connection is not None:
                connection.close()
        if process is not None:
            process.kill()
            await asyncio.to_thread(process.wait)

    async def check(self, request: CheckRequest) -> CheckAnswer:
        """The answer to a file. Never raises for what is in it: a reader that dies or hangs is an answer too."""
        answer = await self._read(request)
        return answer if isinstance(answer, Refused | Checked) else refuse("could_not_read").refused

    async def annotate(self, request: AnnotateRequest) -> Annotated | Refused:
        """The file with its problems marked in it; refused as a check would refuse it."""
        answer = await self._read(request)
        return answer if isinstance(answer, Refused | Annotated) else refuse("could_not_read").refused

    async def suggest(self, request: MatchRequest) -> Suggestion | Refused:
        """What an extract's columns are taken for; refused where no table of transactions is in the file."""
        answer = await self._read(request)
        return answer if isinstance(answer, Refused | Suggestion) else refuse("could_not_read").refused

    async def register(self, request: RegisterRequest) -> ReadRegister | Refused:
        """What a register or a payment file tells; refused where it is none."""
        answer = await self._read(request)
        return answer if isinstance(answer, Refused | ReadRegister) else refuse("could_not_read").refused

    async def surroundings(self, request: SurroundingsRequest) -> Surroundings | Refused:
        """A cell of a kept file with those around it; refused where there is none such."""
        answer = await self._read(request)
        return answer if isinstance(answer, Refused | Surroundings) else refuse("could_not_read").refused

    async def compare(self, request: CompareRequest) -> Comparison | Refused:
        """What differs between two files; refused where either cannot be read."""
        if len(request.kept) > self.limits.file_bytes:
            return refuse("file_too_large", limit=self.limits.file_bytes).refused
        answer = await self._read(request)
        return answer if isinstance(answer, Refused | Comparison) else refuse("could_not_read").refused

    async def _read(self, request: Request) -> Answer:
        if len(request.data) > self.limits.file_bytes:
            return refuse("file_too_large", limit=self.limits.file_bytes).refused
        async with self._seats.seat():
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                async with asyncio.timeout(self.limits.wall_seconds + _PATIENCE_SECONDS):
                    answer = await self._ask(request) or await self._ask_again(request)
            except TimeoutError:
                answer = None
                await self.stop()  # a reader ends by itself in time, unless the process that starts it hangs
            took = loop.time() - began
            self._keep_spare()
        if answer is None:
            _log.warning("a reader died before it answered")
            too_long = took >= min(self.limits.wall_seconds, self.limits.cpu_seconds)
            return refuse("took_too_long" if too_long else "could_not_read").refused
        return answer

    async def _ask_again(self, request: Request) -> Answer | None:
        """A second try, only where it was not the file's own reader that died but the process that starts readers."""
        return await self._ask(request) if self._is_gone() else None

    def _is_gone(self) -> bool:
        """Whether the process that starts readers is not there: its end of our socket is closed before its children's."""
        return self._control is None or _is_closed(self._control)

    async def _ask(self, request: Request) -> Answer | None:
        """The answer, or None where the reader died."""
        await self.start()
        connection, self._spare = self._spare, None
        if connection is not None and _is_closed(connection):
            connection.close()
            connection = None
        connection = connection or self._new_child()
        if connection is None:
            return None
        with connection, contextlib.suppress(OSError, EOFError, msgspec.MsgspecError):
            return await self._converse(connection, request)
        return None

    def _keep_spare(self) -> None:
        """Has a child made ahead of the next file, which then need not wait for that."""
        if self._spare is None and self._control is not None:
            self._spare = self._new_child()

    def _new_child(self) -> socket.socket | None:
        """Our end of the connection to a new child; None where the process that starts them is gone."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with theirs:
            try:
                socket.send_fds(self._control, [b"f"], [theirs.fileno()])  # type: ignore[arg-type]
            except OSError:
                ours.close()
                return None
        return ours

    async def _converse(self, connection: socket.socket, request: Request) -> Answer:
        loop = asyncio.get_running_loop()
        head = msgspec.msgpack.encode(msgspec.structs.replace(request, data=b""))
        await loop.sock_sendall(connection, LENGTH.pack(len(head)) + head + LENGTH.pack(len(request.data)))
        if request.data:  # whoever waits for no more may have answered already, and be gone
            await loop.sock_sendall(connection, request.data)
        answer = _ANSWER.decode(await self._receive(connection))
        bulk = await self._receive(connection)
        if isinstance(answer, Checked):
            return msgspec.structs.replace(answer, lines_copy=bulk)
        return Annotated(bulk) if isinstance(answer, Annotated) else answer

    async def _receive(self, connection: socket.socket) -> bytes:
        loop = asyncio.get_running_loop()
        (length,) = LENGTH.unpack(await _exactly(loop, connection, LENGTH.size))
        if length > self.limits.answer_bytes:
            raise EOFError
        return bytes(await _exactly(loop, connection, length))


def _is_closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _launch(limits: Limits) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The reader's process and our end of the socket to it. Its environment is empty: there are no secrets in it."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-I", "-c", _START, str(_ROOT), str(theirs.fileno())]
        process = subprocess.Popen(
            [*command, msgspec.json.encode(limits).decode()],
            env={},
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # it would repeat what stands in a file
            start_new_session=True,
        )
    return process, ours


async def _exactly(loop: asyncio.AbstractEventLoop, connection: socket.socket, length: int) -> bytearray:
    content = bytearray(length)
    view = memoryview(content)
    while view:
        got = await loop.sock_recv_into(connection, view)
        if not got:
            raise EOFError
        view = view[got:]
    return content


__all__ = ["CheckAnswer", "CheckRequest", "Checked", "Reader", "Refused"]
