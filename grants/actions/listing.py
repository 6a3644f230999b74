"""Lists that come in pages: the page, and the cursor that leads to the next one."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from msgspec import Struct

from grants.domain.errors import Invalid

T = TypeVar("T")

MAX_LIMIT = 200


class Page(Struct, Generic[T], frozen=True):
    """Some items of a list. `next` leads to those that follow, as `?after=`; it is null at the end."""

    items: list[T]
    next: str | None = None


def page(found: Sequence[T], limit: int, key: Callable[[T], str]) -> Page[T]:
    """A page of what was found, when one more than `limit` was asked for; `key` is what the list is ordered by."""
    items = list(found[:limit])
    return Page(items, encode_cursor(key(items[-1])) if len(found) > limit else None)


def encode_cursor(key: str) -> str:
    """A place in a list, opaque."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str:
    """The key behind a cursor; empty for none. Raises Invalid."""
    if not cursor:
        return ""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise Invalid("cursor", "Use the value of `next` from the page before, as it is.") from error


def decode_number(cursor: str | None) -> int:
    """The number behind a cursor; 0 for none. Raises Invalid."""
    key = decode_cursor(cursor) or "0"
    if not key.isdecimal() or len(key) > 18:
        raise Invalid("cursor", "Use the value of `next` from the page before, as it is.")
    return int(key)


def moment_key(at: datetime, identifier: UUID) -> str:
    """What a list in the order of time is ordered by: two things of one moment are told apart."""
    return f"{at.isoformat()} {identifier}"


def decode_moment(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The moment and the identifier behind a cursor; None for none. Raises Invalid."""
    key = decode_cursor(cursor)
    if not key:
        return None
    at, _, identifier = key.partition(" ")
    try:
        place = datetime.fromisoformat(at), UUID(identifier)
    except ValueError as error:
        raise Invalid("cursor", "Use the value of `next` from the page before, as it is.") from error
    if place[0].tzinfo is None:
        raise Invalid("cursor", "Use the value of `next` from the page before, as it is.")
    return place
