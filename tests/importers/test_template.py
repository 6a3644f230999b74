"""The template: prefilled, the same bytes for the same data, text as text, unlocked where it is filled in."""

import zipfile
from datetime import date
from io import BytesIO
from pathlib import Path
from subprocess import run
from sys import executable

import pytest
from msgspec import json
from openpyxl import Workbook, load_workbook

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryTotal
from importers.answer import Checked
from importers.layouts import CURRENT
from importers.template import EXAMPLE, build_template
from importers.template_tables import PREPARED_ROWS
from tests.importers.making import AWARD, FIRST, ask, award

ROOT = Path(__file__).resolve().parents[2]
SHEETS = ["Guidance", "Return", "Spend", "Forecast", "Milestones", "Assets", "Lists"]


def opened(data: bytes, *, values: bool = False) -> Workbook:
    return load_workbook(BytesIO(data), data_only=values)


def test_it_says_which_return_it_is() -> None:
    book = opened(build_template(AWARD))
    assert book.sheetnames == SHEETS
    told = {row[0].value: row[1].value for row in book["Return"]["A4:B16"]}
    assert told == {
        "Award reference": "LI-OLDHAM-01",
        "Recipient": "Oldham Council",
        "Recipient identifier": "GB-LAE-OLD",
        "Delivery body": "Oldham Council",
        "Financial year": "2025-26",
        "Period": "2025-26-Q2",
        "Kind of return": "Quarterly",
        "Template version": "2",
        "Prepared by": None,
        "Basis of the amounts": "Accruals",
        "No other government grant has been claimed for these costs": None,
        "VAT that can be recovered is left out": None,
        "Invoices and other records of these costs are kept": None,
    }
    assert book["Return"]["C9"].value == "Quarter 2, July to September 2025"
    assert opened(build_template(AWARD, "Final"))["Return"]["B10"].value == "Final"


def test_the_net_amount_is_column_g() -> None:
    sheet = opened(build_template(AWARD))["Spend"]
    headings = [sheet.cell(CURRENT.spend_heading_row, at).value for at in range(1, 12)]
    assert headings == [
        "Reference *", "Cost category *", "Description *", "Payee *", "Date *", "Resource or capital *", "Net amount *",
        "Irrecoverable VAT", "Accrual", "Evidence reference", None,
    ]  # fmt: skip
    assert [column.letter for column in CURRENT.spend] == list("ABCDEFGHIJ")


def test_an_untouched_template_asks_for_what_is_missing_and_nothing_else() -> None:
    answer = ask(build_template(AWARD))
    assert isinstance(answer, Checked)
    assert [(problem.code, problem.place) for problem in answer.problems] == [
        ("blank", "Return!B12"),
        ("declaration_blank", "Return!B14"),
        ("declaration_blank", "Return!B15"),
        ("declaration_blank", "Return!B16"),
        ("forecast_blank", "Forecast!G6:G8"),
        ("forecast_blank", "Forecast!H6:H8"),
        ("no_lines", "Spend!G6"),
    ]


