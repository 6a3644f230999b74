"""Workbooks that spreadsheet programs write otherwise than ours: each is marked where it should be, and nothing else moves."""

import re

import pytest

from importers.annotate import annotate
from importers.annotation.markup import Edits, elements, tag_at, whole
from importers.answer import AnnotateRequest, CheckRequest, NotAReturn, Refused
from importers.sandbox import Reader
from tests.importers.annotated import error, marked, notes, opened, warning
from tests.importers.files import CELLS, parts_of, row, text_cell, xlsx, zipped
from tests.importers.hostile.damaged import LIES
from tests.importers.hostile.large import LARGE
from tests.importers.making import AWARD, Typed, checked, filled

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
STYLES = (
    f'<styleSheet xmlns="{CELLS}"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs count="2"><xf/><xf numFmtId="4"/></cellXfs>'
    '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def styled(rows: str, *, before: str = "", after: str = "", styles: str = STYLES) -> dict[str, bytes | str]:
    """A workbook with one sheet, "S", and formats."""
    parts = xlsx({"S": rows})
    parts[SHEET] = f'<worksheet xmlns="{CELLS}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    parts["xl/styles.xml"] = styles
    links = "xl/_rels/workbook.xml.rels"
    link = f'<Relationship Id="st" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>'
    parts[links] = str(parts[links]).replace("</Relationships>", link)
    return parts


def marked_sheet(parts: dict[str, bytes | str], *cells: str) -> str:
    """The sheet's markup after an error at each of the cells."""
    return parts_of(annotate(zipped(parts), [error("S", cell) for cell in cells]))[SHEET].decode()


def references(sheet: str) -> list[str]:
    return re.findall(r'<(?:\w+:)?c [^>]*?r="([A-Z]+\d+)"', sheet)


def test_formulas_keep_the_results_that_were_stored_with_them() -> None:
    cell = '<c r="B1" s="1"><f>SUM(1,2)</f><v>3</v></c>'
    sheet = marked_sheet(styled(row(1, cell)), "B1")
    assert re.search(r'<c r="B1" s="\d+"><f>SUM\(1,2\)</f><v>3</v></c>', sheet)


def test_new_cells_stand_between_their_neighbours_and_new_rows_between_theirs() -> None:
    rows = (
        row(2, text_cell("B2", "x"), text_cell("D2", "y")) + '<row r="5" spans="1:4"/>' + row(7, text_cell("A7", "z"))
    )
    sheet = marked_sheet(styled(rows), "A2", "C2", "E2", "B5", "A1", "B3", "C3", "A9", "AA2")
    assert references(sheet) == ["A1", "A2", "B2", "C2", "D2", "E2", "AA2", "B3", "C3", "B5", "A7", "A9"]
    assert [int(number) for number in re.findall(r'<row r="(\d+)"', sheet)] == [1, 2, 3, 5, 7, 9]
    assert "spans" not in sheet


def test_rows_and_cells_that_do_not_say_where_they_are_are_counted() -> None:
    rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row/><row><c><v>3</v></c></row>"
    sheet = marked_sheet(styled(rows), "B1", "A2", "B3")
    assert re.fullmatch(
        r'.*<row><c><v>1</v></c><c s="(\d)"><v>2</v></c></row><row><c r="A2" s="\1"/></row>'
        r'<row><c><v>3</v></c><c r="B3" s="\1"/></row>.*',
        sheet,
    )


def test_an_empty_sheet_takes_marks() -> None:
    parts = styled("")
    parts[SHEET] = f'<worksheet xmlns="{CELLS}"><sheetData/></worksheet>'
    assert set(marked(opened(annotate(zipped(parts), [error("S", "C3")]))["S"])) == {"C3"}


def test_markup_with_a_prefix_keeps_it() -> None:
    parts = styled(row(1, '<c r="A1"><v>1</v></c>') + "<row r='3'/>")
    for name in (SHEET, "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "[Content_Types].xml"):
        plain = str(parts[name])
        parts[name] = re.sub(r"<(/?)(\w)", r"<\1q:\2", plain).replace("xmlns=", "xmlns:q=")
    copy = annotate(zipped(parts), [error("S", cell) for cell in ("A1", "B1", "A2", "A3", "A4")])
    assert "<q:legacyDrawing " in parts_of(copy)[SHEET].decode()
    assert set(marked(opened(copy)["S"])) == {"A1", "B1", "A2", "A3", "A4"} == set(notes(opened(copy)["S"]))


def test_a_row_or_a_column_lends_its_format_to_a_new_cell() -> None:
    columns = '<cols><col min="2" max="3" style="1"/></cols>'
    rows = '<row r="1" s="1" customFormat="1"/><row r="2" s="1"/>'
    book = opened(
        annotate(zipped(styled(rows, before=columns)), [error("S", c) for c in ("A1", "A2", "B2", "C9", "D9")])
    )
    assert {c: book["S"][c].number_format for c in ("A1", "A2", "B2", "C9", "D9")} == {
        "A1": "#,##0.00", "A2": "General", "B2": "#,##0.00", "C9": "#,##0.00", "D9": "General",
    }  # fmt: skip


def test_the_drawing_of_notes_stands_where_the_standard_puts_it() -> None:
    after = '<pageMargins left="1"/><tableParts count="0"/><extLst><ext uri="{x}"><mine xmlns="urn:mine">1</mine></ext></extLst>'
    sheet = marked_sheet(styled(row(1, text_cell("A1", "x")), after=after), "A1")
    assert re.search(r'</sheetData><pageMargins left="1"/><legacyDrawing [^>]*/><tableParts count="0"/><extLst>', sheet)
    assert sheet.endswith("</extLst></worksheet>")


CONTROLS = '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="_x0000_s1025"><br></v:shape></xml>'


def test_form_controls_keep_their_drawing_and_notes_join_it() -> None:
    """Excel's drawings are not always well-formed: a line break in a control's text has no end."""
    after = f'<legacyDrawing xmlns:r="{RELATIONS}" r:id="d"/>'
    parts = styled(row(1, text_cell("A1", "x")), after=after)
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="d" Type="{RELATIONS}/vmlDrawing" Target="../drawings/vmlDrawing1.vml"/>'
        '<Relationship Id="w" Type="http://x/hyperlink" Target="http://x/" TargetMode="External"/></Relationships>'
    )
    parts["xl/drawings/vmlDrawing1.vml"] = CONTROLS
    new = parts_of(annotate(zipped(parts), [error("S", "A1"), warning("S", "B1")]))
    drawing = new["xl/drawings/vmlDrawing1.vml"].decode()
    assert drawing.startswith(CONTROLS.removesuffix("</xml>"))
    assert drawing.endswith("</v:shape></xml>")
    assert drawing.count('ObjectType="Note"') == 2
    assert len(set(re.findall(r'id="_x0000_s(\d+)"', drawing))) == 3
    assert new[SHEET].count(b"legacyDrawing") == 1
    assert b'TargetMode="External"' not in new["xl/worksheets/_rels/sheet1.xml.rels"]


@pytest.mark.parametrize(
    "styles", ["", f'<styleSheet xmlns="{CELLS}"><fonts/></styleSheet>', f'<styleSheet xmlns="{CELLS}"/>']
)
def test_a_workbook_without_formats_is_marked_too(styles: str) -> None:
    parts = (
        styled(row(1, '<c r="A1"><v>1.5</v></c>', text_cell("B1", " =1")), styles=styles)
        if styles
        else xlsx({"S": row(1, '<c r="A1"><v>1.5</v></c>', text_cell("B1", " =1"))})
    )
    sheet = opened(annotate(zipped(parts), [error("S", "A1")]))["S"]
    assert set(marked(sheet)) == {"A1"} == set(notes(sheet))
    assert (sheet["A1"].value, sheet["B1"].value) == (1.5, " =1")


def test_only_the_list_is_selected_and_names_stay_with_their_sheets() -> None:
    view = '<sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews>'
    parts = styled(row(1, text_cell("A1", 'tabSelected="1"')), before=view)
    book = '<bookViews><workbookView activeTab="3" firstSheet="2"/></bookViews>'
    names = '<definedNames><definedName name="N" localSheetId="0">S!$A$1</definedName><definedName name="M">1</definedName></definedNames>'
    plain = str(parts["xl/workbook.xml"])
    parts["xl/workbook.xml"] = plain.replace("<sheets>", book + "<sheets>").replace("</sheets>", "</sheets>" + names)
    new = parts_of(annotate(zipped(parts), [error("S", "A1")]))
    assert b'<sheetView tabSelected="0" workbookViewId="0"/>' in new[SHEET]
    assert b"tabSelected=&quot;1&quot;</t>" in new[SHEET]
    listing = new["xl/workbook.xml"].decode()
    assert '<workbookView activeTab="0" firstSheet="0"/>' in listing
    assert '<definedName name="N" localSheetId="1">' in listing
    assert '<definedName name="M">1</definedName>' in listing
    assert re.findall(r'<sheet [^>]*name="(\w+)"[^>]*sheetId="(\d+)"', listing) == [("Problems", "2"), ("S", "1")]


def test_parts_that_nothing_points_to_are_left_out_and_new_ones_never_take_their_places() -> None:
    parts = styled(row(1, text_cell("A1", "x")))
    names = ("xl/comments.xml", "xl/Drawings/VMLDrawing.vml", "xl/worksheets/problems.xml", "a/b.bin", "../../evil.xml")
    new = parts_of(annotate(zipped(parts | dict.fromkeys(names, b"\x00\xff theirs")), [error("S", "A1")]))
    assert new.keys().isdisjoint(names)
    assert {"xl/comments1.xml", "xl/drawings/vmlDrawing1.vml", "xl/worksheets/problems1.xml"} <= new.keys()


def test_a_workbook_that_points_to_parts_that_are_not_there_comes_back_as_its_values() -> None:
    parts = styled(row(1, text_cell("A1", "x")))
    del parts["xl/styles.xml"]
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="d" Type="{RELATIONS}/comments" Target="../comments1.xml"/></Relationships>'
    )
    book = opened(annotate(zipped(parts), [error("S", "A1")]))
    assert set(marked(book["S"])) == {"A1"} == set(notes(book["S"]))
    assert str(book["Problems"]["A3"].value).startswith("This is a copy of the values alone")


