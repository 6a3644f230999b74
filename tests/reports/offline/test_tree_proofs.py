"""The verifier's own arithmetic, against trees of every small size: what proves is taken, and nothing else is."""

import ast
import sys
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.merkle import Span, consistency_path, inclusion_path, leaf_hash
from tests.grants.domain.test_merkle import mth
from tests.reports.offline.verifier import FILE, VERIFIER

SIZES = range(1, 201)


@cache
def root(size: int) -> bytes:
    return mth(1, size)


def hashes(spans: list[Span]) -> list[bytes]:
    return [mth(*span) for span in spans]


def included(number: int, size: int, path: list[bytes], leaf: bytes | None = None) -> bool:
    found: bool = VERIFIER.is_included(leaf or mth(number, number), number, size, path, root(size))
    return found


def grown(old: int, new: int, path: list[bytes]) -> bool:
    found: bool = VERIFIER.is_grown(old, root(old), new, root(new), path)
    return found


def test_every_leaf_of_every_small_tree_is_in_it_and_every_smaller_tree_begins_it() -> None:
    for size in SIZES:
        for other in range(1, size + 1):
            assert included(other, size, hashes(inclusion_path(other, size)))
            assert grown(other, size, hashes(consistency_path(other, size)))


@given(st.integers(1, 200), st.data())
def test_no_other_place_size_leaf_or_path_is_taken(size: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(1, size))
    path = hashes(inclusion_path(number, size))
    other = data.draw(st.integers(-1, 300).filter(lambda value: value != number))
    leaf = mth(number, number)
    assert not VERIFIER.is_included(leaf, other, size, path, root(size))
    assert not included(number, size, path, leaf_hash(b"another"))
    assert not included(number, size, [*path, root(1)])
    assert not included(number, size, path[:-1]) or not path
    bigger = size + data.draw(st.integers(1, 300))
    assert not VERIFIER.is_included(leaf, number, bigger, path, mth(1, bigger))
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        assert not included(number, size, [*path[:place], leaf_hash(b"another"), *path[place + 1 :]])


@given(st.integers(2, 200), st.data())
def test_no_other_history_is_taken(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    path = hashes(consistency_path(old, new))
    forged = leaf_hash(b"another")
    assert not VERIFIER.is_grown(old, forged, new, root(new), path)
    assert not VERIFIER.is_grown(old, root(old), new, forged, path)
    assert not grown(old, new, [*path, forged])
    assert not grown(old, new, path[:-1])
    place = data.draw(st.integers(0, len(path) - 1))
    assert not grown(old, new, [*path[:place], forged, *path[place + 1 :]])
    assert not VERIFIER.is_grown(new, root(new), old, root(old), path)


@pytest.mark.parametrize("size", [0, 1, 7])
def test_a_journal_that_has_not_grown_is_itself_and_no_other(size: int) -> None:
    same = root(size) if size else b""
    assert VERIFIER.is_grown(size, same, size, same, [])
    assert not VERIFIER.is_grown(size, same, size, leaf_hash(b"another"), [])
    assert not VERIFIER.is_grown(size, same, size, same, [same])


def test_an_empty_journal_begins_nothing() -> None:
    assert not VERIFIER.is_grown(0, root(1), 1, root(1), [])


def test_it_is_one_file_of_an_old_python_and_needs_one_package() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {
        alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}
    assert "__future__" in imported, "annotations of a later Python are not evaluated"
