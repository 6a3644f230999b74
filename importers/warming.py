"""A return that the reader checks before anybody's: all that reading needs is loaded by then, and nothing after."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from typing import Final

from grants.domain.periods import parse_period
from importers.archive import pack
from importers.cells import column_letters
from importers.layouts import CURRENT, forecast_quarters

_MAIN: Final = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_PERIOD: Final = "2025-26-Q4"
_FIELDS: Final = {
    "award": "A-1",
    "period": _PERIOD,
    "template_version": CURRENT.version,
    "basis": "Accruals",
    **dict.fromkeys(CURRENT.declarations, "Yes"),
}
_MILESTONE: Final[tuple[str, ...]] = ("M", "01/02/2026", "01/03/2026", "", "Green", "C")
_ASSET: Final[tuple[str, ...]] = ("R", "D", "01/02/2026", "£1.50", "L", "S", "", "")
_DAYS: Final = range(46_023, 46_112)
"""Those of the period, as a spreadsheet counts them."""
_LINE: Final = ("R", "Staff pay", "D", "P", "01/02/2026", "Resource", "£1.50", "0.1", "No", "E")


@lru_cache
def sample(lines: int = 1) -> bytes:
    """An XLSX with so many lines, every one right."""
    first = CURRENT.spend_heading_row + 1
    sheets: tuple[dict[int, Sequence[str | float]], ...] = (
        {field.row: (field.label, _FIELDS.get(field.key, "x")) for field in CURRENT.fields},
        {
            CURRENT.spend_heading_row: [c.heading for c in CURRENT.spend],
            first: _LINE,
            **{first + number: _line(number) for number in range(1, lines)},
        },
        {
            CURRENT.forecast_heading_row: [
                *(column.heading for column in CURRENT.forecast),
                *(heading for _, heading in forecast_quarters(parse_period(_PERIOD))),
            ]
        },
        *_further(),
    )
    names = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>'
        for number, name in enumerate(CURRENT.sheets, start=1)
    )
    targets = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATION}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    types = '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{types}spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="b" '
        f'Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_MAIN} xmlns:r="{_RELATION}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{targets}</Relationships>',
    }
    parts |= {f"xl/worksheets/sheet{number}.xml": _sheet(rows) for number, rows in enumerate(sheets, start=1)}
    return pack({name: content.encode() for name, content in parts.items()})


def _line(number: int) -> Sequence[str | float]:
    """One that differs from all others, its figures such as a spreadsheet stores."""
    texts = f"Reference {number}", "Staff pay", f"What it was for, number {number}", f"Payee {number}"
    return *texts, _DAYS[number % len(_DAYS)], "Resource", number + 0.25, number / 4, "No", f"Evidence {number}"


def _further() -> Iterator[dict[int, Sequence[str | float]]]:
    """The sheets of milestones and assets."""
    for rows, line in ((CURRENT.milestones, _MILESTONE), (CURRENT.assets, _ASSET)):
        if rows is not None:
            yield {rows.heading_row: [column.heading for column in rows.columns], rows.heading_row + 1: line}


def _sheet(rows: dict[int, Sequence[str | float]]) -> str:
    filled = "".join(f'<row r="{number}">{_cells(number, texts)}</row>' for number, texts in rows.items())
    return f"<worksheet {_MAIN}><sheetData>{filled}</sheetData></worksheet>"


def _cells(row: int, values: Sequence[str | float]) -> str:
    return "".join(
        f'<c r="{column_letters(column)}{row}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        if isinstance(value, str)
        else f'<c r="{column_letters(column)}{row}"><v>{value}</v></c>'
        for column, value in enumerate(values, start=1)
    )
