"""A small server that speaks clamd's protocol as its manual page tells it, and knows one virus: EICAR's test string."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

# In two halves, so that no scanner takes this file for what it is about.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
ENGINE = "ClamAV 1.4.2/27500/Sun Nov  2 09:00:00 2025"


@dataclass
class SmallClamd:
    """What it was sent, and how it is to misbehave: `fails` answers with an error, `hangs` never, `cut` closes early."""

    virus: bytes = EICAR
    stream_max: int = 25_000_000
    fails: bool = False
    hangs: bool = False
    cut: bool = False
    files: list[bytes] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one command that begins with z and ends with a zero."""
        try:
            command = await reader.readuntil(b"\0")
            if self.hangs:
                await asyncio.sleep(30)
            answer = await self._answer(command, reader)
            if answer:
                writer.write(answer.encode() + b"\0")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, command: bytes, reader: asyncio.StreamReader) -> str:
        if command == b"zVERSION\0":
            return ENGINE
        if command != b"zINSTREAM\0":
            return "UNKNOWN COMMAND"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            if self.cut:
                return ""
            if len(content) + size > self.stream_max:
                return "INSTREAM size limit exceeded. ERROR"
            content += await reader.readexactly(size)
        if self.fails:
            return "stream: Can't allocate memory ERROR"
        self.files.append(content)
        return "stream: Eicar-Test-Signature FOUND" if self.virus in content else "stream: OK"


@asynccontextmanager
async def small_clamd(path: str | None = None) -> AsyncIterator[tuple[SmallClamd, str]]:
    """It, and where it listens: at a unix socket's path, or at a port of this computer."""
    clamd = SmallClamd()
    server = await (asyncio.start_unix_server(clamd, path) if path else asyncio.start_server(clamd, "127.0.0.1", 0))
    try:
        yield clamd, path or f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
