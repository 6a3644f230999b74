"""How a table is shown: its headings that sort, its cells in words, its filters, its pages, and what to say where it is empty."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from grants.domain import money
from grants.domain.periods import show_instant
from grants.pages.rows_at_hand import value_of
from grants.pages.tables import FILE_ROWS_MAX, FORMATS, NUMERIC, SEARCH, Column, Kind, TableSpec, TableState, Tag
from grants.pages.words import day, period, sentence
from grants.store.listing_query import Listed

_SHOWN: Final[dict[Kind, Callable[[Any], str]]] = {
    Kind.TEXT: str,
    Kind.PENCE: money.show,
    Kind.NUMBER: "{:,}".format,
    Kind.SHARE: "{:.1%}".format,
    Kind.DAY: day,
    Kind.MOMENT: show_instant,
    Kind.PERIOD: period,
    Kind.YES_NO: lambda value: "Yes" if value else "No",
}
_NEWEST_FIRST: Final = NUMERIC | {Kind.MOMENT}
"""Kinds of which the largest or newest is looked for first."""
_ORDERS: Final[dict[Kind, tuple[str, str]]] = {
    **dict.fromkeys(NUMERIC, ("smallest first", "largest first")),
    **dict.fromkeys((Kind.DAY, Kind.MOMENT, Kind.PERIOD), ("earliest first", "latest first")),
}
_ALPHABETICAL: Final = ("A to Z", "Z to A")
_CODE_MAX: Final = 24
_NEAR: Final = 1
"""Pages on either side of this one that have a link of their own."""


@dataclass(frozen=True)
class Heading:
    """The head of a column: whether it is sorted by (as aria-sort says it), and the link that sorts by it."""

    column: Column
    sorted: str
    address: str
    order: str


@dataclass(frozen=True)
class Cell:
    """A cell in words; `tag` instead, for a state. A code is not broken over lines.

    `apart` is what those hear who go from link to link: what tells this one from others of the table with the same words.
    """

    text: str
    address: str | None
    tag: Tag | None
    is_numeric: bool
    is_code: bool
    anchor: str = ""
    apart: str = ""


@dataclass(frozen=True)
class Filter:
    """A field of the form that narrows. `choices` is empty for a field that people type into."""

    name: str
    id: str
    label: str
    value: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class TableView:
    """All that the template shows. `pages` are the parameters of the design system's pagination, None where there is one page."""

    spec: TableSpec
    path: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    filters: Sequence[Filter]
    kept: Sequence[tuple[str, str]]
    narrowed: bool
    clear: str
    count: str
    pages: Mapping[str, Any] | None
    downloads: Sequence[tuple[str, str]]
    file_note: str
    empty: str
    caption: str


def shown(state: TableState, found: Listed[Any], *, empty: str = "", caption: str = "") -> TableView:
    """The table as its template shows it: `{% from "table.html" import table %}{{ table(listed) }}`.

    `empty` and `caption` take the place of the spec's, where today's words are others.
    """
    spec = state.spec
    return TableView(
        spec=spec,
        path=state.path,
        headings=[_heading(state, column) for column in spec.shown],
        rows=told_apart([[_cell(column, row) for column in spec.shown] for row in found.rows]),
        filters=_filters(state),
        kept=[*state.others, *state.own(state.sort, narrowed=False)],
        narrowed=state.wanted.narrows,
        clear=state.address(narrowed=False),
        count=_count(found),
        pages=_pages(state, found),
        downloads=[(name.upper(), state.address(download=name)) for name in FORMATS] if found.rows else [],
        file_note=f"A file has the first {FILE_ROWS_MAX:,} rows at the most." if found.is_more else "",
        empty=(empty or spec.empty) if found.is_bare else "",
        caption=caption or spec.caption,
    )


def _heading(state: TableState, column: Column) -> Heading:
    if not column.sortable:
        return Heading(column, "", "", "")
    is_by, is_down = state.sort.removeprefix("-") == column.key, state.sort.startswith("-")
    down_next = not is_down if is_by else column.kind in _NEWEST_FIRST
    return Heading(
        column,
        ("descending" if is_down else "ascending") if is_by else "none",
        state.address(sort=f"{'-' if down_next else ''}{column.key}"),
        _ORDERS.get(column.kind, _ALPHABETICAL)[down_next],
    )


def order_in_words(state: TableState) -> str:
    """How the table is sorted: "Due, earliest first"."""
    column = next(column for column in state.spec.columns if column.key == state.sort.removeprefix("-"))
    return f"{column.heading}, {_ORDERS.get(column.kind, _ALPHABETICAL)[state.sort.startswith('-')]}"


