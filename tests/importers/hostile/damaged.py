"""Files that lie about themselves or are broken: in the zip, in the markup, in the text; and broken ones by the hundred."""

import random
import struct
import zipfile
from collections.abc import Iterator
from functools import lru_cache, partial
from io import BytesIO

from tests.importers.files import (
    CELLS,
    OLE,
    as_ods,
    beyond_numbers,
    ods,
    ods_row,
    ods_text,
    parts_of,
    row,
    text_cell,
    zipped,
)
from tests.importers.hostile.corpus import (
    GONE,
    RETURN,
    SHEET,
    TAKEN,
    Hostile,
    book,
    deflated,
    hostile,
    raw,
)
from tests.importers.making import AWARD, Typed, as_csv, filled

LINES = [Typed(), Typed(reference="INV-2", net="£1,234.50")]
CONTROLS = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 127, *range(128, 160), 0x202E, 0x2066, 0xFEFF, 0xFFFE]))


@lru_cache(maxsize=1)
def good() -> bytes:
    """A return without a fault."""
    return filled(AWARD, LINES)


def _parts() -> dict[str, bytes]:
    return parts_of(good())


def laughs(root: str) -> str:
    """Entities in entities: a hundred million laughs."""
    entities = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 9))
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>{root}'


def entity_bomb() -> bytes:
    """Entities in entities, in the part that lists the sheets."""
    return raw("xl/workbook.xml", laughs(f'<workbook xmlns="{CELLS}">&l8;</workbook>'))


def truncated() -> bytes:
    """A return of which the last third did not arrive."""
    return good()[: len(good()) * 2 // 3]


def _patched(old: bytes, new: bytes) -> bytes:
    data = good()
    assert old in data
    return data.replace(old, new)


def _lying_size() -> bytes:
    """The directory says that a large part is small."""
    data = raw(SHEET, b"<worksheet>" + bytes(50_000_000))
    with zipfile.ZipFile(BytesIO(data)) as source:
        size = source.getinfo(SHEET).file_size.to_bytes(4, "little")
    return data.replace(size, (100).to_bytes(4, "little"))


def _overlapping() -> bytes:
    """A hundred and fifty entries that are all the same 20 MB, which stand in the file once."""
    stream, size = deflated(bytes(20_000_000)), 20_000_000
    name, crc = b"xl/a.xml", 0
    head = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0x21, crc, len(stream), size, len(name), 0)
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    directory = entry * 150
    tail = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 150, 150, len(directory), 30 + len(name) + len(stream), 0)
    return b"PK\x03\x04" + head + name + stream + directory + tail


def _nested(depth: int = 12) -> bytes:
    data = good()
    for _ in range(depth):
        data = zipped({"return.xlsx": data})
    return data


def _wrong_sum() -> bytes:
    with zipfile.ZipFile(BytesIO(good())) as source:
        stored = source.getinfo("xl/worksheets/sheet3.xml").CRC.to_bytes(4, "little")
    return _patched(stored, bytes(4))


