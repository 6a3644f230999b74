"""A form whose session has ended is not thrown away: it is kept, sealed, for the person and the browser that sent it.

So is one that stood open while its person signed in anew beside it: they are shown it, and asked whether it is to be sent.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie
from litestar.handlers.base import BaseRouteHandler
from litestar.response import Redirect
from litestar.types import ASGIApp, Receive, Scope, Send

from grants.actions import kept_forms
from grants.domain.access import Actor, Deed
from grants.domain.errors import NotAllowed
from grants.domain.kept_forms import Kept, KeptFile
from grants.pages.browser import FORM_FIELD, SESSION, Site, own_path
from grants.pages.forms import Sent, sent
from grants.pages.kept_files import KEPT
from grants.pages.layout import go
from grants.pages.same_origin import SAFE, own_form
from grants.web.identity import is_open

PAGE: Final = "/kept-form"
KEPT_COOKIE: Final = "kept_cookie"
"""Where the request's state has the cookie for the answer that asks to sign in again."""
OF_ANY_SESSION: Final = "of_any_session"
"""What a door says that may be asked by a page of an earlier session of the same person."""
_WITH_SECRETS: Final = frozenset({Deed.MANAGE_OWN_ACCESS})
"""Forms in which passwords and codes are typed: nobody has to type much there, and nothing of it is kept."""


class KeepsForms:
    """Middleware behind whatever finds out who asks. It keeps only what a page of ours sent, for who really had a session."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, whether its form was kept or not."""
        if scope.get("method") == "POST" and scope.get("auth") is None and _may_be_kept(scope["route_handler"]):
            await _keep_of_ended(Request(scope, receive, send))
        await self.app(scope, receive, send)


async def own_form_or_kept(request: Request[Any, Any, Any]) -> Redirect | None:
    """As own_form; but a form of the same person's, from a page of an earlier session, is kept, and they are shown it. Raises NotAllowed."""
    if request.method in SAFE:
        return None
    form = await sent(request)
    try:
        return await own_form(request)
    except NotAllowed:
        actor: Actor | None = request.scope.get("user")
        site: Site = request.app.state.site
        if actor is None or not site.was_for(form.one(FORM_FIELD), actor.id):
            raise
        if request.route_handler.opt.get(OF_ANY_SESSION):
            return None
        if not _may_be_kept(request.route_handler):
            raise
        answer = go(PAGE)
        answer.set_cookie(await _keep(request, actor, form))
        return answer


def _may_be_kept(handler: BaseRouteHandler) -> bool:
    return not is_open(handler) and handler.opt.get("deed") not in _WITH_SECRETS


async def _keep_of_ended(request: Request[Any, Any, Any]) -> None:
    site: Site = request.app.state.site
    secret = site.cookie_in(request, SESSION)
    # Asked before a byte of the body is read: a stranger's costs nothing.
    actor = await kept_forms.whose(request.app.state.gate, secret) if secret else None
    if actor is None:
        return
    await request.app.state.budgets.spend(request.app.state.gate, actor)
    form = await sent(request)
    if site.is_form_token(form.one(FORM_FIELD), secret):
        request.scope["state"][KEPT_COOKIE] = await _keep(request, actor, form)


async def _keep(request: Request[Any, Any, Any], actor: Actor, form: Sent) -> Cookie:
    """Keeps the form; gives the cookie that opens it."""
    site: Site = request.app.state.site
    brought = await kept_forms.keep(request.app.state.gate, actor, _kept(request, form))
    return site.cookie(KEPT, brought, int(kept_forms.LASTS.total_seconds()))


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
