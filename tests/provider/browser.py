"""A browser for tests: it keeps cookies, follows what it is sent to, and fills in the forms that it finds."""

import re
from html import unescape
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx

from tests.patience import SECONDS

_FORM = re.compile(r"<form[^>]*\baction=\"([^\"]*)\"[^>]*>(.*?)</form>", re.DOTALL)
_HIDDEN = re.compile(r"<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\"")


class Browser:
    """One browser. The service is at `address`, in this process; everything else is asked over the network."""

    def __init__(self, app: Any, address: str) -> None:
        parts = urlsplit(address)
        self.address = address
        self._http = httpx.AsyncClient(
            mounts={f"{parts.scheme}://{parts.netloc}": httpx.ASGITransport(app, raise_app_exceptions=False)},
            trust_env=False,
            timeout=SECONDS,
        )
        self.cookies = self._http.cookies

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def get(self, address: str, **more: Any) -> httpx.Response:
        """One request, whose redirect is not followed."""
        return await self._http.get(urljoin(self.address, address), **more)

    async def visit(self, address: str, until: str = "\0") -> httpx.Response:
        """Follows redirects to a page; stops before an address that holds `until`, with the redirect to it."""
        answer = await self.get(address)
        for _ in range(10):
            if not answer.is_redirect or until in answer.headers["location"]:
                return answer
            answer = await self._http.get(urljoin(str(answer.url), answer.headers["location"]))
        raise AssertionError("redirected without end")

    async def submit(self, page: httpx.Response, until: str = "\0", **fields: str) -> httpx.Response:
        """Fills in a page's first form and sends it, then goes on as `visit` does."""
        found = _FORM.search(page.text)
        assert found, page.text
        hidden = {name: unescape(value) for name, value in _HIDDEN.findall(found[2])}
        answer = await self._http.post(urljoin(str(page.url), unescape(found[1])), data={**hidden, **fields})
        if answer.is_redirect and until not in answer.headers["location"]:
            return await self.visit(urljoin(str(answer.url), answer.headers["location"]), until)
        return answer
