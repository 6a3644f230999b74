"""The recipient's own workbook back: nothing of theirs changed, every problem marked and listed, whatever they typed."""

from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from python_calamine import CalamineWorkbook

from importers.annotate import annotate
from importers.annotation.notes import SETTLED
from importers.answer import NotAReturn
from importers.cells import column_letters
from tests.importers.annotated import (
    FIRST_LISTED,
    behaviour,
    contents,
    error,
    listed,
    marked,
    notes,
    opened,
    warning,
)
from tests.importers.files import parts_of
from tests.importers.making import AWARD, Typed, checked, filled

SAVED = Path(__file__).parent / "resaved"
FAULTS = [
    Typed(net="lots"),
    None,
    Typed(reference="INV-2", day="31/02/2025", payee=None),
    Typed(reference="INV-3", category="Snacks"),
    Typed(reference="INV-4", category="Drinks"),
    Typed(reference="INV-5", description="A gift for a speaker"),
]


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_each_problem_is_marked_at_its_cell_and_listed_in_order_with_a_link() -> None:
    data = filled(AWARD, FAULTS)
    problems = checked(data).problems
    book = opened(annotate(data, problems))
    assert book.sheetnames == ["Problems", *opened(data).sheetnames]
    assert book.active is book["Problems"]
    spend = book["Spend"]
    assert marked(spend) == {
        "G6": "thick", "D8": "thick", "E8": "thick", "B9": "thick", "B10": "thick", "C11": "mediumDashed",
    }  # fmt: skip
    assert set(notes(spend)) == {"G6", "D8", "E8", "B9", "C11"}
    assert notes(spend)["G6"] == f"Error 1: {problems[0].message}"
    assert notes(spend)["B9"].startswith("Error 4 (cells B9 to B10): Choose a cost category")
    assert notes(spend)["C11"].startswith("Warning 5: ")
    assert [(row[0], row[1], row[4]) for row in listed(book)] == [
        (number, found.severity.value.capitalize(), found.message) for number, found in enumerate(problems, start=1)
    ]
    assert [row[2] for row in listed(book)] == [
        "Spend, cell G6", "Spend, cell D8", "Spend, cell E8", "Spend, cells B9 to B10", "Spend, cell C11",
    ]  # fmt: skip
    assert [row[3] for row in listed(book)] == [
        "lots",
        "(nothing)",
        "31/02/2025",
        "(see the cells)",
        "A gift for a speaker",
    ]
    links = [book["Problems"][f"C{FIRST_LISTED + at}"].hyperlink.location for at in range(5)]
    assert links == ["'Spend'!G6", "'Spend'!D8", "'Spend'!E8", "'Spend'!B9:B10", "'Spend'!C11"]


def test_nothing_of_theirs_changes_but_the_look_of_marked_cells() -> None:
    data = filled(AWARD, FAULTS)
    problems = checked(data).problems
    before, after = opened(data), opened(annotate(data, problems))
    theirs = contents(after)
    del theirs["Problems"]
    assert theirs == contents(before)
    for sheet in before.worksheets:
        assert behaviour(after[sheet.title]) == behaviour(sheet)
    assert [s.sheet_view.tabSelected for s in after.worksheets].count(True) == 1
    old, new = parts_of(data), parts_of(annotate(data, problems))
    selected = {name for name in old if b'tabSelected="1"' in old[name]}
    spend = "xl/worksheets/sheet3.xml"
    lists = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
    assert {name for name in old if old[name] != new[name]} == {spend, *lists, *selected}
    assert _without_formats(new[spend]) == _without_formats(old[spend])


def _without_formats(content: bytes) -> str:
    """A sheet's markup without the indices of its cells' formats, and without the drawing of its notes."""
    root = ET.fromstring(content)  # noqa: S314  our own file
    for element in [*root.iter()]:
        if element.tag.endswith("}c"):
            element.attrib.pop("s", None)
        if element.tag.endswith("}legacyDrawing"):
            root.remove(element)
    return ET.canonicalize(ET.tostring(root))


def test_the_copy_is_checked_to_the_same_problems_and_the_same_bytes_come_twice() -> None:
    data = filled(AWARD, FAULTS)
    answer = checked(data)
    copy = annotate(data, answer.problems)
    assert checked(copy).problems == answer.problems
    assert annotate(data, answer.problems) == copy


ONE = filled(AWARD, [Typed()])
ONE_SPEND = contents(opened(ONE))["Spend"]
ODD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=40)
LIVE = st.sampled_from(
    ["=1+1", "=cmd|'/C calc'!A0", "+44", "-5", "@SUM(A1)", "\t=1", "_x0041_", "]]>", "&lt;", "</t>", "#REF!"]
)
PLACES = st.builds(lambda column, row: f"{column_letters(column)}{row}", st.integers(1, 40), st.integers(1, 90))


