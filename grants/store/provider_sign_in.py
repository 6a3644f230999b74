"""Queries of sign-ins that an identity provider is asked about, and of who people are to providers."""

from datetime import datetime
from uuid import UUID

import asyncpg

from grants.store.transaction import Db


async def forget_flows(db: Db, now: datetime) -> None:
    """Removes sign-ins that never came back."""
    await db.execute("DELETE FROM provider_flow WHERE expires_at <= $1", now)


async def take_flow(
    db: Db, state_sha256: bytes, browser_sha256: bytes, provider: str, now: datetime
) -> asyncpg.Record | None:
    """A sign-in that has come back, removed so that it comes back once."""
    return await db.fetchrow(
        "DELETE FROM provider_flow WHERE state_sha256 = $1 AND browser_sha256 = $2 AND provider = $3 AND expires_at > $4 "
        "RETURNING nonce, verifier, created_at",
        state_sha256,
        browser_sha256,
        provider,
        now,
    )


async def linked_person(db: Db, issuer: str, subject: str) -> UUID | None:
    """The person that a subject of an issuer was linked to."""
    found: UUID | None = await db.fetchval(
        "SELECT person_id FROM provider_identity WHERE issuer = $1 AND subject = $2", issuer, subject
    )
    return found


async def link(db: Db, issuer: str, subject: str, person: UUID, now: datetime) -> bool:
    """Links a subject of an issuer to a person; False where either is linked already, also by somebody just now."""
    linked: bool | None = await db.fetchval(
        "INSERT INTO provider_identity (issuer, subject, person_id, linked_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING true",
        issuer,
        subject,
        person,
        now,
    )
    return linked is True
