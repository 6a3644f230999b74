"""The service with its example data, as `make run` serves it: one for all tests, each with returns of its own; and Chromium."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import REQUIRED, chromium
from tests.browser.oldham import Served
from tests.database import DatabaseServer
from tests.server import serving

collect_ignore_glob = [] if REQUIRED else ["test_*.py"]


@pytest.fixture(scope="session")
def served(database_server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service as it runs."""
    folder: Path = tmp_path_factory.mktemp("browser")
    with database_server.fresh() as database:
        wanted = {"TALLYSTICK_DATABASE_URL": database.service_dsn, "TALLYSTICK_WAKE_SECONDS": "1"}
        with serving(folder, "--example", **wanted) as found:
            yield Served(found, folder / "serve.log")


@pytest.fixture(scope="session")
def address(served: Served) -> str:
    """Where the service is."""
    return served.address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without anybody at it."""
    async with chromium() as found:
        yield found