@settings(max_examples=40)
@given(st.lists(st.tuples(PLACES, st.one_of(ODD, LIVE), st.one_of(ODD, LIVE), st.booleans()), max_size=12))
def test_whatever_was_typed_stays_text_and_every_place_is_marked(found: list[tuple[str, str, str, bool]]) -> None:
    """Cells that stand in the file, cells of rows that do, and cells far below all of them."""
    problems = [
        error("Spend", cell, value, message) if bad else warning("Spend", cell, value, message)
        for cell, value, message, bad in found
    ]
    copy = annotate(ONE, problems)
    book = opened(copy)
    assert set(marked(book["Spend"])) == {problem.cell for problem in problems} == set(notes(book["Spend"]))
    for at in range(len(problems)):
        row = FIRST_LISTED + at
        for letter in "DE":
            assert book["Problems"][f"{letter}{row}"].data_type == "s"
        assert book["Problems"][f"D{row}"].quotePrefix
    assert contents(book)["Spend"] == ONE_SPEND
    shown = CalamineWorkbook.from_filelike(BytesIO(copy)).get_sheet_by_name("Problems").to_python(skip_empty_area=False)
    assert [row[0] for row in shown[FIRST_LISTED - 1 :]] == [float(at) for at in range(1, len(problems) + 1)]


def test_a_formula_among_what_was_typed_reads_as_it_was_typed() -> None:
    problems = [error("Spend", "A6", '=HYPERLINK("http://x")'), error("Spend", "A7", "_x0041_ & <b> {table}")]
    copy = annotate(ONE, problems)
    rows = CalamineWorkbook.from_filelike(BytesIO(copy)).get_sheet_by_name("Problems").to_python()
    assert [row[3] for row in rows[-2:]] == ['=HYPERLINK("http://x")', "_x0041_ & <b> {table}"]


def test_without_problems_there_is_a_sheet_that_says_so() -> None:
    book = opened(annotate(ONE, ()))
    sheet = book["Problems"]
    assert [sheet["A1"].value, sheet["A2"].value] == ["Problems", "There are no problems in this workbook."]
    assert (sheet.max_row, len(sheet.tables)) == (2, 0)
    assert marked(book["Spend"]) == {}


def test_the_list_is_one_accessible_table() -> None:
    data = filled(AWARD, FAULTS)
    sheet = opened(annotate(data, checked(data).problems))["Problems"]
    (table,) = sheet.tables.values()
    assert table.ref == f"A5:E{4 + len(FAULTS)}"
    assert table.column_names == ["Number", "Kind", "Place", "What was typed", "What to do"]
    assert [cell.value for cell in sheet[5]] == table.column_names
    assert sheet.freeze_panes == "A6"
    assert not sheet.merged_cells.ranges
    assert all(cell.alignment.wrap_text for row in sheet["A5:E9"] for cell in row)
    assert all(cell.value not in (None, "") for row in sheet["A5:E9"] for cell in row)
    assert sheet["A2"].value == "This workbook has 4 errors and 1 warning."


def test_what_a_person_put_into_the_workbook_is_still_in_it() -> None:
    """A chart, a conditional format, a name, a print range, notes of their own, a sheet that is hidden."""

    def edit(book: Workbook) -> None:
        spend: Any = book["Spend"]
        spend["L2"] = "=SUM(G6:G9)"
        spend["G6"].comment = Comment("Ask Ann about this", "Bob")
        spend["A6"].comment = Comment("Mine", "Bob")
        spend.conditional_formatting.add("G6:G20", FormulaRule(["G6<0"], font=Font(bold=True)))  # type: ignore[no-untyped-call]
        chart = BarChart()
        chart.add_data(Reference(spend, min_col=7, min_row=6, max_row=9))
        spend.add_chart(chart, "M5")
        book.create_sheet("problems").sheet_state = "hidden"
        book.create_sheet("Bob's & co")["B2"] = "=Spend!G6*2"
        book.defined_names["Total"] = DefinedName("Total", attr_text="Spend!$G$6")
        spend.print_area = "A1:J20"

    data = filled(AWARD, FAULTS, edit=edit)
    problems = [*checked(data).problems, warning("Bob's & co", "B2"), error("Bob's & co", "")]
    copy = annotate(data, problems)
    book = opened(copy)
    assert book.sheetnames[0] == "Problems 2"
    assert book["problems"].sheet_state == "hidden"
    assert notes(book["Spend"])["G6"] == f"Ask Ann about this\n\nError 1: {problems[0].message}"
    assert notes(book["Spend"])["A6"] == "Mine"
    assert book["Spend"]["A6"].comment.author == "Bob"
    assert book["Spend"].print_area == "'Spend'!$A$1:$J$20"
    assert book["Spend"].print_title_rows == opened(data)["Spend"].print_title_rows
    assert book.defined_names["Total"].attr_text == "Spend!$G$6"
    assert book["Problems 2"][f"C{FIRST_LISTED + 5}"].hyperlink.location == "'Bob''s & co'!B2"
    assert book["Problems 2"][f"C{FIRST_LISTED + 6}"].hyperlink.location == "'Bob''s & co'!A1"
    assert book["Problems 2"][f"C{FIRST_LISTED + 6}"].value == "The sheet Bob's & co"
    old, new = parts_of(data), parts_of(copy)
    assert {name: old[name] for name in old if "chart" in name or "drawings/drawing" in name} == {
        name: new[name] for name in new if "chart" in name or "drawings/drawing" in name
    }
    assert any("chart" in name for name in new)
    assert contents(book)["Bob's & co"] == contents(opened(data))["Bob's & co"]
    assert len(book["Spend"].conditional_formatting) == 1


