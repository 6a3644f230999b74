"""Who asks, and whether they may: bearer tokens at the API, sessions at pages, and no route to anywhere that names no deed."""

from typing import Any, Final

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from grants.actions import sessions
from grants.actions.tokens import digest
from grants.domain.access import Deed, roles_for
from grants.domain.errors import NotAllowed
from grants.domain.sign_in import is_complete
from grants.pages.browser import SESSION, Site
from grants.store.signing_in import Holder
from grants.store.token_holders import SignedIn, TokenHolders
from grants.web.limits import BadTokens

_BEARER: Final = "bearer "
_OPEN: Final = frozenset({Deed.ANYONE, Deed.SIGN_IN})


class BearerTokens:
    """Middleware that finds out who asks. A request without a token goes on as nobody; one with a token that is none is
    refused. It reads the one header by itself: the framework would take apart all of them, at each request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on. Raises NotAuthorizedException for a token that is unknown, ended or revoked."""
        found = None if scope.get("method") == "OPTIONS" else await self._find(scope)
        scope["user"], scope["auth"] = (None, None) if found is None else (found.actor, found)
        await self.app(scope, receive, send)

    async def _find(self, scope: Scope) -> SignedIn | None:
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"").decode("latin-1")
        if not header:
            return None
        if not header.lower().startswith(_BEARER):
            raise NotAuthorizedException
        state = scope["litestar_app"].state
        tries: BadTokens = state.bad_tokens
        holders: TokenHolders = state.token_holders
        token, now = digest(header[len(_BEARER) :].strip()), state.gate.clock()
        place = state.site.network(ASGIConnection(scope))
        tries.check(place, token, now)
        found = await holders.find(token, now, scope["state"].get("request_id", ""))
        if found is None:
            tries.was_bad(place, token, now)
            raise NotAuthorizedException
        tries.was_good(token)
        return found


class BrowserSessions(AbstractAuthenticationMiddleware):
    """Finds out who asks for a page, by the session's cookie alone; no page takes a token, and the API takes no cookie.

    Whoever has still to show a second factor is nobody to every deed; `auth` says whose session it is.
    """

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """As who_asks."""
        return await who_asks(connection)


async def who_asks(connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
    """Whose session a request to a page brings. A cookie that opens nothing is as none: its person is asked to sign in."""
    site: Site = connection.app.state.site
    secret = site.cookie_in(connection, SESSION)
    if not secret:
        return AuthenticationResult(user=None, auth=None)
    request_id = connection.scope["state"].get("request_id", "")
    found = await sessions.holder(
        connection.app.state.gate, secret, site.lifetimes, request_id, is_use=not _asks_by_itself(connection)
    )
    if found is not None and found.signed_in_by == "example" and not site.lets_examples_in(connection):
        found = None
    return AuthenticationResult(user=found.actor if found and is_whole(found) else None, auth=found)


def _asks_by_itself(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether a page's script reads how something goes on, and nobody did anything. Browsers say it (W3C Fetch Metadata)."""
    return connection.scope.get("method") == "GET" and connection.headers.get("sec-fetch-dest") == "empty"


def is_whole(holder: Holder) -> bool:
    """Whether a session has shown all that its person must show."""
    return is_complete(holder.actor, holder.signed_in_by, holder.factors, has_second_factor=holder.has_second_factor)


class NamedDeeds:
    """Middleware behind whatever finds out who asks: lets a request through only where its route names a deed and the actor
    has a role for it somewhere. What the deed is about is checked again, with its scope, by the action itself.

    It is no guard of the framework's, which copies a route's handler at each request for them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on. Raises NotAuthorizedException where nobody asks, NotAllowed."""
        handler = scope["route_handler"]
        if not is_open(handler):
            deed, actor = handler.opt.get("deed"), scope.get("user")
            if actor is None:
                raise NotAuthorizedException
            if not isinstance(deed, Deed) or not roles_for(actor, deed):
                raise NotAllowed(
                    "not_allowed", "Your role does not let you do this. Ask your administrator if it should."
                )
        await self.app(scope, receive, send)


def is_open(handler: BaseRouteHandler) -> bool:
    """Whether anybody may ask: the route says so, or only tells which methods there are."""
    return handler.opt.get("deed") in _OPEN or getattr(handler, "http_methods", None) == {"OPTIONS"}


def require_named_deeds(app: Litestar) -> None:
    """Raises ValueError where an application has a route that is not open, and that nothing guards."""
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else [None]:
            if handler is None or not (is_open(handler) or NamedDeeds in handler.resolve_middleware()):
                raise ValueError(f"{route.path} is guarded by nothing")
