"""Lists whose rows are at hand: the same page of them as PostgreSQL would give of a query's."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from grants.store.listing_query import Listed, Wanted, folded, pages_of

T = TypeVar("T")


def value_of(row: Any, key: str) -> Any:
    """What a row holds under a key, whether it is a mapping, a record of the database or an object."""
    return row[key] if hasattr(row, "keys") else getattr(row, key)


def listed_at_hand(rows: Iterable[T], wanted: Wanted, unique: str) -> Listed[T]:
    """One page of the rows; `unique` tells them apart. Raises KeyError or AttributeError for a key that they do not have."""
    given = list(rows)
    kept = [row for row in given if _stays(row, wanted)]
    total = min(len(kept), wanted.counted)
    page = min(wanted.page, pages_of(total, wanted.rows))
    ordered = _in_order(kept, wanted, unique)[: wanted.counted]
    first = (page - 1) * wanted.rows
    return Listed(
        rows=ordered[first : first + wanted.rows],
        total=total,
        is_more=len(kept) > wanted.counted,
        page=page,
        rows_a_page=wanted.rows,
        is_bare=not given,
    )


def _stays(row: Any, wanted: Wanted) -> bool:
    if any(text_of(value_of(row, key)) != value for key, value in wanted.equals.items()):
        return False
    if not all(_contains(row, key, value) for key, value in wanted.contains.items()):
        return False
    if not (wanted.search and wanted.searched):
        return True
    return any(_contains(row, key, wanted.search) for key in wanted.searched)


def _contains(row: Any, key: str, text: str) -> bool:
    found = text_of(value_of(row, key))
    return found is not None and folded(text) in folded(found)


def text_of(value: Any) -> str | None:
    """A value as PostgreSQL writes it: true and false, 2025-04-01; None for none."""
    if value is None or isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _in_order(rows: list[T], wanted: Wanted, unique: str) -> list[T]:
    told_apart: Callable[[T], Any] = lambda row: value_of(row, unique)  # noqa: E731
    rows = sorted(rows, key=told_apart)
    empty = [row for row in rows if value_of(row, wanted.sort) is None]
    others = [row for row in rows if value_of(row, wanted.sort) is not None]
    # The sort is stable both ways round: rows with the same value stay in the order that tells them apart.
    others.sort(key=lambda row: _folded(value_of(row, wanted.sort)), reverse=wanted.descending)
    return others + empty


def _folded(value: Any) -> Any:
    return folded(value) if isinstance(value, str) else value
