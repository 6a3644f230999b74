"""The checklist's functions find what they are for: each fault, put into a good workbook, is named."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.hyperlink import Hyperlink

from reports.workbook import write_xlsx
from tests.reports.accessibility import problems
from tests.reports.books import MARKING, full_book

Fault = Callable[[Workbook], Any]


def _cell(book: Workbook, name: str, value: str | None) -> None:
    book["Spend"][name] = value


def _link(book: Workbook, target: str, words: str) -> None:
    cell = book["Spend"]["A6"]
    cell.value = words
    cell.hyperlink = Hyperlink(ref="A6", location=target)


def _crowd(book: Workbook) -> None:
    book["Spend"].column_dimensions["B"].width = 10
    book["Spend"]["B9"].alignment = Alignment(wrap_text=False)


def _totals_row(book: Workbook) -> int:
    return int(book["Spend"].max_row)


FAULTS: dict[str, Fault] = {
    "has mergeCells": lambda book: book["Spend"].merge_cells("A2:B2"),
    "has pane": lambda book: setattr(book["Spend"], "freeze_panes", "A9"),
    "has headerFooter": lambda book: setattr(
        book["Spend"], "oddHeader", HeaderFooterItem(center=_HeaderFooterPart("Secret"))
    ),
    "has a part xl/comments": lambda book: setattr(book["Spend"]["A1"], "comment", Comment("Look", "me")),
    "something is hidden": lambda book: setattr(book["Spend"].row_dimensions[9], "hidden", True),
    "beside or below": lambda book: _cell(book, "A40", "Source: the ledger"),
    "has 0 tables": lambda book: book["Spend"].tables.clear(),
    "no meaningful name": lambda book: setattr(book["Spend"].tables["Spend_table"], "displayName", "Table1"),
    "other columns than the header": lambda book: _cell(book, "B7", "Supplier"),
    "a column has no heading": lambda book: _cell(book, "B7", None),
    "an empty row": lambda book: _cell(book, "A10", None),
    "without gaps": lambda book: _cell(book, "A3", None),
    "empty cells are not explained": lambda book: _cell(book, "A5", "This is all."),
    "no title in A1": lambda book: _cell(book, "A1", None),
    "not tagged as a heading": lambda book: setattr(book["Spend"]["A1"], "style", "Normal"),
    "does not say what it contains": lambda book: _cell(book, "A4", "Lines."),
    "sheet's name says nothing": lambda book: setattr(book["Spend"], "title", "Sheet1"),
    "a formula outside the totals": lambda book: _cell(book, "B9", "=1+1"),
    "the stored total is not": lambda book: _cell(book, f"D{_totals_row(book)}", "=SUBTOTAL(109,D9:D11)"),
    "not in Arial": lambda book: setattr(book["Spend"]["A9"], "font", Font(name="Arial", sz=10)),
    "has a fill": lambda book: setattr(book["Spend"]["A9"], "fill", PatternFill("solid", fgColor="FFFFFF00")),
    "too little contrast": lambda book: setattr(
        book["Spend"]["A9"], "font", Font(name="Arial", sz=12, color="FF999999")
    ),
    "headings are not bold": lambda book: setattr(book["Spend"]["A7"], "font", Font(name="Arial", sz=12)),
    "does not wrap": _crowd,
    "too wide": lambda book: setattr(book["Spend"].column_dimensions["B"], "width", 101),
    "too narrow": lambda book: setattr(book["Spend"].column_dimensions["D"], "width", 8),
    "leads nowhere": lambda book: _link(book, "'Elsewhere'!A1", "Go to the contents"),
    "words do not say": lambda book: _link(book, "'Contents'!A1", "Click here"),
    "is not linked from the contents": lambda book: setattr(book["Contents"]["A7"], "hyperlink", None),
    "is not on the sheet Notes": lambda book: setattr(book["Notes"]["A8"], "value", "note 9"),
    "a symbol in place": lambda book: _cell(book, "B7", "Payee*"),
    "has no language": lambda book: setattr(book.properties, "language", None),
    "has no title": lambda book: setattr(book.properties, "title", None),
    "first sheet is not the active": lambda book: setattr(book, "active", 2),
    "cursor is not at A1": lambda book: setattr(book["Spend"].sheet_view.selection[0], "activeCell", "B2"),
    "marking is not under": lambda book: _cell(book, "A2", "Real"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "report.xlsx"
    write_xlsx(full_book(), path)
    assert problems(path, marking=MARKING) == []
    book = load_workbook(path)
    FAULTS[fault](book)
    book.save(path)
    assert any(fault in problem for problem in problems(path, marking=MARKING))


def test_an_image_or_a_macro_is_named(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_xlsx(full_book(), path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    assert problems(path) == ["the workbook has a part xl/vbaProject.bin"]
