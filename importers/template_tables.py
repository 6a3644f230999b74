"""The template's two tables: the lines of spend, and the forecast by cost category."""

from collections import Counter
from typing import Final

from openpyxl.styles import Alignment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from grants.domain.awards import CostCategory, SpendDetail
from grants.domain.money import show
from grants.domain.periods import Period
from grants.domain.plan import BudgetKind
from grants.domain.returns import ReturnContext
from importers.cells import column_letters
from importers.choices import kind_label
from importers.layouts import Layout, forecast_quarters
from importers.template_style import (
    DAY,
    MONEY,
    OPEN,
    PLAIN,
    as_given,
    as_heading,
    as_input,
    as_inputs,
    cell_at,
    print_on_a4,
    protect,
    put_note,
    put_pounds,
    put_text,
    put_title,
)

PREPARED_ROWS: Final = 500
_LAST_ROW: Final = 1_048_576
_WIDTHS: Final = {
    "reference": 18,
    "category": 28,
    "description": 46,
    "payee": 28,
    "spent_on": 14,
    "budget_kind": 20,
    "net": 16,
    "vat": 16,
    "accrual": 11,
    "evidence": 20,
}
_FORMATS: Final = {"spent_on": DAY, "net": MONEY, "vat": MONEY, "reference": "@", "evidence": "@"}
_WRAPPED: Final = frozenset({"description", "payee", "category"})

Values = dict[str, float]


def fill_spend(
    sheet: Worksheet,
    layout: Layout,
    context: ReturnContext,
    period: Period,
    marking: str,
    lists: dict[str, str],
    prepared_rows: int,
) -> None:
    """The sheet of lines: headings, prepared rows, drop-downs. `lists` are the ranges of the drop-downs, by column."""
    by_category = context.detail is SpendDetail.CATEGORIES
    width = len(layout.spend)
    top = layout.spend_heading_row
    put_title(sheet, f"Spend in {period.label}", marking, width=width)
    put_note(
        sheet,
        3,
        f"One line for each cost{' category, of all that was spent on it' if by_category else ''}. Type or paste values only. "
        "Amounts are in pounds; a credit has a minus sign.",
        width=width,
    )
    put_note(sheet, 4, "A line counts its net amount plus its irrecoverable VAT. A date outside the period needs Yes under Accrual. "
             "Columns marked * must be filled in.", width=width)  # fmt: skip
    for number, column in enumerate(layout.spend, start=1):
        heading = put_text(cell_at(sheet, top, number), f"{column.heading} *" if column.required else column.heading)
        as_heading(heading)
        dimension = sheet.column_dimensions[column.letter]
        dimension.width = _WIDTHS[column.key]
        dimension.protection, dimension.font = OPEN, PLAIN
        dimension.number_format = _FORMATS.get(column.key, "General")
        rows = range(top + 1, top + 1 + prepared_rows)
        as_inputs(sheet, rows, number, _FORMATS.get(column.key, "General"), wrap=column.key in _WRAPPED)
        rule = _spend_rule(column.key, lists)
        if rule is not None:
            rule.add(f"{column.letter}{top + 1}:{column.letter}{_LAST_ROW}")
            sheet.add_data_validation(rule)
    if by_category:
        _put_categories(sheet, layout, context, period)
    beyond = sheet.column_dimensions[column_letters(width + 1)]
    beyond.min, beyond.max, beyond.protection = width + 1, 16_384, OPEN
    sheet.row_dimensions[top].height = 32
    sheet.freeze_panes = f"A{top + 1}"
    sheet.auto_filter.ref = f"A{top}:{column_letters(width)}{top + prepared_rows}"
    protect(sheet, lines=True)
    print_on_a4(sheet, heading_row=top)


def _put_categories(sheet: Worksheet, layout: Layout, context: ReturnContext, period: Period) -> None:
    """A line for each budget of the year, which lacks nothing but its amount."""
    kinds = [line.budget_kind for line in context.budget]
    numbers = {column.key: number for number, column in enumerate(layout.spend, start=1)}
    for row, (category, kind, _) in enumerate(_budgets(context, period), start=layout.spend_heading_row + 1):
        said = {"category": category.label, "budget_kind": kind_label(kind, kinds)}
        for key, text in said.items():
            cell = cell_at(sheet, row, numbers[key])
            put_text(cell, text)


def _spend_rule(key: str, lists: dict[str, str]) -> DataValidation | None:
    if key in lists:
        return list_rule(lists[key])
    if key == "spent_on":
        return real_date_rule()
    return money_rule(lowest=-1_000_000_000) if key in ("net", "vat") else None


def list_rule(choices: str) -> DataValidation:
    """A drop-down of the choices that stand in a range."""
    rule = DataValidation(type="list", formula1=choices, allow_blank=True)
    rule.errorTitle, rule.showErrorMessage = "There is a problem", True
    rule.error = "Choose from the list"
    return rule


def real_date_rule() -> DataValidation:
    """A date from 2000 to 2099."""
    rule = DataValidation(type="date", operator="between", formula1="36526", formula2="73050", allow_blank=True)
    rule.errorTitle, rule.showErrorMessage = "There is a problem", True
    rule.error = "The date must be a real date, like 31/03/2026"
    return rule


