"""The tree of hashes over the journal: any record that is changed, added, removed or moved changes its root.

Source: RFC 9162, section 2.1 (Merkle trees), with SHA-256. The empty prefix of each kind of input keeps a leaf from being
taken for an inner node.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

HASH_BYTES: Final = 32


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one record."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees that lie beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def edge_of(size: int) -> Iterator[int]:
    """The numbers of the leaves that end the whole subtrees of which a tree consists, largest first."""
    end = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            end += 1 << level
            yield end


def root_of(edge: list[bytes]) -> bytes:
    """The root of whole subtrees that lie beside each other, largest first."""
    if not edge:
        return hashlib.sha256(b"").digest()
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root
