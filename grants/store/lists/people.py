"""The lists of administrators: people with their roles, and notices with how far they are."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.people_register import SERVICE_ADDRESS
from grants.store.transaction import Db

_ROLES: Final = """(SELECT string_agg(upper(left(g.role, 1)) || replace(substr(g.role, 2), '_', ' ') || coalesce(
    CASE WHEN g.role IN ('finance_officer', 'certifier') THEN ' for ' ELSE ' over ' END || (SELECT string_agg(n.name, ', ' ORDER BY n.name) FROM (
        SELECT name FROM recipient WHERE id = ANY (g.over) AND g.role IN ('finance_officer', 'certifier')
        UNION ALL SELECT title FROM programme WHERE code = ANY (g.over) AND g.role NOT IN ('finance_officer', 'certifier')) n), ''), '; '
    ORDER BY g.granted_at, g.role, g.id) FROM role_grant g WHERE g.person_id = p.id AND g.ended_at IS NULL)"""
PEOPLE: Final = ListQuery(
    f"""
SELECT p.id, p.name, p.email, {_ROLES} AS roles, p.is_example,
    CASE WHEN NOT p.active THEN 'shut_out' WHEN p.is_example OR EXISTS (SELECT FROM session s WHERE s.person_id = p.id) THEN 'active'
        ELSE 'never_here' END AS state,
    greatest((SELECT max(s.seen_at) FROM session s WHERE s.person_id = p.id),
        (SELECT max(t.last_used_at) FROM api_token t WHERE t.person_id = p.id)) AS last_used_at
FROM person p WHERE p.email NOT LIKE '%{SERVICE_ADDRESS}'
""",  # noqa: S608  our own text
    words=frozenset({"name", "email", "roles", "state"}),
    values=frozenset({"id", "is_example", "last_used_at"}),
    unique="email",
    nullable=frozenset({"roles", "last_used_at"}),
)
NOTICES: Final = ListQuery(
    """
SELECT o.id, o.what, p.name AS person, o.person_id, o.address, o.state, o.attempts, o.transport, o.queued_at, o.ended_at, o.failure,
    CASE o.state WHEN 'waiting' THEN o.not_before END AS next_attempt_at, o.is_example
FROM outbox o JOIN person p ON p.id = o.person_id
""",
    words=frozenset({"what", "person", "address", "state", "transport", "failure"}),
    values=frozenset({"id", "person_id", "attempts", "queued_at", "ended_at", "next_attempt_at", "is_example"}),
    unique="id",
    nullable=frozenset({"address", "transport", "failure", "ended_at", "next_attempt_at"}),
)


async def people(db: Db, wanted: Wanted) -> Listed[asyncpg.Record]:
    """One page of everybody but the service's own actors."""
    return await listed(db, PEOPLE, wanted)


async def notices(db: Db, wanted: Wanted) -> Listed[asyncpg.Record]:
    """One page of the outbox."""
    return await listed(db, NOTICES, wanted)


async def sessions_in_force(db: Db, person: UUID, now: datetime, seen_after: datetime) -> list[dict[str, Any]]:
    """Where a person is signed in now, the newest first."""
    rows = await db.fetch(
        "SELECT id, browser, signed_in_by, created_at, seen_at FROM session WHERE person_id = $1 AND ended_at IS NULL "
        "AND ends_at > $2 AND seen_at > $3 ORDER BY created_at DESC LIMIT 100",
        person,
        now,
        seen_after,
    )
    return [dict(row) for row in rows]


async def roles_ended(db: Db, person: UUID, limit: int) -> list[asyncpg.Record]:
    """The roles that somebody held and does not any more, those that ended last first."""
    found: list[asyncpg.Record] = await db.fetch(
        "SELECT role, over, granted_at, ended_at FROM role_grant WHERE person_id = $1 AND ended_at IS NOT NULL "
        "ORDER BY ended_at DESC, id LIMIT $2",
        person,
        limit,
    )
    return found


async def invitations_of(db: Db, person: UUID, limit: int) -> list[asyncpg.Record]:
    """A person's links, the newest first, with how far the notice of each is, where one was sent."""
    found: list[asyncpg.Record] = await db.fetch(
        "SELECT i.purpose, i.created_at, i.expires_at, i.used_at, i.revoked_at, p.name AS created_by, o.state AS notice FROM invitation i "
        "JOIN person p ON p.id = i.created_by LEFT JOIN outbox o ON o.what = 'invitation' AND o.about = i.id "
        "WHERE i.person_id = $1 ORDER BY i.created_at DESC LIMIT $2",
        person,
        limit,
    )
    return found


async def recipients_named(db: Db, text: str, limit: int) -> list[tuple[str, str]]:
    """Recipients by their identifier or name, the exact ones alone where there are any: identifiers and names."""
    rows = await db.fetch(
        "WITH found AS (SELECT id, name, id = $1 OR lower(name) = lower($1) AS exact FROM recipient "
        "WHERE id = $1 OR strpos(lower(name), lower($1)) > 0) "
        "SELECT id, name FROM found WHERE exact OR NOT EXISTS (SELECT FROM found WHERE exact) ORDER BY name, id LIMIT $2",
        text,
        limit,
    )
    return [(row["id"], row["name"]) for row in rows]


async def programmes(db: Db) -> list[tuple[str, str]]:
    """Codes and titles of the programmes."""
    rows = await db.fetch("SELECT code, title FROM programme ORDER BY title, code")
    return [(row["code"], row["title"]) for row in rows]
