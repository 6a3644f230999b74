"""Which return a file is: the wrong one is refused with the cell that says so; damage to the template is named."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook

from grants.domain.awards import BudgetLine, CostCategory
from importers.answer import Checked, Refused
from tests.importers.files import row, text_cell, xlsx, zipped
from tests.importers.making import AWARD, Typed, ask, award, checked, filled, places, refused


def told(cell: str, value: Any) -> Callable[[Workbook], None]:
    def edit(book: Workbook) -> None:
        book["Return"][cell] = value

    return edit


@pytest.mark.parametrize(
    ("cell", "value", "code", "says"),
    [
        ("B4", "LI-TELFORD-01", "wrong_award", "LI-OLDHAM-01"),
        ("B4", None, "wrong_award", "LI-OLDHAM-01"),
        ("B6", "GB-LAE-TFW", "wrong_recipient", "Oldham Council"),
        ("B9", "2025-26-Q1", "wrong_period", "Quarter 2, July to September 2025"),
        ("B9", "2025-26-P04", "wrong_period", "Quarter 2"),
        ("B9", "last quarter", "not_a_period", "2025-26-Q2"),
        ("B9", "#REF!", "not_a_period", "2025-26-Q2"),
        ("B11", "0.9", "wrong_version", "version 2"),
        ("B11", None, "wrong_version", "version 2"),
        ("B11", "1", "wrong_version", "version 2"),
    ],
)
def test_a_return_for_something_else_is_refused_at_its_cell(cell: str, value: Any, code: str, says: str) -> None:
    answer = refused(filled(AWARD, [Typed()], edit=told(cell, value)))
    assert (answer.code, answer.place) == (code, f"Return!{cell}")
    assert says in answer.message
    assert answer.value == ("" if value in (None, "#REF!") else value)


OLDHAM = ("GB-LAE-OLD", "Oldham Council")
POLICE = ("E23000010", "West Yorkshire Police")


def foreign(book: Workbook) -> None:
    """Everything in it is for somebody else, or is nothing at all."""
    sheet = book["Return"]
    sheet["B4"], sheet["B6"], sheet["B5"], sheet["B9"] = "LI-TELFORD-01", "GB-LAE-TFW", " Telford \n Council ", "never"
    book["Spend"]["G6"] = "lots"


@pytest.mark.parametrize(
    ("acts_for", "yours"),
    [
        ((OLDHAM,), "Oldham Council"),
        ((OLDHAM, POLICE), "Oldham Council or West Yorkshire Police"),
        ((OLDHAM, POLICE, ("X", "A charity")), "A charity, Oldham Council or West Yorkshire Police"),
    ],
)
def test_a_file_for_somebody_whom_the_sender_does_not_act_for_is_one_problem(
    acts_for: tuple[tuple[str, str], ...], yours: str
) -> None:
    context = award(acts_for=acts_for)
    answer = ask(filled(AWARD, [Typed()], edit=foreign), context)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.place, answer.value) == ("not_your_recipient", "Return!B6", "GB-LAE-TFW")
    assert answer.message == f"You can only send returns for {yours}. This one is for Telford Council."


@pytest.mark.parametrize("name", [None, "Oldham Council", "#REF!"])
def test_a_file_without_another_name_is_for_whom_its_identifier_says(name: str | None) -> None:
    def nameless(book: Workbook) -> None:
        book["Return"]["B6"], book["Return"]["B5"] = "{GB-LAE-TFW}", name

    answer = ask(filled(AWARD, [Typed()], edit=nameless), award(acts_for=(OLDHAM,)))
    assert isinstance(answer, Refused)
    assert answer.message.endswith("This one is for {GB-LAE-TFW}.")


def test_a_sender_who_acts_for_several_still_sends_each_return_to_its_own_award() -> None:
    other = award(award="PF-WYP-01", recipient_id=POLICE[0], recipient_name=POLICE[1])
    answer = ask(filled(other, [Typed()]), award(acts_for=(OLDHAM, POLICE)))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.place) == ("wrong_award", "Return!B4")
    assert answer.message.endswith("Use the template for LI-OLDHAM-01.")


def test_without_an_award_the_header_says_which_return_it_is() -> None:
    answer = checked(filled(AWARD, [Typed()]), None)
    assert answer.header.award == "LI-OLDHAM-01"
    assert answer.header.period == "2025-26-Q2"
    assert answer.header.recipient_name == "Oldham Council"
    assert answer.header.prepared_by == "A. Preparer, accountant"
    assert answer.problems == ()


def test_a_version_that_became_a_number_is_still_the_version() -> None:
    assert checked(filled(AWARD, [Typed()], edit=told("B11", 2))).template_version == "2"


def test_a_return_that_began_with_the_first_version_is_read_as_that() -> None:
    def first_version(book: Workbook) -> None:
        book["Return"]["B11"] = "1"
        book["Return"].delete_rows(13, 4)
        book.remove(book["Milestones"])
        book.remove(book["Assets"])

    answer = checked(filled(AWARD, [Typed()], edit=first_version))
    assert (answer.template_version, places(answer), answer.documents) == ("1", [], None)
    assert answer.header.basis == ""


def test_nobody_prepared_it() -> None:
    assert places(checked(filled(AWARD, [Typed()], edit=told("B12", "  ")))) == [("blank", "Return!B12")]


def without_sheet(name: str) -> Callable[[Workbook], None]:
    return lambda book: book.remove(book[name])


@pytest.mark.parametrize("name", ["Return", "Spend", "Forecast", "Milestones", "Assets"])
def test_a_missing_sheet_is_named(name: str) -> None:
    answer = refused(filled(AWARD, [Typed()], edit=without_sheet(name)))
    assert (answer.code, answer.sheet) == ("missing_sheet", name)
    assert answer.message.startswith("The selected file must use the template")
    assert f'"{name}"' in answer.message


def test_a_renamed_sheet_is_missing_and_the_names_that_are_there_are_shown() -> None:
    def rename(book: Workbook) -> None:
        book["Spend"].title = "Q2 spend"

    answer = refused(filled(AWARD, [Typed()], edit=rename))
    assert answer.code == "missing_sheet"
    assert "Q2 spend" in answer.value


def test_any_other_workbook_must_use_the_template() -> None:
    answer = refused(zipped(xlsx({"Sheet1": row(1, text_cell("A1", "Amounts"))})))
    assert answer.code == "missing_sheet"


def test_a_moved_and_renamed_heading_row_is_found_where_it_is() -> None:
    def rearrange(book: Workbook) -> None:
        spend = book["Spend"]
        spend.insert_rows(3, amount=4)
        spend["D9"] = " SUPPLIER: "
        spend["G9"] = "net\u00a0amount"

    answer = checked(filled(AWARD, [Typed(net="lots")], edit=rearrange))
    assert places(answer) == [("not_money", "Spend!G10")]


def test_columns_in_another_order_with_others_between() -> None:
    def rearrange(book: Workbook) -> None:
        spend = book["Spend"]
        spend.insert_cols(7)
        spend["G5"] = "My notes"
        spend["G6"] = "anything at all"

    answer = checked(filled(AWARD, [Typed(net="lots")], edit=rearrange))
    assert places(answer) == [("not_money", "Spend!H6")]


def heading(cell: str, value: str) -> Callable[[Workbook], None]:
    def edit(book: Workbook) -> None:
        book["Spend"][cell] = value

    return edit


def test_a_missing_column_is_named_with_where_it_belongs() -> None:
    answer = refused(filled(AWARD, [Typed()], edit=heading("D5", "Whom")))
    assert (answer.code, answer.place) == ("missing_column", "Spend!D5")
    assert '"Payee"' in answer.message
    assert "column D" in answer.message


def test_a_column_that_is_not_required_may_be_missing() -> None:
    answer = checked(filled(AWARD, [Typed(vat=5)], edit=heading("H5", "Something else")))
    assert places(answer) == []
    assert answer.totals[0].pence == 123450


def test_two_columns_of_one_name_are_refused() -> None:
    answer = refused(filled(AWARD, [Typed()], edit=heading("H5", "Amount")))
    assert (answer.code, answer.place) == ("repeated_column", "Spend!H5")


def test_no_headings_at_all() -> None:
    def wipe(book: Workbook) -> None:
        book["Spend"].delete_rows(5)

    answer = refused(filled(AWARD, [Typed()], edit=wipe))
    assert (answer.code, answer.sheet) == ("missing_headings", "Spend")
    assert "row 5" in answer.message


def test_a_label_that_is_gone_from_the_header_is_named() -> None:
    answer = refused(filled(AWARD, [Typed()], edit=told("A9", "When")))
    assert answer.code == "missing_field"
    assert '"Period"' in answer.message


@pytest.mark.parametrize("period", ["2025-26", "2025-26-Q1", "2025-26-Q4", "2025-26-P01", "2025-26-P03", "2025-26-P12"])
def test_every_kind_of_period_has_a_template_that_reads_back(period: str) -> None:
    context = award(period=period)
    line = Typed(day=date(2026, 3, 31) if "Q4" in period or "P12" in period else date(2025, 4, 1), accrual="Yes")
    answer = ask(filled(context, [line]), context)
    assert isinstance(answer, Checked)
    assert answer.problems == ()
    quarters = {forecast.quarter for forecast in answer.forecasts}
    assert (
        quarters
        == {
            "2025-26": set(),
            "2025-26-Q1": {"2025-26-Q2", "2025-26-Q3", "2025-26-Q4"},
            "2025-26-Q4": set(),
            "2025-26-P01": {"2025-26-Q1", "2025-26-Q2", "2025-26-Q3", "2025-26-Q4"},
            "2025-26-P03": {"2025-26-Q2", "2025-26-Q3", "2025-26-Q4"},
            "2025-26-P12": set(),
        }[period]
    )


def test_only_the_budget_of_the_returns_year_counts() -> None:
    context = award(budget=(*AWARD.budget, BudgetLine("2026-27", CostCategory.ICT, 500_00)))
    answer = checked(filled(context, [Typed(category="ICT")]), context)
    assert places(answer) == [("category_not_on_award", "Spend!B6")]
