"""Files are told apart by content; cells keep their places; what a cell cannot show is marked."""

from datetime import date, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from importers.cells import UNCALCULATED, Cell, Sheet, column_letters, column_number, place_of, shown
from importers.limits import Limits
from importers.workbook import read_workbook
from tests.importers.files import ods, ods_blank, ods_row, ods_text, row, text_cell, xlsx, zipped

WANTED = ("S",)


def read(data: bytes, limits: Limits | None = None) -> Sheet:
    return read_workbook(data, WANTED, limits or Limits()).sheets["S"]


def test_every_cell_stands_at_its_own_place_whatever_is_blank_before_it() -> None:
    sheet = read(zipped(xlsx({"S": row(3, text_cell("C3", "here")) + row(70, text_cell("AB70", "there"))})))
    assert sheet.at(3, 3) == "here"
    assert sheet.at(70, 28) == "there"
    assert sheet.at(1, 1) == ""
    assert sheet.at(71, 1) == sheet.at(3, 99) == ""


def test_rows_and_cells_that_do_not_say_where_they_are_follow_each_other() -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    sheet = read(zipped(xlsx({"S": f"<row>{cell.format('a')}{cell.format('b')}</row><row>{cell.format('c')}</row>"})))
    assert sheet.rows == [["a", "b"], ["c", ""]]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('<c r="B2" t="e"><v>#REF!</v></c>', "#REF!"),
        ('<c t="e" r="B2"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="B2" t="e"/>', "#VALUE!"),
        ('<c r="B2"><f>SUM(A1)</f></c>', UNCALCULATED),
        ('<c r="B2"><f>SUM(A1)</f><v/></c>', UNCALCULATED),
        ('<c r="B2"><f>SUM(A1)</f><v></v></c>', UNCALCULATED),
        ('<c r="B2"><f t="shared" si="0"/><v /></c>', UNCALCULATED),
        ('<c r="B2" t="str"><f>A1&amp;""</f><v></v></c>', ""),
        ('<c r="B2" t="str"><f>"x"</f><v>x</v></c>', "x"),
        ('<c r="B2"><f>SUM(1,2)</f><v>999999</v></c>', 999999.0),
        ('<c r="B2" t="b"><v>1</v></c>', True),
    ],
)
def test_errors_and_formulas_without_a_value_are_not_blank(cell: str, expected: Cell) -> None:
    assert read(zipped(xlsx({"S": row(2, cell) + row(3, text_cell("A3", "x"))}))).at(2, 2) == expected
    assert read(zipped(xlsx({"S": row(2, cell)}))).at(2, 2) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [("<worksheet xmlns=", "<x:worksheet xmlns:x="), ('"', "'")],
    ids=["with a namespace prefix", "with single quotation marks"],
)
def test_other_ways_of_writing_the_same_xml(old: str, new: str) -> None:
    parts = xlsx({"S": row(2, '<c r="B2" t="e"><v>#REF!</v></c>', '<c r="C2"><v>5</v></c>')})
    content = str(parts["xl/worksheets/sheet1.xml"]).replace(old, new)
    if "x:" in new:
        for tag in ("sheetData", "row", "c", "v"):
            content = content.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag}", f"</x:{tag}")
        content = content.replace("</worksheet", "</x:worksheet")
    sheet = read(zipped(parts | {"xl/worksheets/sheet1.xml": content}))
    assert (sheet.at(2, 2), sheet.at(2, 3)) == ("#REF!", 5.0)


def test_sheet_names_may_differ_in_case_and_spaces_and_an_exact_one_comes_first() -> None:
    one = row(1, text_cell("A1", "loose"))
    exact = row(1, text_cell("A1", "exact"))
    assert read(zipped(xlsx({" s": one}))).at(1, 1) == "loose"
    assert read(zipped(xlsx({"s ": one, "S": exact}))).at(1, 1) == "exact"
    assert read_workbook(zipped(xlsx({"Other": one})), WANTED, Limits()).sheets == {}


def test_sheets_that_are_not_wanted_are_not_even_inflated() -> None:
    book = read_workbook(
        zipped(xlsx({"S": "", "Other": "<!DOCTYPE x>" + "x" * 5000})), WANTED, Limits(inflated_bytes=4000)
    )
    assert book.names == ("S", "Other")


@pytest.mark.parametrize("epoch", [1900, 1904])
def test_dates_are_the_same_day_in_either_system(epoch: int) -> None:
    book = Workbook()
    book.epoch = datetime(1904, 1, 1) if epoch == 1904 else book.epoch  # noqa: DTZ001  a workbook has no zone
    sheet = book.worksheets[0]
    sheet.title = "S"
    sheet["A1"] = date(2025, 7, 31)
    out = BytesIO()
    book.save(out)
    read_book = read_workbook(out.getvalue(), WANTED, Limits())
    assert read_book.habits.dates_1904 == (epoch == 1904)
    assert shown(read_book.sheets["S"].at(1, 1)) == "31/07/2025"


def test_an_ods_keeps_places_through_repeated_rows_and_cells_and_tells_errors() -> None:
    error = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    number = (
        '<table:table-cell office:value-type="float" office:value="1234.5"><text:p>1,234.50</text:p></table:table-cell>'
    )
    day = '<table:table-cell office:value-type="date" office:date-value="2025-07-31"><text:p>31/07/25</text:p></table:table-cell>'
    rows = [
        ods_row(ods_blank(3), repeat=4),
        ods_row(ods_blank(2), ods_text("twice", 2), number, day),
        ods_row(ods_blank(16384), repeat=7),
        ods_row(ods_blank(1), error, ods_blank(16382)),
        ods_row(ods_blank(16384), repeat=1_048_000),
    ]
    sheet = read(ods({"Cover": [], "S": rows}))
    assert [sheet.at(5, column) for column in range(1, 7)] == ["", "", "twice", "twice", 1234.5, date(2025, 7, 31)]
    assert sheet.at(13, 2) == "#DIV/0!"


@pytest.mark.parametrize("column", [1, 2, 26, 27, 52, 53, 702, 703, 16384])
def test_columns_have_letters(column: int) -> None:
    assert column_number(column_letters(column)) == column


def test_places() -> None:
    assert place_of("G17") == (17, 7)
    assert place_of("XFD1048576") == (1_048_576, 16_384)
    assert place_of("17") is None
    assert column_letters(0) == ""


def test_a_cell_is_shown_as_its_author_knows_it() -> None:
    assert [shown(cell) for cell in (1.0, 0.1, 1234.5, True, "x" * 300, UNCALCULATED)] == [
        "1",
        "0.1",
        "1234.5",
        "TRUE",
        "x" * 200,
        "",
    ]
