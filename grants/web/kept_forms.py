"""A form whose session has ended is not thrown away: it is kept, sealed, for the person and the browser that sent it."""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send

from grants.actions import kept_forms
from grants.domain.access import Deed
from grants.domain.kept_forms import Kept, KeptFile
from grants.pages.browser import FORM_FIELD, SESSION, Site, own_path
from grants.pages.forms import Sent, sent
from grants.pages.kept_files import KEPT
from grants.web.identity import is_open

PAGE: Final = "/kept-form"
KEPT_COOKIE: Final = "kept_cookie"
"""Where the request's state has the cookie for the answer that asks to sign in again."""
_WITH_SECRETS: Final = frozenset({Deed.MANAGE_OWN_ACCESS})
"""Forms in which passwords and codes are typed: nobody has to type much there, and nothing of it is kept."""


class KeepsForms:
    """Middleware behind whatever finds out who asks. It keeps only what a page of ours sent, for who really had a session."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, whether its form was kept or not."""
        if scope.get("method") == "POST" and scope.get("auth") is None:
            handler = scope["route_handler"]
            if not is_open(handler) and handler.opt.get("deed") not in _WITH_SECRETS:
                await _keep(Request(scope, receive, send))
        await self.app(scope, receive, send)


async def _keep(request: Request[Any, Any, Any]) -> None:
    site: Site = request.app.state.site
    secret = site.cookie_in(request, SESSION)
    # Asked before a byte of the body is read: a stranger's costs nothing.
    person = await kept_forms.whose(request.app.state.gate, secret) if secret else None
    if person is None:
        return
    form = await sent(request)
    if not site.is_form_token(form.one(FORM_FIELD), secret):
        return
    brought = await kept_forms.keep(request.app.state.gate, person, _kept(request, form))
    if brought is not None:
        seconds = int(kept_forms.LASTS.total_seconds())
        request.scope["state"][KEPT_COOKIE] = site.cookie(KEPT, brought, seconds)


def _kept(request: Request[Any, Any, Any], form: Sent) -> Kept:
    return Kept(
        path=request.url.path,
        query=request.scope["query_string"].decode("latin-1"),
        page=_page_of(request.headers.get("referer", "")),
        fields=[(name, value) for name, values in form.fields.items() if name != FORM_FIELD for value in values],
        files=[KeptFile(field, file.filename, file.content) for field, file in form.files.items()],
    )


def _page_of(referer: str) -> str:
    try:
        return own_path(urlsplit(referer).path, "")
    except ValueError:  # no address at all
        return ""
