"""What benchmarks stand on: a PostgreSQL that keeps what it is given, and servers in processes of their own on this machine."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.traffic import Client, request

_READY_SECONDS_MAX = 60
_STOP_SECONDS_MAX = 30
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Served:
    """A server that answers: its port, its first process, and where it says what it has to say."""

    port: int
    pid: int


@dataclass(frozen=True)
class Ground:
    """A migrated database and the service on it. `folder` is for files of the benchmark.

    `checkpoint_dsn` is for who may ask PostgreSQL for a checkpoint; None leaves that to PostgreSQL.
    """

    owner_dsn: str
    service_dsn: str
    checkpoint_dsn: str | None
    folder: Path
    service: Served


@asynccontextmanager
async def service(service_dsn: str, folder: Path) -> AsyncIterator[Served]:
    """`tallystick serve`, with the settings that it has by itself but for the limit on requests."""
    command = ["-m", "grants", "serve", "--port", "{port}"]
    # The one client of a benchmark asks more than a person ever does.
    settings = {"TALLYSTICK_DATABASE_URL": service_dsn, "TALLYSTICK_REQUESTS_A_MINUTE": "0"}
    async with _server(command, settings, folder / "service.log", "/health/ready") as up:
        yield up


@asynccontextmanager
async def bare_route(service_dsn: str, folder: Path) -> AsyncIterator[Served]:
    """The floor of a GET: see bare_plan."""
    command = ["-m", "tests.bench.bare_plan", "{port}"]
    async with _server(command, {"BARE_DATABASE_URL": service_dsn}, folder / "bare.log", "/plan") as up:
        yield up


@asynccontextmanager
async def _server(
    arguments: Sequence[str], settings: Mapping[str, str], log: Path, ready: str
) -> AsyncIterator[Served]:
    """A Python process that serves HTTP until the end of the block."""
    port = _free_port()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TALLYSTICK_")}
    command = [sys.executable, *(argument.format(port=port) for argument in arguments)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env={**inherited, **settings}, stdout=out, stderr=out)
    try:
        await _until_ready(process, port, ready, log)
        yield Served(port, process.pid)
    finally:
        process.terminate()
        try:
            await asyncio.to_thread(process.wait, _STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _until_ready(process: "subprocess.Popen[bytes]", port: int, path: str, log: Path) -> None:
    async with asyncio.timeout(_READY_SECONDS_MAX):
        while not await _answers(port, path):
            if process.poll() is not None:
                raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
            await asyncio.sleep(0.05)


async def _answers(port: int, path: str) -> bool:
    try:
        client = await Client.connect(port)
    except OSError:
        return False
    try:
        return (await client.ask(request("GET", path))).status == 200
    except OSError:
        return False
    finally:
        client.close()
