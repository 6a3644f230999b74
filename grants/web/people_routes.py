"""Doors of administrators, to people, their roles and their tokens; and everybody's own: who am I, and my tokens."""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Struct

from grants.actions import invitations, people, people_views, tokens
from grants.actions.listing import Page
from grants.actions.people import NewPerson, NewRole
from grants.actions.people_views import Me
from grants.domain.access import Deed, Role
from grants.pages.browser import Site
from grants.store.people_register import PersonView
from grants.store.tokens import TokenView
from grants.store.transaction import Gate
from grants.web.asking import After, Asked, Key, Limit, once
from grants.web.bodies import AccessBody, InvitationBody


class Invited(Struct, frozen=True):
    """The link that an invitation works by; null where the service sends it to the person, and nobody else needs to see it."""

    link: str | None


@get("/me", opt={"deed": Deed.SIGNED_IN}, summary="Who you are")
async def own_self(request: Asked, gate: NamedDependency[Gate]) -> Me:
    """Your roles in words, the organisations that you act for, and the token that you came with."""
    async with gate.reading(request.user) as view:
        return await people_views.me(view)


@get("/tokens", opt={"deed": Deed.SIGNED_IN}, summary="Your tokens")
async def own_tokens(
    request: Asked, gate: NamedDependency[Gate], limit: Limit = 50, after: After = None
) -> Page[TokenView]:
    """Your own tokens, oldest first, without their secrets: what each is for, until when, and when it was last used."""
    async with gate.reading(request.user) as view:
        return await tokens.own_tokens(view, after, limit)


@post("/tokens/{token_id:uuid}/revoke", opt={"deed": Deed.MANAGE_OWN_ACCESS}, status_code=200, summary="Revoke a token")
async def revoke_token(
    request: Asked, gate: NamedDependency[Gate], token_id: FromPath[UUID], idempotency_key: Key = None
) -> TokenView:
    """Ends a token at once: your own, or, as an administrator, anybody's."""
    return await once(request, gate, idempotency_key, TokenView, partial(tokens.revoke_token, token_id=token_id))


@get("/people", opt={"deed": Deed.SEE_PEOPLE}, summary="People")
async def list_people(
    request: Asked,
    gate: NamedDependency[Gate],
    role: Annotated[Role | None, QueryParameter(description="People who hold this role.")] = None,
    organisation: Annotated[
        str | None, QueryParameter(max_length=100, description="People who act for this recipient.")
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[PersonView]:
    """Everybody, in order of address: their roles, who gave them and when, and when they were last here."""
    async with gate.reading(request.user) as view:
        return await people_views.people_page(view, after, limit, role, organisation)


@post("/people", opt={"deed": Deed.MANAGE_PEOPLE}, summary="Add a person")
async def add_person(
    request: Asked, gate: NamedDependency[Gate], data: JSONBody[NewPerson], idempotency_key: Key = None
) -> PersonView:
    """Adds somebody with their roles. They cannot sign in until they have used an invitation."""
    return await once(request, gate, idempotency_key, PersonView, partial(people.new_person, new=data))


@get("/people/{person_id:uuid}", opt={"deed": Deed.SEE_PEOPLE}, summary="One person")
async def one_person(request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID]) -> PersonView:
    """A person with the roles that they hold now, and when they last signed in."""
    async with gate.reading(request.user) as view:
        return await people_views.person_view(view, person_id)


@get("/people/{person_id:uuid}/tokens", opt={"deed": Deed.SEE_PEOPLE}, summary="A person's tokens")
async def person_tokens(
    request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID], limit: Limit = 50, after: After = None
) -> Page[TokenView]:
    """A person's tokens, oldest first, without their secrets."""
    async with gate.reading(request.user) as view:
        return await tokens.tokens_of(view, person_id, after, limit)


@post("/people/{person_id:uuid}/roles", opt={"deed": Deed.MANAGE_PEOPLE}, status_code=200, summary="Give a role")
async def give_role(
    request: Asked,
    gate: NamedDependency[Gate],
    person_id: FromPath[UUID],
    data: JSONBody[NewRole],
    idempotency_key: Key = None,
) -> PersonView:
    """Gives a role to somebody else; one that they hold over the same already stays as it is."""
    roles = [(data.role, data.over)]
    action = partial(people.give_roles, person_id=person_id, roles=roles, reason=data.reason)
    return await once(request, gate, idempotency_key, PersonView, action)


@post(
    "/people/{person_id:uuid}/roles/{grant_id:uuid}/end",
    opt={"deed": Deed.MANAGE_PEOPLE},
    status_code=200,
    summary="End a role",
)
async def end_role(
    request: Asked,
    gate: NamedDependency[Gate],
    person_id: FromPath[UUID],
    grant_id: FromPath[UUID],
    data: JSONBody[AccessBody],
    idempotency_key: Key = None,
) -> PersonView:
    """Ends a role at once. The last administrator stays one: somebody must manage people."""
    action = partial(people.end_role, person_id=person_id, grant_id=grant_id, reason=data.reason)
    return await once(request, gate, idempotency_key, PersonView, action)


@post(
    "/people/{person_id:uuid}/deactivate",
    opt={"deed": Deed.MANAGE_PEOPLE},
    status_code=200,
    summary="Shut a person out",
)
async def deactivate(
    request: Asked,
    gate: NamedDependency[Gate],
    person_id: FromPath[UUID],
    data: JSONBody[AccessBody],
    idempotency_key: Key = None,
) -> PersonView:
    """Ends a person's tokens and sessions at once, and the effect of their roles. What they did stays on the record."""
    action = partial(people.deactivate, person_id=person_id, reason=data.reason)
    return await once(request, gate, idempotency_key, PersonView, action)


@post(
    "/people/{person_id:uuid}/reactivate",
    opt={"deed": Deed.MANAGE_PEOPLE},
    status_code=200,
    summary="Let a person in again",
)
async def reactivate(
    request: Asked,
    gate: NamedDependency[Gate],
    person_id: FromPath[UUID],
    data: JSONBody[AccessBody],
    idempotency_key: Key = None,
) -> PersonView:
    """Lets a person in again with the roles that were not ended. Their tokens stay revoked."""
    action = partial(people.reactivate, person_id=person_id, reason=data.reason)
    return await once(request, gate, idempotency_key, PersonView, action)


@post("/people/{person_id:uuid}/invitations", opt={"deed": Deed.MANAGE_PEOPLE}, summary="Make a link to join by")
async def invite(
    request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID], data: JSONBody[InvitationBody]
) -> Invited:
    """A link that works once and for a week, sent to the person. Where the service sends no mail, you are told it this once,
    so that no Idempotency-Key could tell it again.
    """
    site: Site = request.app.state.site
    async with gate.deed(request.user) as tx:
        link = await invitations.invite(tx, person_id, data.purpose, site.address, site.link_key)
    return Invited(None if site.sends_mail else link)


ROUTES = [
    own_self,
    own_tokens,
    revoke_token,
    list_people,
    add_person,
    one_person,
    person_tokens,
    give_role,
    end_role,
    deactivate,
    reactivate,
    invite,
]
