"""What opens the service for a person, on their page: links to join by, sessions and tokens, made and ended by an administrator."""

from typing import Any
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import administration, invitations, people_views, tokens
from grants.domain.access import Deed
from grants.domain.errors import NotFound
from grants.pages.forms import sent
from grants.pages.layout import Asked, go, page, site_of
from grants.store.transaction import Gate
from grants.web.pages.people_routes import CRUMBS, REFUSALS, person_page

_MANAGE: dict[str, Any] = {"opt": {"deed": Deed.MANAGE_PEOPLE}, "include_in_schema": False, "status_code": 200}


@post("/people/{person_id:uuid}/invitations", **_MANAGE)
async def invite(request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID]) -> Response[Any]:
    """Makes a link. It goes to the person by email; where the service sends none, it is shown this once."""
    site, form = site_of(request), await sent(request)
    async with gate.reading(request.user) as view:
        person = await people_views.person_view(view, person_id)
    purpose = form.one("purpose")
    if not purpose:
        wrong = {"purpose": "Select what the link is for"}
        return await person_page(request, gate, person_id, form, wrong, 422)
    try:
        async with gate.deed(request.user) as tx:
            link = await invitations.invite(tx, person_id, purpose, site.address, site.link_key)
    except REFUSALS as refused:
        return await person_page(request, gate, person_id, form, {"purpose": refused.message}, 409)
    if site.sends_mail:
        return go(f"/people/{person_id}", done="invited")
    crumbs = (*CRUMBS, (person.name, f"/people/{person_id}"))
    return page(request, "person_link", "A link for one person", crumbs=crumbs, person=person, link=link)


@post("/people/{person_id:uuid}/sessions/end", **_MANAGE)
async def end_sessions(request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID]) -> Response[Any]:
    """Ends all sessions of a person."""
    try:
        async with gate.deed(request.user) as tx:
            await administration.end_sessions(tx, person_id)
    except REFUSALS as refused:
        return await person_page(request, gate, person_id, None, {"": refused.message}, 403)
    return go(f"/people/{person_id}", done="sessions_ended")


@post("/people/{person_id:uuid}/tokens/revoke", **_MANAGE)
async def revoke_token(request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID]) -> Response[Any]:
    """Revokes one of a person's tokens."""
    form = await sent(request)
    async with gate.reading(request.user) as view:
        own = (await administration.access_of(view, person_id, site_of(request).lifetimes)).tokens
    token = next((token for token in own if str(token.id) == form.one("token")), None)
    if token is None:
        raise NotFound("token", "There is no such token.")
    async with gate.deed(request.user) as tx:
        await tokens.revoke_token(tx, token.id)
    return go(f"/people/{person_id}", done="token_revoked")


ROUTES: list[Any] = [invite, end_sessions, revoke_token]
