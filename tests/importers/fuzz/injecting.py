"""Putting faults into good returns: what a fault is, which go together, and rows and cells to put them in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st
from msgspec import structs

from importers.layouts import forecast_quarters
from tests.importers.fuzz.among import among
from tests.importers.fuzz.awards import Wanted
from tests.importers.fuzz.model import Row, Sent, Table

Put = Callable[[st.DrawFn, Sent], None]
LINES: Final = "lines"
FORECAST: Final = "forecast"
RETURN: Final = "return"
MILESTONES: Final = "milestones"
ASSETS: Final = "assets"


@dataclass(frozen=True)
class Injector:
    """A fault of one code. `touches` are the tables that must hold no other; a `simple` one is of its own cell alone."""

    code: str
    put: Put
    touches: frozenset[str]
    wanted: Wanted = field(default_factory=Wanted)
    simple: bool = False
    about: str = ""

    @property
    def name(self) -> str:
        return f"{self.about}-{self.code}" if self.about else self.code


def simple(code: str, table: str, put: Put, wanted: Wanted | None = None) -> Injector:
    """A fault that stands beside any other of another row."""
    return Injector(code, put, frozenset({table}), wanted or Wanted(), simple=True, about=table)


def rule(code: str, touches: str, put: Put, wanted: Wanted | None = None, about: str = "") -> Injector:
    """A fault that other faults of the same tables would change."""
    return Injector(code, put, frozenset(touches.split()), wanted or Wanted(), about=about)


def cell_fault(code: str, table: str, cells: dict[str, Sequence[Any]], wanted: Wanted | None = None) -> Injector:
    """A value that cannot be read in its column: by the column's key the values that have the code."""

    def put(draw: st.DrawFn, sent: Sent) -> None:
        where = table_of(sent, table)
        keys = [key for key in cells if key in where.columns and needed(sent, table, code, key)]
        assume(keys)
        key = draw(among(keys))
        row = pick(draw, sent, where.lines)
        row.cells[key] = draw(among(cells[key]))
        sent.expect(code, where, row, key, tells=code != "may_identify")

    return simple(code, table, put, wanted)


def needed(sent: Sent, table: str, code: str, key: str) -> bool:
    """Whether a blank is a fault in that column, for a return of that award."""
    by_category = sent.context.detail == "categories"
    return not (code == "blank" and table == LINES and by_category and key not in ("category", "budget_kind", "net"))


def table_of(sent: Sent, name: str) -> Table:
    """A table of the return; the example is given up where it has none."""
    if name == LINES:
        return sent.spend
    found: Table | None = getattr(sent, {RETURN: "fields"}.get(name, name))
    assume(found is not None and sent.form != "csv")
    assert found is not None
    return found


def pick(draw: st.DrawFn, sent: Sent, rows: Sequence[Row]) -> Row:
    """One of the rows that no fault is in; the example is given up where there is none."""
    spare = sent.spare(rows)
    assume(spare)
    return draw(among(spare))


def field_of(sent: Sent, key: str) -> Row:
    """A row of the sheet that says which return this is."""
    row = next((row for row in sent.fields.rows if row.kind == key), None)
    assume(row is not None and sent.form != "csv" and sent.spare([row]))
    assert row is not None
    return row


def quarter_keys(sent: Sent) -> list[str]:
    """The columns of forecasts."""
    return [code for code, _ in forecast_quarters(sent.period)]


def change(sent: Sent, **terms: Any) -> None:
    """The award has other terms."""
    sent.context = structs.replace(sent.context, **terms)


def explain(sent: Sent) -> None:
    """Every outturn has a reason, whatever it comes to."""
    for row in sent.forecast.lines:
        row.cells["reason"] = row.cells["reason"] or "Explained"


def baseline(sent: Sent) -> None:
    """What is told of every file of its form: a CSV has no place for forecasts and declarations."""
    if sent.form == "csv" and sent.against_award:
        code = "forecast_not_sent" if forecast_quarters(sent.period) else "declarations_not_sent"
        sent.expect_at(code, lambda: (sent.spend.name, ""))


def fits(injector: Injector, sent: Sent) -> bool:
    """Whether the return has room for one more simple fault of that kind."""
    (table,) = injector.touches
    if table == LINES:
        return sent.form in injector.wanted.forms and bool(sent.spare(sent.spend.lines))
    if sent.form not in injector.wanted.forms or sent.form == "csv":
        return False
    if table == RETURN:
        return sent.layout.version == "2"
    if table == FORECAST:
        return bool(quarter_keys(sent)) and bool(sent.spare(sent.forecast.lines))
    found = sent.milestones if table == MILESTONES else sent.assets
    return found is not None and bool(sent.spare(found.lines))
