"""Cells to forecasts: what is expected in each quarter left, by cost category and budget kind, and why it differs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.periods import Period
from grants.domain.plan import BudgetKind
from importers.amounts import read_money
from importers.cells import ERROR_VALUES, UNCALCULATED, Cell, Sheet, column_letters, shown
from importers.choices import Side, budget_kind, read_category, read_side
from importers.columns import Fault
from importers.headings import Found, find_headings
from importers.layouts import Column, Layout, forecast_quarters
from importers.tables import Renamed, renamed_in

Key = tuple[CostCategory, BudgetKind]


@dataclass(slots=True)
class Row:
    """One row: `quarters` are pence by quarter, or what is wrong with the cell; `typed` is what stands there."""

    number: int
    quarters: dict[str, int | Fault]
    typed: dict[str, str]
    reason: str


@dataclass(slots=True)
class Forecast:
    """The sheet of forecasts. `letters` are the columns' own, by key and by quarter; `sent` is whether there was one.

    `repeated` and `unknown` are rows that have no place, each with the category that is typed there.
    """

    sheet: str
    letters: dict[str, str]
    rows: dict[Key, Row] = field(default_factory=dict)
    repeated: list[tuple[int, str]] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    sent: bool = True
    renamed: list[Renamed] = field(default_factory=list)


def read_forecast(sheet: Sheet, layout: Layout, period: Period, budget: Sequence[BudgetLine] | None) -> Forecast:
    """Reads what a person types on the sheet; what its formulas show is worked out anew from the lines.

    Raises NotAReturn where the table's headings are not there.
    """
    quarters = forecast_quarters(period)
    columns = (*layout.forecast, *(Column(code, heading, "", required=True) for code, heading in quarters))
    found = find_headings(sheet, columns, layout.forecast_heading_row)
    forecast = Forecast(sheet.name, {key: column_letters(number) for key, number in found.numbers.items()})
    forecast.renamed = renamed_in(sheet, found, columns)
    for number in range(found.row + 1, len(sheet.rows) + 1):
        row = _read_row(sheet, found, number, [code for code, _ in quarters])
        key = _key_of(sheet, found, number, budget)
        typed = shown(sheet.at(number, found.numbers["category"]))
        if key is None:
            if any(row.typed.values()):
                forecast.unknown.append((number, typed))
        elif key in forecast.rows:
            forecast.repeated.append((number, typed))
        else:
            forecast.rows[key] = row
    return forecast


def _read_row(sheet: Sheet, found: Found, number: int, quarters: list[str]) -> Row:
    cells: dict[str, Cell] = {code: sheet.at(number, found.numbers[code]) for code in quarters}
    reason = sheet.at(number, found.numbers["reason"]) if "reason" in found.numbers else ""
    return Row(
        number=number,
        quarters={code: _read_cell(cell) for code, cell in cells.items()},
        typed={code: shown(cell) for code, cell in cells.items()},
        reason="" if reason in ERROR_VALUES else " ".join(shown(reason).split()),
    )


def _read_cell(cell: Cell) -> int | Fault:
    if isinstance(cell, str):
        if cell in ERROR_VALUES:
            return Fault("formula_not_calculated" if cell == UNCALCULATED else "formula_error")
        if not cell.strip():
            return Fault("forecast_blank")
    value = read_money(cell)
    return Fault("forecast_negative") if isinstance(value, int) and value < 0 else value


def _key_of(sheet: Sheet, found: Found, number: int, budget: Sequence[BudgetLine] | None) -> Key | None:
    category = read_category(sheet.at(number, found.numbers["category"]))
    side = read_side(sheet.at(number, found.numbers["budget_kind"]))
    if not isinstance(category, CostCategory) or not isinstance(side, Side):
        return None
    kind = budget_kind(category, side, budget)
    return (category, kind) if isinstance(kind, BudgetKind) else None
