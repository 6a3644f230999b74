"""A hostile file: its bytes, why it is hostile, and what must come of it; and how such files are put together."""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

from importers.layouts import CURRENT
from tests.importers.files import row, text_cell, xlsx

RETURN, SPEND, FORECAST = CURRENT.sheets[:3]
ONE = row(1, text_cell("A1", "x"))
SHEET = "xl/worksheets/sheet2.xml"
TAKEN = "taken"
"""Stands for the answer to a file that can be read as a return, with or without problems."""
GONE = frozenset({"could_not_read", "took_too_long"})
"""The answers to a file that ends its reader, which is its own process."""

Content = bytes | str | Iterable[bytes]


@dataclass(frozen=True)
class Hostile:
    """`expected` are the codes of which one must be the answer; empty: any will do, so long as there is one."""

    name: str
    why: str
    make: Callable[[], bytes]
    expected: frozenset[str] = frozenset()
    filename: str = "return.xlsx"


def hostile(name: str, why: str, make: Callable[[], bytes], *expected: str, filename: str = "return.xlsx") -> Hostile:
    """One of the corpus."""
    return Hostile(name, why, make, frozenset(expected), filename)


def many(piece: bytes | str, times: int) -> Iterable[bytes]:
    """The same again and again, in blocks: nobody holds all of it."""
    one = piece.encode() if isinstance(piece, str) else piece
    block = max(1, 1_000_000 // len(one))
    for at in range(0, times, block):
        yield one * min(block, times - at)


def joined(*contents: Content) -> Iterable[bytes]:
    """Contents one after the other."""
    for content in contents:
        if isinstance(content, str | bytes):
            yield content.encode() if isinstance(content, str) else content
        else:
            yield from content


def packed(parts: Mapping[str, Content]) -> bytes:
    """A zip, quickly made: contents may be far larger than memory should hold."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=1) as target:
        for name, content in parts.items():
            with target.open(name, "w") as part:
                for block in joined(content):
                    part.write(block)
    return out.getvalue()


def book(spend: Content = ONE, strings: str = "") -> bytes:
    """A workbook whose sheets have the right names, with this in the sheet of spend."""
    parts: dict[str, Content] = {**xlsx({RETURN: ONE, SPEND: "MARK", FORECAST: ONE}, strings=strings)}
    head, tail = str(parts[SHEET]).split("MARK")
    return packed(parts | {SHEET: joined(head, spend, tail)})


def raw(name: str, content: Content) -> bytes:
    """A right workbook with one part replaced."""
    return packed({**xlsx({RETURN: ONE, SPEND: ONE, FORECAST: ONE}), name: content})


def deflated(content: bytes) -> bytes:
    """A stream as it stands in a zip."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    return press.compress(content) + press.flush()
