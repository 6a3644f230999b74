"""What the doors say when something is wrong that is nobody's fault."""

import asyncio
import shutil

import asyncpg
import httpx
import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy.exc import TimeoutError as PoolTimeout

from grants.app import create_app
from grants.settings import Settings
from grants.store import embedded, migrate
from tests.database import make_folder
from tests.service import ADDRESS, Service


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CrashShutdownError("x"),
        asyncpg.AdminShutdownError("x"),
        asyncpg.TooManyConnectionsError("x"),
        asyncpg.DiskFullError("x"),
        asyncpg.ConnectionDoesNotExistError("x"),
        ConnectionRefusedError(),
        TimeoutError(),
        PoolTimeout(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_database_that_is_away_is_no_fault_and_nothing_is_promised(
    service: Service, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: object) -> None:
        raise error

    monkeypatch.setattr("grants.actions.decisions.scopes_of", away)
    body = {"from_line": "LOCAL-INQUIRIES", "to_line": "CAID", "year": "2025-26", "pence": 1, "reason": "r"}
    answer = await service.ask("lead", "POST", "/virements", json=body)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "database_away", "5")
    # The connection may have broken while it committed.
    assert "Nothing was changed" not in answer.text


async def test_while_postgresql_is_stopped_a_page_helps_and_afterwards_all_goes_on() -> None:
    folder = make_folder("tallystick-outage-")
    try:
        async with await embedded.start(folder / "data", fast_unsafe=True) as server:
            await asyncio.to_thread(migrate.upgrade, server.owner_dsn)
            app = create_app(Settings(database_url=server.service_dsn, data_dir=folder / "own", wake_seconds=3600))
            async with AsyncTestClient(app, base_url=ADDRESS) as client:
                cookie = {"Cookie": "tallystick=" + "x" * 43, "Accept": "text/html"}
                assert (await client.get("/", headers=cookie)).status_code == 200
                await server.stop()
                for path in ("/", "/account"):
                    _helps_meanwhile(await client.get(path, headers=cookie))
                told = await client.get("/api/v1/plan", headers={"Authorization": "Bearer x"})
                assert (told.status_code, told.json()["code"]) == (503, "database_away")
                async with await embedded.start(folder / "data", fast_unsafe=True):
                    assert (await client.get("/", headers=cookie)).status_code == 200
    finally:
        shutil.rmtree(folder)


def _helps_meanwhile(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.headers["content-type"].startswith("text/html")
    assert "the service is unavailable" in answer.text
    assert answer.headers["x-request-id"] in answer.text
