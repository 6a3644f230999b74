"""The pages of people: everybody, one person with all that opens the service for them, and adding somebody."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import administration, people, people_views
from grants.actions.administration import access_of, people_listed, programmes_to_choose
from grants.actions.people import NewPerson
from grants.domain.access import Deed, may
from grants.domain.errors import Conflict, Invalid, NotAllowed, NotFound, RuleBroken
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page, site_of
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag, table_state
from grants.store.people_register import PersonView
from grants.store.transaction import Gate, View
from grants.web.pages.role_form import ROLES, Typed, role_sent, typed_role

PEOPLE_STATES: Final = {
    "active": Tag("Active", "green"),
    "never_here": Tag("Never signed in", "yellow"),
    "shut_out": Tag("Shut out", "red"),
}
PEOPLE: Final = TableSpec(
    "people",
    "People",
    (
        Column("name", "Name", href=lambda row: f"/people/{row['id']}"),
        Column("email", "Email address"),
        Column("roles", "Roles", filter="text", label="Role, recipient or programme", empty="None"),
        Column("last_used_at", "Last here", Kind.MOMENT, empty="Never"),
        Column("state", "State", Kind.TAG, tags=PEOPLE_STATES, filter=Choices.of(PEOPLE_STATES)),
    ),
    sort="name",
    empty="There is nobody yet. Add the first person, or use the command: tallystick person add.",
    search=("name", "email"),
    search_label="Name or email address",
)
CRUMBS: Final = (("People", "/people"),)
REFUSALS: Final = (Conflict, RuleBroken, NotAllowed)
REASON_MAX: Final = 2000
_TOLD: Final = {
    "added": "The person is added. They can sign in once they have used a link to join.",
    "added_example": "The example person is added. They can sign in with a button on this computer.",
    "role_given": "The role is given. It has effect at once.",
    "role_ended": "The role is ended. It has no effect any more.",
    "shut_out": "The person is shut out: their sessions and tokens have ended, and their roles have no effect.",
    "let_in": "The person is let in again, with the roles that were not ended. Their tokens stay revoked.",
    "sessions_ended": "All of their sessions have ended.",
    "token_revoked": "The token is revoked. Nobody gets in with it any more.",
    "invited": "A link is on its way to them by email. It works once, for a week.",
}


@get("/people", opt={"deed": Deed.SEE_PEOPLE}, include_in_schema=False)
async def everybody(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Everybody."""
    state = table_state(request, PEOPLE)
    async with gate.reading(request.user) as view:
        found = await people_listed(view, state.wanted)
    if state.download:
        return await table_file(request, state, found)
    may_add = may(request.user, Deed.MANAGE_PEOPLE)
    return page(request, "people", "People", listed=shown(state, found), may_add=may_add)


@get("/people/new", opt={"deed": Deed.MANAGE_PEOPLE}, include_in_schema=False)
async def new_person(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The form to add somebody."""
    return await _new(request, gate, Sent({}, {}))


async def _new(
    request: Asked, gate: Gate, form: Sent, errors: dict[str, str] | None = None, status: int = 200
) -> Response[Any]:
    async with gate.reading(request.user) as view:
        programmes = await programmes_to_choose(view)
    return page(
        request,
        "person_new",
        "Add somebody",
        status=status,
        errors=errors,
        crumbs=CRUMBS,
        typed=typed_role(form),
        name=form.text("name"),
        email=form.text("email"),
        roles=ROLES,
        programmes=programmes,
    )


@post("/people/new", opt={"deed": Deed.MANAGE_PEOPLE}, include_in_schema=False, status_code=200)
async def add_person(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Adds somebody with their first role."""
    form = await sent(request)
    name, email = form.text("name"), form.text("email")
    errors = {} if 1 <= len(name) <= 200 else {"name": "Enter their name, in 200 characters or fewer"}
    errors |= {} if email else {"email": "Enter their email address"}
    async with gate.reading(request.user) as view:
        role, wrong = await role_sent(view, form, reason="")
    if role is None or errors:
        return await _new(request, gate, form, errors | wrong, 422)
    new = NewPerson(email, name, [role])
    try:
        added = await once(request, gate, PersonView, partial(people.new_person, new=new))
    except (Conflict, Invalid) as refused:
        status = 409 if isinstance(refused, Conflict) else 422
        return await _new(request, gate, form, {"email": refused.message.rstrip(".")}, status)
    return go(f"/people/{added.id}", done="added_example" if request.user.is_example else "added")


@get("/people/{person_id:uuid}", opt={"deed": Deed.SEE_PEOPLE}, include_in_schema=False)
async def one_person(request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID]) -> Response[Any]:
    """One person."""
    return await person_page(request, gate, person_id)


