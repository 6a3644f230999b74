"""How a page is made: its template, its words for roles, the cookie and the token of its forms."""

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

from jinja2 import Environment
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.exceptions import NotAuthorizedException
from litestar.response import Redirect
from litestar.response.base import ASGIResponse

from grants.actions.people_views import me
from grants.actions.sign_in import Visitor
from grants.domain.access import Actor
from grants.pages.assets import accepts_gzip
from grants.pages.browser import FORM, FORM_FIELD, SESSION, Site, browser_words, new_form_secret
from grants.pages.navigation import navigation
from grants.pages.same_origin import form_secret
from grants.store.signing_in import Holder
from grants.store.transaction import Gate

Asked = Request[Any, Any, Any]
DONE: Final = "done"
ANSWER: Final = "answer"
"""What the address of an answer to a form names it by."""
PASSING: Final = frozenset({DONE, ANSWER})
"""What an address says of one moment, and what no link goes on with."""
_PACKED_FROM_BYTES: Final = 1_500
_PACKING: Final = 5
"""A level that costs half a millisecond for a page."""
_FORM_COOKIE_SECONDS: Final = 86_400
_DONE_COOKIE: Final = "tallystick-done"
_DONE_SECONDS: Final = 300


def page(
    request: Asked,
    template: str,
    title: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    told: Mapping[str, str] | None = None,
    crumbs: Sequence[tuple[str, str]] = (),
    renewed: str | None = None,
    **values: object,
) -> Response[str]:
    """A page. `errors` says by field what to do about it: they head the page, and stand beside their fields.

    `told` are the words for what may have been done just before: the address says which (`?done=`), see go().
    `crumbs` are the names and addresses of the pages above this one. `renewed` is the cookie of a session that has taken
    the place of the one that the request came with.
    """
    secret, is_new = (renewed, False) if renewed else _form_secret(request)
    site = site_of(request)
    actor: Actor | None = request.scope.get("user")
    done = _done_before(request)
    pages: Environment = request.app.state.pages
    body = pages.get_template(f"{template}.html").render(
        title=title,
        errors={place: _alone(message) for place, message in (errors or {}).items()},
        banner=(told or {}).get(done) if not errors else None,
        crumbs=crumbs,
        site=site,
        navigation=navigation(actor, request.url.path),
        form_field=FORM_FIELD,
        form_token=site.form_token(secret, actor.id if actor else None),
        actor=actor,
        has_session=request.scope.get("auth") is not None,
        **values,
    )
    cookies = [site.cookie(FORM, secret, _FORM_COOKIE_SECONDS)] if is_new else []
    if renewed:
        cookies.append(site.session_cookie(renewed))
    # A script that sent a form reads the page first, and then goes there.
    if done and request.headers.get("sec-fetch-mode", "navigate") == "navigate":
        cookies.append(site.cookie(_DONE_COOKIE, "", 0))
    return _packed(request, body, status, cookies)


def _alone(message: str) -> str:
    """A message as it stands in a list or beside a field: where it is one sentence, without the full stop that a text has."""
    return message.removesuffix(".") if ". " not in message else message


def _packed(request: Asked, body: str, status: int, cookies: list[Cookie]) -> Response[Any]:
    """The page as it is sent: compressed for who takes that, which makes a fifth of a long table."""
    content, headers = body.encode(), {"Vary": "Accept-Encoding"}
    if len(content) >= _PACKED_FROM_BYTES and accepts_gzip(request.headers.get("accept-encoding", "")):
        content = gzip.compress(content, _PACKING, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, status_code=status, media_type=MediaType.HTML, headers=headers, cookies=cookies)


def _form_secret(request: Asked) -> tuple[str, bool]:
    found = form_secret(request)
    if found:
        return found, bool(request.scope["state"].get(FORM))
    made = new_form_secret()
    request.scope["state"][FORM] = made
    return made, True


def go(path: str, done: str | None = None) -> Redirect:
    """Sends a browser on to a page with a GET. `done` names what was done: that page says it, once and in its own words."""
    return Redirect(path, status_code=303) if done is None else _Done(path, done)


class _Done(Redirect):
    """An address that says what was done could be anybody's: the browser brings with it that it was."""

    def __init__(self, path: str, done: str) -> None:
        super().__init__(f"{path}{'&' if '?' in path else '?'}{DONE}={done}", status_code=303)
        self._mark = _mark(unquote(path.partition("?")[0]), done)

    def to_asgi_response(self, app: Any, request: Asked, **more: Any) -> ASGIResponse:
        """With the cookie that has the page say it."""
        self.set_cookie(site_of(request).cookie(_DONE_COOKIE, self._mark, _DONE_SECONDS))
        return super().to_asgi_response(app, request, **more)


def _mark(path: str, done: str) -> str:
    return hashlib.sha256(f"{path} {done}".encode()).hexdigest()[:32]


def _done_before(request: Asked) -> str:
    """What was done just before this browser was sent here; empty where only the address says so."""
    done = request.query_params.get(DONE, "")
    brought = site_of(request).cookie_in(request, _DONE_COOKIE)
    return done if done and brought == _mark(request.url.path, done) else ""


def let_in(request: Asked, cookie: str, path: str, done: str | None = None) -> Redirect:
    """Gives a browser its new session, and sends it on; `done` as in go()."""
    answer = go(path, done)
    answer.set_cookie(site_of(request).session_cookie(cookie))
    return answer


def site_of(request: Asked) -> Site:
    """The service as browsers know it."""
    site: Site = request.app.state.site
    return site


def visitor_of(request: Asked) -> Visitor:
    """From where a request comes."""
    site = site_of(request)
    return Visitor(
        network=site.network(request),
        browser=browser_words(request.headers.get("user-agent", "")),
        replacing=site.cookie_in(request, SESSION),
        request_id=request.scope["state"].get("request_id", ""),
    )


def held_by(request: Asked) -> Holder:
    """The session that a request came with, whole or not. Raises NotAuthorizedException without one."""
    found: Holder | None = request.scope.get("auth")
    if found is None:
        raise NotAuthorizedException
    return found


async def roles_in_words(gate: Gate, actor: Actor) -> list[str]:
    """What somebody is here, as people say it."""
    if not actor.grants:
        return []
    async with gate.reading(actor) as view:
        return [role.words for role in (await me(view)).roles]
