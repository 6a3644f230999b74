"""Requests that other sites have a browser make: refused by their headers before a body is read, and by their form's token."""

from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.types import ASGIApp, Receive, Scope, Send

from grants.domain.errors import NotAllowed
from grants.web.browser import FORM, FORM_FIELD, SESSION, Site, host_of

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_TYPE: Final = "application/x-www-form-urlencoded"
_FIELDS_MAX: Final = 50
_ELSEWHERE: Final = "This form was not sent by a page of this service, or the page was too old. Go back, load the page again, and try again."


class SameOrigin:
    """Lets a page's unsafe request through only where its headers say that a page of ours made it.

    Sec-Fetch-Site cannot be forged by a page; browsers too old for it, or on plain http, send Origin. One of them must be
    there, and whichever is there must say that it is our own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises NotAllowed."""
        if scope.get("method") not in SAFE:
            _require_own_page(ASGIConnection(scope, receive=receive, send=send))
        await self.app(scope, receive, send)


def _require_own_page(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    site: Site = connection.app.state.site
    fetched, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    own = f"{urlsplit(site.address).scheme}://{connection.headers.get('host', '')}"
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (
        (fetched is None and origin is None)
        or fetched not in (None, "same-origin")
        or origin not in (None, own)
        or host_of(connection.headers.get("host", "")) not in site.hosts
        or kind not in ("", FORM_TYPE)
    ):
        raise NotAllowed("other_site", _ELSEWHERE)


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields of a form, each once; raises NotAllowed for one that says too much."""
    try:
        text = (await request.body()).decode("utf-8")
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_FIELDS_MAX, encoding="utf-8", errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise NotAllowed("other_site", _ELSEWHERE) from None
    return {name: values[0] for name, values in fields.items() if len(values) == 1}


async def own_form(request: Request[Any, Any, Any]) -> None:
    """Before each unsafe request to a page: its form must hold the token of this browser's cookie. Raises NotAllowed."""
    if request.method in SAFE:
        return
    site: Site = request.app.state.site
    token = (await form_of(request)).get(FORM_FIELD, "")
    if not site.is_form_token(token, form_secret(request)):
        raise NotAllowed("other_site", _ELSEWHERE)


def form_secret(request: Request[Any, Any, Any]) -> str:
    """What this browser's forms are bound to: its session, or before that a random cookie of its own."""
    site: Site = request.app.state.site
    if request.scope.get("auth") is not None:
        return site.cookie_in(request, SESSION)
    kept = request.scope["state"].get(FORM)
    return cast(str, kept) if kept else site.cookie_in(request, FORM)
