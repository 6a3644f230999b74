"""What stands in an annotated copy, as another reader finds it: cells, notes, marks and the list of problems."""

from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from grants.domain.returns import Problem, Severity

FIRST_LISTED = 6


def opened(data: bytes) -> Workbook:
    """The workbook with its formulas."""
    return load_workbook(BytesIO(data))


def listed(book: Workbook, name: str = "Problems") -> list[tuple[Any, ...]]:
    """The rows of the list of problems."""
    sheet = book[name]
    return [row[:5] for row in sheet.iter_rows(min_row=FIRST_LISTED, values_only=True) if row[0] is not None]


def marked(sheet: Worksheet) -> dict[str, str]:
    """The marked cells and the kind of line around each."""
    lines = {
        cell.coordinate: cell.border.left.style
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb in ("FFFBD5CC", "FFFFF2B3")
    }
    assert all(
        {getattr(sheet[place].border, side).style for side in ("left", "right", "top", "bottom")} == {line}
        for place, line in lines.items()
    )
    return lines


def notes(sheet: Worksheet) -> dict[str, str]:
    """The notes by cell."""
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment is not None}


def contents(book: Workbook) -> dict[str, dict[str, tuple[Any, ...]]]:
    """All that a person could have put into each sheet, but for how marked cells look."""
    found = {}
    for sheet in book.worksheets:
        found[sheet.title] = {
            cell.coordinate: (
                cell.value,
                cell.data_type,
                cell.number_format,
                cell.protection.locked,
                cell.alignment.wrap_text,
            )
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
    return found


def behaviour(sheet: Worksheet) -> tuple[Any, ...]:
    """Drop-downs, protection, filter, frozen rows, widths and merged cells."""
    return (
        sorted(
            (str(rule.sqref), rule.type, rule.formula1, rule.error) for rule in sheet.data_validations.dataValidation
        ),
        sheet.protection.sheet,
        sheet.auto_filter.ref,
        sheet.freeze_panes,
        {letter: (d.width, d.protection.locked) for letter, d in sheet.column_dimensions.items()},
        sorted(map(str, sheet.merged_cells.ranges)),
    )


def error(sheet: str, cell: str, value: str = "", message: str = "Type it again", code: str = "not_money") -> Problem:
    """An error at a place."""
    return Problem(code, Severity.ERROR, sheet, cell, message, value)


def warning(sheet: str, cell: str, value: str = "", message: str = "Say why") -> Problem:
    """A warning at a place."""
    return Problem("ineligible_word", Severity.WARNING, sheet, cell, message, value)
