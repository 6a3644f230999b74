"""Example returns: the real template, filled in as a person would, and checked as an upload is."""

import asyncio
from datetime import date
from io import BytesIO
from typing import Final

from msgspec import structs
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from grants.actions.example import FillAndCheck
from grants.actions.example_data import ExampleReturn
from grants.actions.submissions import Checked
from grants.domain.periods import parse_period
from grants.domain.returns import ReturnContext
from importers.answer import CheckRequest
from importers.background import taken
from importers.choices import kind_label
from importers.layouts import CURRENT, forecast_quarters
from importers.sandbox import Reader
from importers.template import template_book

_FIRST_QUARTER: Final = 7
"""The column of the first quarter to forecast, on the sheet of forecasts."""

_ROWS_TO_SPARE: Final = 10
"""Prepared rows beyond the example's lines: fewer than a real template has, since styling them is what takes its time."""


def example_workbook(reader: Reader) -> FillAndCheck:
    """What fills in and checks the example returns."""

    async def fill_and_check(context: ReturnContext, example: ExampleReturn) -> tuple[bytes, Checked]:
        context = structs.replace(context, today=None)  # the example is one year's, on whatever day it is loaded
        content, _ = await asyncio.gather(asyncio.to_thread(fill, context, example), reader.start())
        return content, taken(await reader.check(CheckRequest(content, "example.xlsx", context)))

    return fill_and_check


def fill(context: ReturnContext, example: ExampleReturn) -> bytes:
    """The template for the return, with the example's lines and forecasts typed into it."""
    book, _ = template_book(context, prepared_rows=len(example.lines) + _ROWS_TO_SPARE)
    layout = CURRENT
    book[layout.return_sheet].cell(layout.field("prepared_by").row, 2, "A finance officer (example)")
    for key in layout.declarations:
        book[layout.return_sheet].cell(layout.field(key).row, 2, "Yes")
    _fill_lines(book[layout.spend_sheet], context, example)
    _fill_forecast(book[layout.forecast_sheet], context, example)
    _fill_documents(book, example)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill_lines(sheet: Worksheet, context: ReturnContext, example: ExampleReturn) -> None:
    kinds = [line.budget_kind for line in context.budget]
    for row, line in enumerate(example.lines, start=CURRENT.spend_heading_row + 1):
        cells: dict[str, str | date] = {
            "reference": line.reference,
            "category": line.category.label,
            "description": line.description,
            "payee": line.payee,
            "spent_on": line.spent_on,
            "budget_kind": kind_label(line.budget_kind, kinds),
            "net": line.net,
            "evidence": line.evidence,
        }
        for column, place in enumerate(CURRENT.spend, start=1):
            if place.key in cells:
                sheet.cell(row, column, cells[place.key])


def _fill_documents(book: Workbook, example: ExampleReturn) -> None:
    """Each milestone as the example reports it; the example's assets below those that are there."""
    if CURRENT.milestones is None or CURRENT.assets is None:
        return
    reports = {report.title: report for report in example.milestones}
    sheet, first = book[CURRENT.milestones.sheet], CURRENT.milestones.heading_row + 1
    for row in range(first, sheet.max_row + 1):
        if report := reports.get(str(sheet.cell(row, 1).value)):
            rag = report.rag.value.capitalize() if report.rag else None
            _put(sheet, row, 3, report.forecast, report.actual, rag, report.comment or None)
    sheet, first = book[CURRENT.assets.sheet], CURRENT.assets.heading_row + 1
    free = next(row for row in range(first, sheet.max_row + 1) if sheet.cell(row, 2).value is None)
    for row, asset in enumerate(example.assets, start=free):
        _put(
            sheet,
            row,
            1,
            asset.reference,
            asset.description,
            asset.acquired_on,
            asset.cost,
            asset.location,
            asset.serial,
        )


def _put(sheet: Worksheet, row: int, first: int, *values: str | date | None) -> None:
    for column, value in enumerate(values, start=first):
        sheet.cell(row, column, value)


def _fill_forecast(sheet: Worksheet, context: ReturnContext, example: ExampleReturn) -> None:
    quarters = len(forecast_quarters(parse_period(context.period)))
    reason = _FIRST_QUARTER + quarters + 2
    first = CURRENT.forecast_heading_row + 1
    typed = {category.label: pounds for category, pounds in example.forecast.items()}
    for row in range(first, sheet.max_row + 1):
        for column in range(_FIRST_QUARTER, _FIRST_QUARTER + quarters):
            sheet.cell(row, column, typed.get(str(sheet.cell(row, 1).value), "0"))
        sheet.cell(row, reason, example.reason or None)
