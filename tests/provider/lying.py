"""The service before providers that lie: the fixtures, and a browser's way to a provider and back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.database import Database
from tests.provider.browser import Browser
from tests.provider.liar import CLIENT_ID, ISSUER, Liar, claims, signed
from tests.provider.signing import House, house

OTHER_ISSUER = "https://login.other.example"
FLOW, SESSION = "__Host-tallystick-provider", "__Host-tallystick"


def agreed(name: str, issuer: str, **changed: Any) -> dict[str, Any]:
    """What an administrator writes down of a provider."""
    return {
        "id": name,
        "title": f"{name.title()} Council",
        "issuer": issuer,
        "client_id": CLIENT_ID,
        "client_secret": "secret-of-ours",
        "email_domains": ["example.org", "oldham.gov.uk"],
        "second_factor": "provider",
        **changed,
    }


class Hands:
    """The clock's hands: real time, moved on by as much as a test says. Liars sign with real time."""

    def __init__(self) -> None:
        self.on = timedelta()

    def __call__(self) -> datetime:
        """What time it is."""
        return datetime.now(UTC) + self.on


@pytest.fixture
def hands() -> Hands:
    """The hands of the service's clock."""
    return Hands()


@pytest.fixture
async def at_home(fresh_database: Database, tmp_path: Path, hands: Hands) -> AsyncIterator[House]:
    """The service with two providers."""
    two = [agreed("liar", ISSUER), agreed("other", OTHER_ISSUER)]
    async with house(fresh_database, tmp_path, two, clock=hands) as found:
        yield found


@pytest.fixture
def liar(at_home: House) -> Liar:
    """The first provider, honest until a test has it lie."""
    found = Liar(token=lambda nonce: signed(claims(nonce, amr=["mfa"])))
    at_home.believe("liar", found)
    return found


async def sent(browser: Browser, liar: Liar, provider: str = "liar", onward: str = "") -> dict[str, str]:
    """Begins to sign in: what the browser is sent to the provider with."""
    answer = await browser.get(f"/sign-in/with/{provider}{onward}")
    assert answer.status_code == 303, answer.text
    return liar.sent(answer.headers["location"])


async def back(browser: Browser, asked: dict[str, str], provider: str = "liar", **more: str) -> httpx.Response:
    """Comes back from the provider."""
    query = {"code": "a-code", "state": asked["state"]} | more
    return await browser.get(f"/sign-in/with/{provider}/callback?{urlencode(query)}")


async def signed_in(browser: Browser, liar: Liar) -> httpx.Response:
    """Signs in, from beginning to end."""
    return await back(browser, await sent(browser, liar))


def is_in(browser: Browser) -> bool:
    """Whether the browser was given a session."""
    return SESSION in browser.cookies
