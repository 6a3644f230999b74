"""Who asks, and whether they may: bearer tokens, and a guard that denies every route which names no deed."""

from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from grants.actions.people import digest
from grants.domain.access import Actor, Deed, roles_for
from grants.domain.errors import NotAllowed
from grants.store.people import actor_by_token

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
        gate = connection.app.state.gate
        async with gate.glance() as db:
            token = digest(header[len(_BEARER) :].strip())
            found = await actor_by_token(db, token, gate.clock(), connection.scope["state"].get("request_id", ""))
        if found is None:
            raise NotAuthorizedException
        return AuthenticationResult(user=found.actor, auth=found)


async def named_deed(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Lets a request through only where its route names a deed and the actor has a role for it somewhere.

    What the deed is about is checked again, with its scope, by the action itself.
    """
    deed = handler.opt.get("deed")
    if deed is Deed.ANYONE or getattr(handler, "http_methods", None) == {"OPTIONS"}:  # which methods, and nothing else
        return
    actor: Actor | None = connection.scope.get("user")
    if actor is None:
        raise NotAuthorizedException
    if not isinstance(deed, Deed) or not roles_for(actor, deed):
        raise NotAllowed("not_allowed", "Your role does not let you do this. Ask your administrator if it should.")
