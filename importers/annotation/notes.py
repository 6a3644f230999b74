"""Notes at cells: the comments of a sheet, and the drawing that spreadsheet programs want beside them."""

from collections.abc import Mapping
from html import unescape
from typing import Final

from importers.annotation.markup import Edits, Element, Unmarkable, elements, inner, prefix_at, text, whole
from importers.annotation.package import Package
from importers.annotation.sheet import MarkedSheet
from importers.cells import column_letters

AUTHOR: Final = "Tallystick"
SETTLED: Final = "Checked again: nothing is wrong here."
"""What a note of an earlier check says once its cell is right: the mark is still there, and needs an explanation."""

_COMMENTS_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_DRAWING_TYPE: Final = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_NONE: Final = '<comments xmlns="{}"><authors></authors><commentList></commentList></comments>'
_SPACES: Final = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_LAYOUT: Final = '<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>'
_SHAPE_TYPE: Final = (
    f'<v:shapetype {_SPACES} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE: Final = (
    '<v:shape {spaces} id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;margin-left:59.25pt;'
    'margin-top:1.5pt;width:240pt;height:{height}pt;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
    '<v:fill color2="#ffffe1"/><v:shadow color="black" obscured="t"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>'
    "<x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_FIRST_SHAPE: Final = 1026
_FIRST_ADDED_SHAPE: Final = 90_001
"""Beside shapes that stand there already: far above the numbers that spreadsheet programs give them."""
_PIXELS_WIDE: Final = 320
_LINE_CHARACTERS: Final = 42
_LINE_POINTS: Final = 14

Notes = Mapping[tuple[int, int], str]


def put_notes(package: Package, path: str, sheet: MarkedSheet, notes: Notes) -> None:
    """Puts notes at cells of the sheet at `path`; a note that stands there already keeps its words, and ours follow."""
    relations = package.relations(path)
    there = package.part(path, "comments")
    old = package.read(there) if there else _NONE.format(package.main).encode()
    content, new = _with_comments(old, notes)
    if there:
        package.write(there, content)
    else:
        relations.add("comments", package.add("xl/comments{}.xml", content, _COMMENTS_TYPE))
    _put_shapes(package, path, sheet, new)


def settle_notes(package: Package, path: str) -> None:
    """Says at the notes of an earlier check that nothing is wrong there any more, on a sheet without problems."""
    there = package.part(path, "comments")
    if there and AUTHOR.encode() in package.read(there):
        package.write(there, _with_comments(package.read(there), {})[0])


def _with_comments(content: bytes, notes: Notes) -> tuple[bytes, Notes]:
    """The part with the notes, and those of them whose cells had none."""
    edits = Edits(content)
    found = elements(content, 5)
    authors = next((e for e in found if e.name == "authors"), None)
    listed = next((e for e in found if e.name == "commentList"), None)
    if authors is None or listed is None:
        raise Unmarkable
    names = [unescape(inner(content, e).decode("utf-8", "replace")) for e in found if e.name == "author"]
    ours = names.index(AUTHOR) if AUTHOR in names else len(names)
    prefix = prefix_at(content, authors.start)
    if ours == len(names):
        edits.append(authors.start, authors.close, f"<{prefix}author>{AUTHOR}</{prefix}author>")
    new = dict(notes)
    by_reference = {f"{column_letters(column)}{row}": (row, column) for row, column in notes}
    for comment, inside in _comments(found):
        place = by_reference.get(comment.attributes.get("ref", ""))
        words = new.pop(place, None) if place else None
        if comment.attributes.get("authorId") == str(ours):
            _replace_words(edits, inside, words or SETTLED, prefix)
        elif words:
            _add_words(edits, inside, words, prefix)
    for (row, column), words in sorted(new.items()):
        reference = f"{column_letters(column)}{row}"
        body = f"<{prefix}text>{_words(words, prefix)}</{prefix}text>"
        edits.append(
            listed.start,
            listed.close,
            f'<{prefix}comment ref="{reference}" authorId="{ours}" shapeId="0">{body}</{prefix}comment>',
        )
    return edits.result(), new


def _comments(found: list[Element]) -> list[tuple[Element, list[Element]]]:
    """Each comment with the elements inside it."""
    grouped: list[tuple[Element, list[Element]]] = []
    for element in found:
        if element.depth == 3 and element.name == "comment":
            grouped.append((element, []))
        elif element.depth > 3 and grouped:
            grouped[-1][1].append(element)
    return grouped


def _text_of(inside: list[Element]) -> Element:
    if not inside or inside[0].name != "text":
        raise Unmarkable
    return inside[0]


def _words(words: str, prefix: str) -> str:
    return f'<{prefix}r><{prefix}t xml:space="preserve">{text(words)}</{prefix}t></{prefix}r>'


def _replace_words(edits: Edits, inside: list[Element], words: str, prefix: str) -> None:
    there = _text_of(inside)
    end = there.start + len(whole(edits.content, there))
    edits.replace(there.start, end, f"<{prefix}text>{_words(words, prefix)}</{prefix}text>")


def _add_words(edits: Edits, inside: list[Element], words: str, prefix: str) -> None:
    """After what somebody else wrote. A text without runs becomes a run: the two must not be mixed."""
    there = _text_of(inside)
    ours = _words(f"\n\n{words}", prefix)
    written = [element for element in inside if element.depth == 5 and element.name in ("r", "t")]
    if not written:
        edits.append(there.start, there.close, ours)
        return
    last = written[-1]
    end = last.start + len(whole(edits.content, last))
    if last.name == "t":
        edits.insert(last.start, f"<{prefix}r>")
        ours = f"</{prefix}r>{ours}"
    edits.insert(end, ours)


def _put_shapes(package: Package, path: str, sheet: MarkedSheet, notes: Notes) -> None:
    relations = package.relations(path)
    pointer = sheet.child("legacyDrawing")
    there = relations.targets.get(pointer.attributes.get("id", "")) if pointer else None
    if there and there in package.names:
        drawing = package.read_raw(there)
        at = drawing.rfind(b"</xml>")
        if at < 0:
            raise Unmarkable
        kind = "" if b"_x0000_t202" in drawing else _SHAPE_TYPE
        added = f"{kind}{_shapes(sheet, notes, _FIRST_ADDED_SHAPE)}"
        package.write(there, drawing[:at] + added.encode() + drawing[at:])
    elif pointer is None:
        drawing = f"<xml {_SPACES}>{_LAYOUT}{_SHAPE_TYPE}{_shapes(sheet, notes, _FIRST_SHAPE)}</xml>".encode()
        package.declare_default("vml", _DRAWING_TYPE)
        new = package.add_undeclared("xl/drawings/vmlDrawing{}.vml", drawing)
        sheet.put_legacy_drawing(package.base, relations.add("vmlDrawing", new))


def _shapes(sheet: MarkedSheet, notes: Notes, first: int) -> str:
    return "".join(_shape(sheet, number, place, notes[place]) for number, place in enumerate(sorted(notes), first))


def _shape(sheet: MarkedSheet, number: int, place: tuple[int, int], words: str) -> str:
    lines = 1 + sum(1 + len(line) // _LINE_CHARACTERS for line in words.split("\n"))
    row, column = place[0] - 1, place[1] - 1
    return _SHAPE.format(
        spaces=_SPACES,
        number=number,
        height=_LINE_POINTS * lines,
        anchor=_anchor(sheet, row, column, lines),
        row=row,
        column=column,
    )


def _anchor(sheet: MarkedSheet, row: int, column: int, lines: int) -> str:
    """Beside its cell: the column and row where the note begins and ends, each with an offset in pixels, all from 0."""
    last, left = column + 1, _PIXELS_WIDE
    while left > (wide := sheet.pixels(last + 1)) and last < column + 100:
        left -= wide
        last += 1
    return f"{column + 1}, 12, {row}, 4, {last}, {left}, {row + lines}, 4"
