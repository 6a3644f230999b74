"""What in one part's markup reaches outside the workbook: formulas, links and macros, taken out where they stand."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from importers.annotation.markup import Edits, Unmarkable, parser_with, run, tag_at
from importers.annotation.reach import reaches_out

_FORMULAS: Final = frozenset(
    {"f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula"}
)
_LINKS: Final = frozenset({"hyperlink", "hlinkClick", "hlinkHover", "hlinkMouseOver", "externalReference"})
_LISTS: Final = frozenset({"hyperlinks", "externalReferences"})
"""Elements that the standard does not let stand empty."""
_MACROS: Final = frozenset({"macro", "fmlaMacro"})
_REFERRING: Final = frozenset(
    {"textlink", "fmlaLink", "fmlaRange", "fmlaTxbx", "fmlaGroup", "fmlaPict", "linkedCell", "listFillRange"}
)
_UNSAFE: Final = {
    "ddeLink": "a link to another program",
    "oleLink": "a link to another program",
    "oleObject": "an embedded object",
    "externalData": "a chart with data from elsewhere",
    "connection": "a data connection",
    "webPublishItem": "a web page to publish",
}
_LOOK: Final = re.compile(
    rb"<(?:[^\s<>/!?:]*:)?(?:"
    + b"|".join(name.encode() for name in sorted(_FORMULAS | _LINKS | _UNSAFE.keys() | {"cacheSource"}))
    + rb")[\s/>]|\s(?:"
    + b"|".join(name.encode() for name in sorted(_MACROS | _REFERRING | {"formula"}))
    + rb")\s*="
)
"""One quick look tells that most parts hold none of these."""
_RUN_BY_THEMSELVES: Final = re.compile(r"(?:_xlnm\.)?auto_?(?:open|close|activate|deactivate)\w*", re.IGNORECASE)
_NEVER_IN_PLACES: Final = frozenset("[]\\/|")
_NOWHERE: Final = "#REF!"
"""What spreadsheet programs write for a reference to what is gone."""


class Live(Unmarkable):
    """Something that reaches outside and cannot be taken out alone; the message names it."""


@dataclass(slots=True)
class TakenOut:
    """What was taken out of a workbook: links and cells' formulas by part and cell; how many other references and macros."""

    links: list[tuple[str, str]] = field(default_factory=list)
    formulas: list[tuple[str, str]] = field(default_factory=list)
    references: int = 0
    macros: int = 0


def without_reach(path: str, content: bytes, gone: Collection[str], taken: TakenOut, *, is_sheet: bool) -> bytes:
    """A part without what reaches outside; adds to `taken`. `gone` are the ids of relationships that were dropped.

    Raises Live for what cannot be taken out, NotAReturn for what is no XML.
    """
    if not _LOOK.search(content):
        return content
    cleaned = _Scan(path, content, gone, taken, is_sheet=is_sheet).result()
    left = TakenOut()
    if cleaned != content and (
        _Scan(path, cleaned, (), left, is_sheet=is_sheet).result() != cleaned or left != TakenOut()
    ):
        raise Unmarkable  # made so that taking one thing out leaves another
    return cleaned


def is_inside(target: str) -> bool:
    """Whether a link's address is a place in its own workbook: #Sheet1!A1."""
    return target.startswith("#") and _NEVER_IN_PLACES.isdisjoint(target)


