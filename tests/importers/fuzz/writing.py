"""A made-up return as the bytes of a file: written quickly, since thousands are."""

import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import escape
from io import BytesIO
from typing import Any

from importers.cells import column_letters
from tests.importers.files import CELLS, ods, ods_blank, text_cell, xlsx
from tests.importers.fuzz.model import Fails, Formula, Sent, Shows, Table, csv_text

Grid = list[list[Any]]

STYLES = f"""<styleSheet xmlns="{CELLS}"><numFmts count="2"><numFmt numFmtId="164" formatCode="&quot;£&quot;#,##0.00"/>
<numFmt numFmtId="165" formatCode="[$€-2] #,##0.00"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5"><xf numFmtId="0"/>
<xf numFmtId="14" applyNumberFormat="1"/><xf numFmtId="10" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>
<xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>"""
_DATE, _PERCENT, _EUROS, _POUNDS = 1, 2, 3, 4


def written(sent: Sent) -> bytes:
    """The file."""
    if sent.form == "csv":
        return _csv(grid_of(sent.spend), sent.habits)
    grids = {table.name: grid_of(table) for table in sent.tables} | sent.others
    names = list(grids)
    if sent.habits["others_first"]:
        names = [*sent.others, *(name for name in names if name not in sent.others)]
    return book_of(sent.form, {name: grids[name] for name in names}, sent.tables, sent.habits)


def book_of(form: str, grids: dict[str, Grid], tables: Sequence[Table], habits: dict[str, Any]) -> bytes:
    """A workbook, or the one sheet of a CSV. What of a sheet is hidden, its table says."""
    if form == "csv":
        return _csv(next(iter(grids.values())), habits)
    hidden = {table.name: table for table in tables}
    if form == "ods":
        return ods({name: _ods_rows(grid, hidden.get(name)) for name, grid in grids.items()})
    return _xlsx(grids, hidden, habits)


def grid_of(table: Table) -> Grid:
    """The rows of a sheet, from its first."""
    before: list[Any] = [None] * table.left
    rows = [*table.above]
    if table.headings:
        rows.append([*before, *(table.headings.get(key) for key in table.columns)])
    return [*rows, *([*before, *(row.cells.get(key) for key in table.columns)] for row in table.rows)]


def _csv(grid: Grid, habits: dict[str, Any]) -> bytes:
    delimiter, end, encoding = (str(habits[name]) for name in ("delimiter", "end", "encoding"))
    text = end.join(delimiter.join(_quoted(csv_text(value), delimiter) for value in row) for row in grid) + end
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode("utf-8")


def _quoted(text: str, delimiter: str) -> str:
    if text.strip() == text and not any(mark in text for mark in (delimiter, '"', "\n", "\r")):
        return text
    return '"' + text.replace('"', '""') + '"'


def _hidden_rows(table: Table | None) -> set[int]:
    return {table.row_number(row) for row in table.rows if row.hidden} if table else set()


def _xlsx(grids: dict[str, Grid], tables: dict[str, Table], habits: dict[str, Any]) -> bytes:
    epoch = date(1904, 1, 1) if habits["dates_1904"] else date(1899, 12, 30)
    sheets = {name: "".join(_xlsx_rows(grid, epoch, _hidden_rows(tables.get(name)))) for name, grid in grids.items()}
    parts = xlsx(sheets, book='<workbookPr date1904="1"/>' if habits["dates_1904"] else "")
    book = str(parts["xl/workbook.xml"])
    for at, name in enumerate(grids, start=1):
        if name in tables and tables[name].sheet_hidden:
            book = book.replace(f' sheetId="{at}"', f' sheetId="{at}" state="hidden"')
        if name in tables and tables[name].hidden_columns:
            path = f"xl/worksheets/sheet{at}.xml"
            numbers = [tables[name].left + 1 + tables[name].columns.index(key) for key in tables[name].hidden_columns]
            columns = "".join(f'<col min="{one}" max="{one}" hidden="1"/>' for one in sorted(numbers))
            parts[path] = str(parts[path]).replace("<sheetData>", f"<cols>{columns}</cols><sheetData>", 1)
    parts["xl/workbook.xml"] = book
    parts["xl/styles.xml"] = STYLES
    links = str(parts["xl/_rels/workbook.xml.rels"])
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"
    style = f'<Relationship Id="y" Type="{kind}" Target="styles.xml"/></Relationships>'
    parts["xl/_rels/workbook.xml.rels"] = links.replace("</Relationships>", style)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for path, content in parts.items():
            target.writestr(path, content)
    return out.getvalue()


def _xlsx_rows(grid: Grid, epoch: date, hidden: set[int]) -> Iterable[str]:
    for number, row in enumerate(grid, start=1):
        cells = "".join(
            _xlsx_cell(f"{column_letters(at)}{number}", value, epoch)
            for at, value in enumerate(row, start=1)
            if value is not None
        )
        if cells or number in hidden:
            yield f'<row r="{number}"{" hidden=" + chr(34) + "1" + chr(34) if number in hidden else ""}>{cells}</row>'


def _xlsx_cell(at: str, value: Any, epoch: date) -> str:
    match value:
        case str():
            return text_cell(at, value)
        case bool():
            return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
        case date():
            return f'<c r="{at}" s="{_DATE}"><v>{(value - epoch) // timedelta(days=1)}</v></c>'
        case Shows():
            return f'<c r="{at}" s="{_PERCENT if value.sign == "%" else _EUROS}"><v>{value.number!r}</v></c>'
        case Fails():
            return f'<c r="{at}" t="e"><f>{escape("1/0")}</f><v>{value.error}</v></c>'
        case Formula(value=None):
            return f'<c r="{at}"><f>{escape(value.text)}</f></c>'
        case Formula(value=str()):
            return f'<c r="{at}" t="str"><f>{escape(value.text)}</f><v>{escape(value.value)}</v></c>'
        case Formula():
            return f'<c r="{at}" s="{_POUNDS}"><f>{escape(value.text)}</f><v>{value.value!r}</v></c>'
        case _:
            return f'<c r="{at}" s="{_POUNDS}"><v>{value!r}</v></c>'


def _ods_rows(grid: Grid, table: Table | None) -> Sequence[str]:
    hidden = _hidden_rows(table)
    return [
        f"<table:table-row{' table:visibility=' + chr(34) + 'collapse' + chr(34) if at in hidden else ''}>"
        f"{''.join(map(_ods_cell, row)) or ods_blank(1)}</table:table-row>"
        for at, row in enumerate(grid, start=1)
    ]


def _ods_cell(value: Any) -> str:
    match value:
        case None:
            return ods_blank(1)
        case str():
            kind, text = 'office:value-type="string"', value
        case bool():
            text = str(value).lower()
            kind = f'office:value-type="boolean" office:boolean-value="{text}"'
        case date():
            text = f"{value:%Y-%m-%d}"
            kind = f'office:value-type="date" office:date-value="{text}"'
        case Shows(sign="%"):
            text = f"{value.number * 100:.15g}%"
            kind = f'office:value-type="percentage" office:value="{value.number!r}"'
        case Shows():
            text = f"{value.sign}{value.number:.15g}"
            kind = f'office:value-type="currency" office:currency="EUR" office:value="{value.number!r}"'
        case Fails():
            text = value.error
            kind = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
        case Formula():
            return _ods_cell(0.0 if value.value is None else value.value)
        case _:
            text, kind = repr(value), f'office:value-type="float" office:value="{value!r}"'
    return f"<table:table-cell {kind}><text:p>{escape(text)}</text:p></table:table-cell>"
