"""Checkpoints: the journal's size and root, signed, as a short text that anybody can keep and check without the service.

Sources: the signed note and tlog-checkpoint formats of C2SP (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), with Ed25519,
and the text form of their keys, as Go's golang.org/x/mod/sumdb/note writes them. Existing witnesses and tools read them.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from grants.domain.leaves import instant
from grants.domain.merkle import HASH_BYTES

KEY_NAME: Final = "tallystick/journal"
NOTE_BYTES_MAX: Final = 10_000
_PRIVATE: Final = "PRIVATE+KEY+"
_ED25519: Final = b"\x01"
_SIGNED: Final = "— "
_NAME: Final = re.compile(r"[!-*,-~]{1,200}", re.ASCII)


class NotSigned(ValueError):
    """A text is no checkpoint, or nobody that we know signed it; or a key is no key. The message says which."""


@dataclass(frozen=True)
class Head:
    """The journal as it stood: its records, the root of its tree, when, and the newest entry of the ledger."""

    size: int
    root: bytes
    at: datetime
    entry_no: int


@dataclass(frozen=True)
class Verifier:
    """A public key and its name: what an auditor keeps, apart from the service."""

    name: str
    public: bytes

    @classmethod
    def from_text(cls, text: str) -> Self:
        """From NAME+ID+KEY. Raises NotSigned."""
        name, key = _key_in(text.strip())
        verifier = cls(name, key)
        if verifier.text() != text.strip():
            raise NotSigned("That is no public key of a journal.")
        return verifier

    def text(self) -> str:
        """As NAME+ID+KEY, which is no secret."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def opened(self, note: str) -> Head:
        """What a checkpoint says, once its signature holds. Raises NotSigned."""
        body, parted, signatures = note.rpartition("\n\n")
        if not parted or not signatures.endswith("\n") or len(note.encode()) > NOTE_BYTES_MAX:
            raise NotSigned("That is no checkpoint of a journal.")
        text = body + "\n"
        for line in signatures.splitlines():
            name, _, blob = line.removeprefix(_SIGNED).partition(" ")
            signature = _decoded(blob)
            if not line.startswith(_SIGNED) or signature is None:
                raise NotSigned("That is no checkpoint of a journal.")
            if (name, signature[:4]) == (self.name, self.key_id):
                self._check(signature[4:], text)
                return _head_in(text, self.name)
        raise NotSigned("The checkpoint was signed by another key.")

    def _check(self, signature: bytes, text: str) -> None:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError) as error:
            raise NotSigned("The checkpoint's signature does not hold: somebody changed it.") from error


class Signer:
    """The private key that signs the journal's head. Its text is a secret."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._seed = seed
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Signer({self.verifier.text()})"

    @classmethod
    def new(cls, name: str = KEY_NAME) -> Self:
        """A new random key."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """From PRIVATE+KEY+NAME+ID+KEY. Raises NotSigned."""
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise NotSigned("That is no private key of a journal.")
        name, seed = _key_in(text.removeprefix(_PRIVATE))
        signer = cls(name, seed)
        if signer.text() != text:
            raise NotSigned("That is no private key of a journal.")
        return signer

    def text(self) -> str:
        """As PRIVATE+KEY+NAME+ID+KEY."""
        of = self.verifier
        return f"{_PRIVATE}{of.name}+{of.key_id.hex()}+{base64.b64encode(_ED25519 + self._seed).decode()}"

    def derived(self, label: str) -> bytes:
        """32 bytes of another key, which tells nothing of this one: each use has a label of its own (HKDF, RFC 5869)."""
        return HKDF(hashes.SHA256(), 32, None, f"tallystick/{label}".encode()).derive(self._seed)

    def signed(self, head: Head) -> str:
        """A checkpoint."""
        root = base64.b64encode(head.root).decode()
        lines = (self.verifier.name, str(head.size), root, f"time {instant(head.at)}", f"entry {head.entry_no}")
        text = "".join(f"{line}\n" for line in lines)
        signature = base64.b64encode(self.verifier.key_id + self._private.sign(text.encode())).decode()
        return f"{text}\n{_SIGNED}{self.verifier.name} {signature}\n"


def _key_in(text: str) -> tuple[str, bytes]:
    name, _, rest = text.partition("+")
    key = _decoded(rest.partition("+")[2])
    if not _NAME.fullmatch(name) or key is None or len(key) != 33 or not key.startswith(_ED25519):
        raise NotSigned("That is no key of a journal.")
    return name, key[1:]


def _head_in(text: str, origin: str) -> Head:
    lines = text.splitlines()
    try:
        named, size, root, at, entry = lines[:5]
        head = Head(
            size=_whole(size),
            root=base64.b64decode(root, validate=True),
            at=datetime.fromisoformat(at.removeprefix("time ")),
            entry_no=_whole(entry.removeprefix("entry ")),
        )
    except ValueError as error:
        raise NotSigned("That is no checkpoint of a journal.") from error
    if named != origin or len(head.root) != HASH_BYTES or head.at.tzinfo is None:
        raise NotSigned("That is no checkpoint of this journal.")
    return head


def _whole(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,17}", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _decoded(text: str) -> bytes | None:
    """Base64 in the one way that there is to write it: bits that mean nothing could be changed unnoticed."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == text else None
