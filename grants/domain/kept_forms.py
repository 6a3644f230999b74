"""Forms that came after their session had ended: what is kept of one, and how it is sealed with a key that only its browser has.

Source of the sealing: NIST SP 800-38D (AES-GCM).
"""

import secrets
from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

_KEY_BITS: Final = 256
_NONCE_BYTES: Final = 12


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


def sealed(key: bytes, form: UUID, person: UUID, kept: Kept) -> bytes:
    """The form as it is kept. It opens as this form of this person alone, so that moving it to another row is of no use."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, msgspec.msgpack.encode(kept), form.bytes + person.bytes)


def opened(key: bytes, form: UUID, person: UUID, content: bytes) -> Kept | None:
    """The form; None where another key sealed it, or as another's."""
    try:
        plain = AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], form.bytes + person.bytes)
    except (InvalidTag, ValueError):
        return None
    return msgspec.msgpack.decode(plain, type=Kept)
