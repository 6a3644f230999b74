"""XLSX before its cells are read: which parts it has, what in them is out of bounds, and which cells hold errors."""

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as ET

from importers.archive import Archive
from importers.cells import Hidden, Inspected, column_number, matching_names
from importers.limits import Limits
from importers.messages import refuse
from importers.xlsx_marks import dialect, error_marks, format_marks, hidden_in, unlike_pounds

_CONTENT_TYPES: Final = "[Content_Types].xml"
_PACKAGE_RELATIONS: Final = "_rels/.rels"
_KINDS: Final = (
    (b"spreadsheetml.sheet.main+xml", "xlsx"),
    (b"spreadsheetml.template.main+xml", "xlsx"),
    (b"sheet.macroEnabled", "macros"),
    (b"template.macroEnabled", "macros"),
    (b"sheet.binary", "binary_workbook"),
    (b"wordprocessingml", "word"),
    (b"presentationml", "presentation"),
)
_LEFT_BY_FINDER: Final = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$)")
_WORKBOOKS: Final = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".csv")
_COUNTS: Final = re.compile(rb"\s(?:count|uniqueCount)\s*=\s*([\"'])[^\"']*\1")
_SHORTEST_CELL: Final = len(b"<c ")
_FILLED: Final = re.compile(rb"<(?:[\w.-]+:)?(?:v|is|f)[\s>/]")


def zip_kind(archive: Archive) -> str:
    """`xlsx`, or the code of why this zip is not one."""
    names = archive.names
    if _CONTENT_TYPES in names:
        declared = archive.read_xml(_CONTENT_TYPES)
        return next((kind for sign, kind in _KINDS if sign in declared), "other_zip")
    if "Index.zip" in names or any(name.endswith(".iwa") for name in names):
        return "apple"
    files = [name for name in names if not name.endswith("/") and not _LEFT_BY_FINDER.search(name)]
    return "zipped_workbook" if len(files) == 1 and files[0].lower().endswith(_WORKBOOKS) else "other_zip"


def inspect_xlsx(archive: Archive, wanted: tuple[str, ...], limits: Limits) -> Inspected:
    """Inflates the parts that the wanted sheets need. Raises NotAReturn for what is damaged or out of bounds."""
    parts = {name: archive.read_xml(name) for name in (_CONTENT_TYPES, _PACKAGE_RELATIONS)}
    book = _book(parts[_PACKAGE_RELATIONS])
    folder, _, file = book.rpartition("/")
    relations = f"{folder}/_rels/{file}.rels".removeprefix("/")
    styles = f"{folder}/styles.xml".removeprefix("/")
    for name in (book, relations, *({styles} & archive.names)):
        parts[name] = archive.read_xml(name)
    ids, unseen, dates_1904 = _sheets(parts[book])
    targets = _targets(parts[relations], folder)
    for path in targets.values():
        if path.lower().endswith("sharedstrings.xml") and path in archive.names:
            parts[path] = _shared_strings(archive.read_xml(path), limits)
    names = tuple(ids)
    sheets = matching_names(names, wanted)
    if wanted and not sheets and not any(_FILLED.search(_sheet_part(archive, path)) for path in targets.values()):
        raise refuse("empty_workbook")
    formats = unlike_pounds(_tree(parts[styles])) if styles in parts else {}
    marks: dict[str, dict[tuple[int, int], str]] = {}
    hidden: dict[str, Hidden] = {}
    for there in sheets.values():
        path = targets.get(ids[there], "")
        content = archive.read_xml(path)
        parts[path] = content
        _check_bounds(there, content, limits)
        marks[there] = format_marks(content, formats) | error_marks(content)
        hidden[there] = hidden_in(content, sheet=there in unseen)
    _check_cells([parts[targets.get(ids[there], "")] for there in sheets.values()], limits)
    return Inspected(parts=parts, names=names, sheets=sheets, marks=marks, hidden=hidden, dates_1904=dates_1904)


def _sheet_part(archive: Archive, path: str) -> bytes:
    return archive.read_xml(path) if "/worksheets/" in path and path in archive.names else b""


