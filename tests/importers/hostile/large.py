"""Small files that are large inside: cells, strings, texts, parts, repeats and depth without end."""

from collections.abc import Iterable

from tests.importers.files import CELLS, ods, ods_blank, ods_row, ods_text, row, text_cell, xlsx, zipped
from tests.importers.hostile.corpus import (
    FORECAST,
    GONE,
    ONE,
    RETURN,
    SHEET,
    SPEND,
    TAKEN,
    Content,
    book,
    hostile,
    joined,
    many,
    packed,
    raw,
)

STRINGS = "xl/sharedStrings.xml"


def _with_strings(content: Content, spend: str = ONE) -> bytes:
    parts: dict[str, Content] = {**xlsx({RETURN: ONE, SPEND: spend, FORECAST: ONE}, strings="x")}
    return packed(parts | {STRINGS: content})


def _sst(attributes: str, strings: Content) -> Iterable[bytes]:
    return joined(f'<sst xmlns="{CELLS}"{attributes}>', strings, "</sst>")


def _numbered(count: int, cell: str) -> Iterable[bytes]:
    return (
        "".join(row(at + one, cell.format(at + one)) for one in range(1000)).encode() for at in range(1, count, 1000)
    )


def _sheet(before: Content = "", after: Content = "") -> bytes:
    return raw(
        SHEET, joined(f'<worksheet xmlns="{CELLS}">', before, f"<sheetData>{ONE}</sheetData>", after, "</worksheet>")
    )


def _styles(inside: Content) -> bytes:
    return raw("xl/styles.xml", joined(f'<styleSheet xmlns="{CELLS}">', inside, "</styleSheet>"))


def _deep_ods() -> bytes:
    return ods({RETURN: ["<table:table-row>" * 200_000], SPEND: []})


