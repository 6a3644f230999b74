"""The Government Analysis Function's checklist for an OpenDocument spreadsheet, as functions that return problems: for every report.

Source: "Making spreadsheets accessible: a brief checklist of the basics", analysisfunction.civilservice.gov.uk.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

from reports.cells import column_letters
from tests.reports.chart_rules import contrast_with_white

_OASIS = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
OFFICE, TABLE, TEXT, STYLE = (_OASIS % name for name in ("office", "table", "text", "style"))
_FO = _OASIS % "xsl-fo-compatible"
_DC = "{http://purl.org/dc/elements/1.1/}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_BARRED = re.compile(
    r"\}(annotation|shapes|frame|object|plugin|control|forms|scripts|event-listeners|covered-table-cell|table-row-group|soft-page-break)$"
)
_HIDING = (f"{TABLE}visibility", f"{TABLE}number-columns-spanned", f"{TABLE}number-rows-spanned", f"{TABLE}display")


def words(cell: ET.Element) -> str:
    """A cell's text as a program shows it."""
    return "\n".join("".join(_said(paragraph)) for paragraph in cell.iter(f"{TEXT}p"))


def _said(part: ET.Element) -> list[str]:
    own = {f"{TEXT}tab": "\t", f"{TEXT}s": " " * int(part.get(f"{TEXT}c", "1"))}.get(part.tag, "")
    return [own, part.text or "", *(piece for child in part for piece in [*_said(child), child.tail or ""])]


@dataclass(frozen=True)
class Tab:
    """One sheet: its rows of cells, and where its table lies (`header` counts from 0)."""

    name: str
    element: ET.Element
    rows: list[list[ET.Element]]
    header: int

    @property
    def above(self) -> list[list[str]]:
        return [[words(cell) for cell in row] for row in self.rows[: self.header]]

    @property
    def headings(self) -> list[str]:
        return [words(cell) for cell in self.rows[self.header]]

    @property
    def totals(self) -> int:
        """How many of the last rows are totals."""
        return int(any(cell.get(f"{TABLE}formula") for cell in self.rows[-1]))

    @property
    def body(self) -> list[list[ET.Element]]:
        return self.rows[self.header + 1 : len(self.rows) - self.totals]


@dataclass(frozen=True)
class Opened:
    """The parts of a spreadsheet, and its sheets."""

    parts: dict[str, ET.Element]
    tabs: list[Tab]

    @property
    def content(self) -> ET.Element:
        return self.parts["content.xml"]


def opened(path: Path) -> Opened:
    """The file as a program sees it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: ET.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")}  # noqa: S314
    return read(parts)


def read(parts: dict[str, ET.Element]) -> Opened:
    """The sheets of a spreadsheet's parts."""
    return Opened(parts, [_tab(element) for element in parts["content.xml"].iter(f"{TABLE}table")])


def _tab(element: ET.Element) -> Tab:
    children = [child for child in element if child.tag != f"{TABLE}table-column"]
    headers = [at for at, child in enumerate(children) if child.tag == f"{TABLE}table-header-rows"]
    rows = [list(child[0] if at in headers and len(child) else child) for at, child in enumerate(children)]
    return Tab(element.get(f"{TABLE}name", ""), element, rows, headers[0] if headers else len(rows) - 1)


def ods_problems(found: Opened, *, marking: str | None = None) -> list[str]:
    """What the spreadsheet breaks of the checklist, each with its sheet; `marking` must stand on every sheet."""
    return [problem for rule in RULES for problem in rule(found)] + [
        f"{tab.name}: the marking is not under the title"
        for tab in found.tabs
        if marking and tab.above[1:2] != [[marking]]
    ]


