"""XML edited in place: where its elements stand, and changes that leave all bytes between them as they were.

A parser that builds a tree and writes it again renames prefixes and drops what it does not know; this keeps both.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from importers.messages import refuse

_TAG: Final = re.compile(rb"<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")
_ATTRIBUTE: Final = re.compile(rb"([^\s=<>/]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_NAME: Final = re.compile(rb"<(?:([^\s/>:]+):)?([^\s/>]+)")
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class Unmarkable(Exception):
    """The workbook is readable but lacks what a mark is made of; its values can still be copied."""


@dataclass(slots=True)
class Element:
    """An element: its name and attributes without prefixes, and the offsets of its two tags; one tag: the same offset."""

    name: str
    attributes: dict[str, str]
    start: int
    depth: int
    close: int = 0


def parser_with(start: Callable[[str, dict[str, str]], None], end: Callable[[str], None]) -> expat.XMLParserType:
    """A parser with these handlers, ready to run; names reach them as "namespace name"."""
    parser = expat.ParserCreate(None, " ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    return parser


def run(parser: expat.XMLParserType, content: bytes) -> None:
    """Parses the whole. Raises NotAReturn for what is no XML."""
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise refuse("damaged") from error


def elements(content: bytes, deepest: int) -> list[Element]:
    """All elements down to a depth, in document order; the root is the first, at depth 1."""
    found: list[Element] = []
    path: list[Element | None] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        element = None
        if len(path) < deepest:
            plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
            element = Element(name.rpartition(" ")[2], plain, parser.CurrentByteIndex, len(path) + 1)
            found.append(element)
        path.append(element)

    def end(name: str) -> None:
        element = path.pop()
        if element is not None:
            # Of an element with one tag the parser gives the end, where another element's tag may begin.
            alone = tag_at(content, element.start).endswith(b"/>")
            element.close = element.start if alone else parser.CurrentByteIndex

    parser = parser_with(start, end)
    run(parser, content)
    return found


def tag_at(content: bytes, start: int) -> bytes:
    """The tag that begins at an offset."""
    match = _TAG.match(content, start)
    return match[0] if match else b""


def prefix_at(content: bytes, start: int) -> str:
    """The namespace prefix of a tag with its colon, or nothing."""
    match = _NAME.match(content, start)
    return f"{match[1].decode()}:" if match and match[1] else ""


def whole(content: bytes, element: Element) -> bytes:
    """An element's bytes, from its first tag to the end of its last."""
    if element.close == element.start:
        return tag_at(content, element.start)
    return content[element.start : content.index(b">", element.close) + 1]


def inner(content: bytes, element: Element) -> bytes:
    """What stands between an element's tags."""
    return content[element.start + len(tag_at(content, element.start)) : max(element.close, element.start)]


def with_attributes(tag: bytes, changes: dict[str, str | None]) -> bytes:
    """A tag with some attributes set, or taken away where the value is None; all others as they stand."""
    name = tag[: re.match(rb"<[^\s/>]+", tag).end()]  # type: ignore[union-attr]
    kept = [
        match[0] for match in _ATTRIBUTE.finditer(tag, len(name)) if match[1].decode("utf-8", "replace") not in changes
    ]
    new = [f'{key}="{attribute_text(value)}"'.encode() for key, value in changes.items() if value is not None]
    return b" ".join((name, *kept, *new)) + (b"/>" if tag.endswith(b"/>") else b">")


def text(value: str) -> str:
    """A text as the content of an element, in ASCII; what only looks like an escape of Excel's is escaped itself."""
    safe = _LOOKS_ESCAPED.sub("_x005F_", _NOT_XML.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n")))
    safe = safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.encode("ascii", "xmlcharrefreplace").decode()


def attribute_text(value: str) -> str:
    """A text as the value of an attribute in double quotes, in ASCII."""
    return text(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


@dataclass(slots=True)
class _Tag:
    attributes: dict[str, str | None] = field(default_factory=dict)
    appended: list[bytes] = field(default_factory=list)
    close: int = 0


class Edits:
    """Changes to one part, put together once by `result`. Markup that is text must be ASCII, to fit any encoding."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._pieces: list[tuple[int, int, bytes]] = []
        self._tags: dict[int, _Tag] = {}

    def insert(self, at: int, markup: str | bytes) -> None:
        """Markup before the byte at an offset; several at one place stand in the order given."""
        self.replace(at, at, markup)

    def replace(self, start: int, end: int, markup: str | bytes) -> None:
        """Markup in the place of what stands between two offsets."""
        self._pieces.append((start, end, _encoded(markup)))

    def set(self, start: int, **attributes: str | None) -> None:
        """Attributes of the tag that begins at an offset; None takes one away."""
        self._tags.setdefault(start, _Tag()).attributes.update(attributes)

    def append(self, start: int, close: int, markup: str | bytes) -> None:
        """Markup as the last child of the element with these offsets."""
        tag = self._tags.setdefault(start, _Tag())
        tag.appended.append(_encoded(markup))
        tag.close = close

    def result(self) -> bytes:
        """The part with all changes."""
        pieces = [*self._pieces]
        for start, change in self._tags.items():
            old = tag_at(self.content, start)
            new = with_attributes(old, change.attributes)
            added = b"".join(change.appended)
            if added and old.endswith(b"/>"):
                name = new[1 : re.match(rb"<[^\s/>]+", new).end()]  # type: ignore[union-attr]
                new, added = new[:-2] + b">" + added + b"</" + name + b">", b""
            pieces.append((start, start + len(old), new))
            if added:
                pieces.append((change.close, change.close, added))
        pieces.sort(key=lambda piece: piece[:2])
        out: list[bytes] = []
        at = 0
        for start, end, new in pieces:
            out += (self.content[at:start], new)
            at = end
        return b"".join((*out, self.content[at:]))


def _encoded(markup: str | bytes) -> bytes:
    return markup.encode("ascii") if isinstance(markup, str) else markup
