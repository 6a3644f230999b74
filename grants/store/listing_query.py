"""Lists of any length: one page of a query's rows, sorted and narrowed as somebody wants it, and how many there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar

import asyncpg

from grants.store.transaction import Db

T = TypeVar("T")
Made = TypeVar("Made")

COUNTED_MAX: Final = 10_000
"""Rows that are counted one by one. Of a longer list it is only known that there are more, and no page lies beyond."""


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see of a list: keys are the list's columns, and nothing else may stand for one.

    Rows stay whose column `equals` the text, whose column `contains` it, and of which any of `searched` contains `search`;
    the case of A to Z makes no difference to `contains` and `search`. Pages count from 1; one beyond the end is the last.
    """

    sort: str
    descending: bool = False
    equals: Mapping[str, str] = field(default_factory=dict)
    contains: Mapping[str, str] = field(default_factory=dict)
    search: str = ""
    searched: tuple[str, ...] = ()
    page: int = 1
    rows: int = 25
    counted: int = COUNTED_MAX

    @property
    def narrows(self) -> bool:
        """Whether rows may be left out."""
        return bool(self.equals or self.contains or (self.search and self.searched))


@dataclass(frozen=True)
class Listed(Generic[T]):
    """One page of a list. `total` is at most what was counted; with `is_more` there are more than that.

    `is_bare`: there is nothing in the list at all, whatever it is narrowed to.
    """

    rows: Sequence[T]
    total: int
    is_more: bool
    page: int
    rows_a_page: int
    is_bare: bool

    @property
    def pages(self) -> int:
        """How many pages there are: at least one."""
        return pages_of(self.total, self.rows_a_page)

    @property
    def first(self) -> int:
        """The number of the first row of the page, from 1."""
        return (self.page - 1) * self.rows_a_page + 1

    def with_rows(self, rows: Iterable[Made]) -> "Listed[Made]":
        """The same page, of what its rows were made into."""
        return Listed(list(rows), self.total, self.is_more, self.page, self.rows_a_page, self.is_bare)


