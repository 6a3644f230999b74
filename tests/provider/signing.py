"""The service with identity providers, in this process, and people who may sign in with them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from litestar import Litestar

from grants.actions.people import OPERATOR, add_person
from grants.actions.recipients import load_recipients
from grants.domain.access import Role
from grants.settings import Settings
from grants.store.transaction import Clock, Gate, utc_now
from grants.web.openid.client import Client
from tests.database import Database
from tests.grants.actions.cast import opened
from tests.provider.browser import Browser
from tests.provider.liar import Liar
from tests.service import application

HERE = "https://tallystick.example"
OLDHAM = "GB-LAE-OLD"


@dataclass
class House:
    """The service, its gate, and its address."""

    app: Any
    gate: Gate
    address: str
    owner_dsn: str

    def browser(self) -> Browser:
        """A new browser."""
        return Browser(self.app, self.address)

    def believe(self, provider: str, liar: Liar) -> None:
        """Puts a liar behind a provider's client."""
        clients: dict[str, Client] = self.app.state.providers
        clients[provider] = Client(clients[provider].provider, liar.transport())

    async def rows(self, query: str, *values: object) -> list[Any]:
        """What the database holds, as its owner sees it."""
        owner = await asyncpg.connect(self.owner_dsn)
        try:
            return list(await owner.fetch(query, *values))
        finally:
            await owner.close()


@asynccontextmanager
async def house(
    database: Database,
    folder: Path,
    providers: Sequence[dict[str, Any]],
    address: str = HERE,
    clock: Clock = utc_now,
) -> AsyncIterator[House]:
    """The service with these providers, an officer of Oldham's and a lead."""
    async with opened(database) as gate:
        gate.clock = clock
        async with gate.deed(OPERATOR) as tx:
            await load_recipients(tx)
            await add_person(tx, "officer@oldham.gov.uk", "Olive Officer", [(Role.FINANCE_OFFICER, [OLDHAM])])
            await add_person(tx, "lead@example.org", "Leo Lead", [(Role.PROGRAMME_LEAD, None)])
            await add_person(tx, "eve@example.org", "Eve Example", [(Role.PROGRAMME_LEAD, None)], is_example=True)
        settings = Settings(
            database_url=database.service_dsn,
            data_dir=folder,
            wake_seconds=3600,
            base_url=address,
            providers=msgspec.json.encode({"provider": list(providers)}).decode(),
        )
        with application(settings, clock) as app:
            async with _living(app):
                yield House(app, gate, address, database.admin_dsn)


@asynccontextmanager
async def _living(app: Litestar) -> AsyncIterator[None]:
    """The application's life in a task of its own: what begins in a task must end in it, and fixtures change theirs."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            begun.set()
            await over.wait()

    life = asyncio.create_task(live())
    beginning = asyncio.create_task(begun.wait())
    await asyncio.wait((life, beginning), return_when=asyncio.FIRST_COMPLETED)
    beginning.cancel()
    try:
        if begun.is_set():
            yield
    finally:
        over.set()
        await life


def kinds(logged: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which kinds of fault were logged."""
    return [event["kind"] for event in logged if event.get("event") == "provider_sign_in_failed"]
