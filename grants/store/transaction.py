"""The gate to the database: connections as the service's role, and the only commit."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self, TypeAlias, TypeVar

import asyncpg
import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from grants.domain.access import NOBODY, Actor
from grants.domain.errors import Conflict, Invalid
from grants.store.limits import conflict_of
from grants.store.migrate import SERVICE_ROLE, engine_url
from grants.store.row_security import BEGIN, CHANGE, Way, told_of

Db: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Clock: TypeAlias = Callable[[], datetime]
T = TypeVar("T")
ANSWERS_KEPT: Final = timedelta(days=30)
DEED_IDLE: Final = timedelta(minutes=1)
"""Whoever is stopped in the midst of a deed holds its locks, the journal's among them, and everybody else waits."""


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class View:
    """A moment of reading: nothing that it sees changes while it lasts."""

    actor: Actor
    db: Db
    now: datetime


@dataclass(frozen=True)
class Tx(View):
    """One deed's transaction. Rows are added through `session`; `db` is the same connection, for reading and bulk.

    What is put into `at_end` is done last, in order, before the deed is committed.
    """

    session: AsyncSession
    at_end: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    async def add(self, *rows: object) -> None:
        """Adds rows and sends them, so that `db` sees them and constraints speak now."""
        self.session.add_all(rows)
        await self.session.flush()

    async def acting_as(self, actor: Actor) -> Self:
        """The same transaction in somebody else's hands: PostgreSQL shows what they may see, until it is told of another.

        What is to be done last is done first, as who it was put there by.
        """
        while self.at_end:
            await self.at_end.pop(0)()
        await self.db.fetchrow(CHANGE, *astuple(told_of(actor)))
        return replace(self, actor=actor)


class Gate:
    """Opens transactions. One for each process of the service."""

    def __init__(self, engine: AsyncEngine, pool: "asyncpg.Pool[asyncpg.Record]", clock: Clock = utc_now) -> None:
        self._engine = engine
        self._pool = pool
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self.clock = clock

    @classmethod
    async def open(
        cls, dsn: str, *, connections: int = 8, clock: Clock = utc_now, deed_idle: timedelta = DEED_IDLE
    ) -> Self:
        """Connects as the service's role, whoever the URL signs in as. `connections` for deeds, and as many for reading.

        `deed_idle` is how long PostgreSQL waits for a deed's next statement before it takes all of it back.
        """
        settings = {
            "role": SERVICE_ROLE,
            "application_name": "tallystick",
            "timezone": "UTC",
            "synchronous_commit": "on",
        }
        engine = create_async_engine(
            engine_url(dsn),
            pool_size=connections,
            max_overflow=0,
            pool_timeout=60,
            pool_use_lifo=True,  # who has just done a deed has its plans and pages at hand
            connect_args={
                "server_settings": settings | {"idle_in_transaction_session_timeout": _milliseconds(deed_idle)}
            },
        )
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=connections,
            server_settings=settings,
            reset=_nothing_to_reset,
            command_timeout=600,
        )
        return cls(engine, pool, clock)

    async def close(self) -> None:
        """Ends all connections."""
        await self._pool.close()
        await self._engine.dispose()

    @asynccontextmanager
    async def deed(self, actor: Actor) -> AsyncIterator[Tx]:
        """One deed: all of it is committed at the end, or nothing.

        Raises Conflict where a constraint refuses it, Invalid for a value that PostgreSQL cannot keep.
        """
        async with self._deed(actor, Way.KNOWN) as tx:
            yield tx

    @asynccontextmanager
    async def rehearsal(self, actor: Actor) -> AsyncIterator[Tx]:
        """A deed that is only looked at: nothing of it is ever kept, however it ends. Raises as `deed` does."""
        async with self._deed(actor, Way.KNOWN, is_kept=False) as tx:
            yield tx

    @asynccontextmanager
    async def signing_in(self) -> AsyncIterator[Tx]:
        """A deed of nobody yet: it sees people, their roles and what proves who they are, and no money.

        `acting_as` puts it into the hands of whoever it turns out to be; it goes on seeing what it saw. Raises as `deed` does.
        """
        async with self._deed(NOBODY, Way.SIGN_IN) as tx:
            yield tx

    @asynccontextmanager
    async def _deed(self, actor: Actor, way: Way, *, is_kept: bool = True) -> AsyncIterator[Tx]:
        with _refusals():
            async with self._sessions() as session:
                tx = Tx(actor, await _begin(session, actor, way), self.clock(), session)
                yield tx
                if not is_kept:
                    await session.rollback()
                    return
                for last in tx.at_end:
                    await last()
                await session.commit()

    @asynccontextmanager
    async def reading(self, actor: Actor) -> AsyncIterator[View]:
        """Reading from one snapshot."""
        with _refusals():
            async with (
                self._pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                await connection.fetchrow(BEGIN, *astuple(told_of(actor)), Way.KNOWN)
                yield View(actor, _driver(connection), self.clock())

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Db]:
        """A connection for one statement of nobody, which is its own transaction: what is left to nobody are the heads of
        the record, and functions that find out who somebody is.
        """
        with _refusals():
            async with self._pool.acquire() as connection:
                yield _driver(connection)

    async def forget_answers(self) -> None:
        """Removes answers that nobody will ask for again: a retry comes in minutes, they are kept for ANSWERS_KEPT."""
        async with self.glance() as db:
            await db.execute("SELECT forget_answers($1)", self.clock() - ANSWERS_KEPT)

    async def once(
        self, actor: Actor, key: str | None, request: bytes, kind: type[T], action: Callable[[Tx], Awaitable[T]]
    ) -> T:
        """A deed that happens once for each key, however often it is asked for; the first answer is given again.

        Raises Conflict `idempotency_key` where the key came with another request before.
        """
        async with self.deed(actor) as tx:
            if key is None:
                return await action(tx)
            earlier = await _claim(tx, key, hashlib.sha256(request).digest())
            if earlier is not None:
                return msgspec.json.decode(earlier, type=kind)
            answer = await action(tx)
            await tx.db.execute(
                "UPDATE idempotent_answer SET answer = $3 WHERE person_id = $1 AND key = $2",
                actor.id,
                key,
                msgspec.json.encode(answer),
            )
            return answer

    async def answered(self, actor: Actor, key: str | None, request: bytes, kind: type[T]) -> T | None:
        """What a request with this key was answered before; None where it is new. Raises Conflict as `once` does."""
        if key is None:
            return None
        async with self.reading(actor) as view:
            return await answered(view, key, request, kind)


