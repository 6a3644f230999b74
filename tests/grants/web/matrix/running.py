"""The application alive in a test's loop, and a digest of everything that its database holds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg
from litestar import Litestar

from tests.database import Database

TODAY = datetime(2025, 11, 20, 10, tzinfo=UTC)
TOUCHED = frozenset({"api_token", "request_budget", "browser_session"})
"""Tables that note who came, whatever became of it."""


@asynccontextmanager
async def alive(app: Litestar) -> AsyncIterator[None]:
    """Starts and stops the application in one task, as it wants: a fixture is begun in one and ended in another."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await ended.wait()

    living = asyncio.create_task(live())
    await started.wait()
    yield
    ended.set()
    await living


async def fingerprint(database: Database) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and a digest of them all."""
    db = await asyncpg.connect(database.admin_dsn)
    try:
        names = await db.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return {
            name: tuple(
                await db.fetchrow(
                    f"SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM \"{name}\" t"
                )
            )
            for name in (row["relname"] for row in names)
            if name not in TOUCHED
        }
    finally:
        await db.close()
