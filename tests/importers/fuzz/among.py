"""One of several things: the same strategy for the same things, since making one takes longer than drawing from it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


def among(things: Iterable[T]) -> st.SearchStrategy[T]:
    """Any of the things, the first by preference."""
    found = tuple(things)
    try:
        return _of(found, tuple(map(type, found)))
    except TypeError:  # some cannot be told apart quickly
        return st.sampled_from(found)


@lru_cache(maxsize=10_000)
def _of(found: tuple[Any, ...], _types: tuple[type, ...]) -> st.SearchStrategy[Any]:
    return st.sampled_from(found)
