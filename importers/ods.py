"""ODS before its cells are read: what in it is out of bounds, and which cells hold errors."""

import re
from html import unescape
from typing import Final

from importers.archive import Archive
from importers.cells import Hidden, Inspected, matching_names
from importers.limits import Limits
from importers.messages import refuse
from importers.xlsx_marks import as_shown

_MIMETYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_OTHERS: Final = (
    (b"application/vnd.oasis.opendocument.text", "text_document"),
    (b"application/vnd.oasis.opendocument.presentation", "presentation"),
    (b"application/vnd.oasis.opendocument", "other_office"),
)
_CONTENT: Final = "content.xml"
_MANIFEST: Final = "META-INF/manifest.xml"
_TABLE: Final = re.compile(rb"<table:table[\s>]")
_NAME: Final = re.compile(rb"\stable:name=\"([^\"]*)\"")
_ROWS: Final = re.compile(rb"\stable:number-rows-repeated=\"([0-9]+)\"")
_COLUMNS: Final = re.compile(rb"\stable:number-columns-repeated=\"([0-9]+)\"")
_CELL: Final = re.compile(rb"<table:(?:covered-)?table-cell\b([^>]*?)(/?)>")
_VALUE: Final = re.compile(rb"\soffice:value=\"([0-9.eE+-]{1,40})\"")
_CURRENCY: Final = re.compile(rb"\soffice:currency=\"([^\"]{1,20})\"")
_FOLDED: Final = re.compile(rb"\stable:visibility=\"(collapse|filter)\"")
_LINE: Final = re.compile(rb"<table:table-(row|column)\b([^>]*)>")
_STYLE: Final = re.compile(
    rb"<style:style\b[^>]{0,500}?style:name=\"([^\"]{0,200})\"[^>]{0,500}?style:family=\"table\"[^>]{0,500}>(.{0,2000}?)</style:style>",
    re.DOTALL,
)
_TABLE_STYLE: Final = re.compile(rb"\stable:style-name=\"([^\"]*)\"")
_COLUMNS_MOST: Final = 1_000
_HIDDEN_MOST: Final = 100_000
"""So many columns, and hidden rows, are told apart: what lies beyond is refused or not read."""
_HEAD_BYTES: Final = 4_000_000
_SHOWN: Final = re.compile(rb"<text:p[^>]*>([^<]*)<")


def is_ods(archive: Archive) -> bool:
    """Whether the zip says that it is an OpenDocument spreadsheet.

    Raises NotAReturn for one with a password, and for OpenDocument of other kinds.
    """
    kind = archive.read("mimetype").strip() if "mimetype" in archive.names else b""
    if not kind.startswith(_MIMETYPE):
        for sign, code in _OTHERS:
            if kind.startswith(sign):
                raise refuse(code)
        return False
    if _MANIFEST in archive.names and b"encryption-data" in archive.read_xml(_MANIFEST):
        raise refuse("encrypted")
    return True


def inspect_ods(archive: Archive, wanted: tuple[str, ...], limits: Limits) -> Inspected:
    """Raises NotAReturn for what is damaged or out of bounds."""
    content = archive.read_xml(_CONTENT)
    if wanted and b"<text:p" not in content and b"office:value-type" not in content:
        raise refuse("empty_workbook")
    manifest = archive.read_xml(_MANIFEST) if _MANIFEST in archive.names else b""
    tables = [content[a:b] for a, b in _spans(content)]
    found = {_name_of(table): table for table in reversed(tables)}
    names = tuple(_name_of(table) for table in tables)
    marks: dict[str, dict[tuple[int, int], str]] = {}
    area = 0
    hidden: dict[str, Hidden] = {}
    unseen = _hidden_styles(content[: max(content.find(b"<office:spreadsheet", 0, _HEAD_BYTES), 0)])
    for name, table in found.items():
        marks[name], size = _walk(name, table, limits)
        area += size
        hidden[name] = _hidden(table, unseen)
    if area > limits.area:
        raise refuse("too_many_cells", limit=limits.cells)
    if re.search(rb">[^<]{%d}" % (limits.text_characters + 1), content):
        raise refuse("text_too_long", limit=limits.text_characters)
    parts = {"mimetype": _MIMETYPE, _MANIFEST: manifest, _CONTENT: content}
    return Inspected(parts=parts, names=names, sheets=matching_names(names, wanted), marks=marks, hidden=hidden)


