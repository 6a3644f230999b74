"""Who asks, and whether they may: bearer tokens at the API, sessions at pages, and a guard that denies every route which names no deed."""

from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from grants.actions import sessions
from grants.actions.tokens import digest
from grants.domain.access import Actor, Deed, roles_for
from grants.domain.errors import NotAllowed
from grants.domain.sign_in import is_complete
from grants.store.people import actor_by_token
from grants.store.signing_in import Holder
from grants.web.browser import SESSION, Site

_BEARER: Final = "bearer "


class BearerTokens(AbstractAuthenticationMiddleware):
    """Finds out who asks. A request without a token goes on as nobody; one with a token that is none is refused."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Raises NotAuthorizedException for a token that is unknown, ended or revoked."""
        header = connection.headers.get("authorization", "")
        if not header:
            return AuthenticationResult(user=None, auth=None)
        if not header.lower().startswith(_BEARER):
            raise NotAuthorizedException
        gate, tries, site = connection.app.state.gate, connection.app.state.bad_tokens, connection.app.state.site
        token, place, now = digest(header[len(_BEARER) :].strip()), site.network(connection), gate.clock()
        tries.check(place, token, now)
        async with gate.glance() as db:
            found = await actor_by_token(db, token, now, connection.scope["state"].get("request_id", ""))
        if found is None:
            tries.was_bad(place, token, now)
            raise NotAuthorizedException
        tries.was_good(token)
        return AuthenticationResult(user=found.actor, auth=found)


class BrowserSessions(AbstractAuthenticationMiddleware):
    """Finds out who asks for a page, by the session's cookie alone; no page takes a token, and the API takes no cookie.

    Whoever has still to show a second factor is nobody to every deed; `auth` says whose session it is.
    """

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """A cookie that opens nothing is as none: its person is asked to sign in."""
        site: Site = connection.app.state.site
        secret = site.cookie_in(connection, SESSION)
        if not secret:
            return AuthenticationResult(user=None, auth=None)
        request_id = connection.scope["state"].get("request_id", "")
        found = await sessions.holder(connection.app.state.gate, secret, site.lifetimes, request_id)
        if found is not None and found.signed_in_by == "example" and not site.lets_examples_in(connection):
            found = None
        return AuthenticationResult(user=found.actor if found and is_whole(found) else None, auth=found)


def is_whole(holder: Holder) -> bool:
    """Whether a session has shown all that its person must show."""
    return is_complete(holder.actor, holder.signed_in_by, holder.factors, has_second_factor=holder.has_second_factor)


async def named_deed(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets a request through only where its route names a deed and the actor has a role for it somewhere.

    What the deed is about is checked again, with its scope, by the action itself.
    """
    deed = handler.opt.get("deed")
    if deed in (Deed.ANYONE, Deed.SIGN_IN) or getattr(handler, "http_methods", None) == {
        "OPTIONS"
    }:  # which methods, and nothing else
        return
    actor: Actor | None = connection.scope.get("user")
    if actor is None:
        raise NotAuthorizedException
    if not isinstance(deed, Deed) or not roles_for(actor, deed):
        raise NotAllowed("not_allowed", "Your role does not let you do this. Ask your administrator if it should.")