async def person_page(
    request: Asked,
    gate: Gate,
    person_id: UUID,
    form: Sent | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[Any]:
    """The page of a person, with what was typed into one of its forms and is wrong."""
    async with gate.reading(request.user) as view:
        access = await access_of(view, person_id, site_of(request).lifetimes)
    is_own = access.person.id == request.user.id
    return page(
        request,
        "person",
        access.person.name,
        status=status,
        errors=errors,
        told=_TOLD,
        crumbs=CRUMBS,
        access=access,
        state=_state(access.person),
        typed=typed_role(form) if form else Typed(),
        sent=form or Sent({}, {}),
        roles=ROLES,
        may_manage=may(request.user, Deed.MANAGE_PEOPLE) and not is_own,
        is_own=is_own,
        purposes=_purposes(access),
    )


def _state(person: PersonView) -> Tag:
    if not person.active:
        return PEOPLE_STATES["shut_out"]
    return PEOPLE_STATES["active" if person.last_sign_in_at or person.is_example else "never_here"]


def _purposes(access: administration.Access) -> list[tuple[str, str]]:
    """The links that make sense for somebody now."""
    guest = access.guest
    if guest.is_example or not guest.active:
        return []
    joined = (
        [("password", "Choose a new password")] if guest.has_password else [("join", "Join: choose a first password")]
    )
    return joined + ([("second_factor", "Remove a second factor that they lost")] if guest.has_second_factor else [])


@post("/people/{person_id:uuid}/roles", opt={"deed": Deed.MANAGE_PEOPLE}, include_in_schema=False, status_code=200)
async def give_role(request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID]) -> Response[Any]:
    """Gives a role."""
    form = await sent(request)
    reason = form.text("give_reason")
    async with gate.reading(request.user) as view:
        await _must_be_there(view, person_id)
        role, wrong = await role_sent(view, form, reason=reason)
    wrong |= reason_error("give_reason", reason, "Enter why they get the role. It stays on the record")
    if role is None or wrong:
        return await person_page(request, gate, person_id, form, wrong, 422)
    given = [(role.role, role.over)]
    action = partial(people.give_roles, person_id=person_id, roles=given, reason=reason)
    return await changed(request, gate, person_id, action, "role_given", form)


async def _must_be_there(view: View, person_id: UUID) -> None:
    await people_views.person_view(view, person_id)


@post("/people/{person_id:uuid}/roles/end", opt={"deed": Deed.MANAGE_PEOPLE}, include_in_schema=False, status_code=200)
async def end_role(request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID]) -> Response[Any]:
    """Ends a role that they hold."""
    form = await sent(request)
    async with gate.reading(request.user) as view:
        await _must_be_there(view, person_id)
    held, reason = _uuid(form.one("held")), form.text("end_reason")
    wrong = {} if held else {"held": "Select the role that ends"}
    wrong |= reason_error("end_reason", reason, "Enter why the role ends. It stays on the record")
    if held is None or wrong:
        return await person_page(request, gate, person_id, form, wrong, 422)
    action = partial(people.end_role, person_id=person_id, grant_id=held, reason=reason)
    try:
        return await changed(request, gate, person_id, action, "role_ended", form)
    except NotFound:
        gone = {"held": "They do not hold that role any more"}
        return await person_page(request, gate, person_id, form, gone, 409)


@post("/people/{person_id:uuid}/state", opt={"deed": Deed.MANAGE_PEOPLE}, include_in_schema=False, status_code=200)
async def change_state(request: Asked, gate: NamedDependency[Gate], person_id: FromPath[UUID]) -> Response[Any]:
    """Shuts a person out, or lets them in again."""
    form = await sent(request)
    async with gate.reading(request.user) as view:
        await _must_be_there(view, person_id)
    reason, lets_in = form.text("state_reason"), form.one("to") == "active"
    if wrong := reason_error("state_reason", reason, "Enter why. It stays on the record"):
        return await person_page(request, gate, person_id, form, wrong, 422)
    deed = people.reactivate if lets_in else people.deactivate
    action = partial(deed, person_id=person_id, reason=reason)
    return await changed(request, gate, person_id, action, "let_in" if lets_in else "shut_out", form)


async def changed(
    request: Asked, gate: Gate, person_id: UUID, action: Any, done: str, form: Sent | None = None
) -> Response[Any]:
    """Changes a person, once for the form, and shows their page; where a rule refuses it, the page says why."""
    try:
        await once(request, gate, PersonView, action)
    except REFUSALS as refused:
        status = 403 if isinstance(refused, NotAllowed) else 409
        return await person_page(request, gate, person_id, form, {"": refused.message}, status)
    return go(f"/people/{person_id}", done=done)


def reason_error(name: str, reason: str, missing: str) -> dict[str, str]:
    """What is wrong with a reason, by its field; nothing where nothing is."""
    if not reason:
        return {name: missing}
    return {name: f"The reason must be {REASON_MAX:,} characters or fewer"} if len(reason) > REASON_MAX else {}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


ROUTES: list[Any] = [everybody, new_person, add_person, one_person, give_role, end_role, change_state]