def test_edits_leave_everything_between_them() -> None:
    content = b"<a x='1'><b/><c y=\"2>\">t\xc3\xa9</c></a>"
    a, b, c = elements(content, 2)
    assert [whole(content, e) for e in (b, c)] == [b"<b/>", b'<c y="2>">t\xc3\xa9</c>']
    assert tag_at(content, c.start) == b'<c y="2>">'
    edits = Edits(content)
    edits.append(a.start, a.close, "<d/>")
    edits.append(b.start, b.close, "<e/>")
    edits.set(c.start, y=None, z='"')
    assert edits.result() == b"<a x='1'><b><e/></b><c z=\"&quot;\">t\xc3\xa9</c><d/></a>"


async def test_the_copy_made_in_the_reader_is_the_same() -> None:
    data = filled(AWARD, [Typed(net="lots")])
    problems = checked(data).problems
    async with Reader() as reader:
        answer = await reader.annotate(AnnotateRequest(data, problems))
        assert not isinstance(answer, Refused)
        assert answer.content == annotate(data, problems)


async def test_a_bomb_is_never_opened_in_the_service() -> None:
    """What a check refuses may be asked for again as a copy; the answer is a refusal or a copy, and the reader goes on."""
    wanted = {"entities in entities", "300 MB of zeros in a part", "a million nested elements", "a thousand parts",
              "a part that lies about its size", "a sheet above the file's root", "a million attributes"}  # fmt: skip
    files = [file for file in (*LARGE, *LIES) if file.name in wanted]
    assert len(files) == len(wanted)
    async with Reader(at_once=1) as reader:
        for file in files:
            answer = await reader.annotate(AnnotateRequest(file.make(), (error("Spend", "A1"),)))
            assert isinstance(answer, Refused) is (file.name != "a million attributes"), file.name
        assert not isinstance(await reader.check(CheckRequest(filled(AWARD, [Typed()]), None, AWARD)), Refused)


@pytest.mark.parametrize("cut", range(6))
def test_damaged_markup_is_refused(cut: int) -> None:
    parts = parts_of(filled(AWARD, [Typed()]))
    names = sorted(
        name for name in parts if name.endswith((".rels", "workbook.xml", "sheet3.xml", "styles.xml", "Types].xml"))
    )
    name = names[cut % len(names)]
    with pytest.raises(NotAReturn):
        annotate(zipped(parts | {name: parts[name][: len(parts[name]) // 2]}), [error("Spend", "A6")])
