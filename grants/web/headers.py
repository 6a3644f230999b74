"""What every answer tells browsers to refuse, and the names that the service answers to; both stand before the router."""

from typing import Any, Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import Message, Receive, Scope, Send

from grants.pages.browser import LOOPBACK, Site, host_of
from grants.web.pages.error_pages import foreign_host_page, takes_pages

_API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_PERMISSIONS: Final = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")
)  # fmt: skip
_ALWAYS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", _PERMISSIONS.encode()),
)
_YEAR_SECONDS: Final = 31_536_000
_ALSO_BY_LOOPBACK: Final = ("/health/", "/metrics")
_UNKNOWN_HOST: Final = {
    "type": "about:blank",
    "title": "Bad Request",
    "status": 400,
    "detail": "This service has another name. Use the address that you were given.",
    "code": "unknown_host",
}


class Guarded:
    """Adds the headers to every answer, whoever gave it, and refuses a request for another host's name.

    An answer that set one of these headers itself keeps its own: an asset says for how long it may be kept.
    """

    def __init__(self, app: Any, site: Site) -> None:
        self.app = app
        self._site = site
        strict = ((b"strict-transport-security", f"max-age={_YEAR_SECONDS}".encode()),)
        self._api = self._headers(_API_POLICY, "no-referrer", strict if site.secure else ())
        # With no-referrer a browser would send `Origin: null` with our own forms.
        self._page = self._headers(PAGE_POLICY, "same-origin", strict if site.secure else ())

    @staticmethod
    def _headers(policy: str, referrer: str, more: tuple[tuple[bytes, bytes], ...]) -> tuple[tuple[bytes, bytes], ...]:
        own = (
            (b"content-security-policy", policy.encode()),
            (b"referrer-policy", referrer.encode()),
            (b"cache-control", b"no-store"),
        )
        return (*_ALWAYS, *own, *more)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on where it is meant for this service."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        added = self._api if path.startswith(("/api/", "/health/", "/metrics")) else self._page

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", []))
                there = {name.lower() for name, _ in given}
                message["headers"] = [*given, *(header for header in added if header[0] not in there)]
            await send(message)

        if self._knows(path, scope["headers"]):
            await self.app(scope, receive, send_guarded)
        else:
            await _refuse(scope, send_guarded)

    def _knows(self, path: str, headers: Any) -> bool:
        named = [value for name, value in headers if name == b"host"]
        if len(named) != 1:
            return False
        host = host_of(named[0].decode("latin-1"))
        return host in self._site.hosts or (host in LOOPBACK and path.startswith(_ALSO_BY_LOOPBACK))


async def _refuse(scope: Scope, send: Send) -> None:
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1")
    number, state = scope.get("state", {}).get("request_id", ""), scope["litestar_app"].state
    if takes_pages(scope["path"], accepted):
        kind, body = b"text/html; charset=utf-8", foreign_host_page(state.pages, number).encode()
    else:
        kind, body = b"application/problem+json", msgspec.json.encode({**_UNKNOWN_HOST, "request_id": number})
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