def test_a_copy_that_is_corrected_and_sent_again_says_what_is_settled() -> None:
    data = filled(AWARD, [Typed(net="lots"), Typed(reference="INV-2", payee=None), Typed(reference="INV-3")])
    first = checked(data).problems
    corrected = opened(annotate(data, first))
    corrected["Spend"]["G6"] = 100
    sent = saved(corrected)
    second = checked(sent).problems
    assert [problem.cell for problem in second] == ["D7"]
    book = opened(annotate(sent, second))
    assert book.sheetnames[:2] == ["Problems 2", "Problems"]
    assert notes(book["Spend"]) == {"G6": SETTLED, "D7": f"Error 1: {second[0].message}"}
    assert len({table.id for sheet in book.worksheets for table in sheet.tables.values()}) == 2
    assert len({table.name for sheet in book.worksheets for table in sheet.tables.values()}) == 2
    clean = opened(annotate(sent, ()))
    assert notes(clean["Spend"]) == {"G6": SETTLED, "D7": SETTLED}


def test_dark_cells_stay_readable_under_a_mark() -> None:
    def edit(book: Workbook) -> None:
        book["Spend"]["G6"].font = Font(color="FFFFFFFF", italic=True)
        book["Spend"]["G6"].fill = PatternFill("solid", fgColor="FF000000")

    cell = opened(annotate(filled(AWARD, [Typed()], edit=edit), [error("Spend", "G6")]))["Spend"]["G6"]
    assert (cell.font.color.rgb, cell.font.italic, cell.fill.fgColor.rgb) == ("FF0B0C0C", True, "FFFBD5CC")


def test_a_missing_cell_keeps_what_its_column_lends_it() -> None:
    book = opened(annotate(ONE, [error("Spend", "G900"), error("Spend", "Z3"), error("Return", "B50")]))
    cell = book["Spend"]["G900"]
    assert (cell.protection.locked, cell.number_format) == (
        False,
        opened(filled(AWARD, []))["Spend"]["G6"].number_format,
    )
    assert "Z3" in marked(book["Spend"])
    assert set(marked(book["Return"])) == {"B50"}


def test_an_error_outweighs_a_warning_and_one_note_says_both() -> None:
    problems = [
        warning("Spend", "A6:B7", message="One"),
        error("Spend", "A6", message="Two"),
        warning("Spend", "A6", message="Three"),
    ]
    sheet = opened(annotate(ONE, problems))["Spend"]
    assert marked(sheet) == {"A6": "thick", "B6": "mediumDashed", "A7": "mediumDashed", "B7": "mediumDashed"}
    assert notes(sheet) == {"A6": "Warning 1 (cells A6 to B7): One\n\nError 2: Two\n\nWarning 3: Three"}


@pytest.mark.parametrize("cell", ["", "somewhere", "A6:", "ZZZ9999999", "A1:XFD1048576", "G6:oops"])
def test_a_place_that_cannot_be_marked_is_listed_all_the_same(cell: str) -> None:
    for sheet in ("Spend", "No such sheet", ""):
        book = opened(annotate(ONE, [error(sheet, cell, "typed")]))
        assert len(listed(book)) == 1
        assert set(marked(book["Spend"])) <= {"A6"}


@pytest.mark.parametrize("name", ["libreoffice.ods", "libreoffice_faults.ods", "libreoffice.xlsx"])
def test_a_file_saved_by_libreoffice_comes_back_with_the_same_content(name: str) -> None:
    data = (SAVED / name).read_bytes()
    answer = checked(data)
    problems = [*answer.problems, error("Spend", "G6")]
    copy = annotate(data, problems)
    again = checked(copy)
    assert (again.header, again.totals, again.forecasts, again.errors) == (
        answer.header, answer.totals, answer.forecasts, answer.errors,
    )  # fmt: skip
    book = opened(copy)
    assert "G6" in marked(book["Spend"])
    said: Any = book["Problems"]["A3"].value
    assert said.startswith("This is a copy of the values alone") is name.endswith(".ods")


@pytest.mark.parametrize(("data", "code"), [(b"%PDF-1.4", "pdf"), (b"", "empty"), (b"PK\x03\x04 cut off", "damaged")])
def test_what_is_no_workbook_is_refused_as_a_check_refuses_it(data: bytes, code: str) -> None:
    with pytest.raises(NotAReturn) as caught:
        annotate(data, ())
    assert caught.value.refused.code == code
