"""One sheet of an OpenDocument spreadsheet, written as its rows arrive. Amounts are exact: ODF keeps them as decimals."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import IO, Any, Final

from grants.domain import money
from grants.domain.periods import LONDON, show_day, show_instant
from reports.book import TYPES, Kind
from reports.cells import WHOLE_LIMIT, column_letters
from reports.front import NOTHING, Line, Sheet
from reports.sheet_stream import pages_wide, width_of
from reports.text_out import clean, fit_cell

_ROW: Final = '<table:table-row table:style-name="row">'
_RIGHT: Final = (Kind.WHOLE, Kind.PENCE, Kind.PERCENT)
# White space that XML would lose: a tab, two spaces or more, one at either end.
_SPACES: Final = re.compile(r"\t| {2,}|^ | $")


class OdsSheet:
    """Writes one sheet into `into`; `widths` learns of every column's width, in characters, so that styles can be made."""

    def __init__(self, into: IO[bytes], sheet: Sheet, lines: Sequence[Line], max_rows: int, widths: set[float]) -> None:
        self.sheet = sheet
        self._into = into
        self._lines = lines
        self._widths = widths
        self._columns = sheet.table.columns
        self._totals = [0] * len(self._columns)
        sheet.header_row = len(lines) + 1
        sheet.totals = any(column.total for column in self._columns)
        self._capacity = max(max_rows - sheet.header_row - sheet.totals, 1)

    @property
    def room(self) -> int:
        """How many more rows fit."""
        return self._capacity - self.sheet.rows

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows. Raises ValueError, naming the column, for a value that is not of its column's kind or too large."""
        if not self.sheet.rows:
            self._open(rows)
        self._write("".join([self._row(row) for row in rows]))
        self.sheet.rows += len(rows)

    def close(self) -> None:
        """Write what follows the rows. A table without rows says so in its one row."""
        sheet = self.sheet
        sheet.last_row = sheet.header_row + max(sheet.rows, 1)
        if not sheet.rows:
            nothing = (NOTHING, *[None] * (len(self._columns) - 1))
            self._open([nothing])
            self._write(f"{_ROW}{text_cell('text', NOTHING)}</table:table-row>")
        if sheet.totals:
            sheet.last_row += 1
            self._write(self._totals_row())
        self._write("</table:table>")

    def _write(self, text: str) -> None:
        self._into.write(text.encode())

    def _open(self, sample: Sequence[Sequence[Any]]) -> None:
        # The element's opening is not here: it holds the sheet's name, which is settled last.
        widths = [width_of(column, [row[index] for row in sample]) for index, column in enumerate(self._columns)]
        self._widths.update(widths)
        self.sheet.pages_wide = pages_wide(widths)
        columns = "".join(f'<table:table-column table:style-name="{width_style(width)}"/>' for width in widths)
        lines = "".join(
            f"{_ROW}{text_cell(line.style, line.text, line.link)}</table:table-row>" for line in self._lines
        )
        headings = "".join(
            text_cell("heading right" if column.kind in _RIGHT else "heading", column.heading)
            for column in self._columns
        )
        self._write(
            f"{columns}{lines}<table:table-header-rows>{_ROW}{headings}</table:table-row></table:table-header-rows>"
        )

    def _row(self, row: Sequence[Any]) -> str:
        cells = []
        for index, (column, value) in enumerate(zip(self._columns, row, strict=True)):
            if value is None:
                cells.append(f'<table:table-cell table:style-name="{column.kind.value}"/>')
                continue
            if type(value) not in TYPES[column.kind]:
                raise ValueError(f"column {column.key}: a value is not of the kind {column.kind}")
            cell = _CELLS[column.kind](value)
            if cell is None:
                raise ValueError(f"column {column.key}: a value is out of range")
            if column.total:
                self._totals[index] += value
            cells.append(cell)
        return f"{_ROW}{''.join(cells)}</table:table-row>"

    def _totals_row(self) -> str:
        """Formulas that follow a filter, with the value they have stored beside them."""
        sheet = self.sheet
        cells = [text_cell("total", "Total")]
        for index, column in list(enumerate(self._columns))[1:]:
            if not column.total:
                cells.append('<table:table-cell table:style-name="total"/>')
                continue
            letters = column_letters(index)
            last = sheet.last_row - 1
            formula = f"of:=SUBTOTAL(109;[.{letters}{sheet.header_row + 1}:.{letters}{last}])"
            cells.append(_amount(column.kind, self._totals[index], f"total {column.kind}", formula))
        return f"{_ROW}{''.join(cells)}</table:table-row>"


