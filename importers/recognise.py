"""What kind of file a person sent, by its content: its name is never believed."""

from enum import StrEnum
from typing import Final

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_ARCHIVES: Final = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh")
_MARKUP: Final = (b"<!doctype html", b"<html", b"<table", b"<head", b"<body")


class FileKind(StrEnum):
    """What a file is. Only ZIP may turn out to be a workbook that can be read."""

    EMPTY = "empty"
    ZIP = "zip"
    OLD_EXCEL = "old_excel"
    ENCRYPTED = "encrypted"
    OLD_OFFICE = "old_office"
    PDF = "pdf"
    IMAGE = "image"
    ARCHIVE = "archive"
    WEB_PAGE = "web_page"
    TEXT = "text"
    UNKNOWN = "unknown"


def recognise(data: bytes) -> FileKind:
    """The kind of a whole file. Looks at no more than its beginning, and for old Office files at its directory."""
    if not data.strip(b"\x00\r\n\t ") if len(data) < 4096 else False:
        return FileKind.EMPTY
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return FileKind.ZIP
    if data.startswith(_OLE):
        return _old_office(data)
    if b"%PDF-" in data[:1024]:
        return FileKind.PDF
    if data.startswith(_IMAGES):
        return FileKind.IMAGE
    if data.startswith(_ARCHIVES):
        return FileKind.ARCHIVE
    return _text(data[:4096])


def _old_office(data: bytes) -> FileKind:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return FileKind.ENCRYPTED
    if "Workbook".encode("utf-16-le") in data or "Book".encode("utf-16-le") in data:
        return FileKind.OLD_EXCEL
    return FileKind.OLD_OFFICE


def _text(head: bytes) -> FileKind:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head.decode("utf-16", "replace").encode()
    beginning = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if beginning.startswith(_MARKUP) or b"<html" in beginning:
        return FileKind.WEB_PAGE
    odd = sum(byte < 32 and byte not in b"\t\r\n\x0c" for byte in head)
    return FileKind.UNKNOWN if odd else FileKind.TEXT
