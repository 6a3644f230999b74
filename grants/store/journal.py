"""The journal: the append-only record of who did what. Written in the deed's own transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from grants.domain.access import Deed
from grants.domain.errors import Invalid
from grants.domain.leaves import SALT_BYTES, LeafEntry, canonical, leaf_of, text_of
from grants.store.transaction import Db, Tx

Facts = Mapping[str, Any]


class JournalLine(msgspec.Struct, frozen=True):
    """One record as people read it."""

    number: int
    at: str
    person: str
    deed: str
    subject_kind: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
    request_id: str


@dataclass(frozen=True)
class Said:
    """What a record says, beside who wrote it and when."""

    deed: str
    subject_kind: str
    subject: str
    before: Facts | None = None
    after: Facts | None = None
    reason: str | None = None


async def record(
    tx: Tx,
    deed: Deed | str,
    subject_kind: str,
    subject: str,
    *,
    before: Facts | None = None,
    after: Facts | None = None,
    reason: str | None = None,
) -> int:
    """Adds a record and gives its number. It takes the journal's lock until the deed ends, so write it late.

    Facts are exact: no number in them has a part.
    """
    number: int = await tx.db.fetchval("SELECT journal_queue()")
    await enter(tx, number, Said(str(deed), subject_kind, subject, before, after, reason))
    return number


async def enter(tx: Tx, number: int, said: Said, entries: tuple[LeafEntry, ...] = ()) -> None:
    """Adds the record of a number that journal_queue() gave, and commits to it and to the entries that come with it.

    Raises Invalid for words that cannot be written.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    before, after = _json(said.before), _json(said.after)
    try:
        words: dict[str, bytes | None] = {
            "person": str(tx.actor.id).encode(),
            "subject": said.subject.encode(),
            "before": None if before is None else canonical(before),
            "after": None if after is None else canonical(after),
            "reason": None if said.reason is None else said.reason.encode(),
            "request_id": tx.actor.request_id.encode(),
        }
    except UnicodeEncodeError:
        # Its text holds the words, which may be a recipient's own: nothing of it may go on into a log.
        raise Invalid("value", "A value holds a character that cannot be kept.") from None
    leaf = leaf_of(number, tx.now, said.deed, said.subject_kind, salt, words, entries)
    await tx.db.execute(
        _INSERT,
        number,
        tx.now,
        tx.actor.id,
        said.deed,
        said.subject_kind,
        said.subject,
        before,
        after,
        said.reason,
        tx.actor.request_id,
        salt,
        text_of(leaf),
    )


_INSERT: Final = """
INSERT INTO journal (number, at, person_id, deed, subject_kind, subject, before, after, reason, request_id, salt, leaf)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, $10, $11, $12)
"""


def _json(facts: Facts | None) -> str | None:
    return None if facts is None else msgspec.json.encode(facts).decode()


async def extract(db: Db, *, after: int, limit: int, subject: str | None = None) -> list[JournalLine]:
    """Records with numbers above `after`, in order."""
    rows = await db.fetch(
        "SELECT j.number, j.at, p.name AS person, j.deed, j.subject_kind, j.subject, j.before::text AS before, "
        "j.after::text AS after, j.reason, j.request_id FROM journal j JOIN person p ON p.id = j.person_id "
        "WHERE j.number > $1 AND ($3::text IS NULL OR j.subject = $3) ORDER BY j.number LIMIT $2",
        after,
        limit,
        subject,
    )
    return [
        JournalLine(
            **{
                **dict(row),
                "at": row["at"].isoformat(),
                "before": row["before"] and msgspec.json.decode(row["before"]),
                "after": row["after"] and msgspec.json.decode(row["after"]),
            }
        )
        for row in rows
    ]
