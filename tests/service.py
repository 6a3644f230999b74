"""The whole service in one process, on a database of its own, with the plan and one person for each role."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from grants import app as composition
from grants.actions.people import OPERATOR, add_person
from grants.actions.recipients import load_recipients
from grants.actions.tokens import create_token
from grants.app import create_app, tell
from grants.domain.access import OF_RECIPIENTS, Role
from grants.settings import Settings
from grants.store.transaction import Gate
from tests.database import Database
from tests.grants.actions.cast import load, opened
from tests.importers.forked_readers import ForkedReader, Nursery

OLDHAM, LEEDS_POLICE = "GB-LAE-OLD", "E23000010"
API = "/api/v1"
ADDRESS = "http://127.0.0.1:8000"
OUTSIDE = ("/api", "/health", "/metrics", "/account", "/assets", "/invitation", "/second-factor", "/sign-")
"""What stands outside the API: the rest of the paths that tests name are of the API."""
TERMS: dict[str, Any] = {
    "purpose": "A local inquiry",
    "start": "2025-04-01",
    "end": "2026-03-31",
    "budget": [
        {"year": "2025-26", "category": "staff_pay", "pence": 12_000_000},
        {"year": "2025-26", "category": "training", "pence": 8_000_000},
    ],
}


@dataclass
class Clock:
    """A clock that stands where a test puts it."""

    now: datetime = field(default_factory=lambda: datetime(2025, 11, 3, 10, tzinfo=UTC))

    def __call__(self) -> datetime:
        """What time it is."""
        return self.now

    def forward(self, **much: float) -> None:
        """Moves on."""
        self.now += timedelta(**much)


@dataclass
class Service:
    """The service, and the tokens of the people who use it, by name."""

    client: AsyncTestClient[Any]
    tokens: dict[str, str]
    gate: Gate
    clock: Clock

    async def ask(self, who: str | None, method: str, path: str, **more: Any) -> httpx.Response:
        """A request as somebody; None: as nobody."""
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        address = path if path.startswith(OUTSIDE) or path == "/" else API + path
        return await self.client.request(method, address, headers=headers, **more)

    async def get(self, who: str | None, path: str, status: int = 200, **more: Any) -> Any:
        """What a GET answers, after a look at its status."""
        answer = await self.ask(who, "GET", path, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def post(self, who: str | None, path: str, body: Any = None, status: int | None = None, **more: Any) -> Any:
        """What a POST answers, after a look at its status."""
        answer = await self.ask(who, "POST", path, json=body or {}, **more)
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json()

    async def decide(self, path: str, body: dict[str, Any]) -> Any:
        """Proposes as the lead and approves as the approver."""
        proposed = await self.post("lead", path, {"reason": "Needed", **body}, 201)
        return await self.post("approver", f"/decisions/{proposed['id']}/approve", {"reason": "Agreed"}, 200)

    async def award(self, reference: str = "LI-OLDHAM-01", recipient: str = OLDHAM, **terms: Any) -> None:
        """An award from the local inquiries' money, active."""
        body = {"reference": reference, "funding_line": "LOCAL-INQUIRIES", "recipient_id": recipient}
        await self.decide("/awards", {**body, "terms": {**TERMS, **terms}})
        for state in ("due_diligence", "offered", "agreed", "active"):
            await self.post("lead", f"/awards/{reference}/state", {"state": state, "reason": "Next"}, 200)

    async def open_round(self, period: str = "2025-26-Q2") -> Any:
        """A round that asks for returns now."""
        planned = await self.post("lead", "/collection-rounds", {"programme": "ACTION-PLAN", "period": period}, 201)
        return await self.post("lead", f"/collection-rounds/{planned['id']}/open", status=200)

    async def upload(
        self,
        workbook: bytes,
        award: str = "LI-OLDHAM-01",
        period: str = "2025-26-Q2",
        who: str = "officer",
        **headers: str,
    ) -> httpx.Response:
        """Uploads a workbook."""
        return await self.ask(
            who,
            "POST",
            f"/awards/{award}/returns/{period}",
            files={"workbook": ("return.xlsx", workbook)},
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )


