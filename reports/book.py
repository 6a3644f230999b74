"""The neutral description of a report: a cover, notes and tables, with no word about files."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from reports.text_out import clean

Cell = str | int | float | date | datetime | None
Row = Iterable[Cell]

RESERVED: Final = frozenset({"cover", "contents", "notes", "charts", "history"})
"""Sheets that every book has, and the one name that Excel keeps for itself."""

MAX_SERIES: Final = 6
"""Series of one chart that inks, patterns and markers tell apart."""

# Excel allows 31; the rest is for the number of a part, where a table needs more than one sheet.
_SHEET_NAME_LIMIT: Final = 28
_PART_NUMBER: Final = re.compile(r" \d+$", re.ASCII)
_SHEET_NAME_BARRED: Final = frozenset("[]:*?/\\")


class Kind(StrEnum):
    """What a column holds, and so how it is written and shown."""

    TEXT = "text"
    WHOLE = "whole"
    """A whole number: 12,345."""
    PENCE = "pence"
    """A whole number of pence, shown in pounds: £1,234.50, -£5.00."""
    DATE = "date"
    """A date, shown as 1 April 2025."""
    DATETIME = "datetime"
    """An instant with its time zone, shown in London time to the second below."""
    PERCENT = "percent"
    """A share, 0.1 for 10.0%."""
    LINK = "link"
    """The name of a sheet of the same book, shown as a link to it. For short tables."""


TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.TEXT: (str,),
    Kind.LINK: (str,),
    Kind.WHOLE: (int,),
    Kind.PENCE: (int,),
    Kind.PERCENT: (int, float),
    Kind.DATE: (date,),
    Kind.DATETIME: (datetime,),
}
"""What a value of a kind may be: exactly one of these types, or None for an empty cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `width` in characters; without it, a width that fits. `note` is the text of a note on the heading.

    `figure` names the measure that each of its cells is a figure of: of what, the table's `scope` says for each row; or the
    column's own, where its figures are of another time than the rest of the row.
    """

    key: str
    heading: str
    kind: Kind = Kind.TEXT
    width: float | None = None
    note: str | None = None
    total: bool = False
    figure: str | None = None
    scope: Callable[[tuple[Cell, ...]], str | None] | None = None

    def __post_init__(self) -> None:
        if self.total and self.kind not in (Kind.WHOLE, Kind.PENCE):
            raise ValueError(f"column {self.key}: only whole numbers and pence have totals")
        if not self.heading.strip() or not self.heading.isprintable() or len(self.heading) > 200:
            raise ValueError(f"column {self.key}: a heading is one line of at most 200 characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table on a sheet of its own.

    `introduction` says what it holds and its sign convention; `empty` explains its empty cells. `rows` may be any
    iterable, read once; leave it empty where the rows are pushed into the writer. `scope` says what the figures of a row
    are of; None where the row has none.
    """

    sheet: str
    title: str
    columns: tuple[Column, ...]
    introduction: str = ""
    empty: str = "An empty cell means that nothing was recorded."
    rows: Iterable[Row] = ()
    scope: Callable[[tuple[Cell, ...]], str | None] | None = None

    def __post_init__(self) -> None:
        named = self.sheet
        if not named or len(named) > _SHEET_NAME_LIMIT or _SHEET_NAME_BARRED & set(named) or not named.isprintable():
            raise ValueError(f"sheet {named!r}: a name is 1 to {_SHEET_NAME_LIMIT} characters, none of []:*?/\\")
        if named != named.strip("' "):
            raise ValueError(f"sheet {named!r}: a name neither begins nor ends with a space or an apostrophe")
        if not self.title.strip() or not self.columns:
            raise ValueError(f"sheet {named!r}: a table has a title and columns")
        if self.columns[0].total:
            raise ValueError(f"sheet {named!r}: the first column holds the word Total, so it has no total of its own")
        if any(column.figure for column in self.columns) != (self.scope is not None):
            raise ValueError(f"sheet {named!r}: figures need the scope of their row, and a scope figures")
        for what in ("key", "heading"):
            values = [getattr(column, what).casefold() for column in self.columns]
            if len(set(values)) < len(values):
                raise ValueError(f"sheet {named!r}: two columns have the same {what}")


