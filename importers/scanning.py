"""Virus scanning: clamd's own protocol, and the chore that has files scanned one after the other.

Source of the protocol: the manual page clamd(8), commands VERSION and INSTREAM.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from grants.actions.people import SCHEDULER
from grants.actions.scans import due, pieces, tell
from grants.domain.evidence import ScanState
from grants.store.transaction import Gate

SCAN_SECONDS: Final = 60.0
"""How long one command may take: connecting, sending a file and waiting for the answer."""
FILES_A_LOOK: Final = 20
"""How many files are scanned before other chores have their turn."""
_ANSWER_BYTES_MAX: Final = 4_096
_log = structlog.get_logger("tallystick.scanning")


class ScanFailed(Exception):
    """A scan without an answer. `is_alive`: clamd took the connection, so that another file may fare better."""

    def __init__(self, message: str, *, is_alive: bool) -> None:
        super().__init__(message)
        self.is_alive = is_alive


@dataclass(frozen=True)
class Verdict:
    """What clamd found in a file; `virus` None: nothing. `engine` is its version with its signatures'."""

    engine: str
    virus: str | None


class Clamd:
    """One clamd, at host:port or at the path of a unix socket; each command has a connection of its own."""

    def __init__(self, address: str, seconds: float = SCAN_SECONDS) -> None:
        self._address = address
        self._seconds = seconds

    async def scan(self, content: AsyncIterator[bytes]) -> Verdict:
        """Sends a file, piece by piece. Raises ScanFailed."""
        engine = await self._ask(b"VERSION", None)
        said = await self._ask(b"INSTREAM", content)
        if said == "stream: OK":
            return Verdict(engine, None)
        if said.startswith("stream: ") and said.endswith(" FOUND"):
            return Verdict(engine, said.removeprefix("stream: ").removesuffix(" FOUND")[:200])
        raise ScanFailed(said[:200], is_alive=True)

    async def _ask(self, command: bytes, content: AsyncIterator[bytes] | None) -> str:
        is_alive = False
        try:
            async with asyncio.timeout(self._seconds), self._connected() as (reader, writer):
                is_alive = True
                writer.write(b"z" + command + b"\0")
                if content is not None:
                    await _send(writer, content)
                await _flushed(writer)
                answer = await reader.readuntil(b"\0")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise ScanFailed(type(error).__name__, is_alive=is_alive) from error
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        host, colon, port = self._address.rpartition(":")
        if colon and port.isdecimal() and "/" not in host:
            reader, writer = await asyncio.open_connection(host.strip("[]"), int(port), limit=_ANSWER_BYTES_MAX)
        else:
            reader, writer = await asyncio.open_unix_connection(self._address, limit=_ANSWER_BYTES_MAX)
        try:
            yield reader, writer
        finally:
            writer.close()


async def _send(writer: asyncio.StreamWriter, content: AsyncIterator[bytes]) -> None:
    """A length in four bytes before each piece, and one of nothing at the end. clamd may answer, and close, before that."""
    async for piece in content:
        writer.write(len(piece).to_bytes(4, "big") + piece)
        if not await _flushed(writer):
            return
    writer.write(bytes(4))


async def _flushed(writer: asyncio.StreamWriter) -> bool:
    try:
        await writer.drain()
    except ConnectionError:
        return False
    return True


class Scanner:
    """Has files scanned: evidence and workbooks, each once, and again later where that failed."""

    def __init__(self, gate: Gate, clamd: Clamd) -> None:
        self._gate = gate
        self._clamd = clamd

    async def look(self) -> None:
        """Scans some of the files whose turn has come; it stops where clamd does not answer at all."""
        async with self._gate.reading(SCHEDULER) as view:
            files = await due(view, FILES_A_LOOK)
        for file in files:
            is_alive, state, engine, virus = True, ScanState.CLEAN, None, None
            try:
                verdict = await self._clamd.scan(pieces(self._gate, file))
                engine, virus = verdict.engine, verdict.virus
                state = ScanState.INFECTED if virus else ScanState.CLEAN
            except ScanFailed as failure:
                _log.warning("scan_failed", reason=str(failure), attempts=file.attempts + 1)
                is_alive, state = failure.is_alive, ScanState.FAILED
            async with self._gate.deed(SCHEDULER) as tx:
                await tell(tx, file, state, engine, virus)
            if not is_alive:
                return
