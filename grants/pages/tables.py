"""What a table of a page is: its columns, how it may be sorted and narrowed, and the state of it that an address holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode

from litestar import Request

from grants.pages.layout import PASSING
from grants.store.listing_query import Wanted

FILE_ROWS_MAX: Final = 100_000
"""Rows that a downloaded table has at the most."""
FORMATS: Final = ("xlsx", "csv")
TYPED_MAX: Final = 200
SORT, SEARCH, PAGE, DOWNLOAD = "sort", "q", "page", "download"
_RESERVED: Final = frozenset({SORT, SEARCH, PAGE, DOWNLOAD, *PASSING})
_PAGE_DIGITS_MAX: Final = 9


class Kind(StrEnum):
    """What a column holds, and so how it is shown on the page and in a file."""

    TEXT = "text"
    PENCE = "pence"
    """Whole pence: £1,234.50."""
    NUMBER = "number"
    SHARE = "share"
    """A part of a whole, 0.1 for 10.0%."""
    DAY = "day"
    MOMENT = "moment"
    PERIOD = "period"
    """The code of a year, quarter or month: shown in words, in a file as it is."""
    TAG = "tag"
    """A code that `tags` has words and a colour for."""
    YES_NO = "yes_no"


NUMERIC: Final = frozenset({Kind.PENCE, Kind.NUMBER, Kind.SHARE})


@dataclass(frozen=True)
class Tag:
    """A state in words; the colour (one of govuk-tag's; empty: blue) says nothing that the words do not."""

    words: str
    colour: str = ""


class Choices(tuple[tuple[str, str], ...]):
    """What a filter may be set to: pairs of a value and its words. Empty where each request brings its own."""

    __slots__ = ()

    @classmethod
    def of(cls, tags: Mapping[str, Tag]) -> "Choices":
        """The states that tags have words for, in their order."""
        return cls((str(code), tag.words) for code, tag in tags.items())


@dataclass(frozen=True)
class Column:
    """One column. `key` is what it is called in a row and, in a list of the store's, in its query.

    `filter`: "text" finds what contains a text, Choices offer values to choose from. `words` gives what the page shows in
    the place of the value, `href` where it leads. `anchor`, in the first column: what links lead to the row by. `empty` is shown where there is no value. A column that stands neither
    on the page nor in the file is there for its filter.
    """

    key: str
    heading: str
    kind: Kind = Kind.TEXT
    _: KW_ONLY
    sortable: bool = True
    filter: Literal["text"] | Choices | None = None
    label: str = ""
    href: Callable[[Any], str | None] | None = None
    words: Callable[[Any], str | None] | None = None
    anchor: Callable[[Any], str] | None = None
    tags: Mapping[str, Tag] = field(default_factory=dict)
    empty: str = ""
    on_page: bool = True
    in_file: bool = True

    @property
    def is_numeric(self) -> bool:
        """Whether its cells stand on the right."""
        return self.kind in NUMERIC


@dataclass(frozen=True)
class TableSpec:
    """A table. `sort` is a column's key, with a minus before it for the largest or newest first.

    `search` are the keys of the columns that the search box looks through; none: there is no box. `empty` says what to do
    where there is nothing at all. `prefixed`: its part of the address begins with its name, since the page has other tables.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    _: KW_ONLY
    sort: str
    empty: str
    search: tuple[str, ...] = ()
    search_label: str = "Search"
    rows_a_page: int = 25
    prefixed: bool = False

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if len(set(keys)) < len(keys) or _RESERVED & {
            column.key for column in self.columns if column.filter is not None
        }:
            raise ValueError(
                f"table {self.name}: two columns have the same key, or a filter that of the address's own words"
            )
        sortable = {column.key for column in self.columns if column.sortable}
        if self.sort.removeprefix("-") not in sortable or not set(self.search) <= set(keys):
            raise ValueError(f"table {self.name}: it is sorted and searched by columns of its own")
        if not any(column.on_page for column in self.columns):
            raise ValueError(f"table {self.name}: it shows no column")

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns of the page."""
        return tuple(column for column in self.columns if column.on_page)

    @property
    def filters(self) -> tuple[Column, ...]:
        """The columns that it may be narrowed by."""
        return tuple(column for column in self.columns if column.filter is not None)

    def unlinked(self, *keys: str) -> "TableSpec":
        """The same table, with no links in these columns: for who may not go where they lead."""
        kept = (replace(column, href=None) if column.key in keys else column for column in self.columns)
        return replace(self, columns=tuple(kept))

    def parameter(self, word: str) -> str:
        """What a part of the state is called in the address."""
        return f"{self.name}-{word}" if self.prefixed else word


@dataclass(frozen=True)
class TableState:
    """How somebody wants a table, as their address says: checked, so that nothing in it is unknown to the table.

    `others` is all else that the address says. `download` is a format, or empty for a page. `choices` are what each filter offers.
    """

    spec: TableSpec
    path: str
    sort: str
    filters: Mapping[str, str]
    search: str
    page: int
    download: str
    choices: Mapping[str, Sequence[tuple[str, str]]]
    others: tuple[tuple[str, str], ...]

    @property
    def wanted(self) -> Wanted:
        """What to ask of the list: a page, or all that fits in a file."""
        exact = {key: value for key, value in self.filters.items() if key in self.choices}
        wanted = Wanted(
            sort=self.sort.removeprefix("-"),
            descending=self.sort.startswith("-"),
            equals=exact,
            contains={key: value for key, value in self.filters.items() if key not in exact},
            search=self.search,
            searched=self.spec.search,
            page=self.page,
            rows=self.spec.rows_a_page,
        )
        return replace(wanted, page=1, rows=FILE_ROWS_MAX, counted=FILE_ROWS_MAX) if self.download else wanted

    def address(self, *, sort: str | None = None, page: int = 1, download: str = "", narrowed: bool = True) -> str:
        """The address of the same table in another state; all else in the address stays."""
        pairs = [*self.others, *self.own(sort or self.sort, narrowed=narrowed)]
        pairs += [(self.spec.parameter(PAGE), str(page))] if page > 1 else []
        pairs += [(self.spec.parameter(DOWNLOAD), download)] if download else []
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    def own(self, sort: str, *, narrowed: bool) -> list[tuple[str, str]]:
        """The parameters of the state, but for the page; what goes without saying is left out."""
        pairs = [(SORT, sort)] if sort != self.spec.sort else []
        if narrowed:
            pairs += [*self.filters.items(), *([(SEARCH, self.search)] if self.search else [])]
        return [(self.spec.parameter(word), value) for word, value in pairs]


def table_state(
    request: Request[Any, Any, Any],
    spec: TableSpec,
    choices: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> TableState:
    """The state that a request's address holds. What the table does not know is passed over: an address is never wrong.

    `choices` are what filters offer today, by column.
    """
    said = parse_qsl(request.scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
    return state_of(request.url.path, said, spec, choices)


def state_of(
    path: str,
    said: Sequence[tuple[str, str]],
    spec: TableSpec,
    choices: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> TableState:
    """As table_state, of an address's path and its parameters."""
    offered = {column.key: tuple(column.filter) for column in spec.filters if isinstance(column.filter, Choices)}
    offered |= {key: tuple(items) for key, items in (choices or {}).items() if key in offered}
    words = (SORT, SEARCH, PAGE, DOWNLOAD, *(column.key for column in spec.filters))
    own = {spec.parameter(word): word for word in words}
    typed: dict[str, str] = {}
    for name, value in said:
        if name in own:
            typed.setdefault(own[name], _plain(value))
    filters = {column.key: typed[column.key] for column in spec.filters if typed.get(column.key)}
    return TableState(
        spec=spec,
        path=path,
        sort=_sort(typed.get(SORT, ""), spec),
        filters={
            key: value
            for key, value in filters.items()
            if key not in offered or value in [code for code, _ in offered[key]]
        },
        search=typed.get(SEARCH, "") if spec.search else "",
        page=_page(typed.get(PAGE, "")),
        download=typed.get(DOWNLOAD, "") if typed.get(DOWNLOAD) in FORMATS else "",
        choices=offered,
        others=tuple((name, value) for name, value in said if name not in own and name not in PASSING),
    )


def _plain(value: str) -> str:
    """What was typed, in one line, without what PostgreSQL cannot keep."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())[:TYPED_MAX]


def _sort(value: str, spec: TableSpec) -> str:
    known = {column.key for column in spec.columns if column.sortable}
    return value if value.removeprefix("-") in known else spec.sort


def _page(value: str) -> int:
    is_number = value.isascii() and value.isdecimal() and len(value) <= _PAGE_DIGITS_MAX
    return max(1, int(value)) if is_number else 1
