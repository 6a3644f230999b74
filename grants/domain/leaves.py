"""What the journal commits to: the text of a leaf, which says what a deed did and names nobody.

A leaf is JSON: the record's number, time, deed and kind of subject, every field of every entry that the deed posted, and
for whatever could be personal – who, on what, before, after, why – a commitment: a digest that nobody can guess without
the record's salt. Once the salt and the words are gone, the leaf and its proof still hold.

Since version 2 it also says in which role the deed was done, and has a commitment for each row of the database that the
deed wrote, by the row's name: its table and its key, which names nobody.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import msgspec
from msgspec import UNSET, UnsetType

SALT_BYTES: Final = 32


class LeafEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of the ledger; `pence` is above zero. When it was recorded and by which record, the leaf says."""

    number: int
    kind: str
    source: str
    target: str
    pence: int
    budget_kind: str
    category: str | None
    year: str
    effective_on: str
    decision_id: str | None
    return_version: int | None
    evidence: str
    reverses: int | None


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record of the journal as it is committed to. `person` to `request_id` are commitments, in hexadecimal."""

    version: int
    number: int
    at: str
    deed: str
    subject_kind: str
    person: str
    subject: str
    before: str | None
    after: str | None
    reason: str | None
    request_id: str
    entries: tuple[LeafEntry, ...]
    role: str | UnsetType = UNSET
    rows: dict[str, str] | UnsetType = UNSET

    def __post_init__(self) -> None:
        """Raises ValueError where the fields are not those of the version."""
        later = (self.role is not UNSET, self.rows is not UNSET)
        if (self.version, *later) not in ((1, False, False), (2, True, True)):
            raise ValueError("no such version of a leaf")


COMMITTED: Final = ("person", "subject", "before", "after", "reason", "request_id")
"""The fields of which a leaf holds no more than a commitment."""


def leaf_of(
    number: int,
    at: datetime,
    deed: str,
    subject_kind: str,
    salt: bytes,
    words: dict[str, bytes | None],
    entries: tuple[LeafEntry, ...],
    role: str | None = None,
    rows: dict[str, str] | None = None,
) -> Leaf:
    """The leaf of a record; `words` holds what each committed field says, `rows` a commitment for each row by its name.

    Without a role it is a leaf of version 1.
    """
    sealed: dict[str, Any] = {name: commitment(salt, name, words[name]) for name in COMMITTED}
    return Leaf(
        version=1 if role is None else 2,
        number=number,
        at=instant(at),
        deed=deed,
        subject_kind=subject_kind,
        entries=entries,
        role=UNSET if role is None else role,
        rows=UNSET if role is None else rows or {},
        **sealed,
    )


def commitment(salt: bytes, name: str, words: bytes | None) -> str | None:
    """What stands in a leaf for a field."""
    return None if words is None else hashlib.sha256(own_salt(salt, name) + words).hexdigest()


def own_salt(salt: bytes, name: str) -> bytes:
    """The salt of one field of a record: it can be shown without the others."""
    return hashlib.sha256(salt + name.encode()).digest()


def text_of(leaf: Leaf) -> str:
    """A leaf's text: JSON with sorted keys and no spaces, the same for the same leaf for ever."""
    return _WRITE(leaf).decode()


def read_leaf(text: str) -> Leaf | None:
    """The leaf of a text; None for a text that no leaf has."""
    try:
        leaf = msgspec.json.decode(text, type=Leaf)
    except (msgspec.MsgspecError, UnicodeError):
        return None
    return leaf if text_of(leaf) == text else None


def instant(at: datetime) -> str:
    """A moment as leaves write it: in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def canonical(facts: str | bytes) -> bytes:
    """JSON as it is committed to – sorted keys, no spaces, UTF-8 – the same before PostgreSQL keeps it as jsonb and after.

    Raises ValueError for a number with a part: facts are exact, and PostgreSQL could write it another way.
    """
    try:
        return _WRITE(_READ(facts))
    except msgspec.MsgspecError as error:
        raise ValueError("a fact of the journal must be exact") from error


def _inexact(text: str) -> NoReturn:
    raise ValueError(text)


_READ: Final = msgspec.json.Decoder(float_hook=_inexact).decode
_WRITE: Final = msgspec.json.Encoder(order="sorted").encode