class _Scan:
    def __init__(self, path: str, content: bytes, gone: Collection[str], taken: TakenOut, *, is_sheet: bool) -> None:
        self._path, self._content, self._gone, self._taken = path, content, gone, taken
        self._is_sheet = is_sheet
        self._edits = Edits(content)
        self._cell: tuple[int, str] | None = None
        self._open: tuple[str, dict[str, str], int] | None = None
        self._words: list[str] = []
        self._around = ""
        self._list: list[tuple[int, int]] = []
        self._list_start, self._list_left, self._dropping = 0, 0, False
        self._shared: dict[str, list[tuple[int, int, tuple[int, str]]]] = {}
        self._bad: set[str] = set()
        self._parser = parser_with(self._start, self._end)
        self._parser.CharacterDataHandler = self._words_in
        self._parser.buffer_text = True
        run(self._parser, content)
        for at in [one for number in self._bad for one in self._shared.get(number, ())]:
            self._drop_cell_formula(*at)

    def result(self) -> bytes:
        return self._edits.result()

    def _words_in(self, words: str) -> None:
        if self._open is not None:
            self._words.append(words)
        elif self._around and words.strip():
            raise Unmarkable

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if self._open is not None:
            self._start_inside(local)
        if local == "c" and self._is_sheet:
            self._cell = (self._parser.CurrentByteIndex, attributes.get("r", ""))
            return
        if local in _FORMULAS:
            self._open, self._words = (local, attributes, self._parser.CurrentByteIndex), []
        elif local in _LINKS:
            self._link(local, attributes)
        elif local in _LISTS:
            self._list, self._list_start, self._list_left = [], self._parser.CurrentByteIndex, 0
        elif local in _UNSAFE:
            raise Live(_UNSAFE[local])
        elif local == "cacheSource" and attributes.get("type") != "worksheet":
            raise Live("a pivot table with data from elsewhere")
        self._attributes(attributes)

    def _attributes(self, attributes: dict[str, str]) -> None:
        for key, value in attributes.items():
            if value and (key in _MACROS or (key in _REFERRING and reaches_out(value))):
                self._edits.set(self._parser.CurrentByteIndex, **{key: ""})
                self._count(is_macro=key in _MACROS)
            elif key == "formula" and reaches_out(value):
                raise Live("a pivot table with data from elsewhere")

    def _start_inside(self, local: str) -> None:
        """An element inside a formula or a link that goes. Only newer drop-downs have a formula in an element within another."""
        name = self._open[0] if self._open else ""
        if self._dropping and local not in _FORMULAS | _LINKS:
            return
        if name not in ("formula1", "formula2") or local != "f" or "".join(self._words).strip():
            raise Unmarkable
        self._around = name

    def _count(self, *, is_macro: bool) -> None:
        if is_macro:
            self._taken.macros += 1
        else:
            self._taken.references += 1

    def _link(self, local: str, attributes: dict[str, str]) -> None:
        identifier = next((value for key, value in attributes.items() if key.endswith(" id")), "")
        location = attributes.get("location", "")
        elsewhere = identifier in self._gone or not _NEVER_IN_PLACES.isdisjoint(location)
        if local == "externalReference" or elsewhere:
            self._dropping = True
            self._open = (local, attributes, self._parser.CurrentByteIndex)
        else:
            self._list_left += 1

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if local == self._around:
            self._around = ""
        if local == "c" and self._is_sheet:
            self._cell = None
        elif local in _LISTS:
            self._end_list()
        elif self._open is not None and local == self._open[0]:
            _, attributes, start = self._open
            self._open = None
            if self._dropping:
                self._dropping = False
                self._drop_link(local, attributes, start)
            else:
                self._formula(local, attributes, start, "".join(self._words))

    def _after(self, start: int) -> tuple[int, int, int]:
        """Of the element that ends here: where its content begins and ends, and where it ends itself."""
        tag = tag_at(self._content, start)
        inside = start + len(tag)
        if tag.endswith(b"/>"):
            return inside, inside, inside
        close = self._parser.CurrentByteIndex
        return inside, close, self._content.index(b">", close) + 1

    def _drop_link(self, local: str, attributes: dict[str, str], start: int) -> None:
        if local == "hyperlink":
            self._taken.links.append((self._path, attributes.get("ref", "")))
            self._list.append((start, self._after(start)[2]))
        elif local == "externalReference":
            self._list.append((start, self._after(start)[2]))
        else:
            self._taken.links.append((self._path, ""))
            self._edits.replace(start, self._after(start)[2], b"")

    def _end_list(self) -> None:
        """A list of which nothing is left goes as a whole."""
        if self._list and not self._list_left:
            self._edits.replace(self._list_start, self._after(self._list_start)[2], b"")
        else:
            for start, end in self._list:
                self._edits.replace(start, end, b"")
        self._list = []

    def _formula(self, local: str, attributes: dict[str, str], start: int, formula: str) -> None:
        inside, close, end = self._after(start)
        if local == "f" and self._cell is not None:
            number = attributes.get("si", "") if attributes.get("t") == "shared" else ""
            if reaches_out(formula):
                self._bad.update({number} - {""})
                self._drop_cell_formula(start, end, self._cell)
            elif number:
                self._shared.setdefault(number, []).append((start, end, self._cell))
        elif formula != _NOWHERE and (reaches_out(formula) or _RUN_BY_THEMSELVES.fullmatch(attributes.get("name", ""))):
            self._taken.references += 1
            self._edits.replace(inside, close, _NOWHERE)
            if local == "definedName":
                self._edits.set(start, xlm=None, function=None, vbProcedure=None)

    def _drop_cell_formula(self, start: int, end: int, cell: tuple[int, str]) -> None:
        self._taken.formulas.append((self._path, cell[1]))
        self._edits.replace(start, end, b"")
        self._edits.set(cell[0], cm=None)
