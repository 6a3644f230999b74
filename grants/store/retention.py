"""Which awards and people have outlived their years, and their removal. PostgreSQL itself counts the years: see 0008_retention.sql."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from grants.store.evidence import lines_sha256
from grants.store.transaction import Db, Tx


@dataclass(frozen=True)
class AwardOutlived:
    """An award whose years were over at the end of a day."""

    reference: str
    years_over_on: date


_AWARDS: Final = """
SELECT reference, ends FROM (SELECT reference, retention_ends(reference) AS ends FROM award) found
WHERE ends < (now() AT TIME ZONE 'Europe/London')::date ORDER BY reference
"""
_VERSIONS: Final = """
SELECT v.id, r.award || '/' || r.period AS name, v.number FROM return_version v JOIN spend_return r ON r.id = v.return_id
WHERE r.award = $1 ORDER BY v.id
"""


async def awards_outlived(db: Db) -> list[AwardOutlived]:
    """Awards whose years are over and of which nothing was removed yet."""
    return [AwardOutlived(row["reference"], row["ends"]) for row in await db.fetch(_AWARDS)]


async def people_outlived(db: Db, years: int) -> list[UUID]:
    """People who left more than so many years ago, and of whom nothing younger is kept."""
    rows = await db.fetch("SELECT id FROM person WHERE NOT active AND person_outlived(id, $1) ORDER BY id", years)
    return [row["id"] for row in rows]


async def remove_award(tx: Tx, reference: str) -> dict[str, Any]:
    """Removes what is personal in an award's returns and in what was said of them; amounts stay.

    Gives what was removed, and for each version the digest of what is left of its lines. Raises Conflict `not_over`.
    """
    removed: dict[str, Any] = msgspec.json.decode(await tx.db.fetchval("SELECT erase_award($1)::text", reference))
    left = [
        {"return": row["name"], "version": row["number"], "lines_sha256": await lines_sha256(tx.db, row["id"])}
        for row in await tx.db.fetch(_VERSIONS, reference)
    ]
    return {**removed, "left": left}


async def remove_person(tx: Tx, person: UUID, years: int) -> dict[str, Any]:
    """Removes a person's name and address, and what is said of them; what they did stays. Raises Conflict `not_over`."""
    removed: dict[str, Any] = msgspec.json.decode(
        await tx.db.fetchval("SELECT erase_person($1, $2)::text", person, years)
    )
    return removed