def test_the_same_data_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys; from msgspec import json; from importers.template import build_template; "
        "from grants.domain.returns import ReturnContext; "
        "sys.stdout.buffer.write(build_template(json.decode(sys.stdin.buffer.read(), type=ReturnContext)))"
    )
    done = run([executable, "-c", program], cwd=ROOT, input=json.encode(AWARD), capture_output=True, check=True)
    assert done.stdout == build_template(AWARD)
    assert build_template(award(award="LI-OLDHAM-02")) != done.stdout
    with zipfile.ZipFile(BytesIO(done.stdout)) as parts:
        assert {info.date_time for info in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2025-07-01T00:00:00Z" in parts.read("docProps/core.xml")


HOSTILE = ["=1+1", '=HYPERLINK("http://x")', "+44", "-cmd", "@SUM(A1)", "\tx", "#REF!", "a\x00b\x1f", "_x0041_"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_from_the_database_is_text(text: str) -> None:
    context = award(recipient_name=text, delivery_body=text, ineligible=(text,))
    book = opened(build_template(context))
    for cell in ("B5", "B7"):
        assert book["Return"][cell].data_type == "s"
    formulas = [
        (sheet.title, cell.coordinate) for sheet in book for row in sheet for cell in row if cell.data_type == "f"
    ]
    assert {title for title, _ in formulas} == {"Forecast"}


def test_the_forecast_is_worked_out_by_formulas_that_have_their_values() -> None:
    data = build_template(AWARD)
    formulas, values = opened(data)["Forecast"], opened(data, values=True)["Forecast"]
    headings = [cell.value for cell in formulas[5]]
    assert headings[6:8] == [
        "Forecast for Quarter 3, October to December 2025", "Forecast for Quarter 4, January to March 2026",
    ]  # fmt: skip
    assert formulas["E6"].value.startswith("=SUMIFS(Spend!$G$6")
    assert [values.cell(6, column).value for column in range(1, 11)] == [
        "Staff pay", "Resource", 100_000, 10_000, 0, 10_000, None, None, 10_000, -90_000,
    ]  # fmt: skip
    assert "above zero is over budget" in values["A4"].value


def test_the_forecast_has_one_row_for_each_budget_of_the_year() -> None:
    budget = (
        BudgetLine("2025-26", CostCategory.ICT, 100),
        BudgetLine("2025-26", CostCategory.ICT, 200, BudgetKind.RDEL_ADMIN),
        BudgetLine("2026-27", CostCategory.TRAVEL, 300),
    )
    accepted = (CategoryTotal(CostCategory.ICT, BudgetKind.RDEL_ADMIN, 7),)
    sheet = opened(build_template(award(budget=budget, accepted=accepted)))["Forecast"]
    rows = [[sheet.cell(row, column).value for column in range(1, 5)] for row in range(FIRST, FIRST + 3)]
    assert rows == [
        ["ICT", "Resource, programme", 1, 0],
        ["ICT", "Resource, admin", 2, 0.07],
        [None, None, None, None],
    ]


def test_cells_to_fill_in_are_unlocked_and_no_others() -> None:
    book = opened(build_template(AWARD))
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in book)
    unlocked = {
        f"{sheet.title}!{cell.coordinate}"
        for sheet in book
        for row in sheet
        for cell in row
        if not cell.protection.locked
    }
    spend = {f"Spend!{letter}{row}" for letter in "ABCDEFGHIJ" for row in range(FIRST, FIRST + PREPARED_ROWS)}
    told = {f"Return!B{row}" for row in (12, 13, 14, 15, 16)}
    milestones = {f"Milestones!{letter}{row}" for letter in "ABCDEF" for row in range(FIRST, FIRST + 5)}
    assets = {f"Assets!{letter}{row}" for letter in "ABCDEFGH" for row in range(FIRST, FIRST + 20)}
    forecasts = {f"Forecast!{letter}{row}" for letter in "GHK" for row in (6, 7, 8)}
    assert unlocked == spend | told | forecasts | milestones | assets
    assert not any(book["Spend"].column_dimensions[letter].protection.locked for letter in "ABCDEFGHIJK")
    assert book["Spend"].protection.autoFilter is False, "filtering is allowed"


def test_drop_downs_and_bounds() -> None:
    book = opened(build_template(AWARD))
    rules = {str(rule.sqref)[0]: rule for rule in book["Spend"].data_validations.dataValidation}
    assert {letter: rule.type for letter, rule in rules.items()} == {
        "B": "list", "E": "date", "F": "list", "G": "decimal", "H": "decimal", "I": "list",
    }  # fmt: skip
    assert all(str(rule.sqref).endswith("1048576") for rule in rules.values())
    lists = book["Lists"]
    assert [cell.value for (cell,) in lists[rules["B"].formula1.partition("!")[2].replace("$", "")]] == [
        "Staff pay", "Travel and subsistence", "Equipment",
    ]  # fmt: skip
    assert [cell.value for (cell,) in lists["B6:B7"]] == ["Resource", "Capital"]


def test_example_data_is_marked_on_every_sheet_and_real_data_on_none() -> None:
    marked = opened(build_template(award(is_example=True)))
    assert [sheet["A2"].value for sheet in marked] == [EXAMPLE] * len(SHEETS)
    assert not any(cell.value == EXAMPLE for sheet in opened(build_template(AWARD)) for row in sheet for cell in row)


def test_it_is_accessible() -> None:
    book = opened(build_template(AWARD))
    assert book.properties.title == "Spend return: LI-OLDHAM-01, Quarter 2, July to September 2025"
    assert book.properties.language == "en-GB"
    for sheet in book:
        assert sheet["A1"].value
        assert not sheet.merged_cells.ranges
        assert sheet.sheet_view.selection[0].activeCell in ("A1", None) or sheet.freeze_panes
    assert book["Spend"].freeze_panes == "A6"
    assert book.active is book["Return"]


def test_the_guidance_names_the_award_its_dates_and_what_it_does_not_pay_for() -> None:
    book = opened(build_template(award(ineligible=("Overseas travel",), award_end=date(2026, 2, 28))))
    words = "\n".join(str(row[0].value) for row in book["Guidance"] if row[0].value)
    for said in (
        "LI-OLDHAM-01",
        "28 February 2026",
        "Resource £120,000, Capital £50,000",
        "Overseas travel",
        "5% or more",
    ):
        assert said in words
