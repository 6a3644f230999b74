"""Forms that came after their session had ended, and answers to forms: how they are sealed with a key that only their browser has.

Source of the sealing: NIST SP 800-38D (AES-GCM).
"""

import secrets
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

_KEY_BITS: Final = 256
_NONCE_BYTES: Final = 12
T = TypeVar("T", bound=Struct)


class KeptFile(Struct, frozen=True):
    """A file of a form, under the name of its field."""

    field: str
    filename: str
    content: bytes


class Kept(Struct, frozen=True):
    """A form as it came: where to, from which page, with which fields, in order, and files. No token of it is kept."""

    path: str
    query: str
    page: str
    fields: list[tuple[str, str]]
    files: list[KeptFile]


def new_key() -> bytes:
    """A key for one form."""
    return AESGCM.generate_key(_KEY_BITS)


def sealed(key: bytes, form: UUID, person: UUID, kept: Struct) -> bytes:
    """A form, or an answer, as it is kept. It opens as this one of this person alone, so that moving it to another row is of no use."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, msgspec.msgpack.encode(kept), form.bytes + person.bytes)


def opened(key: bytes, form: UUID, person: UUID, content: bytes, kind: type[T]) -> T | None:
    """What was sealed; None where another key sealed it, or as another's."""
    try:
        plain = AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], form.bytes + person.bytes)
    except (InvalidTag, ValueError):
        return None
    return msgspec.msgpack.decode(plain, type=kind)
