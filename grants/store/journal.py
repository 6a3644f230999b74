"""The journal: the append-only record of who did what. Written in the deed's own transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from grants.domain.access import Actor, Deed, roles_for
from grants.domain.errors import Invalid
from grants.domain.leaves import SALT_BYTES, LeafEntry, canonical, leaf_of, text_of
from grants.store.transaction import Db, Tx

Facts = Mapping[str, Any]


class JournalLine(msgspec.Struct, frozen=True):
    """One record as people read it. `role` is what the person acted as; None where that was not yet recorded."""

    number: int
    at: str
    person: str
    role: str | None
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

    Facts are exact: no number in them has a part. It commits to the rows that the deed has written since its record
    before, and goes on writing until the next or until the deed ends. Raises Invalid for words that cannot be written.
    """
    await close(tx)
    number: int = await tx.db.fetchval("SELECT journal_queue()")
    enter(tx, number, Said(str(deed), subject_kind, subject, before, after, reason))
    return number


async def close(tx: Tx) -> None:
    """Writes the deed's newest record, if there is one that is not written yet: what the deed writes from now on is not
    committed to by it. Whoever asks for the number of another record does this first.
    """
    for last in tx.at_end:
        if isinstance(last, _Newest):
            await last()


def enter(tx: Tx, number: int, said: Said, entries: tuple[LeafEntry, ...] = ()) -> None:
    """Notes the record of a number that journal_queue() gave; it commits to the entries that come with it.

    Raises Invalid for words that cannot be written.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    before, after = _json(said.before), _json(said.after)
    words = _words(tx.actor, said, before, after)
    role = role_of(tx.actor, said.deed)
    leaf = text_of(leaf_of(number, tx.now, said.deed, said.subject_kind, salt, words, entries, role))
    # No text in a leaf has a quotation mark of its own that is not written \", so that this stands in one place only.
    until, _, after_rows = leaf.partition('"rows":{}')
    row = (
        *(number, tx.now, tx.actor.id, said.deed, said.subject_kind, said.subject, before, after, said.reason),
        *(tx.actor.request_id, role, salt, f'{until}"rows":', after_rows),
    )
    newest = next((last for last in tx.at_end if isinstance(last, _Newest)), None)
    if newest is None:
        tx.at_end.append(newest := _Newest(tx.db))
    newest.row = row


class _Newest:
    """A deed's newest record, written when the deed can no longer write what it commits to."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self.row: tuple[object, ...] | None = None

    async def __call__(self) -> None:
        row, self.row = self.row, None
        if row is not None:
            await self._db.execute(_INSERT, *row)


# The digests of the rows are in the database, which puts them into the leaf: to fetch them would hold up whoever waits.
_INSERT: Final = """
INSERT INTO journal (number, at, person_id, deed, subject_kind, subject, before, after, reason, request_id, role, salt, leaf)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, $10, $11, $12, $13 || rows_sealed($12) || $14)
"""


def role_of(actor: Actor, deed: str) -> str:
    """The roles in which somebody does a deed: those that allow it; all of theirs where they end what another began."""
    known = deed in Deed.__members__.values()
    grants = (roles_for(actor, Deed(deed)) if known else ()) or actor.grants
    return ", ".join(sorted({grant.role.value for grant in grants}))


def _words(actor: Actor, said: Said, before: str | None, after: str | None) -> dict[str, bytes | None]:
    try:
        return {
            "person": str(actor.id).encode(),
            "subject": said.subject.encode(),
            "before": None if before is None else canonical(before),
            "after": None if after is None else canonical(after),
            "reason": None if said.reason is None else said.reason.encode(),
            "request_id": actor.request_id.encode(),
        }
    except UnicodeEncodeError:
        # Its text holds the words, which may be a recipient's own: nothing of it may go on into a log.
        raise Invalid("value", "A value holds a character that cannot be kept.") from None


def _json(facts: Facts | None) -> str | None:
    return None if facts is None else msgspec.json.encode(facts).decode()


async def extract(db: Db, *, after: int, limit: int, subject: str | None = None) -> list[JournalLine]:
    """Records with numbers above `after`, in order."""
    rows = await db.fetch(
        "SELECT j.number, j.at, p.name AS person, j.role, j.deed, j.subject_kind, j.subject, j.before::text AS before, "
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
