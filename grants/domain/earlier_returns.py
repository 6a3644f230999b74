"""What a recipient's other returns already hold, for a new one to be held against."""

from msgspec import Struct


class EarlierReturn(Struct, frozen=True):
    """Another return of the same recipient, of this or another of its awards.

    `files` are the SHA-256 of all that was ever sent for it, in hexadecimal. `lines` are the fingerprints of its lines,
    as big-endian signed 64-bit numbers, one after the other; none unless it was accepted.
    """

    award: str
    period: str
    files: tuple[str, ...] = ()
    lines: bytes = b""
