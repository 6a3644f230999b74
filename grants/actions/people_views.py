"""People as they are seen: by administrators, with everything but money; and by themselves."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from grants.actions.listing import Page, decode_cursor, page
from grants.domain.access import OF_RECIPIENTS, Deed, Grant, Role, require
from grants.store import people_register as register
from grants.store import tokens
from grants.store.people_register import PersonView
from grants.store.transaction import View


class Named(Struct, frozen=True):
    """A recipient or a programme, and what it is called."""

    id: str
    name: str


class OwnRole(Struct, frozen=True):
    """One's own role: in words, and over what; null: over all programmes."""

    role: Role
    words: str
    over: list[Named] | None


class CameWith(Struct, frozen=True):
    """The token that somebody came with. `only` names the deeds that it is for; null: all that they may do."""

    id: UUID
    label: str
    only: list[str] | None
    expires_at: datetime


class Me(Struct, frozen=True):
    """Who asks: their roles, the organisations that they act for, and the token that they came with, if it was one."""

    id: UUID
    name: str
    is_example: bool
    roles: list[OwnRole]
    organisations: list[Named]
    token: CameWith | None


async def person_view(view: View, person_id: UUID) -> PersonView:
    """One person. Raises NotFound."""
    require(view.actor, Deed.SEE_PEOPLE)
    return await register.find(view.db, person_id)


async def people_page(
    view: View, after: str | None, limit: int, role: Role | None = None, organisation: str | None = None
) -> Page[PersonView]:
    """People in order of address; of those who hold the role, or act for the organisation."""
    require(view.actor, Deed.SEE_PEOPLE)
    found = await register.page_of(view.db, decode_cursor(after), limit + 1, role, organisation)
    return page(found, limit, lambda person: person.email)


async def me(view: View) -> Me:
    """Who the actor is, as the service knows them now."""
    require(view.actor, Deed.SIGNED_IN)
    actor = view.actor
    names = await register.names_of(view.db, {name for grant in actor.grants for name in grant.over or ()})
    came_with = None
    if actor.token_id is not None:
        token = await tokens.find(view.db, actor.token_id)
        came_with = CameWith(token.id, token.label, token.only, token.expires_at)
    return Me(
        id=actor.id,
        name=actor.name,
        is_example=actor.is_example,
        roles=[_own(grant, names) for grant in actor.grants],
        organisations=[Named(known, names.get(known, known)) for known in sorted(actor.organisations)],
        token=came_with,
    )


def _own(grant: Grant, names: dict[str, str]) -> OwnRole:
    over = None if grant.over is None else [Named(name, names.get(name, name)) for name in sorted(grant.over)]
    return OwnRole(grant.role, words_of(grant, names), over)


def words_of(grant: Grant, names: dict[str, str]) -> str:
    """A role as people say it: Finance officer for Oldham Council, Approver over all programmes."""
    role = grant.role.value.replace("_", " ").capitalize()
    if grant.role is Role.ADMINISTRATOR:
        return role
    join = "for" if grant.role in OF_RECIPIENTS else "over"
    everything = "all recipients" if grant.role in OF_RECIPIENTS else "all programmes"
    over = everything if grant.over is None else ", ".join(names.get(name, name) for name in sorted(grant.over))
    return f"{role} {join} {over}"
