"""Tables as they arrive: headings moved, renamed, in two rows; other tables beside; totals among the lines; hidden parts."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from importers.answer import Checked
from importers.cells import Sheet
from importers.headings import find_headings
from importers.layouts import CURRENT
from tests.importers.making import AWARD, FIRST, Typed, as_csv, checked, filled, places, refused, stored

LINES = [Typed(reference=f"R{at}", net=100 + at, vat=1) for at in range(4)]
BLANK = Typed(*[None] * 10)


def on_spend(change: Callable[[Worksheet], None]) -> Callable[[Workbook], None]:
    return lambda book: change(book["Spend"])


def arranged(change: Callable[[Worksheet], None], lines: Sequence[Typed | None] = LINES) -> Checked:
    return checked(filled(AWARD, lines, edit=on_spend(change)))


def told(answer: Checked) -> list[tuple[str, str]]:
    return [(notice.code, notice.place) for notice in answer.notices]


def amounts(answer: Checked) -> list[tuple[str, int, int]]:
    return [(line["cell"], int(line["net_pence"]), int(line["vat_pence"])) for line in stored(answer)]


ORDINARY = [(f"G{FIRST + at}", 10_000 + 100 * at, 100) for at in range(4)]


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


@settings(max_examples=15, deadline=None)
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


TOTALS = [
    ("reference", "Total"),
    ("reference", "SUB-TOTAL"),
    ("description", "Grand total:"),
    ("category", "Staff pay Total"),
    ("payee", "Totals"),
    ("day", "Total"),
    ("description", "Total for Q2 (net)"),
    ("reference", "Balance c/f"),
]


@pytest.mark.parametrize(("column", "text"), TOTALS)
def test_a_total_that_comes_right_is_left_out_and_told(column: str, text: str) -> None:
    total = BLANK.but(**{column: text}, net=406, vat=4)
    answer = checked(filled(AWARD, [*LINES, total]))
    assert (places(answer), told(answer), amounts(answer)) == ([], [("total_left_out", "Spend!G10")], ORDINARY)


@pytest.mark.parametrize(("column", "text"), TOTALS)
@pytest.mark.parametrize("off", [{"net": 405.99}, {"net": 0}, {"net": -406}, {"vat": 3}])
def test_a_total_that_comes_wrong_is_one_error_that_says_both_figures(
    column: str, text: str, off: dict[str, Any]
) -> None:
    total = BLANK.but(**{column: text}, **{"net": 406, "vat": 4, **off})
    answer = checked(filled(AWARD, [*LINES, total]))
    assert (places(answer), told(answer)) == ([("total_wrong", "Spend!G10")], [])
    assert "£406" in answer.errors[0].message
    assert answer.line_count == 4


def test_a_row_with_an_amount_alone_is_a_total_only_if_it_adds_up() -> None:
    assert told(checked(filled(AWARD, [*LINES, BLANK.but(net=406)]))) == [("total_left_out", "Spend!G10")]
    wrong = checked(filled(AWARD, [*LINES, BLANK.but(net=407)]))
    assert places(wrong) == [("blank", f"Spend!{letter}10") for letter in "ABCDEF"]
    one = checked(filled(AWARD, [LINES[0], BLANK.but(net=100)]))
    assert [code for code, _ in places(one)] == ["blank"] * 6


def test_a_line_is_a_line_whatever_it_adds_up_to_and_whatever_its_words() -> None:
    lines = [*LINES, Typed(reference="Total", description="Total station hire", payee="Total Fuels Ltd", net=406)]
    answer = checked(filled(AWARD, lines))
    assert (places(answer), told(answer), answer.line_count) == ([], [], 5)
    undated = lines[-1].but(day=None)
    assert places(checked(filled(AWARD, [*LINES, undated]))) == [("blank", "Spend!E10")]


def test_a_total_of_net_and_vat_together_is_right_too() -> None:
    assert told(checked(filled(AWARD, [*LINES, BLANK.but(reference="Total", net=410)]))) == [
        ("total_left_out", "Spend!G10")
    ]


def test_a_total_above_its_lines() -> None:
    assert told(checked(filled(AWARD, [BLANK.but(reference="Total", net=406), *LINES]))) == [
        ("total_left_out", "Spend!G6")
    ]
    assert places(checked(filled(AWARD, [BLANK.but(reference="Total", net=5), *LINES]))) == [
        ("total_wrong", "Spend!G6")
    ]


def test_totals_by_category_below_the_lines() -> None:
    travel = [Typed(reference=f"T{at}", category="Travel and subsistence", net=50) for at in range(2)]
    totals = [
        BLANK.but(reference="Total: staff pay", net=406),
        BLANK.but(reference="Total: travel and subsistence", net=100),
        BLANK.but(reference="Total", net=506),
    ]
    answer = checked(filled(AWARD, [*LINES, *travel, *totals]))
    assert (places(answer), [code for code, _ in told(answer)]) == ([], ["total_left_out"] * 3)
    wrong = [*totals[:1], totals[1].but(net=99), *totals[2:]]
    assert places(checked(filled(AWARD, [*LINES, *travel, *wrong]))) == [("total_wrong", "Spend!G13")]


@settings(max_examples=25, deadline=None)
@given(
    groups=st.lists(st.lists(st.integers(1, 50_000), min_size=1, max_size=4), min_size=1, max_size=4),
    wrong=st.integers(-1, 3),
)
def test_subtotals_and_a_grand_total_are_each_held_against_their_own_lines(groups: list[list[int]], wrong: int) -> None:
    lines: list[Typed | None] = [Typed(reference="large", net=2000), None]
    at_fault: list[tuple[str, str]] = []
    for number, pence in enumerate(groups):
        lines += [Typed(reference=f"{number}.{at}", net=one / 100) for at, one in enumerate(pence)]
        said = sum(pence) + (200_000 if number == 0 else 0) + (wrong == number)
        lines.append(BLANK.but(description="Subtotal", net=said / 100))
        at_fault += [("total_wrong", f"Spend!G{FIRST + len(lines) - 1}")] if wrong == number else []
    lines.append(BLANK.but(reference="Grand total", net=(200_000 + sum(map(sum, groups))) / 100))
    answer = checked(filled(AWARD, lines))
    assert places(answer) == at_fault
    assert len(answer.notices) + len(at_fault) == len(groups) + 1
    assert answer.line_count == 1 + sum(map(len, groups))


def test_nothing_follows_from_an_amount_that_cannot_be_read() -> None:
    lines = [*LINES[:3], LINES[3].but(net="lots"), BLANK.but(reference="Total", net=1)]
    answer = checked(filled(AWARD, lines))
    assert (places(answer), told(answer)) == ([("not_money", "Spend!G9")], [("total_not_checked", "Spend!G10")])
    broken = checked(filled(AWARD, [*LINES, BLANK.but(reference="Total", net="#REF!")]))
    assert (places(broken), told(broken)) == ([], [("total_not_checked", "Spend!G10")])


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