LIE = ' count="4294967295" uniqueCount="4294967295"'
LARGE = [
    hostile("a cell at the sheet's last corner", "a reader that holds all cells before it aborts",
            lambda: book(row(1_048_576, '<c r="XFD1048576"><v>1</v></c>')), "cell_too_far"),
    hostile("the same, hidden from a first look", "a tab where a space is expected",
            lambda: book(row(1, '<c\tr="XFD1048576"><v>1</v></c>')), "could_not_read"),
    hostile("a far row", "400,000 rows are the limit", lambda: book(ONE + row(900_000, '<c r="A900000"><v>1</v></c>')), "cell_too_far"),
    hostile("a shared-string count of four billion", "a reader that believes it asks for 96 GB",
            lambda: book(ONE, strings=f'<sst xmlns="{CELLS}"{LIE}><si><t>x</t></si></sst>'), "missing_field"),
    hostile("twenty million cells", "1.2 million are the limit", lambda: book(joined("<row>", many("<c></c>", 20_000_000), "</row>")),
            "too_many_cells"),
    hostile("two million cells with places", "the same, of a form that a quick count sees otherwise",
            lambda: book(_numbered(100_000, '<c r="A{0}"><v>1</v></c>' * 20)), "too_many_cells"),
    hostile("thirty million strings", "each takes a reader 24 bytes at least",
            lambda: _with_strings(_sst("", many("<si/>", 30_000_000))), "missing_field", *GONE),
    hostile("one text in 300,000 cells", "18 GB once it is copied into each",
            lambda: _with_strings(_sst("", joined("<si><t>", many("y", 60_000), "</t></si>")),
                                  "".join(row(at, f'<c r="A{at}" t="s"><v>0</v></c>') for at in range(1, 300_001))), *GONE),
    hostile("300 MB of zeros in a part", "200 MB are the limit", lambda: raw(SHEET, many(bytes(1000), 300_000)), "inflates_too_far"),
    hostile("a hundred and ninety parts of 2 MB", "so are all parts together",
            lambda: packed({**xlsx({f"s{at}": "" for at in range(190)}),
                            **{f"xl/worksheets/sheet{at}.xml": many(" ", 2_000_000) for at in range(1, 191)}}),
            "inflates_too_far", "damaged"),
    hostile("a thousand parts", "200 are the limit",
            lambda: zipped(xlsx({SPEND: ONE}) | {f"xl/media/{at}.png": b"" for at in range(1000)}), "too_many_parts"),
    hostile("a text of a million characters", "64 KB are the limit", lambda: book(row(1, text_cell("A1", "x" * 1_000_000))), "text_too_long"),
    hostile("blanks without end after a formula", "a pattern that goes back and forth over them",
            lambda: book(row(1, ('<c r="A1"><f>1</f>' + " " * 60_000 + "<d/></c>") * 700)), "damaged", "missing_field"),
    hostile("errors without end", "each is looked up", lambda: book(row(1, '<c t="e" />' * 200_000)), "missing_field", "damaged"),
    hostile("an area as large as can be", "a reader may ask for room for all of it at once",
            lambda: _sheet('<dimension ref="A1:XFD1048576"/>'), "missing_field", *GONE),
    hostile("columns without end", "each says that it is 16,384",
            lambda: _sheet(joined("<cols>", many('<col min="1" max="16384" hidden="1"/>', 300_000), "</cols>")), "missing_field", *GONE),
    hostile("merged ranges without end", "each is the whole sheet",
            lambda: _sheet(after=joined("<mergeCells>", many('<mergeCell ref="A1:XFD1048576"/>', 500_000), "</mergeCells>")),
            "missing_field", *GONE),
    hostile("formats without end", "600,000, of which each is looked at",
            lambda: _styles(joined("<cellXfs>", many('<xf numFmtId="9"/>', 600_000), "</cellXfs>")), "missing_field", *GONE),
    hostile("a million nested elements", "a reader that calls itself runs out of stack",
            lambda: raw("xl/workbook.xml", many("<a>", 1_000_000)), "damaged", *GONE),
    hostile("a million nested elements in a sheet", "the same, in another reader",
            lambda: _sheet(joined(many("<a>", 1_000_000), many("</a>", 1_000_000))), "missing_field", "damaged", *GONE),
    hostile("a million attributes", "each is compared with all others", lambda: _sheet(
            joined("<a ", (f'a{at}="" '.encode() for at in range(300_000)), "/>")), "missing_field", "damaged", *GONE),
    hostile("a million rows of 16,384 columns in ODS", "one cell, repeated", lambda: ods(
            {RETURN: [ods_row(ods_text("x", 16_384), repeat=1_048_576)], SPEND: [], FORECAST: []}), "cell_too_far", filename="r.ods"),
    hostile("a value after a million blank rows in ODS", "a blank row, repeated", lambda: ods(
            {RETURN: [ods_row(ods_blank(1), repeat=1_000_000), ods_row(ods_text("x"))], SPEND: []}), "cell_too_far", filename="r.ods"),
    hostile("many wide sheets in ODS", "none is too large by itself", lambda: ods(
            {f"s{at}": [ods_row(ods_text("x", 500), repeat=1000)] for at in range(50)}), "too_many_cells", filename="r.ods"),
    hostile("a repeat that is no number of this world", "a hundred nines", lambda: ods(
            {RETURN: [f'<table:table-row table:number-rows-repeated="{"9" * 100}">{ods_text("x")}</table:table-row>'], SPEND: []}),
            "cell_too_far", "damaged", *GONE, filename="r.ods"),
    hostile("rows in rows in ODS", "a reader that calls itself runs out of stack", _deep_ods, "damaged", "missing_field", "empty_workbook",
            *GONE, filename="r.ods"),
    hostile("one line of ten million letters in CSV", "no delimiter, no end", lambda: b"a" * 9_999_990, "text_too_long",
            "file_too_large", "no_table", filename="r.csv"),
    hostile("a million columns in CSV", "702 are the limit", lambda: b"a," * 1_000_000, "cell_too_far", filename="r.csv"),
    hostile("five million blank lines in CSV", "400,000 rows are the limit", lambda: b"a,b\n" + b"\n" * 5_000_000,
            "too_many_cells", "missing_headings", filename="r.csv"),
    hostile("quotation marks without end in CSV", "each opens or closes", lambda: b'"' * 5_000_001, "unclosed_quote",
            "text_too_long", "stray_quote", filename="r.csv"),
    hostile("a file over the limit", "10 MB are the limit", lambda: b"PK\x03\x04" + bytes(range(256)) * 39_063, "file_too_large"),
    hostile("cells that are taken, as many as may be", "a good file of the largest size is answered too",
            lambda: book(_numbered(50_000, "".join(f'<c r="{letter}{{0}}"><v>1</v></c>' for letter in "ABCDEFGHIJ"))),
            "missing_field", TAKEN),
]  # fmt: skip