class ChartKind(StrEnum):
    """How a chart shows its figures."""

    BAR = "bar"
    """Beside each other: bars that lie, the first row of the table on top."""
    LINE = "line"
    """Over time: a line with markers for each series, the first row of the table at the left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A native chart of the rows of a short table of the same book, one whose rows are at hand.

    `description` says in words what it shows, for who cannot see it. `category` is the key of the column of labels,
    `series` are those of one to six columns of figures of one kind. `rows` are those of the table that it shows, the first
    being 0; None: all.
    """

    title: str
    description: str
    kind: ChartKind
    sheet: str
    category: str
    series: tuple[str, ...]
    rows: range | None = None

    def __post_init__(self) -> None:
        if not self.title.strip() or not self.description.strip():
            raise ValueError("a chart has a title, and words for who cannot see it")
        if not 1 <= len(self.series) <= MAX_SERIES:
            raise ValueError(f"chart {self.title!r}: 1 to {MAX_SERIES} columns of figures can be told apart")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The first sheet. `facts` are labels and values: as-at time and entry number, filters, completeness, contact.

    `marking` ("Example data – not real", "Do not publish – …") stands on every sheet and in every CSV row.
    """

    title: str
    purpose: str
    audience: str
    facts: tuple[tuple[str, str], ...] = ()
    marking: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """A whole report. `created` is given, never the clock's: the same book gives the same bytes on any day."""

    cover: Cover
    tables: tuple[Table, ...]
    created: datetime
    notes: tuple[str, ...] = ()
    sources: Table | None = None
    charts: tuple[Chart, ...] = ()
    language: str = "en-GB"
    creator: str = "Tallystick"
    _numbered: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.created.tzinfo is None:
            raise ValueError("created needs its time zone")
        names = [table.sheet.casefold() for table in self.all_tables]
        # A table too long for one sheet goes on in "Data 2": no other table may be called that.
        stems = [_PART_NUMBER.sub("", name) for name in names if _PART_NUMBER.search(name)]
        if len(set(names)) < len(names) or RESERVED & set(names) or set(stems) & set(names):
            raise ValueError("each sheet needs a name of its own, none of Cover, Contents, Notes, Charts, History")
        for chart in self.charts:
            self._check(chart)
        column_notes = (column.note for table in self.all_tables for column in table.columns if column.note)
        for text in (*self.notes, *column_notes):
            self._numbered.setdefault(clean(text), len(self._numbered) + 1)

    def _check(self, chart: Chart) -> None:
        table = next((table for table in self.tables if table.sheet == chart.sheet), None)
        columns = {} if table is None else {column.key: column for column in table.columns}
        if table is None or not isinstance(table.rows, Sequence) or not {chart.category, *chart.series} <= set(columns):
            raise ValueError(
                f"chart {chart.title!r}: it shows columns of a table of the same book, whose rows are at hand"
            )
        if chart.rows is not None and not 0 <= chart.rows.start < chart.rows.stop <= len(table.rows):
            raise ValueError(f"chart {chart.title!r}: its rows are some of its table's")
        kinds = {columns[key].kind for key in chart.series}
        if len(kinds) > 1 or not kinds <= {Kind.WHOLE, Kind.PENCE, Kind.PERCENT}:
            raise ValueError(f"chart {chart.title!r}: its series are figures of one kind")

    def may_be_sorted(self, table: Table) -> bool:
        """Whether no chart is of some of the table's rows: it would show others, under the same title, once they are sorted."""
        return not any(chart.rows is not None and chart.sheet == table.sheet for chart in self.charts)

    @property
    def all_tables(self) -> tuple[Table, ...]:
        """The tables in the order of their sheets, the sources last."""
        return (*self.tables, self.sources) if self.sources else self.tables

    @property
    def all_notes(self) -> tuple[tuple[int, str], ...]:
        """Every note once, numbered: the book's own, then those of its columns."""
        return tuple((number, text) for text, number in self._numbered.items())

    def marked(self, table: Table) -> Table:
        """The table with `[note 1]` in the headings that have a note."""
        return replace(
            table,
            columns=tuple(
                replace(column, heading=f"{column.heading} [note {self._numbered[clean(column.note)]}]")
                if column.note
                else column
                for column in table.columns
            ),
        )
