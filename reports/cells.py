"""Rows of values become rows of worksheet XML: the one hot loop of the report writer.

A chunk of rows is turned on its side, so that types, limits and totals are checked a column at a time in C, and each
row is then one `%` of a template. Texts and dates repeat a great deal: what they become is remembered.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from grants.domain.periods import LONDON, show_day
from reports.book import Column, Kind
from reports.styles import STYLE
from reports.text_out import FORMULA_SIGNS, clean, fit_cell, xml_text

WHOLE_LIMIT: Final = 10**15
"""Excel keeps fifteen digits of a number: from here on it would show another figure than ours."""

# Excel counts a 29 February 1900 that never was; before 1 March 1900 it shows another date than ours.
_FIRST_DATE: Final = date(1900, 3, 1)
_DAY_ZERO: Final = date(1899, 12, 30).toordinal()

_REMEMBERED: Final = 20_000
_REMEMBERED_LENGTH: Final = 256

# Points: a line of Arial 12, and Excel's tallest row. Arial's letters are narrower than the digits that widths count.
_LINE_POINTS: Final = 15.5
_TALLEST_POINTS: Final = 409
_LETTERS_A_DIGIT: Final = 1.1

_TRIMMED: Final = " \t\n"
_RISKY: Final = FORMULA_SIGNS + "\t\n"

# Stands for the row's number in a template.
_ROW_MARK: Final = "\x02"


class Encoded(NamedTuple):
    """A column of a chunk: what goes into each cell's element, and the values to put there."""

    template: str
    values: Iterable[Any]