def pages_of(total: int, rows: int) -> int:
    """How many pages so many rows fill: at least one."""
    return max(1, -(-total // rows))


@dataclass(frozen=True)
class ListQuery:
    """A SELECT whose columns a list may be sorted and narrowed by, each with the same name here and there.

    `words` are those of text, `values` all others. `unique` tells rows apart; `nullable` may be empty, and then come last.
    A figure that costs something is best a subquery in the SELECT's list: it is not reckoned for rows that are only counted.
    """

    text: str
    words: frozenset[str]
    values: frozenset[str]
    unique: str
    nullable: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if wrong := [name for name in self.words | self.values if not (name.isidentifier() and name.isascii())]:
            raise ValueError(f"columns are named by plain words: {wrong}")
        if self.words & self.values or not {self.unique, *self.nullable} <= self.words | self.values:
            raise ValueError("a column is of text or of values, and what is unique or may be empty is one")

    def known(self, key: str) -> str:
        """A column as SQL names it. Raises ValueError for any that is not the list's: nothing else gets into a text of SQL."""
        if key not in self.words and key not in self.values:
            raise ValueError("that is no column of this list")
        return f'"{key}"'

    def folded(self, key: str) -> str:
        """What a column is sorted and searched by: texts without regard to the case of A to Z, on any machine the same."""
        name = self.known(key)
        return f'lower({name} COLLATE "C")' if key in self.words else name

    def order(self, wanted: Wanted) -> str:
        """ORDER BY, ending with what tells rows apart."""
        last = f'"{self.unique}" COLLATE "C"' if self.unique in self.words else f'"{self.unique}"'
        empty = " NULLS LAST" if wanted.sort in self.nullable else ""
        direction = "DESC" if wanted.descending else "ASC"
        return f"ORDER BY {self.folded(wanted.sort)} {direction}{empty}, {last}"


@dataclass
class _Narrowing:
    """Conditions with their values, numbered after those that the query has itself."""

    query: ListQuery
    arguments: list[object]
    conditions: list[str] = field(default_factory=list)

    def take(self, wanted: Wanted) -> str:
        """WHERE, or nothing."""
        for key, value in wanted.equals.items():
            name = self.query.known(key)
            self.conditions.append(f"{name if key in self.query.words else f'{name}::text'} = {self._text(value)}")
        for key, value in wanted.contains.items():
            self.conditions.append(self._like(key, self._text(pattern(value))))
        if wanted.search and wanted.searched:
            one = self._text(pattern(wanted.search))
            self.conditions.append(f"({' OR '.join(self._like(key, one) for key in wanted.searched)})")
        return f"WHERE {' AND '.join(self.conditions)}" if self.conditions else ""

    def _like(self, key: str, number: str) -> str:
        name = self.query.known(key)
        text = name if key in self.query.words else f"{name}::text"
        return f'lower({text} COLLATE "C") LIKE {number}'

    def _text(self, value: str) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}::text"


def pattern(text: str) -> str:
    """The LIKE pattern of all texts that contain this one, A to Z in lower case."""
    escaped = folded(text).replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%"


def folded(text: str) -> str:
    """The text with A to Z in lower case, as PostgreSQL's collation "C" has it."""
    return text.translate(_LOWER)


_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_IN_ALL: Final = "rows_in_all"


async def listed(db: Db, query: ListQuery, wanted: Wanted, arguments: Sequence[object] = ()) -> Listed[asyncpg.Record]:
    """One page of the rows that whoever asks may see. In one round trip, unless the page turns out to be empty.

    `arguments` are those of the query's own text. Raises ValueError for a key that is no column of the list.
    """
    found = await _page(db, query, wanted, arguments)
    if found:
        return _listed(found, found[0][_IN_ALL], wanted, is_bare=False)
    narrowing = _Narrowing(query, list(arguments))
    where = narrowing.take(wanted)
    total = await db.fetchval(_counting(query, where, wanted), *narrowing.arguments)
    if total:
        last = replace(wanted, page=pages_of(min(total, wanted.counted), wanted.rows))
        return _listed(await _page(db, query, last, arguments), total, last, is_bare=False)
    is_bare = not wanted.narrows or not await db.fetchval(
        f"SELECT EXISTS ({query.text})",
        *arguments,
    )
    return _listed([], 0, replace(wanted, page=1), is_bare=is_bare)


async def _page(db: Db, query: ListQuery, wanted: Wanted, arguments: Sequence[object]) -> list[asyncpg.Record]:
    """Its rows, each with how many there are in all; none where the page lies beyond what is counted."""
    if wanted.page > pages_of(wanted.counted, wanted.rows):
        return []
    narrowing = _Narrowing(query, list(arguments))
    where = narrowing.take(wanted)
    skipped = (wanted.page - 1) * wanted.rows
    found: list[asyncpg.Record] = await db.fetch(
        # Inlined, so that what is only shown is not reckoned for what is only counted.
        f"WITH listed AS NOT MATERIALIZED ({query.text}) "  # noqa: S608  our own text and columns; values are parameters
        f"SELECT *, ({_count(where, wanted)}) AS {_IN_ALL} FROM listed {where} {query.order(wanted)} "
        f"LIMIT {min(wanted.rows, wanted.counted - skipped):d} OFFSET {skipped:d}",
        *narrowing.arguments,
    )
    return found


def _counting(query: ListQuery, where: str, wanted: Wanted) -> str:
    return f"WITH listed AS NOT MATERIALIZED ({query.text}) {_count(where, wanted)}"


def _count(where: str, wanted: Wanted) -> str:
    return f"SELECT count(*) FROM (SELECT FROM listed {where} LIMIT {wanted.counted + 1:d}) counted"  # noqa: S608


def _listed(found: Sequence[asyncpg.Record], total: int, wanted: Wanted, *, is_bare: bool) -> Listed[asyncpg.Record]:
    is_more = total > wanted.counted
    return Listed(found, min(total, wanted.counted), is_more, wanted.page, wanted.rows, is_bare)
