"""Queries of API tokens: whose they are, until when and what for. The tokens themselves are not kept."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from grants.domain.errors import NotFound
from grants.store.transaction import Db, Tx


class TokenView(Struct, frozen=True):
    """A token, without its secret. `only` names the deeds that it is for; null: all that its person may do."""

    id: UUID
    label: str
    only: list[str] | None
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


_TOKEN: Final = "SELECT id, label, deeds AS only, created_at, expires_at, last_used_at, revoked_at FROM api_token"


async def page_of(db: Db, person_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[TokenView]:
    """A person's tokens, oldest first, those that have ended too."""
    at, earlier = after or (None, None)
    rows = await db.fetch(
        f"{_TOKEN} WHERE person_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) > ($2, $3::uuid)) "
        "ORDER BY created_at, id LIMIT $4",
        person_id,
        at,
        earlier,
        limit,
    )
    return [TokenView(**dict(row)) for row in rows]


async def find(db: Db, token_id: UUID) -> TokenView:
    """One token. Raises NotFound."""
    row = await db.fetchrow(f"{_TOKEN} WHERE id = $1", token_id)
    if row is None:
        raise NotFound("token", "There is no such token.")
    return TokenView(**dict(row))


async def holder(tx: Tx, token_id: UUID) -> UUID:
    """Whose a token is; nobody else ends it until the deed does. Raises NotFound."""
    found: UUID | None = await tx.db.fetchval("SELECT person_id FROM api_token WHERE id = $1 FOR UPDATE", token_id)
    if found is None:
        raise NotFound("token", "There is no such token.")
    return found


async def in_force(tx: Tx, person_id: UUID) -> int:
    """How many tokens of a person work now; nobody adds another until the deed ends."""
    await tx.db.execute("SELECT pg_advisory_xact_lock(hashtextextended('tokens of ' || $1, 0))", str(person_id))
    found: int = await tx.db.fetchval(
        "SELECT count(*) FROM api_token WHERE person_id = $1 AND revoked_at IS NULL AND expires_at > $2",
        person_id,
        tx.now,
    )
    return found


async def revoke(tx: Tx, token_id: UUID) -> bool:
    """Ends a token; whether it had not been revoked before."""
    done: str = await tx.db.execute(
        "UPDATE api_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", token_id, tx.now
    )
    return done != "UPDATE 0"


async def revoke_all(tx: Tx, person_id: UUID) -> list[UUID]:
    """Ends every token of a person; which."""
    rows = await tx.db.fetch(
        "UPDATE api_token SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL RETURNING id",
        person_id,
        tx.now,
    )
    return [row["id"] for row in rows]


async def note_use(db: Db, token_id: UUID, now: datetime) -> None:
    """Notes when a token was last used; never back in time."""
    await db.execute("SELECT token_used($1, $2)", token_id, now)