def one_table(found: Opened) -> Iterator[str]:
    """One marked-up table a sheet, from column A to the last row, with one header row and a cell for each heading."""
    ranges = {
        one.get(f"{TABLE}target-range-address"): one.get(f"{TABLE}name", "")
        for one in found.content.iter(f"{TABLE}database-range")
    }
    names = [name.casefold() for name in ranges.values()]
    for tab in found.tabs:
        if len(tab.element.findall(f"{TABLE}table-header-rows")) != 1:
            yield f"{tab.name}: has not one header row"
        quoted = "'" + tab.name.replace("'", "''") + "'"
        end = f"{column_letters(len(tab.headings) - 1)}{len(tab.rows) - tab.totals}"
        name = ranges.get(f"{quoted}.A{tab.header + 1}:{quoted}.{end}")
        if name is None:
            yield f"{tab.name}: its table is not marked up, or as another place"
        elif names.count(name.casefold()) != 1:
            yield f"{tab.name}: the table has no name of its own"
        if any(len(row) not in (len(tab.headings), 1) for row in tab.rows[tab.header + 1 :]):
            yield f"{tab.name}: a row has more or fewer cells than there are headings"


def no_gaps(found: Opened) -> Iterator[str]:
    """No empty heading, no empty row in a table or above it, and words that explain empty cells."""
    for tab in found.tabs:
        if not all(tab.headings):
            yield f"{tab.name}: a column has no heading"
        body = [[words(cell) for cell in row] for row in tab.body]
        if not all(any(row) for row in body):
            yield f"{tab.name}: the table has an empty row"
        if any(len(row) != 1 or not row[0] for row in tab.above):
            yield f"{tab.name}: the lines above the table are not all in column A without gaps"
        told = any("empty cell" in row[0].lower() for row in tab.above if row)
        if not told and not all(all(row) for row in body):
            yield f"{tab.name}: empty cells are not explained"


def titled(found: Opened) -> Iterator[str]:
    """A title in A1, tagged as a heading, and what the sheet holds; names that differ."""
    parents = _styles(found, "parent-style-name")
    for tab in found.tabs:
        title = tab.rows[0][0]
        if not words(title) or parents.get(title.get(f"{TABLE}style-name", "")) != "Heading_20_1":
            yield f"{tab.name}: has no title in A1 that is tagged as a heading"
        if not any("one table" in row[0] for row in tab.above if row):
            yield f"{tab.name}: does not say what it contains"
        if re.fullmatch(r"Sheet\d*", tab.name) or [one.name for one in found.tabs].count(tab.name) > 1:
            yield f"{tab.name}: the sheet's name says nothing"


def nothing_barred(found: Opened) -> Iterator[str]:
    """No merged or hidden cells, headers, footers, floating boxes, images, macros, comments."""
    for name, part in found.parts.items():
        for element in part.iter():
            if barred := _BARRED.search(element.tag):
                yield f"{name}: has {barred[1]}"
            if set(_HIDING) & set(element.attrib) and element.get(f"{TABLE}display") != "true":
                yield f"{name}: something is hidden or merged"
            if _is_margin(element) and (element.get(_DISPLAY) != "false" or len(element)):
                yield f"{name}: has a header or a footer"


_DISPLAY = f"{STYLE}display"


def _is_margin(element: ET.Element) -> bool:
    return element.tag in (f"{STYLE}header", f"{STYLE}footer")


def only_totals_are_formulas(found: Opened) -> Iterator[str]:
    """Formulas stand in totals rows only, add up their column, and have that sum stored beside them."""
    for tab in found.tabs:
        for row in tab.body:
            if any(cell.get(f"{TABLE}formula") for cell in row):
                yield f"{tab.name}: a formula outside the totals"
        for index, cell in enumerate(tab.rows[-1] if tab.totals else ()):
            formula = cell.get(f"{TABLE}formula")
            letters, value = column_letters(index), f"{OFFICE}value"
            column = f"of:=SUBTOTAL(109;[.{letters}{tab.header + 2}:.{letters}{len(tab.rows) - 1}])"
            figures = sum(Decimal(each[index].get(value) or 0) for each in tab.body if len(each) > index)
            if formula and (formula != column or Decimal(cell.get(value) or "NaN") != figures):
                yield f"{tab.name}: the stored total is not the sum of its column"


