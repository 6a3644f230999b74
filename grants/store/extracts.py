"""Records of the journal as they leave it: the leaf's text, and the words that its commitments are of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from grants.domain.leaves import COMMITTED, canonical
from grants.store.transaction import Db


@dataclass(frozen=True)
class Kept:
    """A record. `words` is what its committed fields say; empty, as `salt` is, where it has outlived its years."""

    number: int
    leaf: str
    salt: bytes
    words: dict[str, str]


_KEPT: Final = (
    "SELECT number, leaf, salt, person_id::text AS person, subject, before::text AS before, after::text AS after, reason, "
    "request_id FROM journal WHERE {} ORDER BY number LIMIT $2"
)
OF_ENTRY: Final = _KEPT.format("number = (SELECT journal_no FROM entry WHERE entry.number = $1)")
OF_RECORD: Final = _KEPT.format("number = $1")
OF_SUBJECT: Final = _KEPT.format("subject = $1 AND salt <> ''")
"""Without its salt nobody can prove any more whom or what a record is about."""


async def records(db: Db, which: str, value: int | str, limit: int) -> list[Kept]:
    """The records of an entry, of a number or of a subject, in order."""
    return [_kept(row) for row in await db.fetch(which, value, limit)]


async def leaves(db: Db, *, after: int, until: int, limit: int) -> Sequence[tuple[int, str]]:
    """The numbers and leaves of records above `after`, in order."""
    found = "SELECT number, leaf FROM journal WHERE number > $1 AND number <= $2 ORDER BY number LIMIT $3"
    return [(row["number"], row["leaf"]) for row in await db.fetch(found, after, until, limit)]


def _kept(row: asyncpg.Record) -> Kept:
    facts = ("before", "after")
    said = {name: row[name] for name in COMMITTED if row["salt"] and row[name] is not None}
    words = {name: canonical(text).decode() if name in facts else text for name, text in said.items()}
    return Kept(row["number"], row["leaf"], bytes(row["salt"]), words)