PEOPLE: dict[str, tuple[Role, list[str] | None]] = {
    "lead": (Role.PROGRAMME_LEAD, None),
    "other_lead": (Role.PROGRAMME_LEAD, None),
    "wider_lead": (Role.PROGRAMME_LEAD, ["WIDER-CSA"]),
    "approver": (Role.APPROVER, None),
    "auditor": (Role.AUDITOR, None),
    "administrator": (Role.ADMINISTRATOR, None),
    "officer": (Role.FINANCE_OFFICER, [OLDHAM]),
    "certifier": (Role.CERTIFIER, [OLDHAM]),
    "foreign_officer": (Role.FINANCE_OFFICER, [LEEDS_POLICE]),
    "foreign_certifier": (Role.CERTIFIER, [LEEDS_POLICE]),
}


async def people(gate: Gate) -> dict[str, str]:
    """Adds one person for each name, and gives their tokens."""
    tokens = {}
    async with gate.deed(OPERATOR) as tx:
        for name, (role, over) in PEOPLE.items():
            await add_person(tx, f"{name}@example.org", name, [(role, over)])
            tokens[name] = await create_token(tx, f"{name}@example.org", 300)
    assert all(over for role, over in PEOPLE.values() if role in OF_RECIPIENTS)
    return tokens


@pytest.fixture(scope="session", autouse=True)
def readers_are_forked() -> Iterator[None]:
    """Services in this process get their readers quickly. Those that run in processes of their own start them anew."""
    with Nursery() as nursery, pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "Reader", partial(ForkedReader, nursery))
        yield


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at a Monday morning in November 2025."""
    return Clock()


def settings_for(database: Database, folder: Path, **more: Any) -> Settings:
    """What the service under test is told."""
    given: dict[str, Any] = {"wake_seconds": 3600, "requests_a_minute": 0, **more}
    return Settings(database_url=database.service_dsn, data_dir=folder, **given)


_idle: dict[tuple[Any, ...], list[Litestar]] = {}


@contextmanager
def application(settings: Settings, clock: Callable[[], datetime]) -> Iterator[Litestar]:
    """The application, not yet running: made anew where none is left over from an earlier test, since that takes long."""
    kept = (settings.upload_bytes, settings.evidence_bytes, settings.base_url, settings.govuk_identity)
    waiting = _idle.setdefault(kept, [])
    if waiting:
        app = waiting.pop()
        tell(app, settings, clock)
    else:
        app = create_app(settings, clock=clock)
    yield app
    waiting.append(app)


@asynccontextmanager
async def prepared(
    database: Database, clock: Clock, folder: Path, *, is_due: bool = False, **settings: Any
) -> AsyncIterator[tuple[Litestar, dict[str, str], Gate]]:
    """The application, not yet running, with nothing but the plan, the register of recipients and people with tokens; and,
    if told so, an award whose return is due.

    The clock stands, so that a person's minute never ends: there is no limit on requests, unless `settings` say so.
    """
    what, filling = (
        ("due", partial(_make_due, database, clock, folder)) if is_due else ("people", partial(_fill, database, clock))
    )
    tokens = await database.server.fill(database, f"{what}_{clock.now:%Y%m%dt%H%M}", filling)
    async with opened(database) as gate:
        gate.clock = clock
        with application(settings_for(database, folder, **settings), clock) as app:
            yield app, tokens, gate


async def _fill(database: Database, clock: Clock) -> dict[str, str]:
    async with opened(database) as gate:
        gate.clock = clock
        await load(gate)
        async with gate.deed(OPERATOR) as tx:
            await load_recipients(tx)
        return await people(gate)


async def _make_due(database: Database, clock: Clock, folder: Path) -> dict[str, str]:
    async with running(database, clock, folder / "before") as service:
        await service.award()
        await service.open_round()
        return service.tokens


@asynccontextmanager
async def running(database: Database, clock: Clock, folder: Path, **settings: Any) -> AsyncIterator[Service]:
    """The service, ready."""
    async with (
        prepared(database, clock, folder, **settings) as (app, tokens, gate),
        AsyncTestClient(app, base_url=ADDRESS) as client,
    ):
        await first_look(app)
        yield Service(client, tokens, gate, clock)


async def first_look(app: Litestar) -> None:
    """Waits until the service has looked for rounds that must open: those that a test plans next, it would open before the test does."""
    async with asyncio.timeout(60):
        while not any(one.name.startswith("open rounds") and one.ended_at for one in app.state.diary.pages):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


@pytest.fixture
async def service(fresh_database: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Service]:
    """The service, ready, for one test."""
    async with running(fresh_database, clock, tmp_path) as ready:
        yield ready


@pytest.fixture
async def due(fresh_database: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Service]:
    """The service with a return that is due. A test asks for it or for `service`, not for both."""
    async with running(fresh_database, clock, tmp_path, is_due=True) as ready:
        yield ready
