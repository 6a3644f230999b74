"""Bytes to text: UTF-8, UTF-16 and Windows-1252, told by the bytes themselves."""

from typing import Final

_UTF_8: Final = b"\xef\xbb\xbf"
_UTF_16: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF_32: Final = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_ENOUGH: Final = 0.3
"""So many of the bytes at odd or even places are zero where a text of two bytes a letter is mostly Latin letters."""

NAMES: Final = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}
"""What each encoding is called."""


def looks_like_utf_16(head: bytes) -> str:
    """The encoding, utf-16-le or utf-16-be, with or without a byte order mark; empty where it is neither."""
    if head.startswith(_UTF_32):
        return ""
    for mark, name in _UTF_16:
        if head.startswith(mark):
            return name
    pairs = len(head) // 2
    first, second = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if pairs and second >= _ENOUGH * pairs and not first:
        return "utf-16-le"
    return "utf-16-be" if pairs and first >= _ENOUGH * pairs and not second else ""


def decode(data: bytes) -> tuple[str, str] | None:
    """The text without its byte order mark, and the encoding; None where it is in none that is known.

    What is not UTF-8 is taken for Windows-1252, unless it holds a byte that means nothing there.
    """
    wide = looks_like_utf_16(data[:4096])
    marked = data.startswith(_UTF_8)
    for name in (wide,) if wide else ("utf-8",) if marked else ("utf-8", "cp1252"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        return (text.removeprefix("\ufeff"), name) if "\x00" not in text else None
    return None