async def answered(view: View, key: str, request: bytes, kind: type[T]) -> T | None:
    """As Gate.answered, where somebody is reading already."""
    row = await view.db.fetchrow(_ANSWER, view.actor.id, key)
    return None if row is None else msgspec.json.decode(_same(row, hashlib.sha256(request).digest()), type=kind)


_ANSWER = "SELECT fingerprint, answer FROM idempotent_answer WHERE person_id = $1 AND key = $2"


async def _claim(tx: Tx, key: str, fingerprint: bytes) -> bytes | None:
    """Waits for another request with the same key; then what it was answered, or None where this one is the first."""
    claimed = await tx.db.fetchval(
        "INSERT INTO idempotent_answer (person_id, key, fingerprint, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING true",
        tx.actor.id,
        key,
        fingerprint,
        tx.now,
    )
    if claimed:
        return None
    return _same(await tx.db.fetchrow(_ANSWER, tx.actor.id, key), fingerprint)


def _same(row: asyncpg.Record | None, fingerprint: bytes) -> bytes:
    if row is None or row["answer"] is None or row["fingerprint"] != fingerprint:
        raise Conflict("idempotency_key", "This Idempotency-Key came with another request before. Use a new one.")
    return bytes(row["answer"])


@contextmanager
def _refusals() -> Iterator[None]:
    """A driver's error as what it means to people; the driver's own error where it is nothing that they did."""
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        inner = error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error
        cause = inner if isinstance(inner, Exception) else error
        if isinstance(cause, asyncpg.DataError):
            # Its text holds the value, which may be a recipient's own words: nothing of it may go on into a log.
            raise Invalid("value", "A value is too large, or holds a character that cannot be kept.") from None
        if isinstance(cause, (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)):
            raise Conflict("busy", "Somebody else is changing the same thing. Try again.") from error
        raise conflict_of(cause) or cause from error


async def _begin(session: AsyncSession, actor: Actor, way: Way) -> Db:
    """SQLAlchemy begins when it sends its first statement; until then the driver would commit each of its own."""
    told = (*astuple(told_of(actor)), way.value)
    connection = await session.connection()
    try:
        await connection.exec_driver_sql(BEGIN, told)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # It broke while nobody used it, and with it SQLAlchemy let go of all others: the next one is new.
        await session.rollback()
        connection = await session.connection()
        await connection.exec_driver_sql(BEGIN, told)
    return _driver((await connection.get_raw_connection()).driver_connection)


def _milliseconds(length: timedelta) -> str:
    return str(length // timedelta(milliseconds=1))


def _driver(connection: Any) -> Db:
    found: Db = connection
    return found


async def _nothing_to_reset(connection: object) -> None:
    """The service sets nothing outside a transaction, so that a returned connection needs no round trip."""
