"""People, their roles and their tokens; and the service's own actors."""

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from grants.domain.access import OF_RECIPIENTS, Actor, Deed, Grant, Role, require
from grants.domain.errors import Invalid, NotAllowed, NotFound
from grants.store import people as stored
from grants.store.journal import record
from grants.store.tables import ApiToken, Person, RoleGrant
from grants.store.transaction import Tx, View

_LEAD: Final = (Grant(Role.PROGRAMME_LEAD),)
ANNOUNCEMENT: Final = Actor(UUID(int=1), "The announcement", _LEAD)
"""Proposes the opening plan: the money was announced to Parliament before anybody loaded it."""
OPERATOR: Final = Actor(UUID(int=2), "The operator", (*_LEAD, Grant(Role.AUDITOR), Grant(Role.ADMINISTRATOR)))
"""Whoever runs commands on the service's own machine."""
SCHEDULER: Final = Actor(UUID(int=3), "The scheduler", (*_LEAD, Grant(Role.AUDITOR)))
"""Opens rounds and makes reports when their time has come."""
SERVICE_ACTORS: Final = (ANNOUNCEMENT, OPERATOR, SCHEDULER)

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+")
_TALLY: Final = "tally_"
MAX_TOKEN_DAYS: Final = 366


class PersonView(Struct, frozen=True):
    """A person, for administrators."""

    id: UUID
    email: str
    name: str
    roles: list[str]
    active: bool
    is_example: bool


async def ensure_service_actors(tx: Tx) -> None:
    """Adds the service's own actors where they are missing. They have no address and no token: nobody signs in as one."""
    for actor in SERVICE_ACTORS:
        await tx.db.execute(
            "INSERT INTO person (id, email, name, active, is_example, created_at) VALUES ($1, $2, $3, true, false, $4) "
            "ON CONFLICT DO NOTHING",
            actor.id,
            f"{actor.name.split()[-1].lower()}@service.invalid",
            actor.name,
            tx.now,
        )


async def add_person(
    tx: Tx, email: str, name: str, roles: list[tuple[Role, list[str] | None]], *, is_example: bool = False
) -> PersonView:
    """Adds a person with roles, or gives further roles to one who is known.

    Raises Invalid for an address that is none, or a recipient's role without a recipient; NotAllowed for oneself.
    """
    require(tx.actor, Deed.MANAGE_PEOPLE)
    address = email.strip().lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise Invalid("email", "Enter an email address in the correct format, like name@example.org.")
    person = await stored.person_by_email(tx.db, address)
    if person is None:
        added = Person(email=address, name=name.strip() or address, is_example=is_example, created_at=tx.now)
        await tx.add(added)
        person = added.id
    if person == tx.actor.id:
        raise NotAllowed("same_person", "Nobody can give a role to themselves.")
    for role, over in roles:
        await _grant(tx, person, role, over)
    await record(tx, Deed.MANAGE_PEOPLE, "person", str(person), after={"roles": [role.value for role, _ in roles]})
    return await person_view(tx, person)


async def _grant(tx: Tx, person: UUID, role: Role, over: list[str] | None) -> None:
    if role in OF_RECIPIENTS and not over:
        raise Invalid("organisation", f"Name the recipient that the {role.value.replace('_', ' ')} acts for.")
    table = "recipient" if role in OF_RECIPIENTS else "programme"
    column = "id" if role in OF_RECIPIENTS else "code"
    known = await tx.db.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = ANY($1::text[])", over or [])  # noqa: S608
    if known != len(set(over or [])):
        raise NotFound(table, f"There is no {table} with that identifier.")
    await tx.add(RoleGrant(person_id=person, role=role.value, over=over, granted_by=tx.actor.id, granted_at=tx.now))


async def person_view(view: View, person: UUID) -> PersonView:
    """One person. Raises NotFound."""
    require(view.actor, Deed.MANAGE_PEOPLE)
    row = await view.db.fetchrow("SELECT * FROM person WHERE id = $1", person)
    if row is None:
        raise NotFound("person", "There is no such person.")
    grants = await stored.grants_of(view.db, person)
    return PersonView(
        row["id"], row["email"], row["name"], [str(grant.role) for grant in grants], row["active"], row["is_example"]
    )


async def create_token(tx: Tx, email: str, days: int = 90, label: str = "") -> str:
    """A new API token of a person; it is given here once and only its SHA-256 is kept.

    Raises NotFound for an unknown address, Invalid for a life of no or too many days.
    """
    require(tx.actor, Deed.MANAGE_PEOPLE)
    if not 1 <= days <= MAX_TOKEN_DAYS:
        raise Invalid("days", f"A token can live for 1 to {MAX_TOKEN_DAYS} days.")
    person = await stored.person_by_email(tx.db, email.strip().lower())
    if person is None:
        raise NotFound("person", "There is no person with that email address.")
    token = _TALLY + secrets.token_urlsafe(32)
    row = ApiToken(
        person_id=person,
        sha256=digest(token),
        label=label,
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=days),
    )
    await tx.add(row)
    await record(tx, Deed.MANAGE_PEOPLE, "token", str(row.id), after={"person": str(person), "days": days})
    return token


async def revoke_tokens(tx: Tx, email: str) -> int:
    """Ends every token of a person at once; how many there were."""
    require(tx.actor, Deed.MANAGE_PEOPLE)
    rows = await tx.db.fetch(
        "UPDATE api_token SET revoked_at = $2 FROM person p WHERE p.id = api_token.person_id AND p.email = $1 "
        "AND revoked_at IS NULL RETURNING api_token.id",
        email.strip().lower(),
        tx.now,
    )
    for row in rows:
        await record(tx, Deed.MANAGE_PEOPLE, "token", str(row["id"]), after={"revoked": True})
    return len(rows)


def roles_named(
    names: list[str], organisations: list[str] | None, programmes: list[str] | None
) -> list[tuple[Role, list[str] | None]]:
    """Roles as an operator types them, each over the recipients or the programmes named. Raises Invalid."""
    known = {role.value.replace("_", "-"): role for role in Role} | {role.value: role for role in Role}
    roles = []
    for name in names:
        role = known.get(name.strip().lower())
        if role is None:
            raise Invalid("role", f"Use one of the roles {', '.join(role.value for role in Role)}.")
        roles.append((role, (organisations if role in OF_RECIPIENTS else programmes) or None))
    return roles


def digest(token: str) -> bytes:
    """What is kept of a token. It is random and long, so that a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()
