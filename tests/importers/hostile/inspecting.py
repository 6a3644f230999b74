"""What is live in a file that goes out, found by other means than those that take it out.

Hostile files of the tests name EVIL wherever they reach for something: it may be a text in a cell or a note, and nothing else.
"""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree as ET

EVIL = "evil.example"
_TEXTS = {"t", "v", "text", "author", "title", "subject", "stringValue"}
_NAMES = re.compile(
    r"vba|macro|embedd|activex|externallink|connection|querytable|customui|webext|\.\.|^/|\\|\.svg$", re.IGNORECASE
)
_KINDS = re.compile(
    r"vba|macro|oleobject|package$|control$|connection|external|query|extensibility|webext|xmlmaps|attachedtemplate",
    re.IGNORECASE,
)
_FORMULAS = {"f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula"}
_REACHING = re.compile(
    r"WEBSERVICE|HYPERLINK|\bRTD|\bCALL\b|REGISTER|IMPORT|INDIRECT|\bEXEC|IMAGE|\bDDE|CUBE|\|[^\"]*!|\[\d+\]|://|\\\\|UNKNOWN",
    re.IGNORECASE,
)
_ELEMENTS = {"ddeLink", "oleLink", "oleObject", "externalReference", "connection", "webPublishItem", "externalData"}
_RISKY = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_EDITED = re.compile(r"[=+\-@\t\r\n]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def live_in(data: bytes) -> list[str]:
    """All that could run or reach outside, in an XLSX; a sentence each."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        names = book.namelist()
        assert len(names) == len({name.lower() for name in names})
        for name in names:
            content = book.read(name)
            if _NAMES.search(name):
                found.append(f"a part {name}")
            if name.endswith((".xml", ".rels")):
                found += [f"{name}: {what}" for what in _in_markup(name, content)]
            elif EVIL.encode() in content or b"Macro" in content or b"script" in content:
                found.append(f"{name}: reaches out")
    return found


def _in_markup(name: str, content: bytes) -> list[str]:
    if b"<!DOCTYPE" in content:
        return ["a document type"]
    found = []
    try:
        tree = ET.fromstring(content)  # noqa: S314  our own file
    except ET.ParseError:
        return ["no XML"]
    for element in tree.iter():
        local = element.tag.rpartition("}")[2]
        said = (element.text or "") + (element.tail or "")
        if local in _ELEMENTS or (local in _FORMULAS and _REACHING.search(said)):
            found.append(f"{local} {said}")
        if EVIL in said and local not in _TEXTS:
            found.append(f"{local} {said}")
        for key, value in element.attrib.items():
            if EVIL in value or (key in ("macro", "fmlaMacro") and value):
                found.append(f"{local} {key}={value}")
        if local == "Relationship":
            found += _in_relation(element)
        if name == "[Content_Types].xml" and re.search(
            r"vba|macro|ole|external|activex", element.get("ContentType", ""), re.IGNORECASE
        ):
            found.append(element.get("ContentType", ""))
    return found


def _in_relation(relation: ET.Element) -> list[str]:
    target = relation.get("Target", "")
    outside = relation.get("TargetMode") == "External" and not target.startswith("#")
    kind = relation.get("Type", "").rpartition("/")[2]
    return (
        [f"a pointer to {target} ({kind})"]
        if outside or _KINDS.search(kind) or ".." in target.removeprefix("../")
        else []
    )


def live_in_ods(data: bytes) -> list[str]:
    """All that could run or reach outside, in an ODS: links, programs, sources, and formulas that name anything but cells."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        for name in book.namelist():
            if not name.endswith((".xml", ".rdf")):
                found += [f"a part {name}"] if _NAMES.search(name) else []
                continue
            for element in ET.fromstring(book.read(name)).iter():  # noqa: S314  our own file
                local = element.tag.rpartition("}")[2]
                if local in (
                    "dde-source",
                    "script",
                    "event-listener",
                    "object",
                    "object-ole",
                    "plugin",
                    "table-source",
                    "dde-link",
                ):
                    found.append(f"{name}: {local}")
                for key, value in element.attrib.items():
                    attribute = key.rpartition("}")[2]
                    reaches = attribute == "formula" and _REACHING.search(value)
                    if reaches or (attribute == "href" and not value.startswith("#")) or EVIL in value:
                        found.append(f"{name}: {attribute} {value}")
    return found


def formulas_in(data: bytes) -> list[str]:
    """The formulas of an XLSX's cells, names, rules and drop-downs."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        for name in book.namelist():
            if name.endswith(".xml"):
                tree = ET.fromstring(book.read(name))  # noqa: S314  our own file
                found += [e.text for e in tree.iter() if e.text and e.tag.rpartition("}")[2] in _FORMULAS]
    return found


def unquoted_in(data: bytes) -> list[str]:
    """Texts of an XLSX that would be a formula once somebody edits their cell: their format lacks the quote prefix."""
    from openpyxl import load_workbook

    return [
        f"{sheet.title}!{cell.coordinate}"
        for sheet in load_workbook(io.BytesIO(data)).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.data_type != "f" and _EDITED.match(cell.value) and not cell.quotePrefix
    ]


def live_in_csv(data: bytes) -> list[str]:
    """Fields of a CSV that a spreadsheet program would take for formulas."""
    text = data.decode("utf-8-sig")
    fields = [field for row in csv.reader(io.StringIO(text, newline="")) for field in row]
    return [field for field in fields if _RISKY.match(field) and not _NUMBER.fullmatch(field)]
