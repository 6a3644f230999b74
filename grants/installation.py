"""The database that the service and the commands work on: named or our own, at the newest schema, with the service's actors."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from grants.actions.people import OPERATOR, ensure_service_actors
from grants.settings import Settings
from grants.store import embedded
from grants.store.embedded import AlreadyRunning
from grants.store.migrate import MigrationFailed, is_newest, upgrade
from grants.store.transaction import Gate

T = TypeVar("T")
DATA_DIR = Path("data")
"""The data folder, where no other is named: in the folder that the command is run in."""


@dataclass(frozen=True)
class Database:
    """How to reach the database: as the owner of its tables, and as the service."""

    owner_dsn: str
    service_dsn: str


def data_dir(settings: Settings) -> Path:
    """The data folder."""
    return (settings.data_dir or DATA_DIR).absolute()


@contextmanager
def database(
    settings: Settings, *, serving: bool = False, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[Database]:
    """The database, at the newest schema. Without a URL our own is started, or the running one is joined.

    `serving` refuses to join: two services on one data folder would not know of each other. `meanwhile` is done in a thread
    while our own starts. To be entered in the main thread. Raises EmbeddedError and MigrationFailed.
    """
    if settings.database_url:
        meanwhile()
        found = Database(settings.migration_url or settings.database_url, settings.database_url)
        prepare(found)
        yield found
        return
    beside = threading.Thread(target=meanwhile, daemon=True)
    beside.start()
    server = _start(data_dir(settings), serving=serving)
    try:
        beside.join()
        found = Database(server.owner_dsn, server.service_dsn)
        prepare(found)
        yield found
    finally:
        asyncio.run(server.stop())


def _start(folder: Path, *, serving: bool) -> embedded.EmbeddedServer:
    try:
        return asyncio.run(embedded.start(folder))
    except AlreadyRunning:
        if serving:
            raise
        return asyncio.run(embedded.attach(folder))


def prepare(found: Database) -> None:
    """Brings the schema up to date where it is not, and adds the service's own actors."""
    if not asyncio.run(is_newest(found.service_dsn)):
        upgrade(found.owner_dsn)
        if not asyncio.run(is_newest(found.service_dsn)):
            raise MigrationFailed("The database's schema is not the newest. Run tallystick migrate as its owner.")
    asyncio.run(_ensure_actors(found.service_dsn))


async def _ensure_actors(service_dsn: str) -> None:
    async with gate(service_dsn) as opened, opened.deed(OPERATOR) as tx:
        await ensure_service_actors(tx)


@asynccontextmanager
async def gate(service_dsn: str) -> AsyncIterator[Gate]:
    """A gate for one command."""
    opened = await Gate.open(service_dsn, connections=2)
    try:
        yield opened
    finally:
        await opened.close()


def with_gate(settings: Settings, work: Callable[[Gate], Awaitable[T]]) -> T:
    """Runs a command's work on the database. Raises what `database` raises, and what the work does."""

    async def run(dsn: str) -> T:
        async with gate(dsn) as opened:
            return await work(opened)

    with database(settings) as found:
        return asyncio.run(run(found.service_dsn))
