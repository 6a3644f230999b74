"""The floor of GET /plan: a bare Litestar route that gives the same bytes from one query, on the server that the service runs on."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from litestar import Litestar, Response, get
from litestar.datastructures import State

TABLE = "bench_plan"


def app() -> Litestar:
    """The application. Its database is named by BARE_DATABASE_URL."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        # Connections as the service has them: as many, and with nothing to do when they go back.
        async with asyncpg.create_pool(
            os.environ["BARE_DATABASE_URL"], min_size=1, max_size=8, reset=_nothing_to_reset
        ) as pool:
            app.state.pool = pool
            yield

    @get("/plan")
    async def plan(state: State) -> Response[bytes]:
        return Response(await state.pool.fetchval(f"SELECT body FROM {TABLE}"), media_type="application/json")

    return Litestar([plan], lifespan=[lifespan], openapi_config=None)


async def _nothing_to_reset(connection: object) -> None:
    """See grants.store.transaction."""


if __name__ == "__main__":
    Granian(
        "tests.bench.bare_plan:app",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=1,
        log_access=False,
        log_level=LogLevels.warning,
    ).serve()
