"""A data folder as a first start leaves it, and other processes that serve from one: for tests of the embedded PostgreSQL."""

import asyncio
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from grants.store import embedded
from grants.store.embedded import EmbeddedServer
from tests.database import make_folder
from tests.patience import SECONDS, wait_until

REPOSITORY = Path(__file__).resolve().parents[3]

SERVE = """
    import asyncio, sys
    from pathlib import Path
    from grants.store import embedded

    async def main():
        server = await embedded.start(Path(sys.argv[1]))
        print(server.process.pid, flush=True)
        await asyncio.sleep(600)

    asyncio.run(main())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path that every account may pass through, as /srv and /home are."""
    made = make_folder("tallystick-embedded-")
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def made_once() -> Iterator[Path]:
    """A data folder after its first start and a proper stop, for tests that leave it as they found it."""
    made = make_folder("tallystick-embedded-")

    async def first_start() -> None:
        async with await embedded.start(made / "data") as server:
            await run(server.owner_dsn, "CREATE TABLE kept (amount_pence bigint)")
            await run(server.owner_dsn, "INSERT INTO kept VALUES (123410)")

    asyncio.run(first_start())
    yield made / "data"
    shutil.rmtree(made)


@pytest.fixture
def data_dir(made_once: Path, folder: Path) -> Path:
    """A copy of a data folder that was used before, with one row in it."""
    copy = folder / "data"
    subprocess.run(["cp", "--archive", made_once, copy], check=True)
    return copy


async def run(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def kept(server: EmbeddedServer) -> object:
    return await run(server.owner_dsn, "SELECT amount_pence FROM kept")


def serve(data_dir: Path, before: str = "") -> tuple[subprocess.Popen[str], int]:
    """Another process that serves from the folder, and the process of its PostgreSQL."""
    # Whatever runs the tests in the background may have had interrupts ignored, which a process inherits.
    listen = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program = textwrap.dedent(SERVE).replace("async def main", f"{listen}{before}\nasync def main", 1)
    command = [sys.executable, "-c", program, str(data_dir)]
    parent = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    said = parent.stdout.readline()
    if not said:
        raise AssertionError(parent.communicate()[1])
    return parent, int(said)


def finish(parent: subprocess.Popen[str], how: signal.Signals) -> None:
    parent.send_signal(how)
    parent.communicate(timeout=SECONDS)


def alive(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/cmdline").read_bytes() != b""
    except OSError:
        return False


def until_gone(process_id: int) -> None:
    wait_until(lambda: not alive(process_id))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def parameter(dsn: str, name: str) -> str:
    return dsn.split(f"{name}=", 1)[1].split("&", 1)[0]
