"""Rows of values become rows of worksheet XML: the one hot loop of the report writer.

A chunk of rows is turned on its side, so that types, limits and totals are checked a column at a time in C. What becomes
of it is laid out piece by piece, as all rows have it at that place, and joined once. Texts repeat a great deal, and few
need a closer look: each is looked at once a chunk, all of a column together.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from grants.domain.periods import LONDON, show_day
from reports.book import Column, Kind
from reports.styles import STYLE
from reports.text_out import CELL_LIMIT, FORMULA_SIGNS, clean, fit_cell, xml_text

WHOLE_LIMIT: Final = 10**15
"""Excel keeps fifteen digits of a number: from here on it would show another figure than ours."""

# Excel counts a 29 February 1900 that never was; before 1 March 1900 it shows another date than ours.
_FIRST_DATE: Final = date(1900, 3, 1)
_DAY_ZERO: Final = date(1899, 12, 30).toordinal()

# Points: a line of Arial 12, and Excel's tallest row. Arial's letters are narrower than the digits that widths count.
_LINE_POINTS: Final = 15.5
_TALLEST_POINTS: Final = 409
_LETTERS_A_DIGIT: Final = 1.1

_TRIMMED: Final = " \t\n"
_RISKY: Final = FORMULA_SIGNS + "\t\n"
_HUNDREDTHS: Final = tuple(f".{pence:02d}</v>" for pence in range(100))

# Between texts that are looked at together, and what in them asks for a closer look: no text, a space or a sign at an end,
# what XML or Excel reads as something else.
_BETWEEN: Final = "|"
_MARKS: Final = ("&", "<", ">", "_x", "||", "| ", " |", *(f"{_BETWEEN}{sign}" for sign in FORMULA_SIGNS))
_NONE: Final = type(None)
_TEXT_OR_NONE: Final = {str, _NONE}

Piece = str | Sequence[str]
"""What stands at one place of each row: the same text in all, or one for each."""


class Values(NamedTuple):
    """A column of a chunk, and of what types its values are; `distinct` has each once, where they are texts."""

    all: Sequence[Any]
    types: set[type]
    distinct: set[Any]


class RowEncoder:
    """Writes rows of the given columns as XML, and adds up those that have a total."""

    def __init__(self, columns: Sequence[Column], widths: Sequence[float]) -> None:
        self.columns = columns
        self._widths = widths
        self.totals = [0] * len(columns)
        self._letters = [column_letters(index) for index in range(len(columns))]

    def encode(self, rows: Sequence[Iterable[Any]], first_row: int) -> str:
        """XML of the rows, each as long as the columns are many, numbered from `first_row`.

        Raises ValueError, naming the column but never the value, where a value is not of its column's kind or an
        amount has more than fifteen digits.
        """
        turned = list(map(_values, zip(*rows, strict=True)))
        numbers = list(map(str, range(first_row, first_row + len(rows))))
        pieces: list[Piece] = []
        for index, (column, values) in enumerate(zip(self.columns, turned, strict=True)):
            cell = _ENCODERS[column.kind](values)
            if cell is None:
                raise ValueError(f"column {column.key}: a value is not of the kind {column.kind}, or out of range")
            if column.total:
                self.totals[index] += sum(filter(None, values.all))
            pieces += (f'<c r="{self._letters[index]}', numbers, '"', *cell, "</c>")
        return _joined(['<row r="', numbers, '"', *self._heights(turned, len(rows)), ">", *pieces, "</row>"], len(rows))

    def _heights(self, turned: Sequence[Values], count: int) -> list[Piece]:
        """The height of each row, where a text takes more than one line. Excel could work it out; LibreOffice does not."""
        lines = [1] * count
        for column, values, width in zip(self.columns, turned, self._widths, strict=True):
            room = width * _LETTERS_A_DIGIT
            if column.kind is Kind.TEXT and _any_takes_more(values.distinct, room):
                needed = {text: _lines(text, room) for text in values.distinct}
                lines = list(map(max, lines, map(needed.__getitem__, values.all)))
        if max(lines) == 1:
            return []
        return [["" if number == 1 else f' ht="{min(number * _LINE_POINTS, _TALLEST_POINTS):g}"' for number in lines]]


def _values(values: Sequence[Any]) -> Values:
    types = set(map(type, values))
    return Values(values, types, set(values) if str in types and types <= _TEXT_OR_NONE else {None})


def _joined(pieces: Iterable[Piece], count: int) -> str:
    """The pieces of so many rows, row by row."""
    merged: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    laid_out = [""] * (len(merged) * count)
    for place, piece in enumerate(merged):
        laid_out[place :: len(merged)] = [piece] * count if isinstance(piece, str) else piece
    return "".join(laid_out)


def _any_takes_more(texts: Iterable[str | None], room: float) -> bool:
    """Whether any of the texts may take more than one line."""
    some = list(filter(None, texts))
    together = "".join(some)
    return max(map(len, some), default=0) > room or "\n" in together or "\r" in together


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


def _texts(values: Values, style: str) -> list[Piece] | None:
    if not values.types <= _TEXT_OR_NONE:
        return None
    if len(values.distinct) == 1:
        return [_text(next(iter(values.distinct)), style)]
    if _NONE not in values.types and _are_plain(values.distinct):
        return [f' s="{STYLE[style]}" t="inlineStr"><is><t>', values.all, "</t></is>"]
    cells = {text: _text(text, style) for text in values.distinct}
    return [list(map(cells.__getitem__, values.all))]


def _are_plain(texts: Iterable[str]) -> bool:
    """Whether each of the texts stands in its cell just as it is; False where that takes a closer look at some.

    Whether they are printable decides only that: never the bytes, which no newer Unicode may change.
    """
    together = _BETWEEN.join(("", *texts, ""))
    return (
        together.isprintable()
        and max(map(len, texts)) * 2 <= CELL_LIMIT
        and not any(mark in together for mark in _MARKS)
    )


def _text(text: str | None, style: str) -> str:
    if not text:
        return f' s="{STYLE[style]}">'
    if not text.isprintable():
        text = clean(text)
    kept = "\n" in text or text[0] in _TRIMMED or text[-1] in _TRIMMED or "\t" in text
    space = ' xml:space="preserve"' if kept else ""
    # Editing such a cell in Excel must not turn it into a formula either: the quote prefix sees to that.
    style = "text quoted" if text[0] in _RISKY else style
    return f' s="{STYLE[style]}" t="inlineStr"><is><t{space}>{xml_text(fit_cell(text))}</t></is>'


def _dates(values: Values) -> list[Piece] | None:
    """Excel's day numbers, and text for dates from before Excel's calendar."""
    if not values.types <= {date, _NONE}:
        return None
    cells = {day: _date(day) for day in set(values.all)}
    return [list(map(cells.__getitem__, values.all))]


def _date(day: date | None) -> str:
    opening = f' s="{STYLE["date"]}"'
    if day is None:
        return f"{opening}>"
    if day < _FIRST_DATE:
        return f'{opening} t="inlineStr"><is><t>{show_day(day)}</t></is>'
    return f"{opening}><v>{day.toordinal() - _DAY_ZERO}</v>"


def _are_whole(values: Values) -> bool:
    """Whether all are whole numbers that Excel can hold, or nothing."""
    some = values.all if _NONE not in values.types else [value for value in values.all if value is not None]
    return values.types <= {int, _NONE} and (not some or -WHOLE_LIMIT < min(some) <= max(some) < WHOLE_LIMIT)


def _wholes(values: Values) -> list[Piece] | None:
    if not _are_whole(values):
        return None
    opening = f' s="{STYLE["whole"]}">'
    if _NONE in values.types:
        return [opening, ["" if value is None else f"<v>{value}</v>" for value in values.all]]
    return [f"{opening}<v>", list(map(str, values.all)), "</v>"]


def _pence(values: Values) -> list[Piece] | None:
    """Pounds with two decimals."""
    if not _are_whole(values):
        return None
    opening = f' s="{STYLE["pence"]}">'
    if _NONE in values.types:
        return [opening, ["" if value is None else f"<v>{value / 100:.2f}</v>" for value in values.all]]
    pounds = [str(pence // 100) if pence >= 0 else f"-{-pence // 100}" for pence in values.all]
    return [f"{opening}<v>", pounds, [_HUNDREDTHS[abs(pence) % 100] for pence in values.all]]


def _percents(values: Values) -> list[Piece] | None:
    if not values.types <= {int, float, _NONE} or not all(
        value is None or math.isfinite(value) for value in values.all
    ):
        return None
    opening = f' s="{STYLE["percent"]}">'
    return [opening, ["" if value is None else f"<v>{value!r}</v>" for value in values.all]]


def _instants(values: Values) -> list[Piece] | None:
    if not values.types <= {datetime, _NONE} or any(value is not None and value.tzinfo is None for value in values.all):
        return None
    return [list(map(_instant, values.all))]


def _instant(value: datetime | None) -> str:
    opening = f' s="{STYLE["datetime"]}">'
    if value is None:
        return opening
    local = value.astimezone(LONDON)
    days = local.toordinal() - _DAY_ZERO
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return f"{opening}<v>{days + seconds / 86_400!r}</v>"


_ENCODERS: Final[dict[Kind, Callable[[Values], list[Piece] | None]]] = {
    Kind.TEXT: lambda values: _texts(values, "text"),
    Kind.LINK: lambda values: _texts(values, "link"),
    Kind.DATE: _dates,
    Kind.DATETIME: _instants,
    Kind.WHOLE: _wholes,
    Kind.PENCE: _pence,
    Kind.PERCENT: _percents,
}