class Texts(dict[str | None, str]):
    """From a text to its cell: ` s="…" t="inlineStr"><is><t>…</t></is>`. Bounded, so that memory is too."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self.any_line_feed = False
        self._style = STYLE[style]
        # Editing such a cell in Excel must not turn it into a formula either: the quote prefix sees to that.
        self._quoted = STYLE["text quoted"]

    def __missing__(self, text: str | None) -> str:
        cell = self._cell(text) if text else f' s="{self._style}">'
        if text is None or len(text) <= _REMEMBERED_LENGTH:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[text] = cell
        return cell

    def _cell(self, text: str) -> str:
        # Whether it is printable decides only whether to look closer: never the bytes, which no newer Unicode may change.
        if not text.isprintable():
            text = clean(text)
        line_feed = "\n" in text
        self.any_line_feed = self.any_line_feed or line_feed
        kept = line_feed or text[0] in _TRIMMED or text[-1] in _TRIMMED or "\t" in text
        space = ' xml:space="preserve"' if kept else ""
        style = self._quoted if text[0] in _RISKY else self._style
        return f' s="{style}" t="inlineStr"><is><t{space}>{xml_text(fit_cell(text))}</t></is>'


class Dates(dict[date | None, str]):
    """From a date to its cell: Excel's day number, or text for a date from before Excel's calendar."""

    def __missing__(self, day: date | None) -> str:
        style = STYLE["date"]
        if day is None:
            cell = f' s="{style}">'
        elif day < _FIRST_DATE:
            cell = f' s="{style}" t="inlineStr"><is><t>{show_day(day)}</t></is>'
        else:
            cell = f' s="{style}"><v>{day.toordinal() - _DAY_ZERO}</v>'
        if len(self) >= _REMEMBERED:
            self.clear()
        self[day] = cell
        return cell


class RowEncoder:
    """Writes rows of the given columns as XML, and adds up those that have a total."""

    def __init__(self, columns: Sequence[Column], widths: Sequence[float]) -> None:
        self.columns = columns
        self._widths = widths
        self.totals = [0] * len(columns)
        self._letters = [column_letters(index) for index in range(len(columns))]
        self._texts = Texts("text")
        self._links = Texts("link")
        self._dates = Dates()
        self._encoders: dict[Kind, Callable[[Sequence[Any], set[type]], Encoded | None]] = {
            Kind.TEXT: lambda values, types: _looked_up(self._texts, values, types, str),
            Kind.LINK: lambda values, types: _looked_up(self._links, values, types, str),
            Kind.DATE: lambda values, types: _looked_up(self._dates, values, types, date),
            Kind.DATETIME: _instants,
            Kind.WHOLE: _wholes,
            Kind.PENCE: _pence,
            Kind.PERCENT: _percents,
        }

    def encode(self, rows: Sequence[Iterable[Any]], first_row: int) -> str:
        """XML of the rows, each as long as the columns are many, numbered from `first_row`.

        Raises ValueError, naming the column but never the value, where a value is not of its column's kind or an
        amount has more than fifteen digits.
        """
        turned = list(zip(*rows, strict=True))
        cells, values = [], []
        for index, (column, column_values) in enumerate(zip(self.columns, turned, strict=True)):
            encoded = self._encoders[column.kind](column_values, set(map(type, column_values)))
            if encoded is None:
                raise ValueError(f"column {column.key}: a value is not of the kind {column.kind}, or out of range")
            if column.total:
                self.totals[index] += sum(filter(None, column_values))
            cells.append(f'<c r="{self._letters[index]}{_ROW_MARK}"{encoded.template}</c>')
            values.append(list(encoded.values))
        # Every row needs its number in each of its cells' references: joining the template's pieces is the quickest way.
        pieces = f'<row r="{_ROW_MARK}"%s>{"".join(cells)}</row>'.split(_ROW_MARK)
        numbered = zip(
            map(str, range(first_row, first_row + len(rows))),
            zip(self._heights(turned, len(rows)), *values, strict=True),
            strict=True,
        )
        return "".join([number.join(pieces) % row for number, row in numbered])

    def _heights(self, turned: Sequence[Sequence[Any]], count: int) -> Iterable[str]:
        """The height of each row, where a text takes more than one line. Excel could work it out; LibreOffice does not."""
        lines = [1] * count
        for column, values, width in zip(self.columns, turned, self._widths, strict=True):
            room = width * _LETTERS_A_DIGIT
            if column.kind is not Kind.TEXT:
                continue
            if self._texts.any_line_feed or max(map(len, filter(None, values)), default=0) > room:
                lines = list(map(max, lines, (_lines(text, room) for text in values)))
        return ["" if number == 1 else f' ht="{min(number * _LINE_POINTS, _TALLEST_POINTS):g}"' for number in lines]


def _lines(text: str | None, room: float) -> int:
    """About how many lines a text takes in a cell that has room for so many letters."""
    if not text:
        return 1
    if "\n" in text or "\r" in text:
        return sum(_lines(part, room) for part in text.splitlines())
    return math.ceil(len(text) / room)


def column_letters(index: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _looked_up(cells: dict[Any, str], values: Sequence[Any], types: set[type], kind: type) -> Encoded | None:
    return Encoded("%s", map(cells.__getitem__, values)) if types <= {kind, type(None)} else None


def _numbers(values: Sequence[Any], types: set[type], style: str, form: str, divisor: int) -> Encoded | None:
    """Whole numbers, divided for show. The template formats them, unless some cells are empty."""
    if not types <= {int, type(None)}:
        return None
    full = values if type(None) not in types else [value for value in values if value is not None]
    if full and not -WHOLE_LIMIT < min(full) <= max(full) < WHOLE_LIMIT:
        return None
    opening = f' s="{STYLE[style]}">'
    if type(None) not in types:
        return Encoded(f"{opening}<v>{form}</v>", values if divisor == 1 else [value / divisor for value in values])
    body = f"<v>{form}</v>"
    return Encoded(f"{opening}%s", ["" if value is None else body % (value / divisor) for value in values])


def _wholes(values: Sequence[Any], types: set[type]) -> Encoded | None:
    return _numbers(values, types, "whole", "%d", 1)


def _pence(values: Sequence[Any], types: set[type]) -> Encoded | None:
    """Pounds with two decimals: exact, since a float of fewer than fifteen digits tells pence apart."""
    return _numbers(values, types, "pence", "%.2f", 100)


def _percents(values: Sequence[Any], types: set[type]) -> Encoded | None:
    if not types <= {int, float, type(None)} or not all(value is None or math.isfinite(value) for value in values):
        return None
    opening = f' s="{STYLE["percent"]}">'
    return Encoded(f"{opening}%s", ["" if value is None else f"<v>{value!r}</v>" for value in values])


def _instants(values: Sequence[Any], types: set[type]) -> Encoded | None:
    if not types <= {datetime, type(None)} or any(value is not None and value.tzinfo is None for value in values):
        return None
    return Encoded("%s", [_instant(value) for value in values])


def _instant(value: datetime | None) -> str:
    opening = f' s="{STYLE["datetime"]}">'
    if value is None:
        return opening
    local = value.astimezone(LONDON)
    days = local.toordinal() - _DAY_ZERO
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return f"{opening}<v>{days + seconds / 86_400!r}</v>"
