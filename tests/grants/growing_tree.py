"""A tree of hashes grown leaf by leaf, as PostgreSQL grows the journal's: what it must come to."""

from grants.domain.merkle import node_hash, root_of


class Tree:
    """A tree that grows by one leaf at a time and keeps no more than its right edge: one hash for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def add(self, leaf: bytes) -> bytes:
        """Adds a leaf's hash. Gives the hashes of the whole subtrees that it completes, smallest first, end to end."""
        completed = [leaf]
        size = self.size
        while size & 1:
            completed.append(node_hash(self._edge.pop(), completed[-1]))
            size >>= 1
        self._edge.append(completed[-1])
        self.size += 1
        return b"".join(completed)

    def root(self) -> bytes:
        """The hash of all of it."""
        return root_of(self._edge)
