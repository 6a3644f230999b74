"""The service with other settings, and a second process of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2.profiles import RFC_9106_LOW_MEMORY
from litestar.testing import AsyncTestClient

from grants.actions import hashing
from grants.settings import Settings
from tests.database import Database
from tests.grants.web.browsing import asked_from
from tests.service import ADDRESS, Service, application, first_look


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with less memory: how strong the hashes are is tested where they are made."""
    cheap = replace(RFC_9106_LOW_MEMORY, memory_cost=64, time_cost=1, parallelism=1)
    monkeypatch.setattr(hashing, "RFC_9106_LOW_MEMORY", cheap)


@pytest.fixture
async def replica(service: Service, fresh_database: Database, tmp_path: Path) -> AsyncIterator[Any]:
    """Another process of the same service."""
    settings = Settings(database_url=fresh_database.service_dsn, data_dir=tmp_path, wake_seconds=3600)
    with application(settings, service.clock) as app:
        async with AsyncTestClient(app, base_url=ADDRESS) as client:
            await first_look(app)
            yield client


@pytest.fixture
def reached(service: Service, fresh_database: Database, tmp_path: Path) -> Any:
    """The same service with other settings, as `async with reached(CLIENT'S ADDRESS, …)`."""
    return partial(_reached, service, fresh_database, tmp_path)


@asynccontextmanager
async def _reached(
    service: Service, database: Database, folder: Path, client: str, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    chosen = Settings(database_url=database.service_dsn, data_dir=folder, wake_seconds=3600, **settings)
    with application(chosen, service.clock) as app:
        async with app.lifespan():
            await first_look(app)
            yield asked_from(client, app, settings.get("base_url", ADDRESS))
