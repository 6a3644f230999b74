"""The page behind an invitation's link. Its address is a secret: no other site is told it, and no log has it."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import invitations
from grants.actions.hashing import Hashing
from grants.actions.invitations import SECOND_FACTOR
from grants.actions.sign_in import BadPassword
from grants.domain.access import Deed
from grants.domain.errors import NotAllowed
from grants.pages.browser import NEEDS_HTTPS
from grants.pages.forms import form_of
from grants.pages.layout import Asked, page, site_of, visitor_of
from grants.store.transaction import Gate

_TITLES: Final = {
    "join": "Join Tallystick",
    "password": "Choose a new password",
    SECOND_FACTOR: "Remove your second factor",
}


@get("/invitation/{secret:str}", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def look(request: Asked, gate: NamedDependency[Gate], secret: FromPath[str]) -> Response[str]:
    """Shows what the link is for. To look at it does not use it: programs that check mail look at links too."""
    try:
        return await _form(request, gate, secret)
    except NotAllowed as gone:
        return _gone(request, gone)


@post("/invitation/{secret:str}", opt={"deed": Deed.SIGN_IN}, include_in_schema=False, status_code=200)
async def use(
    request: Asked, gate: NamedDependency[Gate], hashing: NamedDependency[Hashing], secret: FromPath[str]
) -> Response[str]:
    """Uses the link, once. Nobody is signed in by it."""
    if not site_of(request).takes_passwords:
        raise NotAllowed("needs_https", NEEDS_HTTPS)
    form = await form_of(request)
    try:
        used = await invitations.use(gate, hashing, secret, form.get("password", ""), visitor_of(request).request_id)
    except BadPassword as bad:
        return await _form(request, gate, secret, {"password": bad.message})
    except NotAllowed as gone:
        return _gone(request, gone)
    return page(request, "invitation_used", "You can sign in now", purpose=used.purpose)


def _gone(request: Asked, gone: NotAllowed) -> Response[str]:
    return page(request, "invitation_gone", "This link does not work any more", status=403, words=gone.message)


async def _form(request: Asked, gate: Gate, secret: str, errors: dict[str, str] | None = None) -> Response[str]:
    found = await invitations.looked_at(gate, secret)
    return page(
        request, "invitation", _TITLES[found.purpose], status=400 if errors else 200, errors=errors, invited=found
    )


ROUTES: list[Any] = [look, use]
