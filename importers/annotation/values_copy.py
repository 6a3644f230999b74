"""A plain XLSX of a workbook's values, for files that cannot be given back as they are: other formats, and odd ones."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from importers.annotation.looks import EMPTY_STYLES
from importers.annotation.markup import attribute_text, text
from importers.archive import pack
from importers.cells import Cell, Sheet, Workbook, column_letters, shown

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CORE: Final = "application/vnd.openxmlformats-package.core-properties+xml"
_TITLE: Final = (
    f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Spend return with its problems</dc:title><dc:language>en-GB</dc:language></cp:coreProperties>"
)
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_NAME: Final = 31
_LONGEST_TEXT: Final = 32_767
_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet's days have no zone
_FIRST_DAY: Final = date(1900, 3, 1)
"""Before it, spreadsheet programs do not agree on the days."""
_DAY, _MOMENT, _SPAN, _QUOTED = 1, 2, 3, 4
_SIGNS: Final = ("=", "+", "-", "@", "\t", "\n", "\r")
"""A text that begins with one of these would be a formula, or a number, as soon as somebody edits its cell."""
_FORMATS: Final = (
    b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    b'<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    b'<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    b'<xf numFmtId="46" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
)
_NUMBERS: Final = (
    b'<numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    b'<numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts><fonts'
)


def values_copy(book: Workbook) -> tuple[bytes, dict[str, str]]:
    """The XLSX, and what each sheet is called in it: other formats allow names that XLSX does not."""
    names = _sheet_names(list(book.sheets))
    numbered = list(enumerate(book.sheets, start=1))
    listed = "".join(
        f'<sheet name="{attribute_text(names[name])}" sheetId="{at}" r:id="r{at}"/>' for at, name in numbered
    )
    links = "".join(_link(f"r{at}", f"{_RELATION}/worksheet", f"worksheets/sheet{at}.xml") for at, _ in numbered)
    overrides = "".join(_override(f"xl/worksheets/sheet{at}.xml", f"{_KIND}.worksheet+xml") for at, _ in numbered)
    package_links = _link("b", f"{_RELATION}/officeDocument", "xl/workbook.xml") + _link(
        "t", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{_override("xl/workbook.xml", f"{_KIND}.sheet.main+xml")}'
        f"{_override('xl/styles.xml', f'{_KIND}.styles+xml')}{_override('docProps/core.xml', _CORE)}{overrides}</Types>",
        "_rels/.rels": _links(package_links),
        "docProps/core.xml": _TITLE,
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(links + _link("s", f"{_RELATION}/styles", "styles.xml")),
    }
    packed = {name: content.encode("ascii") for name, content in parts.items()}
    packed["xl/styles.xml"] = _styles()
    for at, name in numbered:
        packed[f"xl/worksheets/sheet{at}.xml"] = "".join(_sheet(book.sheets[name])).encode("ascii")
    return pack(packed), names


def _link(id_: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{id_}" Type="{kind}" Target="{target}"/>'


def _links(links: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _override(path: str, kind: str) -> str:
    return f'<Override PartName="/{path}" ContentType="{kind}"/>'


def _styles() -> bytes:
    content = EMPTY_STYLES.replace(b"<fonts", _NUMBERS, 1)
    start, end = content.index(b"<cellXfs"), content.index(b"</cellXfs>")
    return content[:start] + b'<cellXfs count="5">' + _FORMATS + content[end:]


def _sheet_names(names: list[str]) -> dict[str, str]:
    taken: set[str] = set()
    given: dict[str, str] = {}
    for name in names:
        plain = _NOT_IN_NAMES.sub("_", name)[:_LONGEST_NAME].strip("'") or "Sheet"
        tries = (plain, *(f"{plain[: _LONGEST_NAME - 5]} {at}" for at in range(2, len(names) + 2)))
        given[name] = next(candidate for candidate in tries if candidate.casefold() not in taken)
        taken.add(given[name].casefold())
    return given


def _sheet(sheet: Sheet) -> Iterator[str]:
    yield f'<worksheet xmlns="{_MAIN}"><sheetFormatPr defaultColWidth="18" defaultRowHeight="15"/><sheetData>'
    for number, row in enumerate(sheet.rows, start=1):
        cells = [_cell(f"{column_letters(at)}{number}", value) for at, value in enumerate(row, start=1) if value != ""]
        if cells:
            yield f'<row r="{number}">{"".join(cells)}</row>'
    yield "</sheetData></worksheet>"


def _cell(reference: str, value: Cell) -> str:
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float) and abs(value) < 1e300:
        return f'<c r="{reference}"><v>{value!r}</v></c>'
    if isinstance(value, timedelta | time) or (isinstance(value, date) and _as_day(value) >= _FIRST_DAY):
        number, style = _serial(value)
        return f'<c r="{reference}" s="{style}"><v>{number!r}</v></c>'
    words = value if isinstance(value, str) and len(value) > 200 else shown(value)
    content = text(words[:_LONGEST_TEXT])
    quoted = f' s="{_QUOTED}"' if words.startswith(_SIGNS) else ""
    return f'<c r="{reference}"{quoted} t="inlineStr"><is><t xml:space="preserve">{content}</t></is></c>'


def _as_day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _serial(value: date | time | timedelta) -> tuple[float, int]:
    """A day, a moment or a span as a spreadsheet counts it, in days; and the index of its format."""
    if isinstance(value, timedelta):
        return value / timedelta(days=1), _SPAN
    if isinstance(value, time):
        seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
        return seconds / 86_400, _SPAN
    if isinstance(value, datetime):
        return (value.replace(tzinfo=None) - _ZERO) / timedelta(days=1), _MOMENT
    return float((value - _ZERO.date()).days), _DAY
