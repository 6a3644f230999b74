"""Bytes to cells: the sheets that a return uses, every value at its own row and column. Runs in the reader's process."""

import io

from python_calamine import CalamineError, CalamineWorkbook

from importers.archive import Archive, pack
from importers.cells import Habits, Hidden, Inspected, Sheet, Workbook
from importers.delimited import read_delimited
from importers.limits import Limits
from importers.messages import refuse
from importers.ods import inspect_ods, is_ods
from importers.recognise import FileKind, recognise
from importers.xlsx import inspect_xlsx, zip_kind


def read_workbook(data: bytes, wanted: tuple[str, ...], limits: Limits) -> Workbook:
    """The wanted sheets of an XLSX or ODS file, or the one of a CSV. Raises NotAReturn, with a code for each other kind."""
    if len(data) > limits.file_bytes:
        raise refuse("file_too_large", limit=limits.file_bytes)
    kind = recognise(data)
    if kind is FileKind.TEXT:
        return read_delimited(data, limits)
    if kind is not FileKind.ZIP:
        raise refuse(kind)
    archive = Archive(data, limits)
    if is_ods(archive):
        inspected = inspect_ods(archive, wanted, limits)
    else:
        found = zip_kind(archive)
        if found != "xlsx":
            raise refuse(found)
        inspected = inspect_xlsx(archive, wanted, limits)
    del archive
    return _cells(inspected)


def _cells(inspected: Inspected) -> Workbook:
    packed = pack(inspected.parts)
    may_hold_nul = any(_holds(part, b"_", b"x0000_") or _holds(part, b"&", b"&#") for part in inspected.parts.values())
    inspected.parts.clear()
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(packed))
        del packed
        sheets = {
            wanted: Sheet(name=there, rows=book.get_sheet_by_name(there).to_python(skip_empty_area=False))
            for wanted, there in inspected.sheets.items()
        }
        book.close()
    except CalamineError as error:
        raise refuse("damaged") from error
    for sheet in sheets.values():
        if may_hold_nul:
            _without_nul(sheet)
        _put_marks(sheet, inspected.marks.get(sheet.name, {}))
        sheet.hidden = inspected.hidden.get(sheet.name, Hidden())
    return Workbook(names=inspected.names, sheets=sheets, habits=Habits(dates_1904=inspected.dates_1904))


def _holds(part: bytes, first: bytes, whole: bytes) -> bool:
    """Whether something is in a part: one byte of it is looked for much more quickly, and mostly is not there."""
    return first in part and whole in part


def _without_nul(sheet: Sheet) -> None:
    """Excel's way of writing controls, _x0000_, can say NUL, which no database keeps."""
    for cells in sheet.rows:
        for at, value in enumerate(cells):
            if isinstance(value, str) and "\x00" in value:
                cells[at] = value.replace("\x00", "\ufffd")


def _put_marks(sheet: Sheet, marks: dict[tuple[int, int], str]) -> None:
    """Writes into their cells what calamine would not tell."""
    rows = sheet.rows
    width = max([len(rows[0]) if rows else 0, *(column for _, column in marks)])
    if marks and rows and width > len(rows[0]):
        for cells in rows:
            cells.extend([""] * (width - len(cells)))
    for (row, column), value in marks.items():
        rows.extend([""] * width for _ in range(row - len(rows)))
        rows[row - 1][column - 1] = value