def legible(found: Opened) -> Iterator[str]:
    """Sans serif of 12 points or more, contrast of 4.5 to 1 or more, no fills, texts that wrap, bold headings."""
    for part in (found.content, found.parts["styles.xml"]):
        for letters in part.iter(f"{STYLE}text-properties"):
            size, ink = letters.get(f"{_FO}font-size", "12pt"), letters.get(f"{_FO}color", "#000000")
            if letters.get(f"{STYLE}font-name", "Arial") != "Arial" or int(size.removesuffix("pt")) < 12:
                yield "letters are not Arial of 12 points or more"
            if contrast_with_white(ink) < 4.5:
                yield "letters have too little contrast"
        if any(f"{_FO}background-color" in element.attrib for element in part.iter()):
            yield "cells have a fill"
    default = found.parts["styles.xml"].find(f".//{STYLE}default-style/{STYLE}text-properties")
    if default is None or not {f"{STYLE}font-name", f"{_FO}font-size"} <= set(default.attrib):
        yield "the default letters have no face or size"
    wraps = {name: "wrap" in cell for name, cell in _properties(found).items()}
    bold = {name: "bold" in cell for name, cell in _properties(found).items()}
    for tab in found.tabs:
        if not all(bold.get(cell.get(f"{TABLE}style-name", "")) for cell in tab.rows[tab.header]):
            yield f"{tab.name}: the headings are not bold"
        if any(
            len(words(cell)) > 20 and not wraps.get(cell.get(f"{TABLE}style-name", ""))
            for row in tab.body
            for cell in row
            if cell.get(f"{OFFICE}value-type") == "string"
        ):
            yield f"{tab.name}: a long text that does not wrap"


def linked(found: Opened) -> Iterator[str]:
    """Links lead to sheets of this file, in words that say where; every sheet is in the contents, and they lead back."""
    names = {tab.name for tab in found.tabs}
    reached: dict[str, set[str]] = {}
    for tab in found.tabs:
        for link in tab.element.iter(f"{TEXT}a"):
            target = re.fullmatch(r"#'(.+)'\.A1", link.get(_HREF, ""))
            if target is None or target[1].replace("''", "'") not in names:
                yield f"{tab.name}: a link leads nowhere in this file"
            else:
                reached.setdefault(tab.name, set()).add(target[1].replace("''", "'"))
            if re.search(r"https?:|click here|^here$|^link$", "".join(link.itertext()), re.I):
                yield f"{tab.name}: a link's words do not say where it leads"
    for name in names - reached.get("Contents", set()) - {"Cover", "Contents"}:
        yield f"{name}: is not linked from the contents"
    for name in names - {"Contents"}:
        if "Contents" not in reached.get(name, set()):
            yield f"{name}: does not lead back to the contents"


def noted(found: Opened) -> Iterator[str]:
    """Notes are marked [note 1] in headings, and stand on the sheet Notes under their number."""
    stood = {words(row[0]) for tab in found.tabs if tab.name == "Notes" for row in tab.body}
    for tab in found.tabs:
        for heading in tab.headings:
            if any(note not in stood for note in re.findall(r"\[(note \d+)\]", heading)):
                yield f"{tab.name}: a note is not on the sheet Notes"
            if re.search(r"[*†‡¹²³]", heading):
                yield f"{tab.name}: a symbol in place of [note 1]"


def described(found: Opened) -> Iterator[str]:
    """The document's title, author and language are set; it opens at its first sheet."""
    for name in ("title", "creator", "language"):
        if not (found.parts["meta.xml"].findtext(f".//{_DC}{name}") or "").strip():
            yield f"the document has no {name}"
    settings = {
        item.get(key): item.text
        for item in found.parts["settings.xml"].iter()
        for key in item.attrib
        if key.endswith("}name")
    }
    if settings.get("ActiveTable") != found.tabs[0].name:
        yield "the first sheet is not the active one"


def _styles(found: Opened, attribute: str) -> dict[str, str]:
    return {
        style.get(f"{STYLE}name", ""): style.get(f"{STYLE}{attribute}", "")
        for style in found.content.iter(f"{STYLE}style")
    }


def _properties(found: Opened) -> dict[str, set[str]]:
    """The values of all properties of each style of cells."""
    return {
        style.get(f"{STYLE}name", ""): {value for part in style for value in part.attrib.values()}
        for style in found.content.iter(f"{STYLE}style")
    }


Rule = Callable[[Opened], Iterator[str]]
RULES: tuple[Rule, ...] = (
    one_table,
    no_gaps,
    titled,
    nothing_barred,
    only_totals_are_formulas,
    legible,
    linked,
    noted,
    described,
)
