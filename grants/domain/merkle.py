"""The tree of hashes over the journal: any record that is changed, added, removed or moved changes its root.

Source: RFC 9162, section 2.1 (Merkle trees), with SHA-256. The prefix of each kind of input keeps a leaf from being taken
for an inner node. Paths of proofs are named here as runs of leaves, so that they can be read from wherever the hashes are.
"""

import hashlib
from typing import Final, NamedTuple

HASH_BYTES: Final = 32


class Span(NamedTuple):
    """The leaves with numbers from `first` to `last`, counted from one: a subtree of a tree that has them all."""

    first: int
    last: int


class Whole(NamedTuple):
    """The whole subtree of 2**level leaves that ends with the leaf `last`."""

    last: int
    level: int


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one record."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees that lie beside each other."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(edge: list[bytes]) -> bytes:
    """The root of whole subtrees that lie beside each other, largest first."""
    if not edge:
        return hashlib.sha256(b"").digest()
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root


def wholes_of(span: Span) -> list[Whole]:
    """The whole subtrees that a subtree of a tree consists of, largest first."""
    end, size = span.first - 1, span.last - span.first + 1
    found = []
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            end += 1 << level
            found.append(Whole(end, level))
    return found


def inclusion_path(number: int, size: int) -> list[Span]:
    """The subtrees beside the way from the leaf `number`, counted from one, up to the root of the first `size` leaves.

    Source: RFC 9162, section 2.1.3.1. Raises ValueError for a leaf that such a tree does not have.
    """
    if not 1 <= number <= size:
        raise ValueError("a tree proves its own leaves")
    path = []
    tree = Span(1, size)
    while tree.first < tree.last:
        left, right = _halves(tree)
        tree, beside = (left, right) if number <= left.last else (right, left)
        path.append(beside)
    return path[::-1]


def consistency_path(old: int, new: int) -> list[Span]:
    """The subtrees that show that the first `new` leaves begin with the first `old`.

    Source: RFC 9162, section 2.1.4.1. Raises ValueError for sizes of which the second has not grown from the first.
    """
    if not 1 <= old <= new:
        raise ValueError("a tree grows from a smaller one that has a leaf")
    path = []
    tree = Span(1, new)
    while tree.last != old:
        left, right = _halves(tree)
        tree, beside = (left, right) if old <= left.last else (right, left)
        path.append(beside)
    # Whoever checks the path has the old root already: it is the subtree that is left, where that begins with the first leaf.
    return ([] if tree.first == 1 else [tree]) + path[::-1]


def _halves(tree: Span) -> tuple[Span, Span]:
    """The left one holds the largest power of two of leaves that leaves any for the right one."""
    middle = tree.first - 1 + (1 << (tree.last - tree.first).bit_length() - 1)
    return Span(tree.first, middle), Span(middle + 1, tree.last)
