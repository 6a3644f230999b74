"""The service as people run it: the command tallystick, in a process of its own, on a port of its own."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx

from tests.patience import SECONDS, wait_until

_PORTS: Final = range(12_000, 30_000)
"""Below those that a system gives to whoever connects to somewhere: none of them is taken before a service is ready to."""


def free_port() -> int:
    """A port that nobody listens on."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            port = random.choice(_PORTS)
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def serving(folder: Path, *arguments: str, **environment: str) -> Iterator[str]:
    """Runs `tallystick serve` until the block ends; gives its address. Its output is in `folder`/serve.log."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "grants", "serve", "--port", str(port), *arguments]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        try:
            _wait(address, process, folder / "serve.log")
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=SECONDS)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    def is_ready() -> bool:
        assert process.poll() is None, f"the service has ended:\n{log.read_text()}"
        with suppress(httpx.HTTPError):
            return httpx.get(f"{address}/health/ready").is_success
        return False

    wait_until(is_ready, "the service is ready")


def command(*arguments: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command of tallystick to its end."""
    return subprocess.run(
        [sys.executable, "-m", "grants", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
