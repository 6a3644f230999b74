"""The whole of a check, in one call and one process: bytes, cells, lines, problems, totals, and lines ready to store."""

import hashlib

from grants.domain.periods import Period, parse_period
from grants.domain.returns import CategoryForecast, CategoryTotal
from importers.answer import CheckAnswer, Checked, CheckRequest, NotAReturn, VarianceReason
from importers.cells import CSV, Workbook
from importers.checks import run_checks
from importers.checks.facts import Facts
from importers.copying import copy_text
from importers.forecast import Forecast, read_forecast
from importers.header import check_identity, header_of, read_header
from importers.layouts import CURRENT, LAYOUTS, Layout
from importers.limits import Limits
from importers.lines import read_lines
from importers.matching.reading import ask_for_matching, read_extract, uses_template
from importers.messages import refuse
from importers.notices import notices
from importers.tables import Across, Table, find_lines
from importers.workbook import read_workbook


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
        _check_sheets(book)
        fields = read_header(book.sheets[CURRENT.return_sheet], CURRENT)
        period: Period | None = check_identity(fields, context)
    else:
        fields = header_of(CSV, CURRENT, context, request.prepared_by)
        period = parse_period(context.period) if context else None
    layout = LAYOUTS[fields.values["template_version"]]
    budget = None
    if context is not None and period is not None:
        budget = [line for line in context.budget if line.year == period.year.code]
    hidden = {name: sheet.hidden for name, sheet in book.sheets.items()}
    table, across = _find_spend(book, layout)
    spend = read_lines(table, across, layout.spend, budget, book.habits)
    del across
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
        hidden_sheets=tuple(name for name, one in hidden.items() if one.sheet),
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


def _check_sheets(book: Workbook) -> None:
    for name in CURRENT.sheets:
        if name not in book.sheets:
            raise refuse("missing_sheet", sheet=name, value=", ".join(book.names))


def _forecasts(facts: Facts) -> tuple[CategoryForecast, ...]:
    forecast = facts.forecast
    return tuple(
        CategoryForecast(*key, quarter, pence, f"{forecast.letters[quarter]}{row.number}")
        for key, row in forecast.rows.items()
        for quarter, pence in row.quarters.items()
        if isinstance(pence, int)
    )
