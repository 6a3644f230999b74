"""The workbook that a recipient downloads: prefilled for one award and period, ready to be filled in."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from msgspec import structs
from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.worksheet.worksheet import Worksheet

from grants.domain.awards import SpendDetail
from grants.domain.money import show
from grants.domain.periods import Period, parse_period, show_day
from grants.domain.plan import Rag
from grants.domain.returns import ReturnContext
from importers.cells import column_letters
from importers.choices import kind_label
from importers.header import header_of
from importers.layouts import CURRENT, Layout, one_line_a_category
from importers.template_documents import fill_assets, fill_milestones
from importers.template_file import finish
from importers.template_style import (
    PLAIN,
    STRONG,
    SUBTITLE,
    as_given,
    as_heading,
    as_input,
    cell_at,
    print_on_a4,
    protect,
    put_note,
    put_text,
    put_title,
)
from importers.template_tables import PREPARED_ROWS, Values, budget_sentence, fill_forecast, fill_spend, list_rule

EXAMPLE: Final = "EXAMPLE DATA – not real"
_LISTS: Final = "Lists"


def build_template(context: ReturnContext, kind: str | None = None, prepared_rows: int = PREPARED_ROWS) -> bytes:
    """An XLSX for one return. The same context gives the same bytes; those made last are kept, as making one takes long.

    Arguments as of template_book.
    """
    # What a template does not show is left out: it would tell the same ones apart, and how exports are read is no key of a cache.
    return _built(structs.replace(context, earlier=(), matchings=(), acts_for=(), forecasts=()), kind, prepared_rows)


@lru_cache(maxsize=16)
def _built(context: ReturnContext, kind: str | None, prepared_rows: int) -> bytes:
    book, values = template_book(context, kind, prepared_rows)
    return finish(book, parse_period(context.period).first, values)


def template_book(
    context: ReturnContext, kind: str | None = None, prepared_rows: int = PREPARED_ROWS
) -> tuple[Workbook, dict[str, Values]]:
    """The workbook for one return, and the values of its formulas by sheet and cell, for `finish`.

    `kind` is what kind of return it is; without one it is Quarterly, Monthly or Yearly as its period says.
    `prepared_rows` have the look of cells to fill in; lines may go on below them.
    """
    period = parse_period(context.period)
    layout = one_line_a_category(CURRENT) if context.detail is SpendDetail.CATEGORIES else CURRENT
    marking = EXAMPLE if context.is_example else ""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in ("Guidance", *layout.sheets, _LISTS):
        book.create_sheet(name)
    _fill_guidance(book["Guidance"], context, period, marking)
    fields = header_of(layout.return_sheet, layout, context, "").values
    fields["kind"] = kind or fields["kind"]
    fields["basis"] = "Accruals"
    lists = _fill_lists(book[_LISTS], context, marking)
    _fill_return(book[layout.return_sheet], layout, fields, marking, lists)
    fill_spend(book[layout.spend_sheet], layout, context, period, marking, lists, prepared_rows)
    for rows, fill in ((layout.milestones, fill_milestones), (layout.assets, fill_assets)):
        if rows is not None:
            fill(book[rows.sheet], rows, context, marking, lists)
    values = fill_forecast(book[layout.forecast_sheet], layout, context, period, marking)
    book.active = book.sheetnames.index(layout.return_sheet)
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == layout.return_sheet
        sheet.sheet_view.showGridLines = False
    properties = book.properties
    properties.title = f"Spend return: {context.award}, {period.label}"
    properties.creator, properties.language = "Tallystick", "en-GB"
    properties.subject = marking or None
    return book, {layout.forecast_sheet: values}


def _fill_return(sheet: Worksheet, layout: Layout, values: dict[str, str], marking: str, lists: dict[str, str]) -> None:
    put_title(sheet, "Spend return", marking, width=3)
    put_note(
        sheet,
        3,
        "Check that this is your award and period, say who prepared the return, and answer each question.",
        width=3,
    )
    notes = {
        "period": parse_period(values["period"]).label,
        "year": parse_period(values["year"]).label,
        "prepared_by": "Your name and job title. Fill this in.",
        "basis": "Accruals: costs count in the period that they belong to, whenever they are paid.",
        **dict.fromkeys(layout.declarations, "Yes or No. If No, you will be asked why."),
    }
    choices = {"basis": lists["basis"], **dict.fromkeys(layout.declarations, lists["accrual"])}
    for field in layout.fields:
        label = put_text(cell_at(sheet, field.row, 1), field.label)
        as_given(label, wrap=True)
        label.font = STRONG
        value = put_text(cell_at(sheet, field.row, 2), values[field.key])
        if field.key in ("prepared_by", *choices):
            as_input(value, "@", wrap=True)
            if field.key in choices:
                rule = list_rule(choices[field.key])
                rule.add(value.coordinate)
                sheet.add_data_validation(rule)
        else:
            as_given(value, wrap=True)
        note = put_text(cell_at(sheet, field.row, 3), notes.get(field.key, ""))
        note.alignment = Alignment(vertical="top", indent=1, wrap_text=True)
    for letter, width in (("A", 38), ("B", 44), ("C", 48)):
        sheet.column_dimensions[letter].width = width
    protect(sheet)
    print_on_a4(sheet)


def _fill_lists(sheet: Worksheet, context: ReturnContext, marking: str) -> dict[str, str]:
    """The values of the drop-downs, and the range of each list by the column that uses it."""
    put_title(sheet, "Lists", marking, width=5)
    put_note(sheet, 3, "What may be chosen on the other sheets.", width=5)
    kinds = list(dict.fromkeys(line.budget_kind for line in context.budget))
    lists: dict[str, tuple[str, Iterable[str]]] = {
        "category": ("Cost category", dict.fromkeys(line.category.label for line in context.budget)),
        "budget_kind": ("Resource or capital", [kind_label(kind, kinds) for kind in kinds]),
        "accrual": ("Yes or no", ("Yes", "No")),
        "rag": ("RAG rating", [rag.value.capitalize() for rag in Rag]),
        "basis": ("Basis of the amounts", ("Accruals", "Cash")),
    }
    ranges: dict[str, str] = {}
    for number, (key, (heading, choices)) in enumerate(lists.items(), start=1):
        as_heading(put_text(cell_at(sheet, 5, number), heading))
        row = 5
        for row, choice in enumerate(choices, start=6):
            as_given(put_text(cell_at(sheet, row, number), choice))
        letter = column_letters(number)
        ranges[key] = f"{_LISTS}!${letter}$6:${letter}${max(row, 6)}"
        sheet.column_dimensions[letter].width = 30
    protect(sheet)
    return ranges


def _fill_guidance(sheet: Worksheet, context: ReturnContext, period: Period, marking: str) -> None:
    put_title(sheet, "How to fill in this spend return", marking, width=1)
    row = 3
    for heading, sentences in _guidance(context, period):
        put_text(cell_at(sheet, row, 1), heading, SUBTITLE)
        sheet.row_dimensions[row].height = 24
        for sentence in sentences:
            row += 1
            cell = put_text(cell_at(sheet, row, 1), sentence, PLAIN)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            sheet.row_dimensions[row].height = 15 * (1 + len(sentence) // 125) + 3
        row += 1
    sheet.column_dimensions["A"].width = 110
    protect(sheet)
    print_on_a4(sheet)


def _evidence_wanted(context: ReturnContext) -> str:
    least = context.evidence_from_pence
    return "" if least is None else f" Each line of {show(least)} or more needs one."


def _line_of(context: ReturnContext) -> str:
    return "cost category" if context.detail is SpendDetail.CATEGORIES else "cost"


def _guidance(context: ReturnContext, period: Period) -> list[tuple[str, list[str]]]:
    ineligible = ", ".join(context.ineligible)
    not_paid = (
        "Lobbying, recoverable VAT, political or religious activity, contributions in kind, interest and finance leases, gifts, "
        "entertaining, fines, depreciation, liabilities from before the agreement, costs that another grant met, and statutory duties."
    )
    return [
        ("This return", [
            f"Award {context.award} to {context.recipient_name}, for {period.label}.",
            f"The award runs from {show_day(context.award_start)} to {show_day(context.award_end)}. "
            f"Its budget for {period.year.label}: {budget_sentence(context, period)}.",
        ]),
        ("What to do", [
            "1. On the sheet Return, say who prepared the return, and answer the questions.",
            f"2. On the sheet Spend, give one line for each {_line_of(context)}. Cells to fill in have a light fill and a thick line below. "
            "There is room for more lines than are prepared; blank rows do no harm.",
            "3. On the sheet Forecast, say what you expect to spend in each quarter that is left, and why the outturn differs "
            f"from the budget where it does by {context.amber_percent}% or more.",
            "4. On the sheets Milestones and Assets, bring up to date what is there and add what is new.",
            "5. Save the file as an Excel workbook (.xlsx) or OpenDocument spreadsheet (.ods) and upload it. "
            "You will see at once whether anything needs correcting, and in which cell.",
        ]),
        ("What each column of Spend means", [
            "Reference: the transaction's number in your finance system. No two lines may share reference, payee, date and amount.",
            "Cost category, Resource or capital, Accrual: choose from the list.",
            "Description: what was bought and what for. Never name a victim or survivor, nor give a date of birth or a police or "
            "NHS reference.",
            "Date: the day of the cost, like 31/03/2026. If it lies outside the period, choose Yes under Accrual.",
            "Net amount and Irrecoverable VAT: in pounds and pence. Their sum is what the line counts. VAT that you can recover is not "
            "claimed. A credit has a minus sign.",
            f"Evidence reference: where the invoice or record can be found.{_evidence_wanted(context)}",
        ]),
        ("What the award does not pay for", [not_paid, *([f"Nor, under this award: {ineligible}."] if ineligible else [])]),
        ("What is certified", [
            "That the spend was properly incurred for the purpose of the grant in the period, and that no other government grant was "
            "claimed for it.",
        ]),
    ]  # fmt: skip
