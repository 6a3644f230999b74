"""The tree of hashes, against the definition of RFC 9162 word for word and the published vectors of its predecessor."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from grants.domain.merkle import HASH_BYTES, Span, leaf_hash, node_hash, root_of, wholes_of
from tests.grants.growing_tree import Tree

# The leaves and roots of the vectors that Certificate Transparency's implementations share (RFC 6962, the same hashes).
LEAVES = [
    *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def grown(leaves: list[bytes]) -> tuple[Tree, list[bytes]]:
    tree = Tree()
    return tree, [tree.add(leaf_hash(leaf)) for leaf in leaves]


def test_the_published_vectors() -> None:
    leaves = [bytes.fromhex(leaf) for leaf in LEAVES]
    for size, root in enumerate(ROOTS):
        assert grown(leaves[:size])[0].root().hex() == root


@given(st.lists(st.binary(max_size=3), max_size=70))
def test_a_grown_tree_has_the_root_of_the_definition(leaves: list[bytes]) -> None:
    assert grown(leaves)[0].root() == defined_root(leaves)


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=70), st.data())
def test_every_earlier_root_can_be_had_from_what_the_leaves_completed(leaves: list[bytes], data: st.DataObject) -> None:
    _, completed = grown(leaves)
    size = data.draw(st.integers(0, len(leaves)))
    edge = [completed[number - 1][-HASH_BYTES:] for number, _ in wholes_of(Span(1, size))]
    assert root_of(edge) == defined_root(leaves[:size])


@given(st.integers(1, 10_000))
def test_a_leaf_completes_a_subtree_for_each_power_of_two_in_its_number(number: int) -> None:
    wholes = wholes_of(Span(1, number))
    assert len(wholes) == number.bit_count()
    assert wholes[-1].last == number


def test_a_leaf_is_never_taken_for_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@given(st.lists(st.binary(max_size=3), min_size=2, max_size=20), st.data())
def test_any_change_changes_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    root = grown(leaves)[0].root()
    place = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.binary(max_size=3).filter(lambda leaf: leaf != leaves[place]))
    assert grown([*leaves[:place], other, *leaves[place + 1 :]])[0].root() != root
    assert grown([*leaves[:place], *leaves[place + 1 :]])[0].root() != root
    assert grown([*leaves, other])[0].root() != root
    if leaves != leaves[::-1]:
        assert grown(leaves[::-1])[0].root() != root
