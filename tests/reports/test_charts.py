"""Native charts: what they show is what the cells hold, each rule about them finds its fault, and they are the same bytes again."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook.workbook import Workbook

from reports.book import Book, Chart, ChartKind, Column, Kind
from reports.ods_file import write_ods
from reports.workbook import write_xlsx
from tests.reports.accessibility import problems
from tests.reports.books import MARKING, book, table
from tests.reports.chart_rules import chart_problems

COLUMNS = (
    Column(key="line", heading="Line"),
    Column(key="given", heading="Given", kind=Kind.PENCE, note="What was given."),
    Column(key="spent", heading="Spent", kind=Kind.PENCE),
    Column(key="share", heading="Share", kind=Kind.PERCENT),
)
ROWS = (
    ("A & <B>", 100_00, 33_33, 0.3333),
    ("=1+1", -5_01, None, 0.0),
    ("C", 0, 10**11, 1.5),
)
BARS = Chart(
    title="Given and spent & “more”",
    description="Two bars for each line: what was given to it, and what it has spent, in pounds.",
    kind=ChartKind.BAR,
    sheet="Owner's lines",
    category="line",
    series=("given", "spent"),
)
LINES = replace(BARS, kind=ChartKind.LINE, title="As lines", rows=range(1, 3))
SHARES = replace(BARS, title="Shares", series=("share",))


def charted(*charts: Chart) -> Book:
    return replace(book(table(ROWS, COLUMNS, "Owner's lines"), table((), sheet="Other")), charts=charts)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("charts") / "report.xlsx"
    write_xlsx(charted(BARS, LINES, SHARES), path)
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_each_keeps_to_every_rule_on_a_sheet_of_its_own(path: Path) -> None:
    assert problems(path, marking=MARKING) == []
    found: Any = load_workbook(path)
    assert found.sheetnames[:5] == ["Cover", "Contents", "Notes", "Charts", "Owner's lines"]
    assert [len(sheet._charts) for sheet in found.worksheets] == [0, 0, 0, 3, 0, 0]
    bars, lines, shares = found["Charts"]._charts
    assert (type(bars).__name__, type(lines).__name__) == ("BarChart", "LineChart")
    first, last = place(found["Owner's lines"])
    assert [str(series.val.numRef.f) for series in bars.series] == [
        f"'Owner''s lines'!$B${first}:$B${last}",
        f"'Owner''s lines'!$C${first}:$C${last}",
    ]
    assert [str(series.cat.strRef.f) for series in lines.series] == [f"'Owner''s lines'!$A${first + 1}:$A${last}"] * 2
    assert [(point.idx, point.v) for point in lines.series[1].val.numRef.numCache.pt] == [(1, 1_000_000_000)]
    assert shares.y_axis.number_format.formatCode == "0%"


def place(sheet: object) -> tuple[int, int]:
    ref = next(iter(sheet.tables.values())).ref  # type: ignore[attr-defined]
    top, bottom = re.findall(r"\d+", ref)
    return int(top) + 1, int(bottom)


def test_a_table_whose_rows_are_charted_in_part_has_no_buttons_to_sort_it_by(tmp_path: Path) -> None:
    for charts, buttons in (((BARS,), True), ((BARS, LINES), False)):
        write_xlsx(charted(*charts), tmp_path / "report.xlsx")
        marked = next(iter(load_workbook(tmp_path / "report.xlsx")["Owner's lines"].tables.values()))
        assert (marked.autoFilter is not None) is buttons


def test_they_are_the_same_bytes_again_and_a_book_of_another_format_has_the_tables_alone(
    path: Path, tmp_path: Path
) -> None:
    write_xlsx(charted(BARS, LINES, SHARES), tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()
    write_ods(charted(BARS), tmp_path / "charted.ods")
    write_ods(charted(), tmp_path / "bare.ods")
    assert parts_of(tmp_path / "charted.ods") == parts_of(tmp_path / "bare.ods")


DRAWING, CHART, LINE_CHART = "xl/drawings/drawing1.xml", "xl/charts/chart1.xml", "xl/charts/chart2.xml"
FAULTS: dict[str, tuple[str, str, str]] = {
    "no words for who cannot see": (DRAWING, 'descr="[^"]*"', 'descr="A chart"'),
    "words are not in the table": (DRAWING, 'descr="Two', 'descr="Three'),
    "something that is no chart": (DRAWING, "<xdr:clientData/>", "<xdr:sp/><xdr:clientData/>"),
    "lies over the table": (DRAWING, "<xdr:row>[0-9]+<", "<xdr:row>2<"),
    "not on one sheet called Charts": ("xl/worksheets/_rels/sheet1.xml.rels", "tables/table", "drawings/drawing"),
    "has no title": (CHART, "<a:t>[^<]*<", "<a:t><"),
    "has no legend": (CHART, "<c:legend>.*</c:legend>", ""),
    "has no axis": (CHART, '<c:delete val="0"/>', '<c:delete val="1"/>'),
    "letters are not Arial of 12": (CHART, 'sz="1200"', 'sz="900"'),
    "letters of no size": (CHART, "<c:txPr>.*?</c:txPr>", ""),
    "too little contrast": (CHART, "28A197", "D9EFEC"),
    "by colour alone": (CHART, "<a:pattFill .*?</a:pattFill>", '<a:solidFill><a:srgbClr val="801650"/></a:solidFill>'),
    "differ by colour": (LINE_CHART, 'symbol val="[a-z]+"', 'symbol val="circle"'),
    "an order that the format": (
        CHART,
        r'<c:lang val="en-GB"/>(<c:roundedCorners val="0"/>)',
        r'\1<c:lang val="en-GB"/>',
    ),
    "cells of no sheet": (CHART, "'Owner''s lines'!", "'Elsewhere'!"),
    "other values than": (CHART, "<c:v>33.33<", "<c:v>33.34<"),
    "not called what its column": (CHART, "<c:v>Given<", "<c:v>Given [note 1]<"),
    "it shows other": (CHART, "<c:v>C<", "<c:v>D<"),
}


@pytest.fixture(scope="module")
def values(path: Path) -> Workbook:
    return load_workbook(path, data_only=True)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(path: Path, values: Workbook, fault: str) -> None:
    name, pattern, replacement = FAULTS[fault]
    parts = parts_of(path)
    broken = re.sub(pattern, replacement, parts[name].decode())
    assert broken != parts[name].decode()
    assert any(fault in problem for problem in chart_problems({**parts, name: broken.encode()}, values))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sheet": "Nowhere"}, "columns of a table of the same book"),
        ({"series": ("given", "nothing")}, "columns of a table of the same book"),
        ({"series": ("given", "share")}, "figures of one kind"),
        ({"series": ("line",)}, "figures of one kind"),
        ({"rows": range(1, 4)}, "its rows are some of its table's"),
        ({"rows": range(1, 1)}, "its rows are some of its table's"),
        ({"rows": range(-1, 1)}, "its rows are some of its table's"),
        ({"series": ()}, "1 to 6"),
        ({"description": " "}, "for who cannot see it"),
    ],
)
def test_one_that_cannot_be_drawn_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        charted(replace(BARS, **wrong))  # type: ignore[arg-type]
