"""A workbook from a stranger made fit to be handed on: nothing in its copy runs, or reaches outside the file.

What stays: formulas that compute from the workbook alone, links to its own cells, formats, pictures, charts, drop-downs, tables,
pivot tables over its own cells. What is taken out: links to anywhere else, formulas that name another workbook, another program
or a function that is not known to stay inside (their last results stay), and macros of buttons. A workbook with more than that,
such as embedded objects, data connections, queries or custom menus, cannot be handed on in parts: Live is raised, and its copy is
one of its values. Parts that nothing points to are left out.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final
from xml.parsers import expat

from importers.annotation.markup import Unmarkable, run
from importers.annotation.package import Package, Relation
from importers.annotation.scan import Live, TakenOut, is_inside, without_reach
from importers.answer import NotAReturn

_PICTURES: Final = frozenset({"image", "thumbnail", "hdphoto"})
_OPAQUE: Final = frozenset({"printerSettings", "customProperty"})
_SHEETS: Final = frozenset({"worksheet", "chartsheet"})
_POINTERS: Final = frozenset({"hyperlink", "externalLink"})
"""What points to no part that stays."""
_KEPT: Final = (
    _PICTURES
    | _OPAQUE
    | _SHEETS
    | frozenset(
        """officeDocument core-properties extended-properties custom-properties classificationlabels docMetadata styles theme
        themeOverride sharedStrings calcChain sheetMetadata person threadedComment comments vmlDrawing drawing chart chartEx chartStyle
        chartColorStyle chartUserShapes ctrlProp table pivotTable pivotCacheDefinition pivotCacheRecords slicer slicerCache timeline
        timelineCache customXml customXmlProps diagramData diagramLayout diagramQuickStyle diagramColors diagramDrawing
        FeaturePropertyBag rdRichValue rdRichValueStructure rdRichValueTypes rdArray rdSupportingPropertyBag""".split()  # noqa: SIM905
    )
)
"""The kinds of parts that may go out. Source: ECMA-376 part 1, 12.3 to 15.2, and MS-XLSX 2.1; what is not named here does not."""
_WORDS: Final = {
    "oleObject": "an embedded object",
    "package": "an embedded file",
    "control": "a control that runs a program",
    "connections": "a data connection",
    "queryTable": "a query to elsewhere",
    "xmlMaps": "a map to XML files",
    "vbaProject": "macros",
    "xlMacrosheet": "macros",
    "xlIntlMacrosheet": "macros",
    "image": "a picture from elsewhere",
    "externalLinkPath": "a table with data from elsewhere",
    "extensibility": "a menu of its own",
    "ui/extensibility": "a menu of its own",
    "webextension": "an add-in",
    "taskpanes": "an add-in",
    "webextensiontaskpanes": "an add-in",
}
_OTHER: Final = "something that is no part of a plain workbook"
_NOT_PLAIN: Final = re.compile(
    r"macro|vba|activex|oleobject|external|connections|querytable|webextension|customui", re.IGNORECASE
)
_PICTURE_SIGNS: Final = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"\xd7\xcd\xc6\x9a", b"\x01\x00\x09\x00", b"\x01\x00\x00\x00", b"II\xbc\x01",
)  # fmt: skip
"""PNG, JPEG, GIF, bitmap, TIFF, HD photo, and Windows metafiles, old and new. SVG, which can hold programs and links, is none of them."""
_ENCODING: Final = re.compile(rb"\A\s*<\?xml[^>]{0,200}\sencoding\s*=\s*[\"']([^\"']{0,40})[\"']")
_ENCODINGS: Final = (b"utf-8", b"utf8", b"us-ascii", b"iso-8859-1", b"windows-1252")
_MASHUP: Final = (b"DataMashup", "DataMashup".encode("utf-16-le"), "DataMashup".encode("utf-16-be"))
_MACRO_OF_SHAPE: Final = re.compile(rb"<((?:[\w.-]+:)?FmlaMacro)\b[^>]*>[^<]*</\1\s*>", re.IGNORECASE)
_LIVE_SHAPE: Final = re.compile(
    rb"FmlaMacro|Fmla(?:Link|Range|Txbx|Group|Pict)\b[^>]*>[^<]*[\[|(]|OLEObject|(?:href|src|relid:link)\s*=|<script|javascript:|url\s*\(",
    re.IGNORECASE,
)


def make_inert(package: Package) -> TakenOut:
    """Takes out of the package what reaches outside it, and says what. Raises Live, Unmarkable, and NotAReturn for what is no XML."""
    taken = TakenOut()
    kept: dict[str, str] = {}
    done: set[str] = set()
    if [relation.kind for relation in package.relations("").listed].count("officeDocument") != 1:
        raise Unmarkable
    waiting = [""]
    while waiting:
        source = waiting.pop()
        gone = {relation.id for relation in _without_elsewhere(package, source, taken)}
        for relation in package.relations(source).listed:
            if relation.kind in _POINTERS:
                continue
            if kept.setdefault(_checked(package, relation), relation.kind) != relation.kind:
                raise Unmarkable  # a part is cleaned as what it is, and it cannot be two things
            if relation.target not in done:
                done.add(relation.target)
                waiting.append(relation.target)
        if source:
            _clean(package, source, kept[source], gone, taken)
    if taken.formulas:
        _drop_order_of_calculation(package, kept)
    package.keep(kept)
    return taken


def _without_elsewhere(package: Package, source: str, taken: TakenOut) -> Iterator[Relation]:
    """Drops the pointers that lead outside and can be taken out alone. Raises Live for one that cannot."""
    relations = package.relations(source)
    for relation in relations.listed:
        if relation.is_external and relation.kind != "hyperlink":
            raise Live(_WORDS.get(relation.kind, _OTHER))
        if relation.kind == "externalLink" or (relation.kind == "hyperlink" and not is_inside(relation.target)):
            relations.drop(relation)
            taken.references += relation.kind == "externalLink"
            yield relation


def _checked(package: Package, relation: Relation) -> str:
    """The path of a part that may go out. Raises Live for one that may not, Unmarkable for one that is not there."""
    if relation.kind not in _KEPT:
        raise Live(_WORDS.get(relation.kind, _OTHER))
    if relation.target not in package.names:
        raise Unmarkable
    if relation.kind != "officeDocument" and _NOT_PLAIN.search(package.declared_as(relation.target)):
        raise Live(_OTHER)
    return relation.target


def _clean(package: Package, path: str, kind: str, gone: Collection[str], taken: TakenOut) -> None:
    if kind in _OPAQUE:
        return
    if kind in _PICTURES:
        if not package.read_raw(path).startswith(_PICTURE_SIGNS):
            raise Live("a picture of a kind that can hold programs")
        return
    if kind == "customXml":
        if any(sign in package.read_raw(path) for sign in _MASHUP):
            raise Live("a query to elsewhere")
        return
    if kind == "vmlDrawing":
        _clean_shapes(package, path, taken)
        return
    content = _markup(package, path)
    cleaned = without_reach(path, content, gone, taken, is_sheet=kind in _SHEETS)
    if cleaned is not content:
        package.write(path, cleaned)


def _markup(package: Package, path: str) -> bytes:
    """A part whose bytes mean to every reader what they mean here."""
    try:
        content = package.read(path)
        run(expat.ParserCreate(), content)  # what is no XML, some program may still make something of
    except NotAReturn as error:
        if error.refused.code == "damaged":
            raise Unmarkable from error
        raise
    encoding = _ENCODING.match(content)
    if encoding and encoding[1].lower() not in _ENCODINGS:
        raise Unmarkable
    return content


def _clean_shapes(package: Package, path: str, taken: TakenOut) -> None:
    """Old drawings need not be well-formed: they are looked at as they stand."""
    content = package.read_raw(path)
    cleaned, macros = _MACRO_OF_SHAPE.subn(b"", content)
    if b"\x00" in cleaned or _LIVE_SHAPE.search(cleaned):
        raise Live("a shape that runs a program")
    if macros:
        taken.macros += macros
        package.write(path, cleaned)


def _drop_order_of_calculation(package: Package, kept: dict[str, str]) -> None:
    """It names cells that have no formula any more; spreadsheet programs make it anew."""
    relations = package.relations(package.book)
    for relation in relations.listed:
        if relation.kind == "calcChain":
            relations.drop(relation)
            kept.pop(relation.target, None)
