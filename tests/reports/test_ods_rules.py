"""The checklist's functions for ODS find what they are for: each fault, put into a good spreadsheet, is named."""

import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from reports.ods_file import write_ods
from tests.reports.books import MARKING, full_book
from tests.reports.ods_rules import ods_problems, opened, read

SPEND = r'(<table:table table:name="Spend".*?)'
"""Up to the first match in the sheet Spend, which the replacement keeps as its first group."""
FAULTS: dict[str, tuple[str, str, str]] = {
    "has not one header row": ("content.xml", SPEND + "<table:table-header-rows>(.*?)</table:table-header-rows>", r"\1\2"),
    "not marked up": ("content.xml", r"'Spend'\.A7", "'Spend'.B7"),
    "no name of its own": ("content.xml", 'name="Spend_table"', 'name="Sources_table"'),
    "more or fewer cells": ("content.xml", SPEND + r"(<table:table-cell [^>]*>[^/]*Oldham)", r"\1<table:table-cell/>\2"),
    "a column has no heading": ("content.xml", SPEND + "<text:p>Paid on</text:p>", r"\1<text:p/>"),
    "an empty row": ("content.xml", SPEND + "<text:p>L3</text:p>", r"\1<text:p/>"),
    "without gaps": ("content.xml", SPEND + "(</table:table-row>)", r"\1\2<table:table-row><table:table-cell/>\2"),
    "empty cells are not explained": ("content.xml", "An empty cell means", "Nothing means"),
    "no title in A1": ("content.xml", 'parent-style-name="Heading_20_1"', 'parent-style-name="Default"'),
    "does not say what it contains": ("content.xml", "contains one table", "contains lines"),
    "the sheet's name says nothing": ("content.xml", 'table:name="Sources"', 'table:name="Sheet1"'),
    "has annotation": ("content.xml", SPEND + "<text:p>", r"\1<office:annotation/><text:p>"),
    "hidden or merged": ("content.xml", SPEND + "<table:table-row", r'\1<table:table-row table:visibility="collapse"'),
    "something is hidden": ("content.xml", 'table:display="true"', 'table:display="false"'),
    "or merged": ("content.xml", SPEND + "<table:table-cell", r'\1<table:table-cell table:number-columns-spanned="2"'),
    "a header or a footer": ("styles.xml", '<style:header style:display="false"/>', '<style:header style:display="true"/>'),
    "a formula outside": ("content.xml", SPEND + 'office:value-type="float"', r'\1table:formula="of:=1+1" office:value-type="float"'),
    "the stored total": ("content.xml", r'(SUBTOTAL[^>]*office:value=")1229', r"\g<1>1230"),
    "not the sum": ("content.xml", "SUBTOTAL[(]109;", "SUBTOTAL(9;"),
    "not Arial of 12": ("styles.xml", 'font-size="12pt"', 'font-size="11pt"'),
    "too little contrast": ("content.xml", "#1d70b8", "#7dc0f8"),
    "have a fill": ("content.xml", 'fo:wrap-option="wrap"', 'fo:wrap-option="wrap" fo:background-color="#ffff00"'),
    "no face or size": ("styles.xml", 'style:font-name="Arial" fo', "fo"),
    "headings are not bold": ("content.xml", 'fo:font-weight="bold"', 'fo:font-weight="normal"'),
    "does not wrap": ("content.xml", 'fo:wrap-option="wrap"', ""),
    "leads nowhere": ("content.xml", "#'Notes'", "#'Elsewhere'"),
    "do not say where": ("content.xml", "Go to the contents of this workbook", "Click here"),
    "is not linked from the contents": ("content.xml", "#'Spend'", "#'Notes'"),
    "does not lead back": ("content.xml", SPEND + "#'Contents'", r"\1#'Cover'"),
    "a note is not on": ("content.xml", "<text:p>note 2<", "<text:p>note 9<"),
    "a symbol in place": ("content.xml", "<text:p>Paid on<", "<text:p>Paid on*<"),
    "has no language": ("meta.xml", "<dc:language>.*</dc:language>", ""),
    "first sheet is not the active": ("settings.xml", ">Cover<", ">Spend<"),
    "the marking is not under": ("content.xml", SPEND + MARKING, r"\1Real"),
}  # fmt: skip


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    path = tmp_path_factory.mktemp("ods") / "report.ods"
    write_ods(full_book(), path)
    assert ods_problems(opened(path), marking=MARKING) == []
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(parts: dict[str, str], fault: str) -> None:
    name, pattern, replacement = FAULTS[fault]
    broken = re.sub(pattern, replacement, parts[name], flags=re.DOTALL)
    assert broken != parts[name]
    found = read({part: ET.fromstring(text) for part, text in {**parts, name: broken}.items()})  # noqa: S314
    assert any(fault in problem for problem in ods_problems(found, marking=MARKING))
