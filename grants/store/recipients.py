"""Queries of the register of recipients."""

from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg
import msgspec

from grants.domain.errors import NotFound
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.store.transaction import Db, Tx


class RecipientRow(msgspec.Struct, frozen=True):
    """An organisation in the register. `identifiers` by scheme."""

    id: str
    name: str
    kind: RecipientKind
    identifiers: dict[str, str]
    is_example: bool


_RECIPIENT: Final = "SELECT id, name, kind, identifiers::text AS identifiers, is_example FROM recipient"


async def find(db: Db, recipient_id: str) -> RecipientRow:
    """One recipient. Raises NotFound."""
    row = await db.fetchrow(f"{_RECIPIENT} WHERE id = $1", recipient_id)
    if row is None:
        raise NotFound(
            "recipient", "There is no recipient with that identifier that you can see. Check the identifier."
        )
    return _row(row)


async def names_of(db: Db, identifiers: Iterable[str]) -> dict[str, str]:
    """What some recipients are called, by identifier; without those that there are not."""
    rows = await db.fetch("SELECT id, name FROM recipient WHERE id = ANY($1)", sorted(set(identifiers)))
    return {row["id"]: row["name"] for row in rows}


async def every(db: Db) -> list[RecipientRow]:
    """All recipients, in order of identifier."""
    return [_row(row) for row in await db.fetch(f"{_RECIPIENT} ORDER BY id")]


async def page_of(
    db: Db, after: str, limit: int, visible: frozenset[str] | None, kind: RecipientKind | None
) -> list[RecipientRow]:
    """Recipients in order of identifier: those that may be seen (None: all), of one kind (None: of all)."""
    rows = await db.fetch(
        f"{_RECIPIENT} WHERE id > $1 AND ($3::text[] IS NULL OR id = ANY($3)) AND ($4::text IS NULL OR kind = $4) "
        "ORDER BY id LIMIT $2",
        after,
        limit,
        None if visible is None else sorted(visible),
        None if kind is None else kind.value,
    )
    return [_row(row) for row in rows]


def _row(row: asyncpg.Record) -> RecipientRow:
    return msgspec.convert({**dict(row), "identifiers": msgspec.json.decode(row["identifiers"])}, type=RecipientRow)


async def add_missing(tx: Tx, recipients: Sequence[NewRecipient], *, is_example: bool = False) -> list[str]:
    """Adds those that the register does not have yet; their identifiers. What it has is left as it is."""
    rows = await tx.db.fetch(
        "INSERT INTO recipient (id, name, kind, identifiers, is_example) "
        "SELECT r ->> 'id', r ->> 'name', r ->> 'kind', r -> 'identifiers', $2 FROM jsonb_array_elements($1::jsonb) r "
        "ON CONFLICT DO NOTHING RETURNING id",
        msgspec.json.encode(recipients).decode(),
        is_example,
    )
    return [row["id"] for row in rows]


_NAMED: Final = """
SELECT *, CASE WHEN id = upper($1) THEN 0 WHEN lower(name) = lower($1) THEN 1 ELSE 2 END AS closeness
FROM recipient WHERE id = upper($1) OR strpos(lower(name), lower($1)) > 0
"""


async def named(db: Db, typed: str, limit: int) -> list[RecipientRow]:
    """The recipients that a text can mean: of that identifier, or else of that name, or else whose name contains it."""
    rows = await db.fetch(
        "SELECT id, name, kind, identifiers::text AS identifiers, is_example FROM "  # noqa: S608  our own text
        f"(SELECT *, min(closeness) OVER () AS closest FROM ({_NAMED}) found) found WHERE closeness = closest ORDER BY name, id LIMIT $2",
        typed.strip(),
        limit,
    )
    return [_row(row) for row in rows]
