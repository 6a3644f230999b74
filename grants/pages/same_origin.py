"""Requests that other sites have a browser make: refused by their headers before a body is read, and by their form's token."""

from typing import Any, Final, cast
from urllib.parse import urlsplit

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.response import Redirect
from litestar.types import ASGIApp, Receive, Scope, Send

from grants.domain.errors import NotAllowed
from grants.pages.browser import FORM, FORM_FIELD, SESSION, Site, host_of
from grants.pages.forms import FILES_TYPE, FORM_TYPE, OTHER_SITE, sent

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


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
        or kind not in ("", FORM_TYPE, FILES_TYPE)
    ):
        raise NotAllowed("other_site", OTHER_SITE)


async def own_form(request: Request[Any, Any, Any]) -> Redirect | None:
    """Before each unsafe request to a page: its form must hold the token of this browser's cookie. Raises NotAllowed.

    Whoever signs out, or in, by a page of a session that has ended is led to the first page: nothing is left to be done.
    """
    if request.method in SAFE:
        return None
    site: Site = request.app.state.site
    token = (await sent(request)).one(FORM_FIELD)
    if site.is_form_token(token, form_secret(request)):
        return None
    if request.scope.get("auth") is None and site.is_form_token(token, site.cookie_in(request, SESSION)):
        return Redirect("/", status_code=303)
    raise NotAllowed("other_site", OTHER_SITE)


def form_secret(request: Request[Any, Any, Any]) -> str:
    """What this browser's forms are bound to: its session, or before that a random cookie of its own."""
    site: Site = request.app.state.site
    if request.scope.get("auth") is not None:
        return site.cookie_in(request, SESSION)
    kept = request.scope["state"].get(FORM)
    return cast(str, kept) if kept else site.cookie_in(request, FORM)
