"""The workbooks that programme leads fill in: a register of awards, and a list of payments where no finance system makes one."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from grants.domain.awards import CostCategory
from grants.domain.registers import RegisterKind
from importers.layouts import Rows
from importers.registers.layouts import TABLES
from importers.registers.meanings import POWERS
from importers.template_file import finish
from importers.template_style import (
    DAY,
    MONEY,
    as_heading,
    as_inputs,
    cell_at,
    print_on_a4,
    protect,
    put_note,
    put_text,
    put_title,
)
from importers.template_tables import list_rule, money_rule, real_date_rule

PREPARED_ROWS: Final = 200
_DATED: Final = date(2025, 4, 1)
_LISTS: Final = "Lists"
_CHOICES: Final[dict[str, Sequence[str]]] = {
    "category": [category.label for category in CostCategory],
    "side": ["Resource", "Capital", "Resource, admin", "Capital, admin"],
    "payment_basis": ["Arrears", "Advance"],
    "legal_basis": list(POWERS.values()),
    "frequency": ["Quarterly", "Monthly"],
}
_HEADINGS: Final = {
    "category": "Cost category",
    "side": "Resource or capital",
    "payment_basis": "Payment basis",
    "legal_basis": "Legal basis",
    "frequency": "Returns",
}
_DAYS: Final = frozenset({"start", "end", "due_on", "paid_on"})
_WIDTHS: Final = {
    "purpose": 46,
    "recipient_id": 22,
    "legal_basis": 40,
    "delivery_body": 28,
    "certifier_role": 28,
    "category": 28,
}
_NOTES: Final = {
    "Awards": (
        "One row for each budget line of an award: a year, a cost category, resource or capital. What is the same on all rows of an award may "
        "stand on its first alone.",
        "A new reference becomes a proposal for a new award, other terms of an award that exists a proposal to vary it; a second person decides.",
    ),
    "Instalments": (
        "For awards paid in advance: when each instalment is due. For each year they must come to the award's budget.",
        "Awards paid in arrears have no rows here: they are paid against accepted returns.",
    ),
    "Payments": (
        "One row for each payment that was made. The award's reference may have an instalment or a claim's period behind it: LI-OLDHAM-01/2.",
        "A payment is matched to what is expected by reference and amount, exactly. Whatever does not match is told, and nothing is guessed.",
    ),
}  # fmt: skip


def register_template(kind: RegisterKind) -> bytes:
    """An XLSX to fill in. The same bytes each time."""
    book = Workbook()
    book.remove(book.worksheets[0])
    tables = TABLES[kind]
    for name in (*(table.sheet for table in tables), _LISTS):
        book.create_sheet(name)
    lists = _fill_lists(book[_LISTS], {column.key for table in tables for column in table.columns})
    for table in tables:
        _fill(book[table.sheet], table, lists)
    if not lists:
        book.remove(book[_LISTS])
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == tables[0].sheet
        sheet.sheet_view.showGridLines = False
    properties = book.properties
    properties.title = "Awards register" if kind is RegisterKind.AWARDS else "Payments"
    properties.creator, properties.language = "Tallystick", "en-GB"
    return finish(book, _DATED, {})


def template_name(kind: RegisterKind) -> str:
    """What the template's file is called."""
    return "awards-register.xlsx" if kind is RegisterKind.AWARDS else "payments.xlsx"


def _fill(sheet: Worksheet, table: Rows, lists: dict[str, str]) -> None:
    width, top = len(table.columns), table.heading_row
    put_title(sheet, table.sheet, "", width=width)
    for row, note in enumerate(_NOTES[table.sheet], start=3):
        put_note(sheet, row, note, width=width)
    last = top + PREPARED_ROWS
    for number, column in enumerate(table.columns, start=1):
        as_heading(put_text(cell_at(sheet, top, number), f"{column.heading} *" if column.required else column.heading))
        sheet.column_dimensions[column.letter].width = _WIDTHS.get(column.key, 18)
        form = DAY if column.key in _DAYS else MONEY if column.key == "amount" else "@"
        as_inputs(sheet, range(top + 1, last + 1), number, "General" if column.key in lists else form)
        rule = (
            list_rule(lists[column.key])
            if column.key in lists
            else real_date_rule()
            if column.key in _DAYS
            else money_rule(lowest=-1_000_000_000)
            if column.key == "amount"
            else None
        )
        if rule is not None:
            rule.add(f"{column.letter}{top + 1}:{column.letter}{last}")
            sheet.add_data_validation(rule)
    sheet.row_dimensions[top].height = 32
    sheet.freeze_panes = f"B{top + 1}"
    sheet.auto_filter.ref = f"A{top}:{table.columns[-1].letter}{last}"
    protect(sheet, lines=True)
    print_on_a4(sheet, heading_row=top)


def _fill_lists(sheet: Worksheet, keys: set[str]) -> dict[str, str]:
    """The choices, each a column; their ranges by key."""
    put_title(sheet, _LISTS, "", width=len(_CHOICES))
    ranges = {}
    for number, key in enumerate((key for key in _CHOICES if key in keys), start=1):
        as_heading(put_text(cell_at(sheet, 3, number), _HEADINGS[key]))
        for row, choice in enumerate(_CHOICES[key], start=4):
            put_text(cell_at(sheet, row, number), choice)
        letter = "ABCDE"[number - 1]
        sheet.column_dimensions[letter].width = 40 if key == "legal_basis" else 24
        ranges[key] = f"{_LISTS}!${letter}$4:${letter}${3 + len(_CHOICES[key])}"
    protect(sheet)
    return ranges