def money_rule(lowest: int) -> DataValidation:
    """An amount of pounds from `lowest` up."""
    rule = DataValidation(
        type="decimal", operator="between", formula1=str(lowest), formula2="1000000000", allow_blank=True
    )
    rule.errorTitle, rule.showErrorMessage = "There is a problem", True
    rule.error = "Enter an amount of money in pounds, like 1234.50"
    return rule


def fill_forecast(sheet: Worksheet, layout: Layout, context: ReturnContext, period: Period, marking: str) -> Values:
    """The sheet of forecasts: a row for each budget of the year. Gives the values of its formulas, by cell."""
    quarters = [heading for _, heading in forecast_quarters(period)]
    headings = [column.heading for column in layout.forecast]
    headings[6:6] = quarters
    width, top = len(headings), layout.forecast_heading_row
    put_title(sheet, f"Forecast for {period.year.label}", marking, width=width)
    put_note(
        sheet,
        3,
        "Grey cells fill themselves. Forecast what you expect to spend in each quarter that is left, or 0.",
        width=width,
    )
    put_note(sheet, 4, "The variance is the forecast outturn minus the budget: above zero is over budget. A variance of "
             f"{context.amber_percent}% of the budget or more needs a reason.", width=width)  # fmt: skip
    for number, heading in enumerate(headings, start=1):
        as_heading(put_text(cell_at(sheet, top, number), heading))
        sheet.column_dimensions[column_letters(number)].width = 28 if number == 1 else 46 if number == width else 19
    sheet.row_dimensions[top].height = 48
    values: Values = {}
    for row, (category, kind, budget) in enumerate(_budgets(context, period), start=top + 1):
        values |= _forecast_row(sheet, row, category, kind, budget, context, len(quarters))
    last = top + len(_budgets(context, period))
    if quarters and last > top:
        rule = money_rule(lowest=0)
        rule.add(f"G{top + 1}:{column_letters(6 + len(quarters))}{last}")
        sheet.add_data_validation(rule)
    sheet.freeze_panes = f"C{top + 1}"
    protect(sheet)
    print_on_a4(sheet, heading_row=top)
    return values


def _budgets(context: ReturnContext, period: Period) -> list[tuple[CostCategory, BudgetKind, int]]:
    budgets: Counter[tuple[CostCategory, BudgetKind]] = Counter()
    for line in context.budget:
        if line.year == period.year.code:
            budgets[line.category, line.budget_kind] += line.pence
    return [(category, kind, pence) for (category, kind), pence in budgets.items()]


def _forecast_row(
    sheet: Worksheet,
    row: int,
    category: CostCategory,
    kind: BudgetKind,
    budget: int,
    context: ReturnContext,
    quarters: int,
) -> Values:
    kinds = [line.budget_kind for line in context.budget]
    accepted = sum(t.pence for t in context.accepted if (t.category, t.budget_kind) == (category, kind))
    outturn, variance, reason = 7 + quarters, 8 + quarters, 9 + quarters
    last_quarter = column_letters(outturn - 1)
    spend = [f"Spend!${letter}$6:${letter}${_LAST_ROW}" for letter in "BFGH"]
    match = f"{spend[0]},$A{row},{spend[1]},$B{row}"
    formulas = {
        5: (f"=SUMIFS({spend[2]},{match})+SUMIFS({spend[3]},{match})", 0),
        6: (f"=D{row}+E{row}", accepted),
        outturn: (f"=F{row}+SUM(G{row}:{last_quarter}{row})" if quarters else f"=F{row}", accepted),
        variance: (f"={column_letters(outturn)}{row}-C{row}", accepted - budget),
    }
    put_text(cell_at(sheet, row, 1), category.label)
    put_text(cell_at(sheet, row, 2), kind_label(kind, kinds))
    put_pounds(cell_at(sheet, row, 3), budget)
    put_pounds(cell_at(sheet, row, 4), accepted)
    for number, (formula, _) in formulas.items():
        cell_at(sheet, row, number).value = formula
    for number in range(1, reason + 1):
        cell = cell_at(sheet, row, number)
        if 7 <= number < outturn:
            as_input(cell, MONEY)
        elif number == reason:
            as_input(cell, "@", wrap=True)
        else:
            as_given(cell, wrap=number < 3)
            cell.number_format = MONEY if number > 2 else "General"
    cell_at(sheet, row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    return {f"{column_letters(number)}{row}": pence / 100 for number, (_, pence) in formulas.items()}


def budget_sentence(context: ReturnContext, period: Period) -> str:
    """The year's budget by kind, in words: "Resource £5,000, Capital £100"."""
    kinds = [kind for _, kind, _ in _budgets(context, period)]
    totals: Counter[BudgetKind] = Counter()
    for _, kind, pence in _budgets(context, period):
        totals[kind] += pence
    return ", ".join(f"{kind_label(kind, kinds)} {show(pence)}" for kind, pence in totals.items())
