"""One sheet with its problem cells marked: their formats changed, missing cells put in, every other byte as it came."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from grants.domain.returns import Severity
from importers.annotation.markup import Edits, Element, Unmarkable, parser_with, prefix_at, run
from importers.cells import column_letters, place_of

_SELECTED: Final = re.compile(rb"(\stabSelected\s*=\s*)([\"'])(?:1|true)\2")
_AFTER_NOTES: Final = frozenset(
    {
        "legacyDrawingHF",
        "drawingHF",
        "picture",
        "oleObjects",
        "controls",
        "AlternateContent",
        "webPublishItems",
        "tableParts",
        "extLst",
    }
)
"""What follows a sheet's `legacyDrawing` in the order of ECMA-376, CT_Worksheet."""

_USUAL_PIXELS: Final = 64

MarkedFormat = Callable[[int, Severity], int]
"""The index of the format for a marked cell, from its format's index and the problem's severity."""


class MarkedSheet:
    """A sheet's part while it is edited. Raises Unmarkable for a part without cells, NotAReturn for what is no XML."""

    def __init__(self, content: bytes, wanted: Mapping[int, Mapping[int, Severity]], marked: MarkedFormat) -> None:
        self.edits = Edits(content)
        self.top: list[Element] = []
        self._content = content
        self._wanted = wanted
        self._marked = marked
        self._rows_left = sorted(wanted, reverse=True)
        self._columns: list[_Columns] = []
        self._depth = 0
        self._row = Row(0, 0, 0)
        self._parser = parser_with(self._start, self._end)
        run(self._parser, content)
        if not any(element.name == "sheetData" for element in self.top):
            raise Unmarkable

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth = depth = self._depth + 1
        if depth > 3:
            if self._row.left and depth == 4 and name.endswith(" c"):
                self._cell(attributes)
        elif depth == 3:
            if name.endswith(" row"):
                self._begin_row(attributes)
            elif name.endswith(" col"):
                self._columns.append(_Columns(attributes))
        elif depth == 2:
            plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
            self.top.append(Element(name.rpartition(" ")[2], plain, self._parser.CurrentByteIndex, depth))

    def _end(self, name: str) -> None:
        depth = self._depth
        self._depth = depth - 1
        if depth > 3:
            return
        if depth == 3:
            if self._row.left and name.endswith(" row"):
                self._end_row()
        elif depth == 2:
            self.top[-1].close = self._parser.CurrentByteIndex
            if self.top[-1].name == "sheetData":
                self._append_rows(self.top[-1])
        else:
            self.end = self._parser.CurrentByteIndex
            if " " not in name:
                raise Unmarkable

    def _begin_row(self, attributes: dict[str, str]) -> None:
        number = _number(attributes, "r") or self._row.number + 1
        start = self._parser.CurrentByteIndex
        while self._rows_left and self._rows_left[-1] < number:
            self.edits.insert(start, self._new_row(self._rows_left.pop()))
        style = _number(attributes, "s") if attributes.get("customFormat") in ("1", "true") else None
        self._row = Row(number, start, 0, style)
        if self._rows_left and self._rows_left[-1] == number:
            self._rows_left.pop()
            self._row.left = sorted(self._wanted[number], reverse=True)

    def _cell(self, attributes: dict[str, str]) -> None:
        row = self._row
        place = place_of(attributes.get("r", ""))
        column = place[1] if place else row.column + 1
        row.column = column
        start = self._parser.CurrentByteIndex
        while row.left and row.left[-1] < column:
            self.edits.insert(start, self._new_cell(row, row.left.pop()))
            self.edits.set(row.start, spans=None)
        if row.left and row.left[-1] == column:
            severity = self._wanted[row.number][row.left.pop()]
            self.edits.set(start, s=str(self._marked(_number(attributes, "s"), severity)))

    def _end_row(self) -> None:
        row = self._row
        if row.left:
            cells = "".join(self._new_cell(row, column) for column in reversed(row.left))
            self.edits.set(row.start, spans=None)
            self.edits.append(row.start, self._parser.CurrentByteIndex, cells)
            row.left = []

    def _append_rows(self, sheet_data: Element) -> None:
        rows = "".join(self._new_row(number) for number in reversed(self._rows_left))
        self._rows_left = []
        if rows:
            self.edits.append(sheet_data.start, sheet_data.close, rows)

    def _new_row(self, number: int) -> str:
        row = Row(number, 0, 0)
        cells = "".join(self._new_cell(row, column) for column in sorted(self._wanted[number]))
        prefix = self._prefix()
        return f'<{prefix}row r="{number}">{cells}</{prefix}row>'

    def _new_cell(self, row: "Row", column: int) -> str:
        """A blank cell that keeps what its row or column lends it, the protection above all."""
        lent = next((found.style for found in self._columns if found.first <= column <= found.last), 0)
        style = self._marked(lent if row.style is None else row.style, self._wanted[row.number][column])
        return f'<{self._prefix()}c r="{column_letters(column)}{row.number}" s="{style}"/>'

    def _prefix(self) -> str:
        return prefix_at(self._content, next(e.start for e in self.top if e.name == "sheetData"))

    def pixels(self, column: int) -> int:
        """About how wide a column is on a screen."""
        return next((found.pixels for found in self._columns if found.first <= column <= found.last), _USUAL_PIXELS)

    def child(self, name: str) -> Element | None:
        """A child of the sheet's root by its name."""
        return next((element for element in self.top if element.name == name), None)

    def put_legacy_drawing(self, namespace: str, relation: str) -> None:
        """Points to the drawing of the notes."""
        data = next(element.start for element in self.top if element.name == "sheetData")
        later = (element.start for element in self.top if element.start > data and element.name in _AFTER_NOTES)
        markup = f'<{self._prefix()}legacyDrawing xmlns:rT="{namespace}" rT:id="{relation}"/>'
        self.edits.insert(next(later, self.end), markup)


class _Columns:
    """Columns that share a width and a format."""

    __slots__ = ("first", "last", "pixels", "style")

    def __init__(self, attributes: dict[str, str]) -> None:
        self.first, self.last = _number(attributes, "min"), _number(attributes, "max")
        self.style = _number(attributes, "style")
        characters = _number({"width": attributes.get("width", "").partition(".")[0]}, "width")
        hidden = attributes.get("hidden") in ("1", "true")
        self.pixels = 0 if hidden else min(characters, 255) * 7 + 5 if characters else _USUAL_PIXELS


class Row:
    """The row that is being read: `left` are the columns still to mark, the nearest last; `column` is the last one seen."""

    __slots__ = ("column", "left", "number", "start", "style")

    def __init__(self, number: int, start: int, column: int, style: int | None = None) -> None:
        self.number = number
        self.start = start
        self.column = column
        self.style = style
        self.left: list[int] = []


def _number(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "0")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def deselected(content: bytes) -> bytes:
    """The sheet not shown first: two selected sheets would both take what is typed into one."""
    head = content.find(b"sheetData")
    head = len(content) if head < 0 else head
    if b"tabSelected" not in content[:head]:
        return content
    return _SELECTED.sub(rb"\g<1>\g<2>0\g<2>", content[:head]) + content[head:]
