"""Files made by hand for tests: workbooks that no spreadsheet program would write, and other kinds of file."""

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from io import BytesIO

from openpyxl import load_workbook

CELLS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """A zip of the parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def beyond_numbers(name: str, data: bytes) -> bytes:
    """The same zip, whose directory says that a part stands where no file has a byte: at 2**64 - 1."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part, content in parts_of(data).items():
            target.writestr(part, content)
        target.getinfo(name).header_offset = 2**64 - 1
    return out.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of a zip."""
    with zipfile.ZipFile(BytesIO(data)) as source:
        return {name: source.read(name) for name in source.namelist()}


def xlsx(
    sheets: Mapping[str, str], *, strings: str = "", kind: str = "sheet", book: str = ""
) -> dict[str, bytes | str]:
    """The parts of a bare XLSX: for each sheet what stands between its <sheetData> tags."""
    numbered = list(enumerate(sheets, start=1))
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{at}" r:id="r{at}"/>' for at, name in numbered)
    links = "".join(
        f'<Relationship Id="r{at}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at, _ in numbered
    )
    if strings:
        links += f'<Relationship Id="s" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/>'
    types = f"application/vnd.openxmlformats-officedocument.spreadsheetml.{kind}.main+xml"
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Override PartName="/xl/workbook.xml" '
        f'ContentType="{types}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="b" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{CELLS}" xmlns:r="{_RELATIONS}">{book}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
    }
    for at, name in numbered:
        parts[f"xl/worksheets/sheet{at}.xml"] = (
            f'<worksheet xmlns="{CELLS}"><sheetData>{sheets[name]}</sheetData></worksheet>'
        )
    if strings:
        parts["xl/sharedStrings.xml"] = strings
    return parts


def text_cell(reference: str, text: str) -> str:
    """A cell with its text inline."""
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def row(number: int, *cells: str) -> str:
    """A row of cells."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def ods(sheets: Mapping[str, Sequence[str]], *, manifest: str = "") -> bytes:
    """An ODS: for each sheet its rows, as XML."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(rows)}</table:table>' for name, rows in sheets.items()
    )
    spaces = " ".join(
        f'xmlns:{prefix}="{_ODF}:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    calc = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    content = (
        f"<office:document-content {spaces} {calc}><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    entries = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/>{manifest}'
    listing = f'<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0">{entries}</manifest:manifest>'
    return zipped({"mimetype": ODS, "META-INF/manifest.xml": listing, "content.xml": content})


def ods_row(*cells: str, repeat: int = 1) -> str:
    """A row of an ODS sheet."""
    return f'<table:table-row table:number-rows-repeated="{repeat}">{"".join(cells)}</table:table-row>'


def ods_text(text: str, repeat: int = 1) -> str:
    """A text cell of an ODS sheet."""
    return (
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{repeat}">'
        f"<text:p>{escape(text)}</text:p></table:table-cell>"
    )


def ods_blank(repeat: int) -> str:
    """Blank cells of an ODS sheet."""
    return f'<table:table-cell table:number-columns-repeated="{repeat}"/>'


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
"""The beginning of an old Office file."""


def as_ods(workbook: bytes) -> bytes:
    """An XLSX's values as an ODS."""
    book = load_workbook(BytesIO(workbook))
    rows = {
        sheet.title: [ods_row(*map(ods_cell, cells)) for cells in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }
    return ods(rows)


def ods_cell(value: object) -> str:
    """A value's cell in an ODS sheet; None and an empty text are a blank one."""
    if value in (None, ""):
        return ods_blank(1)
    if isinstance(value, bool):
        said = str(value).lower()
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{said}"><text:p>{said}</text:p></table:table-cell>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value!r}"><text:p>{value}</text:p></table:table-cell>'
    if isinstance(value, date):
        day = f"{value:%Y-%m-%d}"
        return f'<table:table-cell office:value-type="date" office:date-value="{day}"><text:p>{day}</text:p></table:table-cell>'
    return ods_text(str(value))