def width_style(width: float) -> str:
    """The name of the style of a column of that width."""
    return f"w{width:g}".replace(".", "_")


def text_cell(style: str, text: str, link: str | None = None) -> str:
    """Words, a paragraph a line, perhaps a link to a sheet. A text is never a formula here: those are an attribute."""
    words = fit_cell(clean(text))
    paragraphs = "".join(f"<text:p>{_linked(_inline(line), link)}</text:p>" for line in words.split("\n"))
    return f'<table:table-cell table:style-name="{_named(style)}" office:value-type="string">{paragraphs}</table:table-cell>'


def _named(style: str) -> str:
    return style.replace(" ", "_20_")


def _linked(words: str, link: str | None) -> str:
    if link is None:
        return words
    target = escape("#'" + link.replace("'", "''") + "'.A1")
    return f'<text:a xlink:type="simple" xlink:href="{target}">{words}</text:a>'


def escape(text: str) -> str:
    """Clean text in an element or an attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _inline(line: str) -> str:
    escaped = escape(line)
    return _SPACES.sub(_space, escaped) if _SPACES.search(escaped) else escaped


def _space(match: re.Match[str]) -> str:
    return "<text:tab/>" if match[0] == "\t" else f'<text:s text:c="{len(match[0])}"/>'


def _amount(kind: Kind, value: int, style: str | None = None, formula: str | None = None) -> str:
    """A whole number or an amount of pence, exact in decimals."""
    said = f' table:formula="{formula}"' if formula else ""
    if kind is Kind.PENCE:
        typed = f'"currency" office:currency="GBP" office:value="{money.plain(value)}"'
        shown = money.show(value)
    else:
        typed, shown = f'"float" office:value="{value}"', f"{value:,}"
    return (
        f'<table:table-cell table:style-name="{_named(style or kind.value)}"{said} office:value-type={typed}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def _within(kind: Kind) -> Callable[[int], str | None]:
    """Amounts that every format can show with all their digits."""
    return lambda value: _amount(kind, value) if -WHOLE_LIMIT < value < WHOLE_LIMIT else None


def _percent(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    return (
        f'<table:table-cell table:style-name="percent" office:value-type="percentage" office:value="{value!r}">'
        f"<text:p>{value:.1%}</text:p></table:table-cell>"
    )


def _date(value: date) -> str:
    return (
        f'<table:table-cell table:style-name="date" office:value-type="date" office:date-value="{value.isoformat()}">'
        f"<text:p>{show_day(value)}</text:p></table:table-cell>"
    )


def _instant(value: datetime) -> str | None:
    if value.tzinfo is None:
        return None
    local = value.astimezone(LONDON)
    return (
        f'<table:table-cell table:style-name="datetime" office:value-type="date"'
        f' office:date-value="{local:%Y-%m-%dT%H:%M:%S}"><text:p>{show_instant(value)}</text:p></table:table-cell>'
    )


_CELLS: Final[dict[Kind, Callable[[Any], str | None]]] = {
    Kind.TEXT: lambda value: text_cell("text", value),
    Kind.LINK: lambda value: text_cell("link", value, value),
    Kind.WHOLE: _within(Kind.WHOLE),
    Kind.PENCE: _within(Kind.PENCE),
    Kind.PERCENT: _percent,
    Kind.DATE: _date,
    Kind.DATETIME: _instant,
}