def _twice() -> bytes:
    """A sheet that is there twice, good and bad: readers differ in which they take."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, content in _parts().items():
            target.writestr(name, content)
        info = zipfile.ZipInfo("xl/worksheets/sheet3.xml")
        target.NameToInfo.pop(info.filename)
        target.writestr(info, b"<worksheet/>")
    return out.getvalue()


def _names(*names: str) -> bytes:
    return zipped({**_parts(), **dict.fromkeys(names, b"root::0:0::/:/bin/sh")})


def _typed(change: str) -> bytes:
    parts = _parts()
    return zipped(
        parts
        | {"[Content_Types].xml": parts["[Content_Types].xml"].replace(b"spreadsheetml.sheet.main", change.encode())}
    )


def _all_fields(text: str) -> bytes:
    line = Typed(reference=text, description=text, payee=text, evidence=text)
    return filled(AWARD, [line], reason=text)


def _upper() -> bytes:
    return zipped({name.upper(): content for name, content in _parts().items()})


LIES = [
    hostile("a part that lies about its size", "the directory says 100 bytes", _lying_size, "damaged"),
    hostile("overlapping parts", "150 entries share 20 MB", _overlapping, "damaged", "other_zip"),
    hostile("a zip in a zip, twelve deep", "never opened more than once", _nested, "zipped_workbook"),
    hostile("a part that is there twice", "readers differ in which they take", _twice),
    hostile("a wrong checksum", "what was sent is not what arrived", _wrong_sum, "damaged"),
    hostile("a count of parts that lies", "65,535 of them", lambda: good()[:-14] + b"\xff\xff\xff\xff" + good()[-10:], "damaged", TAKEN),
    hostile("an offset of the directory that lies", "past the end", lambda: good()[:-6] + b"\xf0\xff\xff\x7f" + good()[-2:], "damaged"),
    hostile("a part that stands beyond all numbers", "2**64 - 1", lambda: beyond_numbers(SHEET, good()), "damaged"),
    hostile("a method of compression that nobody has", "99", lambda: _patched(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00"),
            "damaged"),
    hostile("a part that says it is encrypted", "its flag", lambda: _patched(b"PK\x01\x02\x14\x03\x14\x00\x00\x00",
            b"PK\x01\x02\x14\x03\x14\x00\x01\x00"), "encrypted", "damaged"),
    hostile("names that climb out", "over the file's root", lambda: _names("../../../../etc/passwd", "/etc/passwd", "C:\\x.exe", "a/../../b"),
            TAKEN),
    hostile("names in capitals", "other programs do not care", _upper),
    hostile("a sheet above the file's root", "the workbook points there", lambda: raw("xl/_rels/workbook.xml.rels",
            b'<Relationships><Relationship Id="r1" Target="../../../etc/passwd"/></Relationships>'), "damaged"),
    hostile("a sheet that lies outside the file", "the workbook points there", lambda: raw("xl/_rels/workbook.xml.rels",
            b'<Relationships><Relationship Id="r1" TargetMode="External" Target="file:///etc/passwd"/></Relationships>'), "damaged"),
    hostile("a workbook that says it is a letter", "its declared type", lambda: _typed("wordprocessingml.document.main"), "word"),
    hostile("a workbook that says it has macros", "its declared type", lambda: _typed("sheet.macroEnabled.main"), "macros", "other_zip"),
    hostile("an old workbook under a new name", "OLE, called .xlsx", lambda: OLE + "Workbook".encode("utf-16-le"), "old_excel"),
    hostile("a web page under a new name", "with a program in it", lambda: b"<html><script>alert(1)</script>", "web_page"),
    hostile("a program", "called .xlsx", lambda: b"MZ\x90\x00" + bytes(200), "unknown_kind"),
    hostile("nothing", "no bytes at all", lambda: b"", "empty"),
    hostile("entities in entities", "a hundred million laughs", entity_bomb,
            "declares_entities"),
    hostile("an entity from a file", "/etc/passwd", lambda: raw("xl/worksheets/sheet1.xml",
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>'), "declares_entities"),
    hostile("entities in ODS", "the same in the other format", lambda: zipped({**parts_of(ods({RETURN: [ods_row(ods_text("x"))]})),
            "content.xml": laughs("<x>&l8;</x>")}), "declares_entities", filename="r.ods"),
    hostile("markup in UTF-16", "to hide a document type", lambda: raw("xl/workbook.xml", "<!DOCTYPE x []><workbook/>".encode("utf-16")),
            "damaged"),
    hostile("half a letter", "a lone surrogate by its number", lambda: book(row(1, '<c r="A1" t="inlineStr"><is><t>&#xD800;</t></is></c>'))),
    hostile("half a letter in bytes", "a lone surrogate in UTF-8", lambda: raw(SHEET,
            b'<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>\xed\xa0\x80</t></is></c></row></sheetData></worksheet>')),
    hostile("half a letter in Excel's way", "_xD800_ in every field", lambda: _all_fields("_xD800__x0000_"), TAKEN),
    hostile("letters that turn the line around", "what is shown is not what is there", lambda: _all_fields("exe.\u202ecod\u2066"), TAKEN),
    hostile("NUL in CSV", "a text ends there for some readers", lambda: as_csv(LINES).replace(b"July", b"Ju\x00ly"), filename="r.csv"),
    hostile("controls in CSV", "every one that there is", lambda: as_csv([Typed(description=CONTROLS[1:].replace("\x0b", ""))]),
            filename="r.csv"),
    hostile("a quotation mark that nobody closes", "the rest is one cell", lambda: as_csv([*LINES, Typed(payee="x")]) + b'"x,y\n' * 3,
            "unclosed_quote", "stray_quote", filename="r.csv"),
    hostile("half a letter in UTF-16", "a CSV with lone surrogates", lambda: "\ufeffa,b\n".encode("utf-16-le") + b"\x00\xd8\n\x00",
            "unknown_encoding", filename="r.csv"),
    hostile("bytes of no encoding", "0x81 means nothing anywhere", lambda: as_csv(LINES) + b"\x81\xff\xfe", "unknown_encoding",
            filename="r.csv"),
    hostile("a delimiter that is none", "sep= and a quotation mark", lambda: b'sep="\r\n' + as_csv(LINES), filename="r.csv"),
    *(hostile(f"{text[:24]!r} in every field", "a formula as soon as it is one", partial(_all_fields, text), TAKEN)
      for text in ('=WEBSERVICE("http://evil.example")', "=cmd|'/C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1-1", "\t=1", "<script>1</script>")),
    hostile("controls in a cell", "as Excel writes them", lambda: book(row(1, text_cell("A1", "_x0000__x001F_"))), "missing_field"),
    hostile("an infinite number", "1e999", lambda: book(row(1, '<c r="A1"><v>1e999</v></c><c r="B1"><v>NaN</v></c>')), "missing_field", "damaged"),
    hostile("a row before the first", "row 0, row -1", lambda: book('<row r="0"><c r="A0"><v>1</v></c></row><row r="-1"/>'),
            "missing_field", "damaged", *GONE),
]  # fmt: skip


def _broken(name: str, data: bytes, chance: random.Random) -> Iterator[Hostile]:
    """Cut short, with bits flipped anywhere, with bytes put in or left out."""
    for at in range(16):
        cut = data[: chance.randrange(len(data))]
        yield hostile(f"{name} cut short, {at}", "an upload that broke off", partial(bytes, cut), filename=name)
        flipped = bytearray(data)
        for _ in range(chance.randrange(1, 30)):
            flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
        yield hostile(f"{name} with bits flipped, {at}", "a bad disk", partial(bytes, flipped), filename=name)
        place, much = chance.randrange(len(data)), chance.randrange(1, 400)
        moved = data[:place] + chance.randbytes(much) + data[place + chance.choice((0, much)) :]
        yield hostile(f"{name} with bytes put in, {at}", "a bad line", partial(bytes, moved), filename=name)


def _broken_inside(name: str, data: bytes, chance: random.Random) -> Iterator[Hostile]:
    """The zip stays whole, its parts do not."""
    parts = parts_of(data)
    for at in range(48):
        part = chance.choice(sorted(parts))
        content = bytearray(parts[part])
        for _ in range(chance.randrange(1, 4)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        if at % 4 == 0:
            del content[chance.randrange(len(content)) :]
        yield hostile(
            f"{name} broken inside, {at}",
            part,
            partial(zipped, parts | {part: bytes(content)}),
            filename=name,
        )


def broken() -> list[Hostile]:
    """Files broken at random, the same ones each time: XLSX, ODS and CSV, from outside and inside."""
    chance = random.Random(20250116)
    workbook, table = good(), as_csv(LINES)
    calc = as_ods(workbook)
    found = [
        one
        for name, data in (("r.xlsx", workbook), ("r.ods", calc), ("r.csv", table))
        for one in _broken(name, data, chance)
    ]
    return [
        *found,
        *(one for name, data in (("r.xlsx", workbook), ("r.ods", calc)) for one in _broken_inside(name, data, chance)),
    ]
