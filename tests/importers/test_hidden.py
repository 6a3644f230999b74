"""What does not show, or shows otherwise than its value says, in a workbook."""

from collections.abc import Callable, Sequence

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.importers.arranging import LINES, ORDINARY, amounts, arranged, told
from tests.importers.making import places


def hide(rows: Sequence[int] = (), columns: str = "", *, sheet: bool = False) -> Callable[[Worksheet], None]:
    def change(spend: Worksheet) -> None:
        for row in rows:
            spend.row_dimensions[row].hidden = True
        for letter in columns:
            spend.column_dimensions[letter].hidden = True
        spend.sheet_state = "hidden" if sheet else "visible"

    return change


def test_hidden_rows_columns_and_sheets_are_read_and_told() -> None:
    answer = arranged(hide([6, 7, 9, 40], "GH"))
    assert amounts(answer) == ORDINARY
    assert told(answer) == [("hidden_rows", "Spend!G6"), ("hidden_columns", "Spend!G5")]
    assert "3 lines stand in hidden rows (6 to 7 and 9)" in answer.notices[0].message
    assert "(G and H)" in answer.notices[1].message
    assert told(arranged(hide(sheet=True))) == [("hidden_sheet", "Spend")]
    assert told(arranged(hide([3, 40], "MN"))) == []


def test_a_filtered_list_is_read_whole_and_told() -> None:
    def narrow(sheet: Worksheet) -> None:
        sheet.auto_filter.ref = "A5:J9"
        sheet.auto_filter.add_filter_column(0, ["R0"])
        hide([7, 8, 9])(sheet)

    answer = arranged(narrow)
    assert (amounts(answer), told(answer)) == (ORDINARY, [("filtered_rows", "Spend!G7")])


def test_faults_in_hidden_rows_have_their_own_cells() -> None:
    lines = [LINES[0], None, LINES[1].but(net="lots"), LINES[2].but(day="x")]
    answer = arranged(hide([7, 8]), lines)
    assert places(answer) == [("not_money", "Spend!G8"), ("not_a_date", "Spend!E9")]


@pytest.mark.parametrize(
    ("format_", "code", "value"),
    [
        ("0%", "percentage", "50%"),
        ("0.00%", "percentage", "50%"),
        ("0.0%;[Red]-0.0%", "percentage", "50%"),
        ("[$€-407]#,##0.00", "not_pounds", "€0.5"),
        ("[$EUR] #,##0.00", "not_pounds", "EUR 0.5"),
        ('"$"#,##0.00', "not_pounds", "$0.5"),
    ],
)
def test_a_percentage_or_another_currency_by_its_format_is_a_problem(format_: str, code: str, value: str) -> None:
    def style(sheet: Worksheet) -> None:
        sheet["G7"].number_format = format_

    answer = arranged(style, [LINES[0], LINES[1].but(net=0.5), LINES[2]])
    assert places(answer) == [(code, "Spend!G7")]
    assert answer.errors[0].value == value


@pytest.mark.parametrize(
    "format_",
    ["£#,##0.00", '"£"#,##0.00', "[$£-809]#,##0.00;[Red]-[$£-809]#,##0.00", '#,##0.00" 100%"', "General", "@"],
)
def test_other_formats_change_nothing(format_: str) -> None:
    def style(sheet: Worksheet) -> None:
        for cell in sheet["G"]:
            cell.number_format = format_

    assert amounts(arranged(style)) == ORDINARY
