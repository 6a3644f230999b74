"""Tables as they arrive: headings moved, renamed, in two rows; other tables beside."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from importers.cells import Sheet
from importers.headings import find_headings
from importers.layouts import CURRENT
from tests.importers.arranging import LINES, ORDINARY, amounts, arranged, on_spend, told
from tests.importers.making import AWARD, FIRST, Typed, as_csv, checked, filled, places, refused


def test_the_template_as_it_is_has_nothing_to_tell() -> None:
    answer = checked(filled(AWARD, LINES))
    assert (places(answer), told(answer), amounts(answer)) == ([], [], ORDINARY)


@pytest.mark.parametrize("down", [1, 60, 480])
@pytest.mark.parametrize("right", [0, 1, 30])
def test_a_table_that_was_moved_is_found_where_it_is(down: int, right: int) -> None:
    def move(sheet: Worksheet) -> None:
        sheet.insert_rows(1, amount=down)
        if right:
            sheet.insert_cols(1, amount=right)

    answer = arranged(move, [*LINES, Typed(net="lots", reference="X")])
    letter = {0: "G", 1: "H", 30: "AK"}[right]
    assert places(answer) == [("not_money", f"Spend!{letter}{FIRST + 4 + down}")]


def test_headings_beyond_the_bound_are_not_looked_for() -> None:
    assert (
        refused(filled(AWARD, LINES, edit=on_spend(lambda sheet: sheet.insert_rows(1, amount=500)))).code
        == "missing_headings"
    )


@settings(max_examples=15)
@given(order=st.permutations(range(10)))
def test_columns_may_stand_in_any_order(order: list[int]) -> None:
    def shuffle(sheet: Worksheet) -> None:
        for row in range(5, FIRST + 4):
            cells = [(sheet.cell(row, column + 1).value, sheet.cell(row, column + 1).number_format) for column in order]
            for column, (value, format_) in enumerate(cells, start=1):
                sheet.cell(row, column).value = value
                sheet.cell(row, column).number_format = format_

    letter = "ABCDEFGHIJ"[order.index(6)]
    assert amounts(arranged(shuffle)) == [(cell.replace("G", letter), net, vat) for cell, net, vat in ORDINARY]


def write(**cells: Any) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        for cell, value in cells.items():
            sheet[cell] = value

    return change


@pytest.mark.parametrize(
    ("cell", "heading"),
    [
        ("A5", "Reference No."),
        ("B5", "COST  CATEGORY*"),
        ("D5", "Supplier"),
        ("E5", "Date (dd/mm/yyyy)"),
        ("F5", "Resource / Capital"),
        ("G5", "Net_Amount (£)"),
        ("G5", "Net\nAmount"),
        ("G5", "Amount excl. VAT"),
        ("H5", "VAT (irrecoverable)"),
        ("I5", "Accrual?"),
        ("J5", "Evidence\u00a0ref:"),
    ],
)
def test_headings_by_other_names_are_the_same(cell: str, heading: str) -> None:
    answer = arranged(write(**{cell: heading}))
    assert (told(answer), amounts(answer)) == ([], ORDINARY)


@pytest.mark.parametrize(
    ("cell", "heading", "column"),
    [
        ("A5", "Refrence", "Reference"),
        ("B5", "Cost catergory", "Cost category"),
        ("C5", "Descripton", "Description"),
        ("D5", "Paye e", "Payee"),
        ("F5", "Resuorce or captial", "Resource or capital"),
        ("G5", "Net amuont", "Net amount"),
        ("H5", "Irrecoverable VTA", "Irrecoverable VAT"),
        ("J5", "Evidense refrence", "Evidence reference"),
    ],
)
def test_a_slip_of_the_pen_in_a_heading_is_told(cell: str, heading: str, column: str) -> None:
    answer = arranged(write(**{cell: heading}))
    assert (told(answer), amounts(answer)) == ([("heading_renamed", f"Spend!{cell}")], ORDINARY)
    assert (answer.notices[0].value, column in answer.notices[0].message) == (heading, True)


@pytest.mark.parametrize("heading", ["Recoverable VAT", "VAT (recoverable)", "VAT rate", "Gross amount"])
def test_a_heading_that_means_something_else_is_never_taken_for_vat(heading: str) -> None:
    answer = arranged(write(H5=heading))
    assert told(answer) == [("column_not_read", "Spend!H5")]
    assert [vat for _, _, vat in amounts(answer)] == [0] * 4


@pytest.mark.parametrize(
    ("cell", "heading"), [("D5", "Payer"), ("E5", "Data"), ("G5", "Gross amount"), ("G5", "Net amount 2024")]
)
def test_what_is_not_close_is_missing(cell: str, heading: str) -> None:
    answer = refused(filled(AWARD, LINES, edit=on_spend(write(**{cell: heading}))))
    assert (answer.code, answer.place) == ("missing_column", f"Spend!{cell}")


def test_a_year_that_differs_by_a_digit_is_no_slip() -> None:
    def last_year(book: Workbook) -> None:
        sheet = book["Forecast"]
        for cell in sheet[5]:
            if isinstance(cell.value, str):
                cell.value = cell.value.replace("2025", "2024").replace("2026", "2025")

    assert refused(filled(AWARD, LINES, edit=last_year)).code == "missing_column"


def two_rows(sheet: Worksheet) -> None:
    sheet.insert_rows(5)
    for column in "ABCDEFIJ":
        sheet[f"{column}5"] = sheet[f"{column}6"].value
        sheet[f"{column}6"] = None
        sheet.merge_cells(f"{column}5:{column}6")
    sheet["G5"], sheet["G6"], sheet["H6"] = "Amount", "Net", "Irrecoverable VAT"
    sheet.merge_cells("G5:H5")


def test_headings_in_two_rows_merged_over_each_other() -> None:
    answer = arranged(two_rows)
    assert told(answer) == []
    assert amounts(answer) == [(f"G{FIRST + 1 + at}", net, vat) for at, (_, net, vat) in enumerate(ORDINARY)]


def test_headings_split_over_two_rows() -> None:
    def split(sheet: Worksheet) -> None:
        for column in range(1, 11):
            first, _, rest = str(sheet.cell(5, column).value or "").partition(" ")
            sheet.cell(4, column).value = first if rest else None
            sheet.cell(5, column).value = rest or first or None

    assert amounts(arranged(split)) == ORDINARY


def test_another_table_beside_is_left_alone() -> None:
    answer = arranged(
        write(L5="Cost category", M5="Net amount", N5="VAT", L6="Staff pay", M6=9999, N6=1, M12="never read", L20="x")
    )
    assert (places(answer), told(answer), amounts(answer)) == ([], [], ORDINARY)


def test_a_table_beside_does_not_lend_a_column_to_one_that_lacks_it() -> None:
    answer = arranged(write(H5="Notes", L5="Month", M5="VAT", N5="Rate", M6=500, M7=500))
    assert [vat for _, _, vat in amounts(answer)] == [0] * 4
    assert ("column_not_read", "Spend!H5") in told(answer)


def test_a_blank_column_may_part_the_table() -> None:
    def part(sheet: Worksheet) -> None:
        sheet.insert_cols(7)

    assert amounts(arranged(part)) == [(cell.replace("G", "H"), net, vat) for cell, net, vat in ORDINARY]


def test_the_headings_once_more_are_left_out_and_told() -> None:
    again = Typed(*[column.heading for column in CURRENT.spend])
    answer = checked(filled(AWARD, [*LINES, again, Typed(net="lots", reference="X")]))
    assert places(answer) == [("not_money", "Spend!G11")]
    assert told(answer) == [("headings_repeated", "Spend!B10")]


def test_a_csv_tells_how_it_was_read() -> None:
    answer = checked(as_csv(LINES, delimiter=";", encoding="cp1252"), None)
    assert told(answer) == [("read_as_csv", "CSV"), ("no_award", "CSV")]
    assert (
        "Windows-1252, with semicolons" in answer.notices[0].message
        or "UTF-8, with semicolons" in answer.notices[0].message
    )


def test_headings_of_one_table_never_serve_two_columns() -> None:
    rows: list[list[Any]] = [[column.heading for column in CURRENT.spend]]
    found = find_headings(Sheet("S", rows), CURRENT.spend, 5)
    assert sorted(found.numbers.values()) == list(range(1, 11))