def _spans(content: bytes) -> list[tuple[int, int]]:
    starts = [match.start() for match in _TABLE.finditer(content)]
    return list(zip(starts, [*starts[1:], len(content)], strict=True))


def _name_of(table: bytes) -> str:
    match = _NAME.search(table, 0, 2048)
    return unescape(match[1].decode("utf-8", "replace")) if match else ""


def _walk(name: str, table: bytes, limits: Limits) -> tuple[dict[tuple[int, int], str], int]:
    """The cells that hold errors, and the area that the filled cells span."""
    marks: dict[tuple[int, int], str] = {}
    row = last = width = 0
    for piece in table.split(b"<table:table-row")[1:]:
        repeat = _ROWS.search(piece, 0, piece.find(b">") + 1) if b"rows-repeated" in piece else None
        times = int(repeat[1][:9]) if repeat else 1
        if b"<text:p" in piece or b"office:value-type" in piece:
            last = row + times
            wide, errors = _across(piece)
            width = max(width, wide)
            marks.update({(row + 1, column): shown for column, shown in errors.items()})
            if last > limits.rows or width > limits.columns or last * width > limits.area:
                raise refuse("cell_too_far", sheet=name)
        row += times
    return marks, last * width


def _across(piece: bytes) -> tuple[int, dict[int, str]]:
    """How far a row's filled cells reach, and its errors by column."""
    unlike = b'"percentage"' in piece or b"office:currency=" in piece
    if b"columns-repeated" not in piece and b'"error"' not in piece and not unlike:
        return piece.count(b"table-cell "), {}
    column = reach = 0
    errors: dict[int, str] = {}
    for cell in _CELL.finditer(piece):
        repeat = _COLUMNS.search(cell[1])
        times = int(repeat[1][:9]) if repeat else 1
        if not cell[2] or b"office:value-type" in cell[1]:
            reach = column + times
        if b'calcext:value-type="error"' in cell[1]:
            text = _SHOWN.search(piece, cell.end())
            errors[column + 1] = text[1].decode("utf-8", "replace") if text else "#VALUE!"
        elif unlike and (shown := _unlike_pounds(cell[1])):
            errors |= dict.fromkeys(range(column + 1, min(column + times, _COLUMNS_MOST) + 1), shown)
        column += times
    return reach, errors


def _unlike_pounds(attributes: bytes) -> str:
    """A percentage or an amount in another currency, as it shows; empty for anything else."""
    value, currency = _VALUE.search(attributes), _CURRENCY.search(attributes)
    sign = currency[1].decode("utf-8", "replace") if currency else ""
    if b'"percentage"' in attributes:
        sign = "%"
    if not value or sign in ("", "GBP"):
        return ""
    try:
        return as_shown(float(value[1]), sign)
    except ValueError:
        return ""


def _hidden_styles(head: bytes) -> set[bytes]:
    return {style[1] for style in _STYLE.finditer(head) if b'table:display="false"' in style[2]}


def _hidden(table: bytes, unseen: set[bytes]) -> Hidden:
    """What of a sheet does not show."""
    style = _TABLE_STYLE.search(table, 0, 2048)
    sheet = bool(style and style[1] in unseen)
    if b"table:visibility" not in table:
        return Hidden(sheet=sheet)
    at = {b"row": 0, b"column": 0}
    rows: set[int] = set()
    columns: set[int] = set()
    filtered = False
    for line in _LINE.finditer(table):
        kind, attributes = line[1], line[2]
        repeat = (_ROWS if kind == b"row" else _COLUMNS).search(attributes)
        times = int(repeat[1][:9]) if repeat else 1
        if folded := _FOLDED.search(attributes):
            filtered = filtered or folded[1] == b"filter"
            start = at[kind] + 1
            most = _HIDDEN_MOST - len(rows) - len(columns)
            (rows if kind == b"row" else columns).update(range(start, start + min(times, most)))
        at[kind] += times
    return Hidden(frozenset(rows), frozenset(columns), sheet=sheet, filtered=filtered)
