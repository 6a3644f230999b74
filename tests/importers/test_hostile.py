"""Files made to harm their reader: each is answered, quickly, and the service neither ends nor grows."""

import asyncio
import gc
import random
import resource
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from importers.answer import Checked, CheckRequest, Refused
from importers.layouts import CURRENT
from importers.sandbox import Reader
from tests.importers.files import CELLS, ods, ods_blank, ods_row, ods_text, parts_of, row, text_cell, xlsx, zipped
from tests.importers.making import AWARD, Typed, filled

RETURN, SPEND, FORECAST = CURRENT.sheets[:3]
ONE = row(1, text_cell("A1", "x"))
SECONDS_EACH = 30
GROWTH_MB = 50


def book(spend: str = ONE, *, strings: str = "", listing: str = "") -> bytes:
    """A workbook whose sheets have the right names, with this in the sheet of spend."""
    return zipped(xlsx({RETURN: ONE, SPEND: spend, FORECAST: ONE}, strings=strings, book=listing))


def raw(name: str, content: bytes) -> bytes:
    """A right workbook with one part replaced."""
    return zipped(xlsx({RETURN: ONE, SPEND: ONE, FORECAST: ONE}) | {name: content})


def entity_bomb() -> bytes:
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 9))
    doctype = f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>'
    return raw("xl/workbook.xml", f'{doctype}<workbook xmlns="{CELLS}">&l8;</workbook>'.encode())


def lying_sizes() -> bytes:
    """A zip whose directory says that a large part is small."""
    data = bytearray(raw("xl/worksheets/sheet2.xml", b"<worksheet>" + bytes(50_000_000)))
    with zipfile.ZipFile(BytesIO(data)) as source:
        info = source.getinfo("xl/worksheets/sheet2.xml")
    size = info.file_size.to_bytes(4, "little")
    return bytes(data).replace(size, (100).to_bytes(4, "little"))