def _tree(content: bytes) -> ET.Element:
    try:
        return ET.fromstring(content)  # noqa: S314  document types, and so entities, were refused before
    except (ET.ParseError, ValueError, LookupError) as error:
        raise refuse("damaged") from error


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _sheets(book: bytes) -> tuple[dict[str, str], set[str], bool]:
    """Each sheet's name and the id of its part; those that are hidden; whether days are counted from 1904."""
    ids: dict[str, str] = {}
    unseen: set[str] = set()
    dates_1904 = False
    for element in _tree(book).iter():
        if _local(element) == "sheet":
            part = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
            ids.setdefault(element.get("name", ""), part)
            if element.get("state", "visible") != "visible":
                unseen.add(element.get("name", ""))
        elif _local(element) == "workbookPr":
            dates_1904 = element.get("date1904", "0") in ("1", "true", "on")
    return ids, unseen, dates_1904


def _book(relations: bytes) -> str:
    """The path of the part that lists the sheets."""
    for element in _tree(relations).iter():
        if element.get("Type", "").endswith("/officeDocument"):
            return element.get("Target", "").removeprefix("/")
    raise refuse("damaged")


def _targets(relations: bytes, folder: str) -> dict[str, str]:
    """The paths of a workbook's parts by their ids; none outside the file."""
    targets: dict[str, str] = {}
    for element in _tree(relations).iter():
        if _local(element) == "Relationship" and element.get("TargetMode") != "External":
            target = element.get("Target", "")
            path = target if target.startswith("/") else f"{folder}/{target}"
            targets[element.get("Id", "")] = path.removeprefix("/")
    return targets


def _shared_strings(content: bytes, limits: Limits) -> bytes:
    """Without the counts, which may lie and which the reader would believe."""
    _check_texts(content, limits)
    root = content.find(b">", content.find(b"sst")) + 1
    return _COUNTS.sub(b"", content[:root]) + content[root:]


def _check_texts(content: bytes, limits: Limits) -> None:
    """A text that is too long leaves whole blocks without any markup: few files need the slower look."""
    block = limits.text_characters // 2
    if any(content.find(b"<", at, at + block) < 0 for at in range(0, len(content) - block, block)) and re.search(
        rb">[^<]{%d}" % (limits.text_characters + 1), content
    ):
        raise refuse("text_too_long", limit=limits.text_characters)


def _check_cells(sheets: Sequence[bytes], limits: Limits) -> None:
    """Raises NotAReturn where all sheets together have too many cells. Few are long enough to count them."""
    if sum(map(len, sheets)) <= limits.cells * _SHORTEST_CELL:
        return
    pairs = [(sheet, dialect(sheet)[0]) for sheet in sheets]
    if sum(sheet.count(b"<%sc " % prefix) + sheet.count(b"<%sc>" % prefix) for sheet, prefix in pairs) > limits.cells:
        raise refuse("too_many_cells", limit=limits.cells)


def _check_bounds(sheet: str, content: bytes, limits: Limits) -> None:
    """Raises NotAReturn where cells are too far apart or too long.

    A file that is made to mislead this look, its rows out of order say, meets the limits of the process instead.
    """
    prefix, quote = dialect(content)
    wide = {column.decode() for column in re.findall(rb" r=%s([A-Z]{2,9})[0-9]" % quote, content)}
    widest = max(wide, key=lambda letters: (len(letters), letters), default="Z")
    last_row = content.rfind(b"<%srow " % prefix)
    number = re.search(rb"\sr=[\"']([0-9]{1,9})[\"']", content[last_row : last_row + 200]) if last_row >= 0 else None
    rows, columns = int(number[1]) if number else 0, column_number(widest)
    too_wide = columns > 26 and (columns > limits.columns or rows * columns > limits.area)
    if rows > limits.rows or too_wide:
        raise refuse("cell_too_far", sheet=sheet, cell=f"{widest if too_wide else 'A'}{rows}")
    _check_texts(content, limits)
