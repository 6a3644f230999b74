"""An HTTP client that costs next to nothing, so that what is measured is the server: sockets kept open, requests made beforehand."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_ANSWER_SECONDS_MAX = 120


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return msgspec.json.decode(self.body)


class _Wire(asyncio.Protocol):
    """Gathers one answer after the other."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._expected = 0
        self._answer: asyncio.Future[bytes] | None = None

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._expected:
            head = self._received.find(_END)
            if head < 0:
                return
            length = _LENGTH.search(self._received, 0, head + 2)
            self._expected = head + len(_END) + (int(length[1]) if length else 0)
        if len(self._received) >= self._expected and self._answer is not None and not self._answer.done():
            self._answer.set_result(bytes(self._received))

    def expect(self) -> "asyncio.Future[bytes]":
        self._received, self._expected = bytearray(), 0
        self._answer = asyncio.get_running_loop().create_future()
        return self._answer


class Client:
    """One connection to a server on this machine."""

    def __init__(self, transport: asyncio.Transport, wire: _Wire) -> None:
        self._transport = transport
        self._wire = wire

    @classmethod
    async def connect(cls, port: int) -> "Client":
        """Raises OSError where nothing listens."""
        return cls(*await asyncio.get_running_loop().create_connection(_Wire, "127.0.0.1", port))

    def close(self) -> None:
        """Ends the connection."""
        self._transport.close()

    async def ask(self, request: bytes) -> Answer:
        """Sends a whole request, made by `request`, and waits for the whole answer."""
        raw = await asyncio.wait_for(self._send(request), _ANSWER_SECONDS_MAX)
        return Answer(int(raw[9:12]), raw[raw.index(_END) + len(_END) :])

    def _send(self, request: bytes) -> "asyncio.Future[bytes]":
        answer = self._wire.expect()
        self._transport.write(request)
        return answer

    async def timed(self, request: bytes) -> float:
        """Seconds until the answer to a GET was there. Raises RuntimeError where it is no 200."""
        start = time.perf_counter()
        raw = await self._send(request)
        seconds = time.perf_counter() - start
        if raw[9:12] != b"200":
            raise RuntimeError(f"answered {raw[:200]!r}")
        return seconds


def request(
    method: str, path: str, token: str = "", headers: Mapping[str, str] | None = None, body: bytes = b""
) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join(lines).encode() + _END + body


async def load(clients: Sequence[Client], get: bytes, seconds: float) -> float:
    """Milliseconds that a GET takes up of the server's time, while all clients ask without a pause for so long."""
    start = time.perf_counter()
    until = start + seconds

    async def keep_asking(client: Client) -> int:
        count = 0
        while time.perf_counter() < until:
            await client.timed(get)
            count += 1
        return count

    counts = await asyncio.gather(*map(keep_asking, clients))
    return (time.perf_counter() - start) * 1000 / sum(counts)
