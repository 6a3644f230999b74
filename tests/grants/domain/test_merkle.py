"""The tree of hashes, against the definition of RFC 9162 word for word and the published vectors of its predecessor."""

import hashlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.merkle import (
    HASH_BYTES,
    Span,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
    wholes_of,
)
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


@cache
def mth(first: int, last: int) -> bytes:
    """The root of some leaves of one long list, from which every test of paths takes its trees."""
    if first == last:
        return leaf_hash(b"leaf %d" % first)
    middle = first - 1 + _split(last - first + 1)
    return node_hash(mth(first, middle), mth(middle + 1, last))


def _split(size: int) -> int:
    """The largest power of two below the size, as RFC 9162 calls k."""
    split = 1
    while split * 2 < size:
        split *= 2
    return split


def defined_path(place: int, first: int, last: int) -> list[bytes]:
    """PATH(m, D_n) of RFC 9162, section 2.1.3.1, as it is written there; places are counted from nought."""
    size = last - first + 1
    if size == 1:
        return []
    split = _split(size)
    middle = first - 1 + split
    if place < split:
        return [*defined_path(place, first, middle), mth(middle + 1, last)]
    return [*defined_path(place - split, middle + 1, last), mth(first, middle)]


def defined_subproof(old: int, first: int, last: int, whole: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b) of RFC 9162, section 2.1.4.1, as it is written there."""
    size = last - first + 1
    if old == size:
        return [] if whole else [mth(first, last)]
    split = _split(size)
    middle = first - 1 + split
    if old <= split:
        return [*defined_subproof(old, first, middle, whole), mth(middle + 1, last)]
    return [*defined_subproof(old - split, middle + 1, last, False), mth(first, middle)]


SIZES = st.one_of(
    st.integers(1, 3000), st.sampled_from([2**power + off for power in range(1, 12) for off in (-1, 0, 1)])
)


def test_paths_are_those_of_the_definition_at_every_place_of_every_small_tree() -> None:
    for size in range(1, 201):
        for other in range(1, size + 1):
            assert [mth(*span) for span in inclusion_path(other, size)] == defined_path(other - 1, 1, size)
            assert [mth(*span) for span in consistency_path(other, size)] == defined_subproof(other, 1, size, True)


@given(SIZES, st.data())
def test_paths_are_those_of_the_definition_in_larger_trees(size: int, data: st.DataObject) -> None:
    other = data.draw(st.integers(1, size))
    assert [mth(*span) for span in inclusion_path(other, size)] == defined_path(other - 1, 1, size)
    assert [mth(*span) for span in consistency_path(other, size)] == defined_subproof(other, 1, size, True)


@given(st.integers(1, 10**15), st.data())
def test_a_path_is_made_of_subtrees_that_records_keep_whole(size: int, data: st.DataObject) -> None:
    """In a journal of any length: each subtree's parts lie end to end, and each is a whole one that its last leaf completes."""
    number = data.draw(st.integers(1, size))
    for span in (*inclusion_path(number, size), *consistency_path(number, size)):
        at = span.first
        for whole in wholes_of(span):
            width = 1 << whole.level
            assert whole.last == at + width - 1
            assert whole.last % width == 0
            at += width
        assert at == span.last + 1


@pytest.mark.parametrize(("number", "size"), [(0, 5), (6, 5), (1, 0), (-1, 5)])
def test_a_tree_proves_nothing_that_it_does_not_have(number: int, size: int) -> None:
    with pytest.raises(ValueError, match="tree"):
        inclusion_path(number, size)
    with pytest.raises(ValueError, match="tree"):
        consistency_path(number, size)
