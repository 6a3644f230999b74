"""What kind of file a person sent, by its content: its name is never believed."""

import re
from enum import StrEnum
from typing import Final

from importers.encodings import looks_like_utf_16

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\x00", b"MM\x00*")
_ARCHIVES: Final = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
_HEIF: Final = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif", b"ftyphevc")
_BARE_BIFF: Final = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00\x00\x05")
_LOCKED_BIFF: Final = re.compile(
    rb"\x09\x08..\x00[\x05\x06](?:.{6}|.{14})(?:\x86\x00\x00\x00)?\x2f\x00[\x04-\xff]\x00", re.DOTALL
)
"""The beginning of an old workbook's stream, with the record that says that the rest is encrypted (MS-XLS, FilePass)."""
_MARKUP: Final = ("<!doctype html", "<html", "<table", "<head", "<body", "<meta", "<div", "<style")
_WEB_ARCHIVE: Final = re.compile(
    r"(?:mime-version|from):.{0,2000}?content-type: *(?:multipart/related|text/html)", re.DOTALL
)
_SYMBOLIC_LINK: Final = re.compile(r"id;p[^;\r\n]*(?:;[a-z])*\r?\n[bcfpo];")
_SPREADSHEET_2003: Final = "urn:schemas-microsoft-com:office:spreadsheet"
_FLAT_ODF: Final = "urn:oasis:names:tc:opendocument:xmlns:office"
_LINKS: Final = (
    "[internetshortcut]",
    '{"url":"https://docs.google',
    '{"url": "https://docs.google',
    "https://",
    "http://",
)
_HEAD: Final = 4096


class FileKind(StrEnum):
    """What a file is. ZIP may turn out to be a workbook that can be read, TEXT a table; the others are refused."""

    ZIP = "zip"
    TEXT = "text"
    EMPTY = "empty"
    OLD_EXCEL = "old_excel"
    ENCRYPTED = "encrypted"
    WORD = "word"
    PRESENTATION = "presentation"
    OTHER_OFFICE = "other_office"
    PDF = "pdf"
    IMAGE = "image"
    ARCHIVE = "other_zip"
    WEB_PAGE = "web_page"
    XML_SPREADSHEET = "xml_spreadsheet"
    XML = "xml"
    SYMBOLIC_LINK = "symbolic_link"
    LINK = "link"
    UNKNOWN = "unknown_kind"


def recognise(data: bytes) -> FileKind:
    """The kind of a whole file. Looks at no more than its beginning, and for old Office files at their directory."""
    head = data[:_HEAD]
    if len(data) <= _HEAD and not head.removeprefix(b"\xef\xbb\xbf").strip(b"\x00\r\n\t \xff\xfe"):
        return FileKind.EMPTY
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return FileKind.ZIP
    if head.startswith(_OLE):
        return _old_office(data)
    if head.startswith(_BARE_BIFF):
        return FileKind.OLD_EXCEL
    if b"%PDF-" in head[:1024]:
        return FileKind.PDF
    if head.startswith(_IMAGES) or head[8:12] == b"WEBP" or head[4:12] in _HEIF or _is_bitmap(head):
        return FileKind.IMAGE
    return FileKind.ARCHIVE if head.startswith(_ARCHIVES) else _text(head)


def _is_bitmap(head: bytes) -> bool:
    """BM, and what follows has the reserved zeros of a bitmap's header: a text may begin with BM too."""
    return head.startswith(b"BM") and head[6:10] == bytes(4)


def _old_office(data: bytes) -> FileKind:
    def names(*streams: str) -> bool:
        return any(stream.encode("utf-16-le") in data for stream in streams)

    if names("EncryptedPackage"):
        return FileKind.ENCRYPTED
    if names("Workbook", "Book"):
        return FileKind.ENCRYPTED if _LOCKED_BIFF.search(data) else FileKind.OLD_EXCEL
    if names("WordDocument"):
        return FileKind.WORD
    return FileKind.PRESENTATION if names("PowerPoint Document") else FileKind.OTHER_OFFICE


def _text(head: bytes) -> FileKind:
    wide = looks_like_utf_16(head)
    beginning = head.decode(wide or "utf-8", "replace").lstrip("\ufeff\r\n\t ").casefold()
    if beginning.startswith("<"):
        return _markup(beginning)
    if beginning.startswith("{\\rtf"):
        return FileKind.WORD
    if _SYMBOLIC_LINK.match(beginning):
        return FileKind.SYMBOLIC_LINK
    if _WEB_ARCHIVE.match(beginning):
        return FileKind.WEB_PAGE
    if beginning.startswith(_LINKS) and len(head) < _HEAD and beginning.count("://") == 1:
        return FileKind.LINK
    odd = sum(ord(letter) < 32 and letter not in "\t\r\n\x0c\x1a" for letter in beginning)
    return FileKind.UNKNOWN if odd else FileKind.TEXT


def _markup(beginning: str) -> FileKind:
    if _SPREADSHEET_2003 in beginning or _FLAT_ODF in beginning:
        return FileKind.XML_SPREADSHEET
    if beginning.startswith(_MARKUP) or "<html" in beginning:
        return FileKind.WEB_PAGE
    if "<svg" in beginning:
        return FileKind.IMAGE
    return FileKind.XML if beginning.startswith(("<?xml", "<!--")) else FileKind.TEXT
