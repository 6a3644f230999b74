"""People and their roles: added, given, ended, let in and shut out; and the service's own actors."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta, Struct

from grants.actions.sessions import end_all
from grants.domain.access import OF_RECIPIENTS, Actor, Deed, Grant, Role, require, require_genuine
from grants.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from grants.store import people_register as register
from grants.store import tokens
from grants.store.journal import record
from grants.store.people import person_by_email
from grants.store.people_register import SERVICE_ADDRESS, HeldRole, PersonView
from grants.store.tables import Person
from grants.store.transaction import Tx

_LEAD: Final = (Grant(Role.PROGRAMME_LEAD),)
ANNOUNCEMENT: Final = Actor(UUID(int=1), "The announcement", _LEAD)
"""Proposes the opening plan: the money was announced to Parliament before anybody loaded it."""
OPERATOR: Final = Actor(UUID(int=2), "The operator", (*_LEAD, Grant(Role.AUDITOR), Grant(Role.ADMINISTRATOR)))
"""Whoever runs commands on the service's own machine."""
SCHEDULER: Final = Actor(UUID(int=3), "The scheduler", (*_LEAD, Grant(Role.AUDITOR)))
"""Opens rounds and makes reports when their time has come."""
SERVICE_ACTORS: Final = (ANNOUNCEMENT, OPERATOR, SCHEDULER)

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
Over = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=100)]],
    Meta(min_length=1, max_length=200, description="Recipients, or programmes, by identifier; null: all programmes."),
]
RoleOver = tuple[Role, list[str] | None]


class NewRole(Struct, frozen=True, forbid_unknown_fields=True):
    """A role to give: a finance officer's or certifier's over recipients; another's over programmes, or all of them."""

    role: Role
    over: Over | None = None
    reason: Annotated[str, Meta(max_length=2000)] = ""


class NewPerson(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to add, with what they are to the service."""

    email: Annotated[str, Meta(min_length=3, max_length=254)]
    name: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    roles: Annotated[list[NewRole], Meta(min_length=1, max_length=20)]


async def ensure_service_actors(tx: Tx) -> None:
    """Adds the service's own actors where they are missing. They have no address and no token: nobody signs in as one."""
    added = []
    for actor in SERVICE_ACTORS:
        done = await tx.db.execute(
            "INSERT INTO person (id, email, name, active, is_example, created_at) VALUES ($1, $2, $3, true, false, $4) "
            "ON CONFLICT DO NOTHING",
            actor.id,
            f"{actor.name.split()[-1].lower()}{SERVICE_ADDRESS}",
            actor.name,
            tx.now,
        )
        added += [actor.name] if done == "INSERT 0 1" else []
    if added:
        await record(tx, Deed.MANAGE_PEOPLE, "person", "service", after={"added": added})


async def new_person(tx: Tx, new: NewPerson) -> PersonView:
    """Adds somebody who is not there yet. Raises Conflict `exists` for an address that is, and what `add_person` raises."""
    require(tx.actor, Deed.MANAGE_PEOPLE)
    if await person_by_email(tx.db, _address(new.email)) is not None:
        raise Conflict("exists", "There is a person with this email address already.")
    return await add_person(tx, new.email, new.name, [(role.role, role.over) for role in new.roles])


async def add_person(tx: Tx, email: str, name: str, roles: list[RoleOver], *, is_example: bool = False) -> PersonView:
    """Adds a person with roles, or gives further roles to one who is known. The same again adds nothing.

    Raises Invalid for an address that is none, or a recipient's role without a recipient; NotAllowed for oneself.
    """
    require(tx.actor, Deed.MANAGE_PEOPLE)
    address = _address(email)
    person_id = await person_by_email(tx.db, address)
    if person_id is None:
        added = Person(
            email=address,
            name=name.strip() or address,
            is_example=is_example or tx.actor.is_example,
            created_at=tx.now,
        )
        await tx.add(added)
        person_id = added.id
        await record(tx, Deed.MANAGE_PEOPLE, "person", str(person_id), after={"active": True})
    return await give_roles(tx, person_id, roles)


def _address(email: str) -> str:
    """An address as it is kept, in lower case. Raises Invalid."""
    address = email.strip().lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address) or address.endswith(SERVICE_ADDRESS):
        raise Invalid("email", "Enter an email address in the correct format, like name@example.org.")
    return address


async def give_roles(tx: Tx, person_id: UUID, roles: Iterable[RoleOver], reason: str = "") -> PersonView:
    """Gives roles to a person; those that they hold over the same already are left as they are.

    Raises NotFound for an unknown person, recipient or programme, Invalid, and NotAllowed for oneself.
    """
    require(tx.actor, Deed.MANAGE_PEOPLE)
    before = await _lock(tx, person_id)
    if person_id == tx.actor.id:
        raise NotAllowed("same_person", "Nobody can give a role to themselves.")
    held = {_key(role.role, role.over) for role in before.roles}
    for role, over in roles:
        await _check_over(tx, role, over)
        if _key(role, over) not in held:
            await register.give_role(tx, person_id, role, None if over is None else sorted(set(over)))
            held.add(_key(role, over))
    return await _changed(tx, before, reason)


def _key(role: Role, over: list[str] | None) -> tuple[Role, frozenset[str] | None]:
    return role, None if over is None else frozenset(over)


async def _check_over(tx: Tx, role: Role, over: list[str] | None) -> None:
    if role in OF_RECIPIENTS and not over:
        raise Invalid("organisation", f"Name the recipient that the {role.value.replace('_', ' ')} acts for.")
    if role is Role.ADMINISTRATOR and over is not None:
        raise Invalid("programme", "An administrator manages all people: the role is over no programme in particular.")
    table = "recipient" if role in OF_RECIPIENTS else "programme"
    column = "id" if role in OF_RECIPIENTS else "code"
    known = await tx.db.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = ANY($1::text[])", over or [])  # noqa: S608
    if known != len(set(over or [])):
        raise NotFound(table, f"There is no {table} with that identifier.")


