"""What changed since the run before, read from the sheet of the workbook that was kept: the page says what the file says."""

from dataclasses import dataclass
from io import BytesIO
from itertools import groupby
from typing import Any, Final

from python_calamine import CalamineWorkbook

from reports.changes import COLUMNS, WHAT_CHANGED

_AT: Final = {column.key: number for number, column in enumerate(COLUMNS)}


@dataclass(frozen=True)
class Changed:
    """A figure that is another than before. None: the report did not show it there. `causes` is how many entries or facts did it."""

    figure: str
    before_pence: int | None
    now_pence: int | None
    change_pence: int
    causes: int


def changed_figures(workbook: bytes) -> list[Changed] | None:
    """The figures on the sheet, in its order; a figure's rows stand together. None: the report has no such sheet."""
    book = CalamineWorkbook.from_filelike(BytesIO(workbook))
    if WHAT_CHANGED not in book.sheet_names:
        return None
    rows = book.get_sheet_by_name(WHAT_CHANGED).to_python()
    # What is no figure's row says in words what an empty sheet, or an empty cell, means.
    told = (row for row in rows if len(row) == len(COLUMNS) and isinstance(row[_AT["change"]], float))
    figures = groupby(told, key=lambda row: str(row[0]))
    return [_changed(figure, list(of)) for figure, of in figures]


def _changed(figure: str, rows: list[list[Any]]) -> Changed:
    first = rows[0]
    causes = sum(row[_AT["amount"]] != "" for row in rows)
    return Changed(figure, _pence(first, "before"), _pence(first, "now"), _pence(first, "change") or 0, causes)


def _pence(row: list[Any], key: str) -> int | None:
    pounds = row[_AT[key]]
    return None if pounds == "" else round(float(pounds) * 100)
