"""A browser as the service meets one: it keeps cookies, sends back the forms that it was given, and says where a request is from."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any
from uuid import UUID

import httpx
from pyotp import TOTP

from grants.actions.invitations import invite
from grants.actions.people import OPERATOR
from grants.store.people import person_by_email
from tests.service import ADDRESS, Service

PASSWORD = "otter lamp velocity 17"
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Browser:
    """One browser; `page` is what it shows."""

    client: Any
    cookies: dict[str, str] = field(default_factory=dict)
    page: httpx.Response | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"User-Agent": USER_AGENT})

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, with the cookies that it has; redirects are not followed."""
        headers = {**self.headers, **more.pop("headers", {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.client.cookies.clear()
        answer: httpx.Response = await self.client.request(
            method, path, headers=headers, follow_redirects=False, **more
        )
        self.client.cookies.clear()
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        self.page = answer
        return answer

    async def get(self, path: str, status: int = 200) -> str:
        """A page's text."""
        answer = await self.send("GET", path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def follow(self) -> str:
        """The page that a redirect leads to in the end."""
        for _ in range(5):
            assert self.page is not None
            if self.page.status_code != 303:
                break
            await self.send("GET", self.page.headers["location"])
        assert self.page is not None
        assert self.page.status_code == 200, self.page.text
        return self.page.text

    def token(self) -> str:
        """The token in the forms of the page."""
        assert self.page is not None
        found = re.search(r'name="form_token" value="([0-9a-f]{128})"', self.page.text)
        assert found, self.page.text
        return found[1]

    async def post(self, path: str, fields: dict[str, str] | None = None, status: int | None = 303, **more: Any) -> str:
        """Sends a form of the page that it shows, as a browser does."""
        headers = {"Origin": ADDRESS, "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        data = {"form_token": more.pop("token", None) or self.token(), **(fields or {})}
        answer = await self.send("POST", path, data=data, headers=headers, **more)
        assert status is None or answer.status_code == status, (answer.status_code, answer.text)
        return unescape(answer.text)

    async def sign_in(self, who: str, password: str = PASSWORD, status: int | None = 303, onward: str = "/") -> str:
        """Fills in the form."""
        await self.get("/sign-in")
        return await self.post(
            "/sign-in", {"email": f"{who}@example.org", "password": password, "next": onward}, status
        )

    async def set_up(self, now: datetime) -> tuple[str, list[str]]:
        """Sets up a second factor; its secret, and the codes to recover with."""
        await self.get("/second-factor/set-up")
        await self.post("/second-factor/begin")
        secret = secret_in(await self.follow())
        page = await self.post("/second-factor/set-up", {"code": TOTP(secret).at(now)}, 200)
        codes = re.findall(r'<li class="app-secret">([a-z0-9-]+)</li>', page)
        assert len(codes) == 10
        return secret, codes


def secret_in(page: str) -> str:
    """The secret of a second factor, as a page shows it for typing."""
    found = re.search(r'<span class="app-secret">([A-Z2-7]{32})</span>', page)
    assert found, page
    return found[1]


async def person(service: Service, who: str) -> UUID:
    """Whose address it is."""
    async with service.gate.deed(OPERATOR) as tx:
        found = await person_by_email(tx.db, f"{who}@example.org")
    assert found is not None
    return found


async def link_for(service: Service, who: str, purpose: str = "join") -> str:
    """The path of a link that the operator makes."""
    someone = await person(service, who)
    async with service.gate.deed(OPERATOR) as tx:
        link = await invite(tx, someone, purpose, ADDRESS)
    return link.removeprefix(ADDRESS)


async def joined(service: Service, who: str, password: str = PASSWORD) -> Browser:
    """Somebody who was invited and has set a password; their browser."""
    browser = Browser(service.client)
    path = await link_for(service, who)
    await browser.get(path)
    await browser.post(path, {"password": password}, 200)
    return browser


async def at_work(service: Service, who: str) -> tuple[Browser, str, list[str]]:
    """Somebody who has signed in with both factors; their secret and their codes."""
    browser = await joined(service, who)
    await browser.sign_in(who)
    secret, codes = await browser.set_up(service.clock.now)
    return browser, secret, codes


def asked_from(client: str, app: Any, address: str = ADDRESS) -> httpx.AsyncClient:
    """The application, asked from a network address."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=(client, 50_000)), base_url=address)