def truncated() -> bytes:
    data = filled(AWARD, [Typed()])
    return data[: len(data) * 2 // 3]


def shared_amplified() -> bytes:
    """One text of 60,000 characters, meant by 300,000 cells: 18 GB once it is copied into each."""
    cells = "".join(row(at, f'<c r="A{at}" t="s"><v>0</v></c>') for at in range(1, 300_001))
    return book(cells, strings=f'<sst xmlns="{CELLS}"><si><t>{"y" * 60_000}</t></si></sst>')


BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "a cell at the sheet's last corner": (lambda: book(row(1_048_576, '<c r="XFD1048576"><v>1</v></c>')), {"cell_too_far"}),
    "the same, hidden from the first look": (
        lambda: book(row(1, '<c\tr="XFD1048576"><v>1</v></c>')), {"could_not_read"}),
    "a far row": (lambda: book(ONE + row(900_000, '<c r="A900000"><v>1</v></c>')), {"cell_too_far"}),
    "a shared-string count of four billion": (
        lambda: book(ONE, strings=f'<sst xmlns="{CELLS}" count="4294967295" uniqueCount="4294967295"><si><t>x</t></si></sst>'),
        {"missing_field"}),
    "twenty million cells": (lambda: book("<row>" + "<c></c>" * 20_000_000 + "</row>"), {"too_many_cells"}),
    "two million cells with places": (
        lambda: book("".join(row(at, f'<c r="A{at}"><v>1</v></c>' * 20) for at in range(1, 100_001))), {"too_many_cells"}),
    "300 MB of zeros in a part": (lambda: raw("xl/worksheets/sheet2.xml", bytes(300_000_000)), {"inflates_too_far"}),
    "a part that lies about its size": (lying_sizes, {"damaged"}),
    "a thousand parts": (
        lambda: zipped(xlsx({SPEND: ONE}) | {f"xl/media/{at}.png": b"" for at in range(1000)}), {"too_many_parts"}),
    "entities in entities": (entity_bomb, {"declares_entities"}),
    "an entity from a file": (
        lambda: raw("xl/worksheets/sheet1.xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>'),
        {"declares_entities"}),
    "markup in UTF-16, to hide entities": (
        lambda: raw("xl/workbook.xml", "<!DOCTYPE x []><workbook/>".encode("utf-16")), {"damaged"}),
    "a million nested elements": (lambda: raw("xl/workbook.xml", b"<a>" * 1_000_000), {"damaged", "could_not_read"}),
    "one text in 300,000 cells": (shared_amplified, {"could_not_read"}),
    "a text of a million characters": (lambda: book(row(1, text_cell("A1", "x" * 1_000_000))), {"text_too_long"}),
    "blanks without end after a formula": (
        lambda: book(row(1, ('<c r="A1"><f>1</f>' + " " * 60_000 + "<d/></c>") * 700)), {"damaged", "missing_field"}),
    "errors without end": (lambda: book(row(1, '<c t="e" />' * 200_000)), {"missing_field", "damaged"}),
    "a sheet that lies outside the file": (
        lambda: raw("xl/_rels/workbook.xml.rels", b'<Relationships><Relationship Id="r1" TargetMode="External" '
                    b'Target="file:///etc/passwd"/></Relationships>'), {"damaged"}),
    "a sheet above the file's root": (
        lambda: raw("xl/_rels/workbook.xml.rels", b'<Relationships><Relationship Id="r1" Target="../../../etc/passwd"/>'
                    b'</Relationships>'), {"damaged"}),
    "a million rows of 16,384 columns in ODS": (
        lambda: ods({RETURN: [ods_row(ods_text("x", 16_384), repeat=1_048_576)], SPEND: [], FORECAST: []}), {"cell_too_far"}),
    "a value after a million blank rows in ODS": (
        lambda: ods({RETURN: [ods_row(ods_blank(1), repeat=1_000_000), ods_row(ods_text("x"))], SPEND: []}), {"cell_too_far"}),
    "many wide sheets in ODS": (
        lambda: ods({f"s{at}": [ods_row(ods_text("x", 500), repeat=1000)] for at in range(50)}), {"too_many_cells"}),
    "a truncated file": (truncated, {"damaged"}),
    "a file over the limit": (lambda: b"PK\x03\x04" + random.Random(1).randbytes(10_000_001), {"file_too_large"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_answered_and_the_next_file_is_read_as_ever(name: str) -> None:
    make, expected = BOMBS[name]
    data = make()
    gc.collect()
    async with Reader(at_once=1) as reader:
        before = _resident_mb()
        async with asyncio.timeout(SECONDS_EACH):
            answer = await reader.check(CheckRequest(data, "return.xlsx", AWARD))
        assert _resident_mb() - before < GROWTH_MB
        assert isinstance(answer, Refused)
        assert answer.code in expected
        good = await reader.check(CheckRequest(filled(AWARD, [Typed()]), None, AWARD))
        assert isinstance(good, Checked)
        assert not good.errors


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1_000_000


async def test_flipped_bits_are_answered() -> None:
    good, chance = filled(AWARD, [Typed()]), random.Random(7)
    async with Reader() as reader:
        for _ in range(60):
            data = bytearray(good)
            for _ in range(chance.randrange(1, 30)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            answer = await reader.check(CheckRequest(bytes(data), None, AWARD))
            assert isinstance(answer, Checked) or answer.message


async def test_the_same_inside_the_parts() -> None:
    """Bits flipped in the markup itself: the zip stays whole."""
    parts, chance = parts_of(filled(AWARD, [Typed()])), random.Random(8)
    async with Reader() as reader:
        for _ in range(60):
            name = chance.choice(sorted(parts))
            content = bytearray(parts[name])
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            answer = await reader.check(CheckRequest(zipped(parts | {name: bytes(content)}), None, AWARD))
            assert isinstance(answer, Checked) or answer.message
