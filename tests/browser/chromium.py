"""Chromium as tests use it: where it is, and a person at it, who notices whatever a page does that it should not."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    async_playwright,
    expect,
)

NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1200, "height": 900}
PATIENCE_MS = 30_000
"""A machine that has much else to do is slow, and not wrong."""


def path_of_chromium() -> str | None:
    """Where Chromium is, if anywhere."""
    named = os.environ.get("TALLYSTICK_CHROMIUM", "")
    return next((path for name in (named, *NAMES) if name and (path := shutil.which(name))), None)


REQUIRED = path_of_chromium() or os.environ.get("CI")
"""Without Chromium these tests are left out, and fail where they must run."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A Chromium of these tests' own."""
    # Its sandbox needs an ordinary user; these pages are our own.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    path = path_of_chromium()
    assert path, "There is no Chromium here: `make browser` says how to get one."
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@dataclass
class Person:
    """Somebody at a browser. `faults` are what its pages did and should not: errors, and requests to elsewhere."""

    address: str
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    has_scripts: bool = True

    def watch(self, page: Page) -> Page:
        """Listens to a page. What a test provokes on purpose is named in `expected` first."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(one in message.text for one in self.expected):
            self.faults.append(f"{self.page.url}: console says {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.address + "/", "about:", "blob:")):
            self.faults.append(f"{self.page.url}: asks {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400 and not any(one in str(response.status) for one in self.expected):
            self.faults.append(f"{response.url}: {response.status}")

    async def go(self, path: str, status: int = 200) -> Page:
        """Opens a page of the service."""
        answer = await self.page.goto(path if path.startswith("http") else self.address + path)
        assert answer is not None
        assert answer.status == status, (path, answer.status, await self.page.inner_text("body"))
        return self.page

    async def sign_in(self, name: str) -> Page:
        """As an example person, by the button with the name."""
        await self.go("/sign-in")
        await self.page.get_by_role("button", name=name).first.click()
        await self.page.wait_for_load_state()
        return self.page

    async def new_tab(self) -> Page:
        """Another tab of the same browser."""
        return self.watch(await self.context.new_page())

    @property
    def path(self) -> str:
        """Where the person is."""
        return urlsplit(self.page.url).path


@asynccontextmanager
async def person_at(browser: Browser, address: str, **options: Any) -> AsyncIterator[Person]:
    """A browser with nothing in it, and somebody at it; afterwards its pages must have done nothing wrong.

    `options` are those of a context: java_script_enabled, viewport, …
    """
    context = await browser.new_context(**{"viewport": DESK, **options})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    someone = Person(address, context, await context.new_page(), has_scripts=options.get("java_script_enabled", True))
    someone.watch(someone.page)
    try:
        yield someone
        assert someone.faults == []
    finally:
        await context.close()
