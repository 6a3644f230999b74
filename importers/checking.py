"""The whole of a check, in one call and one process: bytes, cells, lines, problems, totals, and lines ready to store."""

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from grants.domain.awards import SpendDetail
from grants.domain.periods import Period, parse_period
from grants.domain.returns import CategoryForecast, CategoryTotal, ReturnContext
from importers.answer import CheckAnswer, Checked, CheckRequest, NotAReturn, VarianceReason
from importers.cells import CSV, Habits, Sheet, Workbook
from importers.checks import run_checks
from importers.checks.facts import Facts
from importers.columns import BLANK
from importers.copying import copy_text
from importers.documents import read_assets, read_milestones
from importers.forecast import Forecast, read_forecast
from importers.header import check_identity, header_of, read_header
from importers.kept_documents import documents_of
from importers.layouts import CURRENT, LAYOUTS, Layout, Rows, one_line_a_category
from importers.limits import Limits
from importers.lines import Spend, read_lines
from importers.matching.reading import ask_for_matching, read_extract, uses_template
from importers.messages import refuse
from importers.notices import notices
from importers.tables import Across, Table, find_lines
from importers.workbook import read_workbook

T = TypeVar("T")


def check(request: CheckRequest, limits: Limits) -> CheckAnswer:
    """Reads and checks a file. Pure: the same request gives the same answer. Call it inside the reader's process."""
    try:
        facts = read_return(request, limits)
    except NotAReturn as answer:
        return answer.refused
    return answer_to(facts, limits)


def answer_to(facts: Facts, limits: Limits) -> Checked:
    """The answer to a file that could be read as a return."""
    errors, warnings = run_checks(facts, limits.problems)
    return Checked(
        header=facts.header,
        errors=errors,
        warnings=warnings,
        totals=tuple(CategoryTotal(*key, pence) for key, pence in sorted(facts.totals.items())),
        forecasts=_forecasts(facts),
        reasons=tuple(
            VarianceReason(*key, row.reason, f"{facts.forecast.letters['reason']}{row.number}")
            for key, row in facts.forecast.rows.items()
            if row.reason
        ),
        line_count=len(facts.spend.rows),
        template_version=facts.layout.version,
        notices=notices(facts),
        lines_copy=b"" if errors else copy_text(facts),
        matching_id=facts.extracted.matching_id if facts.extracted else "",
        documents=None if errors else documents_of(facts),
    )


def read_return(request: CheckRequest, limits: Limits) -> Facts:
    """Everything that the checks look at. Raises NotAReturn."""
    book = read_workbook(request.data, CURRENT.sheets, limits)
    if request.matching is not None or not uses_template(book):
        if extract := read_extract(request, book, limits):
            return extract
        ask_for_matching(request.data, book, limits)
    context = request.context
    if book.dialect is None:
        _check_sheets(book, (CURRENT.return_sheet,))
        fields = read_header(book.sheets[CURRENT.return_sheet], CURRENT)
        _check_sheets(book, LAYOUTS[fields.values["template_version"]].sheets)
        period: Period | None = check_identity(fields, context)
    else:
        fields = header_of(CSV, CURRENT, context, request.prepared_by)
        period = parse_period(context.period) if context else None
    layout = _layout(fields.values["template_version"], context)
    budget = None
    if context is not None and period is not None:
        budget = [line for line in context.budget if line.year == period.year.code]
    hidden = {name: sheet.hidden for name, sheet in book.sheets.items()}
    table, across = _find_spend(book, layout)
    spend = read_lines(table, across, layout.spend, budget, book.habits)
    del across
    if period is not None and context is not None and context.detail is SpendDetail.CATEGORIES:
        _date_lines(spend, period)
    forecast = Forecast(CSV, {}, sent=False)
    if book.dialect is None and period is not None:
        forecast = read_forecast(book.sheets.pop(layout.forecast_sheet), layout, period, budget)
    return Facts(
        layout=layout,
        fields=fields,
        header=fields.header(),
        period=period,
        spend=spend,
        forecast=forecast,
        context=context,
        dialect=book.dialect,
        hidden=hidden[CSV if book.dialect else layout.spend_sheet],
        hidden_sheets=tuple(name for name in layout.sheets if name in hidden and hidden[name].sheet),
        milestones=_sheet(book, layout.milestones, read_milestones),
        assets=_sheet(book, layout.assets, read_assets),
        digest=hashlib.sha256(request.data).hexdigest(),
    )


def _find_spend(book: Workbook, layout: Layout) -> tuple[Table, Across]:
    if book.dialect is None:
        return find_lines(book.sheets.pop(layout.spend_sheet), layout.spend, layout.spend_heading_row, book.habits)
    try:
        return find_lines(book.sheets.pop(CSV), layout.spend, layout.spend_heading_row, book.habits)
    except NotAReturn as answer:
        if answer.refused.code != "missing_headings":
            raise
        raise refuse("csv_headings", sheet=CSV, table=layout.spend_sheet) from answer


def _layout(version: str, context: ReturnContext | None) -> Layout:
    layout = LAYOUTS[version]
    by_category = context is not None and context.detail is SpendDetail.CATEGORIES
    return one_line_a_category(layout) if by_category else layout


def _date_lines(spend: Spend, period: Period) -> None:
    """What was spent on a category in a period is dated its last day, unless its line says otherwise."""
    days = spend.spent_on
    for position in days.faults.pop(BLANK, []):
        days.values[position] = period.last


def _sheet(book: Workbook, rows: Rows | None, read: Callable[[Sheet, Rows, Habits], T]) -> T | None:
    """What one of the further sheets holds; None for a file that has no such sheet."""
    if rows is None or book.dialect is not None:
        return None
    return read(book.sheets.pop(rows.sheet), rows, book.habits)


def _check_sheets(book: Workbook, names: Iterable[str]) -> None:
    for name in names:
        if name not in book.sheets:
            raise refuse("missing_sheet", sheet=name, value=", ".join(book.names))


def _forecasts(facts: Facts) -> tuple[CategoryForecast, ...]:
    forecast = facts.forecast
    if not forecast.sent:
        return facts.context.forecasts if facts.context else ()
    return tuple(
        CategoryForecast(*key, quarter, pence, f"{forecast.letters[quarter]}{row.number}")
        for key, row in forecast.rows.items()
        for quarter, pence in row.quarters.items()
        if isinstance(pence, int)
    )
