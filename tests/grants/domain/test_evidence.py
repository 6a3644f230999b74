"""What a file is, by its content alone: whatever its name says, and whatever somebody put into it."""

import io
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.errors import Conflict, RuleBroken
from grants.domain.evidence import EvidenceKind, ScanState, check_let_out, check_size, kind_of, name_of, next_try
from tests.importers.files import beyond_numbers

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20)
MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
TYPES = '<?xml version="1.0"?><Types><Override PartName="/xl/workbook.xml" ContentType="{}"/>{}</Types>'


def zipped(types: str | bytes | None, *names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        if types is not None:
            package.writestr("[Content_Types].xml", types)
        for name in names:
            package.writestr(name, "x")
    return file.getvalue()


def xlsx(*names: str, more: str = "", main: str = MAIN) -> bytes:
    return zipped(TYPES.format(main, more), "xl/workbook.xml", *names)


def told(content: bytes) -> EvidenceKind:
    return kind_of(io.BytesIO(content), len(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", EvidenceKind.PDF),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", EvidenceKind.PDF),
        (PNG, EvidenceKind.PNG),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", EvidenceKind.JPEG),
        (xlsx(), EvidenceKind.XLSX),
        (xlsx(main=MAIN.replace("+", "&#43;")), EvidenceKind.XLSX),
    ],
)
def test_what_is_taken(content: bytes, kind: EvidenceKind) -> None:
    assert told(content) is kind


NOT_TAKEN = {
    "a web page with a PDF in it": (b"<html><script>alert(1)</script>%PDF-1.7", "unknown_kind"),
    "a program": (b"MZ\x90\0", "unknown_kind"),
    "text": (b"Dear sirs", "unknown_kind"),
    "half a PNG": (PNG[:10], "unknown_kind"),
    "an image with a script": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_kind"),
    "another image": (b"GIF89a", "other_image"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_office"),
    "an archive": (b"7z\xbc\xaf\x27\x1c", "archive"),
    "an empty zip": (zipped(None), "archive"),
    "a zip of files": (zipped(None, "invoice.pdf"), "no_workbook"),
    "a Word document": (xlsx(main="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"), "no_workbook"),
    "a workbook with macros": (xlsx(main="application/vnd.ms-excel.sheet.macroEnabled.main+xml"), "macros"),
    "macros behind a reference": (xlsx(main="application/vnd.ms-excel.sheet.&#77;acro&#x45;nabled.main+xml"), "macros"),
    "macros that no type tells of": (xlsx("xl/vbaProject.bin"), "macros"),
    "a control that runs code": (xlsx("xl/activeX/activeX1.bin"), "macros"),
    "a type beside the first": (xlsx(more="<Default Extension='bin' ContentType = 'application/vnd.ms-office.VBAProject'/>"), "macros"),
    "types in a comment": (xlsx(more="<!-- -->"), "damaged"),
    "a document type": (zipped("<!DOCTYPE a [<!ENTITY b 'c'>]>" + TYPES.format(MAIN, "")), "damaged"),
    "types in another encoding": (zipped(TYPES.format(MAIN, "").encode("utf-16")), "damaged"),
    "types without an end": (zipped(TYPES.format(MAIN, " " * 1_100_000)), "damaged"),
    "types beyond all numbers": (beyond_numbers("[Content_Types].xml", xlsx()), "damaged"),
    "half a workbook": (xlsx()[:200], "damaged"),
    "more parts than a workbook has": (xlsx(*(f"p{number}" for number in range(2_100))), "damaged"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "code"), NOT_TAKEN.values(), ids=NOT_TAKEN.keys())
def test_what_is_refused_and_in_which_words(content: bytes, code: str) -> None:
    with pytest.raises(RuleBroken) as refusal:
        told(content)
    assert refusal.value.code == code
    assert refusal.value.message.endswith(".")


def test_a_bomb_is_refused_in_little_memory() -> None:
    bomb = zipped(TYPES.format(MAIN, " " * 60_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(RuleBroken):
            told(bomb)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


@given(at=st.integers(0, 400), wrong=st.binary(min_size=1, max_size=6))
def test_a_spoilt_workbook_is_taken_or_refused_and_never_an_error(at: int, wrong: bytes) -> None:
    content = xlsx("xl/styles.xml")
    content = content[:at] + wrong + content[at + len(wrong) :]
    with suppress(RuleBroken):
        assert told(content) is EvidenceKind.XLSX


@given(st.binary(max_size=200))
def test_anything_is_taken_or_refused(content: bytes) -> None:
    with suppress(RuleBroken):
        assert told(content) in EvidenceKind


@given(typed=st.text(max_size=400), kind=st.sampled_from(EvidenceKind))
def test_a_name_can_always_be_saved_by(typed: str, kind: EvidenceKind) -> None:
    name = name_of(typed, kind)
    assert 1 < len(name) <= 200
    assert not {"/", "\\", "\0", "\n", "\u202e"} & set(name)
    assert name.casefold().endswith((f".{kind.value}", ".jpeg"))
    assert not name.startswith(".")


@pytest.mark.parametrize(
    ("typed", "kind", "name"),
    [
        ("../../etc/passwd", EvidenceKind.PDF, "passwd.pdf"),
        (r"C:\Users\me\Invoice.PDF", EvidenceKind.PDF, "Invoice.PDF"),
        ("photo.jpeg", EvidenceKind.JPEG, "photo.jpeg"),
        ("page.html", EvidenceKind.PNG, "page.html.png"),
        ("", EvidenceKind.XLSX, "file.xlsx"),
    ],
)
def test_names(typed: str, kind: EvidenceKind, name: str) -> None:
    assert name_of(typed, kind) == name


@pytest.mark.parametrize(("size", "code"), [(0, "empty"), (101, "too_large")])
def test_sizes(size: int, code: str) -> None:
    check_size(100, 100)
    with pytest.raises(RuleBroken) as refusal:
        check_size(size, 100)
    assert refusal.value.code == code


def test_only_what_is_clean_or_cannot_be_scanned_is_let_out() -> None:
    for state in ScanState:
        if state in (ScanState.CLEAN, ScanState.NOT_SCANNED):
            check_let_out(state)
        else:
            with pytest.raises(Conflict):
                check_let_out(state)


@given(st.integers(1, 10_000))
def test_delays_grow_and_end_at_six_hours(attempts: int) -> None:
    assert timedelta(minutes=1) <= next_try(attempts) <= next_try(attempts + 1) <= timedelta(hours=6)
