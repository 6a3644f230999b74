"""What programs find in a workbook of ours: two readers that share no code."""

import re
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from tests.reports.accessibility import place_of

_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """What Excel shows for a stored text: openpyxl leaves the escapes of ECMA-376's ST_Xstring as they are."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def body_of(sheet: Worksheet) -> range:
    place = place_of(sheet)
    assert place is not None
    return place.body


def by_openpyxl(path: Path, sheet: str, columns: int) -> list[tuple[Any, ...]]:
    """The body of a sheet's table, without its totals."""
    worksheet = load_workbook(path, data_only=True)[sheet]
    marked = next(iter(worksheet.tables.values()))
    rows = [tuple(row) for row in worksheet[marked.ref]][1 : -1 if marked.totalsRowCount else None]
    return [tuple(_unescape(cell.value) for cell in row[:columns]) for row in rows]


def by_calamine(path: Path, sheet: str, count: int) -> list[list[Any]]:
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    header = next(index for index, row in enumerate(rows) if row[0] == "Reference")
    return rows[header + 1 : header + 1 + count]


def _unescape(value: object) -> object:
    return unescaped(value) if isinstance(value, str) else value
