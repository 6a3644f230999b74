"""A return as it is being made up: its tables, what every line means, and the problems that it must be answered with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from grants.domain.awards import CostCategory
from grants.domain.periods import Period, parse_period
from grants.domain.plan import BudgetKind
from grants.domain.returns import ReturnContext
from importers.cells import column_letters
from importers.layouts import Layout
from importers.limits import Limits

Where = Callable[[], tuple[str, str]]
"""The sheet and cell of a problem, once all rows stand where they will stand."""


@dataclass(frozen=True)
class Formula:
    """A formula with the value that was stored for it; None where it was never worked out."""

    text: str
    value: Any = None


@dataclass(frozen=True)
class Fails:
    """A formula that gives an error."""

    error: str


@dataclass(frozen=True)
class Shows:
    """A number that shows with a percent sign or a currency."""

    number: float
    sign: str


@dataclass(frozen=True)
class Meant:
    """What a line means: pence, the day, and what it counts for. `by_day` is where an asset is known by date and amount."""

    reference: str
    category: CostCategory
    payee: str
    day: date | None
    kind: BudgetKind
    net: int
    vat: int
    accrual: bool

    @property
    def pence(self) -> int:
        return self.net + self.vat


@dataclass(eq=False)
class Row:
    """A row of a table: cells by the column's key. A row is itself, whatever it holds."""

    cells: dict[str, Any]
    kind: str = "line"
    hidden: bool = False
    meant: Meant | None = None

    @property
    def means(self) -> Meant:
        assert self.meant is not None
        return self.meant


@dataclass(eq=False)
class Table:
    """A table on its sheet. `columns` are keys from left to right, empty for a gap; without headings it has labels."""

    name: str
    columns: list[str]
    headings: dict[str, str]
    rows: list[Row]
    above: list[list[Any]] = field(default_factory=list)
    left: int = 0
    sheet_hidden: bool = False
    hidden_columns: set[str] = field(default_factory=set)
    renamed: list[str] = field(default_factory=list)

    @property
    def heading_row(self) -> int:
        return len(self.above) + bool(self.headings)

    @property
    def lines(self) -> list[Row]:
        return [row for row in self.rows if row.kind == "line"]

    def row_number(self, row: Row) -> int:
        return self.heading_row + 1 + next(at for at, one in enumerate(self.rows) if one is row)

    def letter(self, key: str) -> str:
        return column_letters(self.left + 1 + self.columns.index(key))

    def cell(self, row: Row, key: str) -> str:
        return f"{self.letter(key)}{self.row_number(row)}"

    def span(self, key: str) -> str:
        """All cells of a column, from the first line to the last."""
        first, last = (self.cell(row, key) for row in (self.lines[0], self.lines[-1]))
        return first if first == last else f"{first}:{last}"


@dataclass
class Expected:
    """A problem that must be reported: `value` is what was typed; None where nothing is said of it."""

    code: str
    where: Where
    value: str | None = None


@dataclass
class Sent:
    """A return that somebody sends. `form` is xlsx, ods or csv; a CSV has its lines alone.

    `context` is None for a file that is held against no award. `sent_before` is whether the same file was sent for another return.
    """

    context: ReturnContext
    form: str
    layout: Layout
    fields: Table
    spend: Table
    forecast: Table
    milestones: Table | None
    assets: Table | None
    others: dict[str, list[list[Any]]]
    habits: dict[str, Any]
    against_award: bool = True
    sent_before: bool = False
    left_out: set[str] = field(default_factory=set)
    expected: list[Expected] = field(default_factory=list)
    touched: list[Row] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    @property
    def period(self) -> Period:
        return parse_period(self.context.period)

    @property
    def tables(self) -> list[Table]:
        """The sheets of the return, in the order of the template."""
        all_ = (self.fields, self.spend, self.forecast, self.milestones, self.assets)
        return [table for table in all_ if table is not None and table.name not in self.left_out]

    def expect(self, code: str, table: Table, row: Row, key: str, *, tells: bool = True) -> None:
        """A problem at a cell of a row, with what is typed there."""
        value = shown(row.cells.get(key), self.form) if tells else ""
        self.expected.append(Expected(code, lambda: (table.name, table.cell(row, key)), value))
        self.touched.append(row)

    def expect_at(self, code: str, where: Where, value: str | None = "") -> None:
        self.expected.append(Expected(code, where, value))

    def spare(self, rows: Sequence[Row]) -> list[Row]:
        """Those that no other fault is in."""
        return [row for row in rows if not any(row is one for one in self.touched)]


def csv_text(value: Any) -> str:
    """A value as a CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, Fails):
        return value.error
    return str(value)


def shown(value: Any, form: str) -> str:
    """What is told of a cell as its author knows it."""
    if form == "csv":
        return csv_text(value)[:200]
    if isinstance(value, Formula):
        return shown(value.value, form)
    if isinstance(value, Fails):
        return value.error
    if isinstance(value, Shows):
        if value.sign == "%":
            return f"{value.number * 100:.15g}%"
        return f"{'EUR ' if form == 'ods' else '€'}{value.number:.15g}"
    if isinstance(value, bool | date) or value is None:
        return csv_text(value)
    return f"{value:.15g}" if isinstance(value, int | float) else str(value)[:200]
