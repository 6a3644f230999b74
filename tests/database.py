"""Real databases for tests: one PostgreSQL for each test process, and a freshly migrated database for whoever asks.

With TALLYSTICK_DATABASE_URL the tests use that server, whose role must be allowed to create databases and roles; without
it they start the embedded one. Either way the service connects as the lesser role, which owns nothing.
"""

import asyncio
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from grants.actions.people import OPERATOR
from grants.store import embedded, migrate
from grants.store.transaction import Db, Gate

Answer = TypeVar("Answer")
MEMORY_BYTES_MIN = 2 * 1024**3


@dataclass(frozen=True)
class Database:
    """One database of the test server, and who may enter it. `admin_dsn` is for tests of what an administrator could do."""

    name: str
    owner_dsn: str
    service_dsn: str
    admin_dsn: str
    server: "DatabaseServer" = field(repr=False, compare=False)


class _LoopThread:
    """An event loop in a thread of its own: fixtures work the same under tests with and without a loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="test-databases", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass
class DatabaseServer:
    """A running PostgreSQL with one owner and one service role for these tests, and a migrated database to copy."""

    admin_dsn: str
    _loop: _LoopThread = field(repr=False)
    _prefix: str = field(default_factory=lambda: f"tallystick_test_{secrets.token_hex(5)}")
    _password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _count: int = 0
    _admin: Any = field(default=None, repr=False)
    _filled: dict[str, Any] = field(default_factory=dict, repr=False)

    def open(self) -> None:
        """Make the roles and the migrated template."""
        self._admin = self._loop.run(asyncpg.connect(self.admin_dsn))
        with suppress(asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):  # another test process was quicker
            self._execute(f"CREATE ROLE {migrate.SERVICE_ROLE} NOLOGIN")
        for role in (self._owner, self._service):
            self._execute(f"CREATE ROLE {role} LOGIN PASSWORD '{self._password}'")
        # An administrator who is no superuser gives away databases, and ends sessions, only of roles it is a member of.
        self._execute(f"GRANT {self._owner}, {self._service} TO CURRENT_USER")
        self._execute(f"GRANT {migrate.SERVICE_ROLE} TO {self._service}")
        template = self._database(self._template)
        self._execute(f"CREATE DATABASE {template.name} OWNER {self._owner} TEMPLATE template0")
        with ThreadPoolExecutor(1) as pool:  # it runs a loop of its own, which a test's thread may not
            pool.submit(migrate.upgrade, template.owner_dsn).result()

    def close(self) -> None:
        """Remove from the server what these tests made."""
        if self._admin is None:
            return
        for template in (self._template, *(self._template_of(what) for what in self._filled)):
            self._execute(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)")
        for role in (self._owner, self._service):
            self._execute(f"DROP ROLE IF EXISTS {role}")
        self._loop.run(self._admin.close())

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[Database]:
        """A new database, at the newest schema unless told otherwise, which is gone after the block."""
        self._count += 1
        made = self._database(f"{self._prefix}_{self._count}")
        self._copy(self._template if migrated else "template0", made.name)
        try:
            yield made
        finally:
            self._execute(f"DROP DATABASE IF EXISTS {made.name} WITH (FORCE)")

    async def fill(self, database: Database, what: str, filling: Callable[[], Awaitable[Answer]]) -> Answer:
        """Fills a new database, to which nobody is connected, and gives the answer of the filling.

        Only the first is filled so: the next ones of the same name are copies of it, with the same answer.
        """
        if what not in self._filled:
            answer = await filling()
            self._copy(database.name, self._template_of(what))
            self._filled[what] = answer
        else:
            self._execute(f"DROP DATABASE {database.name} WITH (FORCE)")
            self._copy(self._template_of(what), database.name)
        # A copy: what one test adds to the answer is not in the next one's database.
        found: Answer = deepcopy(self._filled[what])
        return found

    def _copy(self, template: str, name: str) -> None:
        self._execute(f"CREATE DATABASE {name} OWNER {self._owner} TEMPLATE {template} STRATEGY file_copy")

    @property
    def _owner(self) -> str:
        return f"{self._prefix}_owner"

    @property
    def _service(self) -> str:
        return f"{self._prefix}_service"

    @property
    def _template(self) -> str:
        return f"{self._prefix}_template"

    def _template_of(self, what: str) -> str:
        return f"{self._template}_{what}"

    def _execute(self, sql: str) -> None:
        self._loop.run(self._admin.execute(sql))

    def _database(self, name: str) -> Database:
        admin = urlsplit(self.admin_dsn)
        place = admin.netloc.rpartition("@")[2]

        def dsn(netloc: str) -> str:
            return urlunsplit((admin.scheme, netloc, f"/{name}", admin.query, ""))

        return Database(
            name=name,
            owner_dsn=dsn(f"{self._owner}:{self._password}@{place}"),
            service_dsn=dsn(f"{self._service}:{self._password}@{place}"),
            admin_dsn=dsn(admin.netloc),
            server=self,
        )


@asynccontextmanager
async def looking(gate: Gate) -> AsyncIterator[Db]:
    """What a database holds, as one moment and somebody who may see all of it."""
    async with gate.reading(OPERATOR) as view:
        yield view.db


def make_folder(prefix: str) -> Path:
    """A new folder that every account may pass through: when root runs the tests, another one runs PostgreSQL inside.

    It is in memory where there is room: copying a database takes 20 times as long on a slow disk.
    """
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of its own in it
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > MEMORY_BYTES_MIN
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=memory if roomy else None))
    folder.chmod(0o711)
    return folder


@contextmanager
def _embedded_server(loop: _LoopThread) -> Iterator[str]:
    folder = make_folder("tallystick-tests-")
    server = loop.run(embedded.start(folder / "data", fast_unsafe=True))
    try:
        yield server.superuser_dsn
    finally:
        loop.run(server.stop())
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    """The PostgreSQL of this test process. Use `database_server.fresh()` where one test needs many databases."""
    loop = _LoopThread()
    named = os.environ.get("TALLYSTICK_DATABASE_URL")
    try:
        if named:
            yield from _opened(DatabaseServer(named, loop))
        else:
            with _embedded_server(loop) as admin_dsn:
                yield from _opened(DatabaseServer(admin_dsn, loop))
    finally:
        loop.close()


def _opened(server: DatabaseServer) -> Iterator[DatabaseServer]:
    try:
        server.open()
        yield server
    finally:
        server.close()


@pytest.fixture
def fresh_database(database_server: DatabaseServer) -> Iterator[Database]:
    """A database of this test's own, at the newest schema and otherwise empty."""
    with database_server.fresh() as database:
        yield database
