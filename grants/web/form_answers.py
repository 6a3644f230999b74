"""What a form is answered has an address of its own: going back, forward and reloading show it again, and nothing is sent twice.

A browser that is shown the answer to a POST asks whether to send the form again when its person comes back. So a page that
answers a form is kept for a while, and the browser is sent on to it with a GET: to the page that the form was on, with the
answer's name. What sends no Sec-Fetch-Mode (W3C Fetch Metadata) is a program, or a browser of before 2023, and is answered at once.
"""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog
from litestar import Request
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from grants.actions import form_answers
from grants.actions.form_answers import Answer
from grants.pages.browser import SESSION, Site, own_path
from grants.pages.layout import ANSWER, PASSING
from grants.pages.same_origin import form_secret
from grants.web.limits import window_of

_KEPT_BYTES: Final = 1_000_000
"""A longer page is shown at once, as if this were not here."""
_TELLING: Final = (b"content-type", b"content-encoding", b"vary")
STRANGERS_A_MINUTE: Final = 60
"""Answers to those who have not signed in that a process keeps of one form: with more, somebody is filling the database."""
_log = structlog.get_logger("tallystick.http")


class FormAnswers:
    """Middleware behind whatever finds out who asks."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._strangers = Strangers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or gives the answer that its address names."""
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        if request.method == "POST" and "sec-fetch-mode" in request.headers:
            await self.app(scope, receive, _Holding(request, send, self._strangers))
        elif not await shown_again(request, send):
            await self.app(scope, receive, send)


async def shown_again(request: Request[Any, Any, Any], send: Send) -> bool:
    """Gives the answer that an address names, if it was given to whoever asks, in this browser."""
    name = request.query_params.get(ANSWER, "") if ANSWER.encode() in request.scope["query_string"] else ""
    secret = form_secret(request) if name and request.method == "GET" else ""
    if not secret:
        return False
    held = request.scope.get("auth")
    kept = await form_answers.find(request.app.state.gate, held.actor if held else None, secret, name)
    if kept is not None:
        await _give(send, kept.status, kept.headers, kept.body)
    return kept is not None


class Strangers:
    """Counts, minute by minute, what is kept for those who have not signed in."""

    def __init__(self) -> None:
        self._minute = datetime.min.replace(tzinfo=UTC)
        self._kept = 0

    def may_keep(self, now: datetime) -> bool:
        """Whether one more is kept now."""
        if self._minute != window_of(now):
            self._minute, self._kept = window_of(now), 0
        self._kept += 1
        return self._kept <= STRANGERS_A_MINUTE


class _Holding:
    """Holds a page back until it is whole; then it is kept, and the browser sent on to it."""

    def __init__(self, request: Request[Any, Any, Any], send: Send, strangers: Strangers) -> None:
        self._request = request
        self._strangers = strangers
        self._send = send
        self._start: Any = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif message["type"] != "http.response.body" or self._start is None:
            await self._send(message)
        else:
            self._body += message["body"]
            if not message["more_body"]:
                await self._answer()

    async def _answer(self) -> None:
        headers = [(name.lower(), value) for name, value in self._start["headers"]]
        address = await self._kept_at(headers)
        if address is None:
            await _give(self._send, self._start["status"], headers, self._body)
            return
        cookies = [header for header in headers if header[0] == b"set-cookie"]
        await _give(self._send, 303, [*cookies, (b"location", address.encode())], b"")

    async def _kept_at(self, headers: list[tuple[bytes, bytes]]) -> str | None:
        page, secret = _page_of(self._request), self._secret(headers)
        if page is None or not secret or len(self._body) > _KEPT_BYTES:
            return None
        held, gate = self._request.scope.get("auth"), self._request.app.state.gate
        if held is None and not self._strangers.may_keep(gate.clock()):
            return None
        said = Answer(self._start["status"], [header for header in headers if header[0] in _TELLING], self._body)
        try:
            name = await form_answers.keep(gate, held.actor if held else None, secret, said)
        except Exception as error:  # noqa: BLE001  whatever it is, the answer itself is there
            _log.warning("form_answer_not_kept", error=type(error).__name__)
            return None
        path, query = page
        return f"{path}?{urlencode([*query, (ANSWER, str(name))])}"

    def _secret(self, headers: list[tuple[bytes, bytes]]) -> str:
        """What the browser will bring: the session that this answer begins, if it begins one."""
        site: Site = self._request.app.state.site
        begun = f"{site.cookie_name(SESSION)}=".encode()
        given = [value for name, value in headers if name == b"set-cookie" and value.startswith(begun)]
        return given[0][len(begun) :].partition(b";")[0].decode() if given else form_secret(self._request)


def _is_page(message: Any) -> bool:
    """Whether going back to it must not ask anything. After an outage, and too many requests, to send the form again is what is wanted."""
    status, headers = message["status"], dict(message["headers"])
    is_answer = status in (200, 500) or (400 <= status < 500 and status != 429)
    return is_answer and bool(headers.get(b"content-type", b"").startswith(b"text/html"))


def _page_of(request: Request[Any, Any, Any]) -> tuple[str, list[tuple[str, str]]] | None:
    """The page that the form was on, without what it said of a moment; None where the browser does not say."""
    try:
        said = urlsplit(request.headers.get("referer", ""))
        query = parse_qsl(said.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:  # no address at all
        return None
    path = own_path(said.path, "")
    return (path, [(name, value) for name, value in query if name not in PASSING]) if path else None


async def _give(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    there = [header for header in headers if header[0] != b"content-length"]
    await send({"type": "http.response.start", "status": status, "headers": [*there, length]})
    await send({"type": "http.response.body", "body": body, "more_body": False})
