"""Evidence files: which kinds are taken, told by content alone; how many; and what a scan for viruses has said of one."""

import html
import re
import unicodedata
import zipfile
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import IO, Final

from grants.domain.errors import Conflict, RuleBroken
from grants.domain.returns import ReturnState
from grants.domain.zips import DAMAGE

FILES_MAX: Final = 50
"""How many files a return may have at once."""
FILES_EVER_MAX: Final = 200
"""How many in all, those that were withdrawn included: they are kept too."""
PIECE_BYTES: Final = 1_048_576
"""Files are kept, read and sent in pieces of this size, so that no file is in memory as a whole."""
_PARTS_MAX: Final = 2_000
_DIRECTORY_BYTES_MAX: Final = 1_000_000
_TYPES_BYTES_MAX: Final = 1_000_000
_NAME_MAX: Final = 200


class EvidenceKind(StrEnum):
    """What a file is; the value is the ending of its name."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpg"
    XLSX = "xlsx"


class ScanState(StrEnum):
    """What is known of a file. `not_scanned`: no scanner is configured; `waiting`: its turn has not come."""

    NOT_SCANNED = "not_scanned"
    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"
    FAILED = "failed"


SCAN_WORDS: Final = {
    ScanState.NOT_SCANNED: "Not scanned for viruses: this service has no scanner. Open it with care.",
    ScanState.WAITING: "Waiting to be scanned for viruses. It can be downloaded after that.",
    ScanState.CLEAN: "Scanned: no virus was found.",
    ScanState.INFECTED: "A virus was found. Nobody can download it. Withdraw it, and attach a clean file.",
    ScanState.FAILED: "The scan for viruses failed and is tried again. It can be downloaded after that.",
}


def check_let_out(state: ScanState) -> None:
    """Raises Conflict `infected` or `not_scanned_yet` for a file that may not leave the service now."""
    if state is ScanState.INFECTED:
        raise Conflict("infected", SCAN_WORDS[state], scan=state.value)
    if state in (ScanState.WAITING, ScanState.FAILED):
        raise Conflict("not_scanned_yet", SCAN_WORDS[state], scan=state.value)


def next_try(attempts: int) -> timedelta:
    """How long after so many failed scans, one at least, the next is tried: a minute, doubled each time, six hours at most."""
    return min(timedelta(minutes=2 ** min(attempts - 1, 10)), timedelta(hours=6))


def check_takes_evidence(state: ReturnState) -> None:
    """Raises Conflict `return_state` for a return that has been accepted: what it was accepted with stays as it is."""
    if state is ReturnState.ACCEPTED:
        raise Conflict(
            "return_state",
            "This return has been accepted and is locked, and so is its evidence. A programme lead can reopen it.",
            state=state.value,
        )


def check_size(size: int, most: int) -> None:
    """Raises RuleBroken for a file of no bytes, or of more than `most`."""
    if not size:
        raise RuleBroken("empty", "This file is empty. Choose the file again.")
    if size > most:
        raise RuleBroken("too_large", f"A file can have {most:,} bytes, and this one has more.", limit=most)


def kind_of(file: IO[bytes], size: int) -> EvidenceKind:
    """What a file is, by its content: its name and what the sender calls it are not asked.

    Raises RuleBroken, in words that say what to do, for whatever is no PDF, PNG, JPEG or XLSX without macros.
    """
    file.seek(0)
    head = file.read(1024)
    file.seek(0)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\t ").startswith(b"%PDF-"):
        return EvidenceKind.PDF
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return EvidenceKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return EvidenceKind.JPEG
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(file, size)
    for beginning, code in _REFUSED.items():
        if head.startswith(beginning):
            raise RuleBroken(code, _REFUSALS[code])
    raise RuleBroken("unknown_kind", _REFUSALS["unknown_kind"])


_REFUSED: Final = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old_office",
    b"Rar!": "archive",
    b"7z\xbc\xaf\x27\x1c": "archive",
    b"\x1f\x8b": "archive",
    b"BZh": "archive",
    b"GIF8": "other_image",
    b"II*\x00": "other_image",
    b"MM\x00*": "other_image",
    b"BM": "other_image",
    b"RIFF": "other_image",
    b"PK\x05\x06": "archive",
}
_REFUSALS: Final = {
    "old_office": "This is an old Office file, or one with a password. Save it as a PDF, or as an Excel workbook (.xlsx) "
    "without a password, and attach that.",
    "archive": "This is an archive of several files. Attach them one by one, as PDF, PNG, JPEG or XLSX.",
    "other_image": "This kind of image cannot be attached. Save it as PNG or JPEG, and attach that.",
    "macros": "This workbook has macros. Save it as an Excel workbook without macros (.xlsx), and attach that.",
    "no_workbook": "This is no Excel workbook (.xlsx). Save it as a PDF, and attach that.",
    "damaged": "This file is damaged or has a password. Save it again, without a password, and attach that.",
    "unknown_kind": "This is no PDF, PNG, JPEG or Excel workbook (.xlsx). Save it as one of those, and attach that.",
}
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_TYPE: Final = re.compile(r"""\bcontenttype\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MACROS: Final = ("macroenabled", "vba", "activex")


