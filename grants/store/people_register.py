"""The register of people as administrators see it: everybody but the service's own actors, their roles, and when they were here."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from grants.domain.access import Role
from grants.domain.errors import NotFound
from grants.store.tables import RoleGrant
from grants.store.transaction import Db, Tx

SERVICE_ADDRESS: Final = "@service.invalid"
"""What the addresses of the service's own actors end in: nobody is added, shown or changed under such an address."""


class HeldRole(Struct, frozen=True):
    """A role that a person holds: over these recipients or programmes, null for all; who gave it, and when."""

    id: UUID
    role: Role
    over: list[str] | None
    granted_by: str | None
    granted_at: datetime


class PersonView(Struct, frozen=True):
    """A person, for administrators. `last_used_at`: when a session or a token of theirs was last used, to the minute."""

    id: UUID
    email: str
    name: str
    active: bool
    is_example: bool
    created_at: datetime
    ended_at: datetime | None
    last_sign_in_at: datetime | None
    last_used_at: datetime | None
    roles: list[HeldRole]


_PERSON: Final = """
SELECT p.id, p.email, p.name, p.active, p.is_example, p.created_at, p.ended_at,
    (SELECT max(s.created_at) FROM session s WHERE s.person_id = p.id) AS last_sign_in_at,
    greatest((SELECT max(s.seen_at) FROM session s WHERE s.person_id = p.id),
        (SELECT max(t.last_used_at) FROM api_token t WHERE t.person_id = p.id)) AS last_used_at
FROM person p
"""
_NOT_OUR_OWN: Final = f"p.email NOT LIKE '%{SERVICE_ADDRESS}'"


async def find(db: Db, person_id: UUID) -> PersonView:
    """One person with the roles that they hold. Raises NotFound, also for the service's own actors."""
    row = await db.fetchrow(f"{_PERSON} WHERE p.id = $1 AND {_NOT_OUR_OWN}", person_id)
    if row is None:
        raise NotFound("person", "There is no such person.")
    return PersonView(**dict(row), roles=(await _roles(db, [person_id])).get(person_id, []))


async def find_by_email(db: Db, email: str) -> PersonView:
    """One person, by their address in lower case. Raises NotFound."""
    row = await db.fetchrow(f"{_PERSON} WHERE p.email = $1 AND {_NOT_OUR_OWN}", email)
    if row is None:
        raise NotFound("person", "There is no person with that email address.")
    return PersonView(**dict(row), roles=(await _roles(db, [row["id"]])).get(row["id"], []))


async def lock(tx: Tx, person_id: UUID) -> PersonView:
    """One person, whose roles nobody else changes until the deed ends. Raises NotFound."""
    await tx.db.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", person_id)
    return await find(tx.db, person_id)


async def page_of(
    db: Db, after: str, limit: int, role: Role | None = None, organisation: str | None = None
) -> list[PersonView]:
    """People in order of address; of those who hold the role, or act for the organisation."""
    rows = await db.fetch(
        f"{_PERSON} WHERE p.email > $1 AND {_NOT_OUR_OWN} AND (($3::text IS NULL AND $4::text IS NULL) OR EXISTS (SELECT FROM role_grant g "
        "WHERE g.person_id = p.id AND g.ended_at IS NULL AND ($3::text IS NULL OR g.role = $3) AND ($4::text IS NULL OR $4 = ANY(g.over)))) "
        "ORDER BY p.email LIMIT $2",
        after,
        limit,
        role,
        organisation,
    )
    roles = await _roles(db, [row["id"] for row in rows])
    return [PersonView(**dict(row), roles=roles.get(row["id"], [])) for row in rows]


async def _roles(db: Db, people: Iterable[UUID]) -> dict[UUID, list[HeldRole]]:
    rows = await db.fetch(
        "SELECT g.person_id, g.id, g.role, g.over, p.name AS granted_by, g.granted_at FROM role_grant g LEFT JOIN person p ON p.id = g.granted_by "
        "WHERE g.person_id = ANY($1::uuid[]) AND g.ended_at IS NULL ORDER BY g.granted_at, g.role, g.id",
        list(people),
    )
    found: dict[UUID, list[HeldRole]] = {}
    for row in rows:
        held = HeldRole(row["id"], Role(row["role"]), row["over"], row["granted_by"], row["granted_at"])
        found.setdefault(row["person_id"], []).append(held)
    return found


async def give_role(tx: Tx, person_id: UUID, role: Role, over: list[str] | None) -> None:
    """Gives a person a role, in the actor's name."""
    await tx.add(RoleGrant(person_id=person_id, role=role.value, over=over, granted_by=tx.actor.id, granted_at=tx.now))


async def end_role(tx: Tx, grant_id: UUID) -> None:
    """Ends a role."""
    await tx.db.execute("UPDATE role_grant SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", grant_id, tx.now)


async def set_active(tx: Tx, person_id: UUID, active: bool) -> None:
    """Lets a person in, or shuts them out."""
    await tx.db.execute(
        "UPDATE person SET active = $2, ended_at = $3 WHERE id = $1", person_id, active, None if active else tx.now
    )


async def other_administrators(tx: Tx, but: PersonView) -> int:
    """How many people beside this one manage people; who is no example counts only those who are none either.

    It waits for whoever else is ending an administrator, so that two who end each other do not both succeed.
    """
    await tx.db.execute(
        "SELECT FROM role_grant WHERE role = 'administrator' AND ended_at IS NULL ORDER BY id FOR UPDATE"
    )
    found: int = await tx.db.fetchval(
        "SELECT count(DISTINCT p.id) FROM role_grant g JOIN person p ON p.id = g.person_id WHERE g.role = 'administrator' "
        "AND g.ended_at IS NULL AND p.active AND p.id <> $1 AND ($2 OR NOT p.is_example)",
        but.id,
        but.is_example,
    )
    return found


async def names_of(db: Db, identifiers: Iterable[str]) -> dict[str, str]:
    """What recipients and programmes are called."""
    rows = await db.fetch(
        "SELECT id, name FROM recipient WHERE id = ANY($1::text[]) UNION ALL "
        "SELECT code, title FROM programme WHERE code = ANY($1::text[])",
        list(identifiers),
    )
    return {row["id"]: row["name"] for row in rows}