def filters_in_words(state: TableState) -> list[tuple[str, str]]:
    """What the table is narrowed to, by the labels of its form."""
    said = [(one.label, dict(one.choices).get(one.value, one.value)) for one in _filters(state) if one.value]
    return [(label.rstrip(":"), words) for label, words in said]


def _cell(column: Column, row: Any) -> Cell:
    value = value_of(row, column.key)
    tag = _tag(column, value) if column.kind is Kind.TAG and value is not None else None
    words = column.words(row) if column.words else None
    if words is None and tag is None:
        words = column.empty if value is None or value == "" else in_words(column, value)
    text = words or ""
    is_code = " " not in text and len(text) <= _CODE_MAX
    anchor = column.anchor(row) if column.anchor else ""
    return Cell(text, column.href(row) if column.href else None, tag, column.is_numeric, is_code, anchor)


def _words(cell: Cell) -> str:
    return cell.tag.words if cell.tag else cell.text


def told_apart(rows: Sequence[Sequence[Cell]]) -> list[list[Cell]]:
    """Links of a column that have the same words and lead to different places get the words of further cells of their rows."""
    found = [list(row) for row in rows]
    for place in range(len(found[0]) if found else 0):
        alike: dict[str, list[list[Cell]]] = {}
        for row in found:
            if row[place].address:
                alike.setdefault(_words(row[place]), []).append(row)
        for same in alike.values():
            if len({row[place].address for row in same}) > 1:
                for row, words in zip(same, _apart(same, place), strict=True):
                    row[place] = replace(row[place], apart=words)
    return found


def _apart(rows: Sequence[Sequence[Cell]], place: int) -> list[str]:
    """What sets rows apart, in as few cells as there need be; rows of which all that is shown is alike are counted."""
    said = [tuple(_words(cell) for cell in row) for row in rows]
    left, taken = [at for at in range(len(said[0])) if at != place], list[int]()
    kinds = 1
    while left and kinds < len(said):
        best = max(left, key=lambda at: len({(row[at], *(row[one] for one in taken)) for row in said}))
        found = len({(row[best], *(row[one] for one in taken)) for row in said})
        if found == kinds:
            break
        kinds = found
        left.remove(best)
        taken.append(best)
    words = [", ".join(row[at] for at in taken if row[at]) for row in said]
    if kinds == len(said):
        return words
    return [", ".join(filter(None, (one, f"number {number}"))) for number, one in enumerate(words, 1)]


def in_words(column: Column, value: Any) -> str:
    """A value as the page shows it."""
    return _tag(column, value).words if column.kind is Kind.TAG else _SHOWN[column.kind](value)


def _tag(column: Column, value: Any) -> Tag:
    return column.tags.get(value) or Tag(sentence(str(value)), "grey")


def _filters(state: TableState) -> list[Filter]:
    spec = state.spec
    found = []
    if spec.search:
        name = spec.parameter(SEARCH)
        found.append(Filter(name, f"{spec.name}-{SEARCH}", spec.search_label, state.search, ()))
    for column in spec.filters:
        choices: Sequence[tuple[str, str]] = ()
        if column.key in state.choices:
            choices = [("", "All"), *state.choices[column.key]]
        label = column.label or column.heading
        found.append(
            Filter(
                spec.parameter(column.key),
                f"{spec.name}-{column.key}",
                label,
                state.filters.get(column.key, ""),
                choices,
            )
        )
    return found


def _count(found: Listed[Any]) -> str:
    if not found.rows:
        return ""
    total = f"more than {found.total:,}" if found.is_more else f"{found.total:,}"
    if len(found.rows) == found.total and not found.is_more:
        return f"Showing all {total}" if found.total > 1 else "Showing 1"
    return f"Showing {found.first:,} to {found.first + len(found.rows) - 1:,} of {total}"


def _pages(state: TableState, found: Listed[Any]) -> dict[str, Any] | None:
    if found.pages == 1:
        return None
    here, last = found.page, found.pages
    # The page says its name by itself; a reader of screens meets the tables' pages as parts of their own.
    made: dict[str, Any] = {"landmarkLabel": f"Pages of {state.spec.caption}", "items": []}
    if here > 1:
        made["previous"] = {"href": state.address(page=here - 1)}
    if here < last:
        made["next"] = {"href": state.address(page=here + 1)}
    before = 0
    for number in sorted({1, last, *range(max(1, here - _NEAR), min(last, here + _NEAR) + 1)}):
        if number > before + 1:
            made["items"].append({"ellipsis": True})
        made["items"].append({"number": str(number), "href": state.address(page=number), "current": number == here})
        before = number
    return made
