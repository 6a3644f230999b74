"""The corpus through the real door: each file is answered in time, the service neither ends nor grows, and what it gives back is inert."""

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.database import Database
from tests.importers.hostile.corpus import TAKEN, Hostile, hostile
from tests.importers.hostile.damaged import LIES, broken, good
from tests.importers.hostile.household import household, resident_mb, server_at
from tests.importers.hostile.inspecting import EVIL, live_in
from tests.importers.hostile.large import LARGE
from tests.importers.hostile.living import PARTLY, WHOLLY
from tests.server import serving
from tests.service import API, Clock, running

SECONDS_EACH = 30
GROWTH_MB = 50
RETURN = "/awards/LI-OLDHAM-01/returns/2025-26-Q2"
LIVING = [hostile(name, "something live", make, TAKEN) for name, make in (PARTLY | WHOLLY).items()]


class Officer:
    """Sends files one after the other, and looks at each answer, its time, and the memory of the service after it."""

    def __init__(self, http: httpx.Client, port: int) -> None:
        self.http = http
        self.slowest = (0.0, "")
        self.most_mb = 0.0
        self.good = [self.send_good() for _ in range(5)][-1]
        self.processes = household(server_at(port))
        assert list(self.processes.values()).count(True) == 1
        self.began_mb = resident_mb(self.processes)

    def send_good(self) -> tuple[str, int]:
        """A good return, and its copy; what became of it."""
        assert self.send(hostile("a good return", "", good)) == TAKEN
        assert self.look_back() == []
        return str(self.latest["state"]), len(self.latest["problems"])

    def send(self, file: Hostile) -> str:
        """Uploads a file; the code of its answer."""
        content = file.make()
        began = time.monotonic()
        answer = self.http.post(RETURN, files={"workbook": (file.filename, content)})
        told = answer.json()
        while answer.status_code == 202 and told["state"] == "checking":
            assert time.monotonic() - began < SECONDS_EACH, file.name
            time.sleep(0.1)
            told = self.http.get(f"/returns/{told['id']}").json()
        self.slowest = max(self.slowest, (time.monotonic() - began, file.name))
        assert answer.status_code in (201, 202, 413, 422), (file.name, answer.text[:500])
        if answer.is_success:
            self.latest, self.sent = told, content
            return TAKEN if answer.status_code == 201 else str(told["problems"][0]["code"])
        assert told["detail"], file.name
        return str(told.get("code") or told["problems"][0]["code"])

    def look_back(self) -> list[str]:
        """What is live in the copy of the file sent last; the file itself comes back as it was sent, and as nothing that is opened at once."""
        own = self.http.get(f"/returns/{self.latest['id']}/workbook")
        assert own.content == self.sent
        assert own.headers["content-disposition"].startswith("attachment;")
        assert own.headers["x-content-type-options"] == "nosniff"
        copy = self.http.get(f"/returns/{self.latest['id']}/annotated")
        return live_in(copy.content) if copy.status_code == 200 else [] if copy.status_code == 422 else [copy.text]

    def send_all(self, files: Iterable[Hostile]) -> None:
        """All of them. Looks at what comes back of those that are taken, and at the memory."""
        for file in files:
            code = self.send(file)
            assert not file.expected or code in file.expected, (file.name, code)
            if code == TAKEN:
                assert self.look_back() == [], file.name
            self.most_mb = max(self.most_mb, resident_mb(self.processes) - self.began_mb)
            assert self.most_mb < GROWTH_MB, file.name


async def _prepared(database: Database, folder: Path) -> str:
    """A database with a return that is due; the token of an officer."""
    async with running(database, Clock(datetime.now(UTC)), folder) as service:
        await service.award()
        await service.open_round()
        return service.tokens["officer"]


@pytest.mark.parametrize("group", ["large", "live, lying and broken"])
async def test_the_corpus(group: str, fresh_database: Database, tmp_path: Path) -> None:
    token = await _prepared(fresh_database, tmp_path)
    files = LARGE if group == "large" else [*LIVING, *LIES, *broken()]
    assert len({file.name for file in files}) == len(files)
    environment: dict[str, Any] = {
        "TALLYSTICK_DATABASE_URL": fresh_database.service_dsn,
        "TALLYSTICK_REQUESTS_A_MINUTE": "0",
        "TALLYSTICK_DATA_DIR": str(tmp_path),
    }

    def sent() -> None:
        headers = {"Authorization": f"Bearer {token}"}
        with (
            serving(tmp_path, **environment) as address,
            httpx.Client(base_url=address + API, headers=headers, timeout=SECONDS_EACH) as http,
        ):
            port = urlsplit(address).port or 0
            officer = Officer(http, port)
            officer.send_all(files)
            assert officer.slowest[0] < SECONDS_EACH, officer.slowest
            assert officer.send_good() == officer.good
            assert household(server_at(port)).keys() == officer.processes.keys()

    await asyncio.to_thread(sent)
    log = (tmp_path / "serve.log").read_text()
    assert "Traceback" not in log
    assert EVIL not in log
