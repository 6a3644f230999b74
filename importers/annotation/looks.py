"""How a marked cell and the list of problems look: formats added to the workbook's own, none of which change."""

import re
from enum import Enum
from typing import Final

from grants.domain.returns import Severity
from importers.annotation.markup import (
    Edits,
    Element,
    Unmarkable,
    elements,
    prefix_at,
    tag_at,
    whole,
    with_attributes,
)

_INK: Final = "FF0B0C0C"
_SECTIONS: Final = ("fonts", "fills", "borders", "cellXfs")
_COLOUR: Final = re.compile(rb"<((?:[\w.-]+:)?)color\b[^>]*?(?:/>|>\s*</(?:[\w.-]+:)?color\s*>)")
_MARKS: Final = {
    Severity.ERROR: ("FFFBD5CC", "thick", "FFB10E1E"),
    Severity.WARNING: ("FFFFF2B3", "mediumDashed", "FF6F4E00"),
}
"""Fill, line and colour of the line. The lines differ in kind: no mark is told from another by colour alone."""

EMPTY_STYLES: Final = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Arial"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


class Look(Enum):
    """The formats of the list of problems: font, fill, border and the rest."""

    TITLE = ('<{p}b/><{p}sz val="18"/>', "", "", False)
    PLAIN = ('<{p}sz val="11"/>', "", "", False)
    HEADING = ('<{p}b/><{p}sz val="11"/><{p}color rgb="FFFFFFFF"/>', "FF1D4F7C", "thin", False)
    CELL = ('<{p}sz val="11"/>', "", "thin", False)
    TYPED = ('<{p}sz val="11"/>', "", "thin", True)
    LINK = ('<{p}u/><{p}sz val="11"/><{p}color rgb="FF144E81"/>', "", "thin", False)


class Looks:
    """The workbook's formats, and those added to them; each is asked for once. Raises Unmarkable where some are missing."""

    def __init__(self, content: bytes) -> None:
        self._edits = Edits(content)
        found = elements(content, 3)
        self._section = {element.name: element for element in found if element.depth == 2}
        if not all(name in self._section for name in _SECTIONS):
            raise Unmarkable
        self._items = {name: self._children(found, self._section[name]) for name in _SECTIONS}
        self._added: dict[tuple[str, bytes], int] = {}
        self._marked: dict[tuple[int, Severity], int] = {}
        self._prefix = prefix_at(content, self._section["fonts"].start)

    def _children(self, found: list[Element], section: Element) -> list[bytes]:
        content = self._edits.content
        return [whole(content, e) for e in found if e.depth == 3 and section.start < e.start < section.close]

    def _add(self, section: str, markup: str | bytes) -> int:
        filled = markup.replace("{p}", self._prefix).encode("ascii") if isinstance(markup, str) else markup
        key = (section, filled)
        if key not in self._added:
            items = self._items[section]
            self._added[key] = len(items)
            items.append(filled)
        return self._added[key]

    def marked(self, base: int, severity: Severity) -> int:
        """The index of a format like the one at `base`, with the mark of a problem."""
        key = (base, severity)
        if key not in self._marked:
            self._marked[key] = self._mark(base, severity)
        return self._marked[key]

    def _mark(self, base: int, severity: Severity) -> int:
        formats = self._items["cellXfs"]
        old = formats[base] if 0 <= base < len(formats) else f"<{self._prefix}xf/>".encode()
        tag = tag_at(old, 0)
        fill, line, colour = _MARKS[severity]
        changes: dict[str, str | None] = {
            "fillId": str(self._add("fills", _fill(fill))),
            "borderId": str(self._add("borders", _border(line, colour))),
            "applyFill": "1",
            "applyBorder": "1",
        }
        font = re.search(rb"\sfontId\s*=\s*[\"'](\d{1,6})[\"']", tag)
        readable = self._dark_font(int(font[1]) if font else 0)
        if readable is not None:
            changes |= {"fontId": str(readable), "applyFont": "1"}
        return self._add("cellXfs", with_attributes(tag, changes) + old[len(tag) :])

    def _dark_font(self, number: int) -> int | None:
        """The same font in ink, where it has a colour of its own that the mark's fill could swallow."""
        fonts = self._items["fonts"]
        if number >= len(fonts) or not _COLOUR.search(fonts[number]):
            return None
        return self._add("fonts", _COLOUR.sub(rb'<\1color rgb="%s"/>' % _INK.encode(), fonts[number]))

    def own(self, look: Look) -> int:
        """The index of a format of the list of problems."""
        font, fill, line, typed = look.value
        font_id = self._add("fonts", f'<{{p}}font>{font}<{{p}}name val="Arial"/><{{p}}family val="2"/></{{p}}font>')
        fill_id = self._add("fills", _fill(fill)) if fill else 0
        border_id = self._add("borders", _border(line, "FFB1B4B6")) if line else 0
        wrap = ' wrapText="1"' if line else ""
        quote = ' quotePrefix="1"' if typed else ""
        return self._add(
            "cellXfs",
            f'<{{p}}xf numFmtId="{49 if typed else 0}" fontId="{font_id}" fillId="{fill_id}" borderId="{border_id}" xfId="0"{quote} '
            f'applyNumberFormat="1" applyFont="1" applyFill="1" applyBorder="1" applyAlignment="1">'
            f'<{{p}}alignment horizontal="left" vertical="top"{wrap}/></{{p}}xf>',
        )

    def result(self) -> bytes:
        """The part with what was added."""
        for (section, markup), _ in sorted(self._added.items(), key=lambda item: item[1]):
            at = self._section[section]
            self._edits.append(at.start, at.close, markup)
        for name in _SECTIONS:
            self._edits.set(self._section[name].start, count=str(len(self._items[name])))
        return self._edits.result()


def _fill(colour: str) -> str:
    return f'<{{p}}fill><{{p}}patternFill patternType="solid"><{{p}}fgColor rgb="{colour}"/><{{p}}bgColor indexed="64"/></{{p}}patternFill></{{p}}fill>'


def _border(line: str, colour: str) -> str:
    sides = "".join(
        f'<{{p}}{side} style="{line}"><{{p}}color rgb="{colour}"/></{{p}}{side}>'
        for side in ("left", "right", "top", "bottom")
    )
    return f"<{{p}}border>{sides}<{{p}}diagonal/></{{p}}border>"