def _kind_of_zip(file: IO[bytes], size: int) -> EvidenceKind:
    """Looks at the names of the parts and at the types that the zip itself tells; no part of the workbook is read."""
    try:
        _check_directory(file, size)
        with zipfile.ZipFile(file) as package:
            infos = {info.filename: info for info in package.infolist()}
            types = infos.get("[Content_Types].xml")
            if types is None:
                raise RuleBroken("no_workbook", _REFUSALS["no_workbook"])
            with package.open(types) as part:
                told = part.read(_TYPES_BYTES_MAX + 1)
    except DAMAGE as error:
        raise RuleBroken("damaged", _REFUSALS["damaged"]) from error
    return _kind_told(infos, told)


def _kind_told(names: Iterable[str], told: bytes) -> EvidenceKind:
    # A document type, a comment or another encoding could say one thing to us and another to Excel.
    if len(told) > _TYPES_BYTES_MAX or b"<!" in told or b"\0" in told or told.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RuleBroken("damaged", _REFUSALS["damaged"])
    text = html.unescape(told.decode("utf-8", "replace")).casefold()
    types = {first or second for first, second in _TYPE.findall(text)}
    if any(word in of for word in _MACROS for of in (*types, *(name.casefold() for name in names))):
        raise RuleBroken("macros", _REFUSALS["macros"])
    if _WORKBOOK not in {of.strip() for of in types}:
        raise RuleBroken("no_workbook", _REFUSALS["no_workbook"])
    return EvidenceKind.XLSX


def _check_directory(file: IO[bytes], size: int) -> None:
    """Raises BadZipFile where the directory of the parts is too large to be a workbook's: it would be read into memory."""
    tail_bytes = min(size, 65_557)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    at = tail.rfind(b"PK\x05\x06")
    end = tail[at : at + 22]
    file.seek(0)
    if at < 0 or len(end) < 22:
        raise zipfile.BadZipFile
    parts, directory_bytes = int.from_bytes(end[10:12], "little"), int.from_bytes(end[12:16], "little")
    if parts > _PARTS_MAX or directory_bytes > _DIRECTORY_BYTES_MAX:
        raise zipfile.BadZipFile


def name_of(typed: str, kind: EvidenceKind) -> str:
    """A name that a file can be saved by: no folders, nothing that does not show, and the ending of what it is."""
    last = re.split(r"[\\/]", typed)[-1]
    shown = "".join("_" if unicodedata.category(letter)[0] == "C" else letter for letter in last).strip(" .")
    endings = (".jpg", ".jpeg") if kind is EvidenceKind.JPEG else (f".{kind.value}",)
    if shown.casefold().endswith(endings):
        return shown if len(shown) <= _NAME_MAX else f"{shown[: _NAME_MAX - 5]}.{kind.value}"
    return f"{shown[: _NAME_MAX - 5] or 'file'}.{kind.value}"