async def end_role(tx: Tx, person_id: UUID, grant_id: UUID, reason: str = "") -> PersonView:
    """Ends a role that a person holds. Raises NotFound, or Conflict `last_administrator`: somebody must manage people."""
    require(tx.actor, Deed.MANAGE_PEOPLE)
    before = await _lock(tx, person_id)
    ending = [role for role in before.roles if role.id == grant_id]
    if not ending:
        raise NotFound("role", "This person holds no such role.")
    return await _end(tx, before, ending, reason)


async def end_roles(tx: Tx, email: str, role: Role, over: list[str] | None = None, reason: str = "") -> PersonView:
    """Ends a role of a person over the recipients or programmes named and keeps the rest; None: wherever they hold it.

    Raises NotFound where they do not hold it there, Conflict `last_administrator`, NotAllowed for a rest of one's own.
    """
    require(tx.actor, Deed.MANAGE_PEOPLE)
    before = await _lock(tx, (await register.find_by_email(tx.db, email.strip().lower())).id)
    ending = [held for held in before.roles if held.role is role and (over is None or set(over) & set(held.over or ()))]
    found = {name for held in ending for name in held.over or ()}
    if not ending or not set(over or ()) <= found:
        raise NotFound("role", "This person holds no such role.")
    for held in ending:
        if rest := sorted(set(held.over or ()) - set(over or held.over or ())):
            if before.id == tx.actor.id:
                raise NotAllowed("same_person", "Nobody can give a role to themselves.")
            await register.give_role(tx, before.id, role, rest)
    return await _end(tx, before, ending, reason)


async def _end(tx: Tx, before: PersonView, ending: list[HeldRole], reason: str) -> PersonView:
    kept = {role.role for role in before.roles if role not in ending}
    if before.active and any(role.role is Role.ADMINISTRATOR for role in ending) and Role.ADMINISTRATOR not in kept:
        await _require_another_administrator(tx, before)
    for role in ending:
        await register.end_role(tx, role.id)
    return await _changed(tx, before, reason)


async def _require_another_administrator(tx: Tx, person: PersonView) -> None:
    if not await register.other_administrators(tx, person):
        raise Conflict("last_administrator", "Nobody else manages people. Make somebody else an administrator first.")


async def deactivate(tx: Tx, person_id: UUID, reason: str = "") -> PersonView:
    """Shuts a person out at once: their tokens and sessions end and their roles have no effect. Again, it does nothing.

    Raises NotFound, or Conflict `last_administrator`.
    """
    require(tx.actor, Deed.MANAGE_PEOPLE)
    before = await _lock(tx, person_id)
    if not before.active:
        return before
    if any(role.role is Role.ADMINISTRATOR for role in before.roles):
        await _require_another_administrator(tx, before)
    await register.set_active(tx, person_id, active=False)
    revoked = await tokens.revoke_all(tx, person_id)
    await tx.db.execute(
        "UPDATE invitation SET revoked_at = $2 WHERE person_id = $1 AND used_at IS NULL AND revoked_at IS NULL",
        person_id,
        tx.now,
    )
    after = {"active": False, "tokens_revoked": [str(token) for token in revoked]}
    await record(
        tx, Deed.MANAGE_PEOPLE, "person", str(person_id), before={"active": True}, after=after, reason=reason or None
    )
    await end_all(tx, person_id, "deactivated")
    return await register.find(tx.db, person_id)


async def reactivate(tx: Tx, person_id: UUID, reason: str = "") -> PersonView:
    """Lets a person in again, with the roles that were not ended; their tokens stay revoked. Raises NotFound."""
    require(tx.actor, Deed.MANAGE_PEOPLE)
    before = await _lock(tx, person_id)
    if before.active:
        return before
    await register.set_active(tx, person_id, active=True)
    facts = {"active": True, "roles": _facts(before.roles)}
    await record(
        tx, Deed.MANAGE_PEOPLE, "person", str(person_id), before={"active": False}, after=facts, reason=reason or None
    )
    return await register.find(tx.db, person_id)


async def _lock(tx: Tx, person_id: UUID) -> PersonView:
    found = await register.lock(tx, person_id)
    require_genuine(tx.actor, found.is_example)
    return found


async def _changed(tx: Tx, before: PersonView, reason: str) -> PersonView:
    after = await register.find(tx.db, before.id)
    if after.roles != before.roles:
        facts = {"roles": _facts(before.roles)}, {"roles": _facts(after.roles)}
        await record(
            tx, Deed.MANAGE_PEOPLE, "person", str(before.id), before=facts[0], after=facts[1], reason=reason or None
        )
    return after


def _facts(roles: Iterable[HeldRole]) -> list[dict[str, Any]]:
    return [{"role": role.role.value, "over": role.over} for role in roles]


def roles_named(names: list[str], organisations: list[str] | None, programmes: list[str] | None) -> list[RoleOver]:
    """Roles as an operator types them, each over the recipients or the programmes named. Raises Invalid."""
    known = {role.value.replace("_", "-"): role for role in Role} | {role.value: role for role in Role}
    roles: list[RoleOver] = []
    for name in names:
        role = known.get(name.strip().lower())
        if role is None:
            raise Invalid("role", f"Use one of the roles {', '.join(role.value for role in Role)}.")
        over = organisations if role in OF_RECIPIENTS else None if role is Role.ADMINISTRATOR else programmes
        roles.append((role, over or None))
    return roles
