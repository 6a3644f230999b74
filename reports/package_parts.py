"""The fixed parts of an XLSX package around its sheets: types, relations, the workbook, the document's properties."""

from collections.abc import Sequence
from datetime import UTC
from typing import Final

from reports.book import Book
from reports.front import Sheet
from reports.text_out import clean, xml_attribute, xml_text

DRAWING: Final = "xl/drawings/drawing1.xml"
DRAWING_RELATIONS: Final = "xl/drawings/_rels/drawing1.xml.rels"

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument"


def location(sheet_name: str) -> str:
    """The top of a sheet, as a link inside the workbook says it."""
    quoted = sheet_name.replace("'", "''")
    return f"'{quoted}'!A1"


def sheet_path(number: int) -> str:
    """Where a sheet's part is in the package."""
    return f"xl/worksheets/sheet{number}.xml"


def sheet_relations_path(number: int) -> str:
    """Where a sheet says which table it holds."""
    return f"xl/worksheets/_rels/sheet{number}.xml.rels"


def table_path(number: int) -> str:
    """Where a table's part is in the package."""
    return f"xl/tables/table{number}.xml"


def chart_path(number: int) -> str:
    """Where a chart's part is in the package."""
    return f"xl/charts/chart{number}.xml"


def sheet_relations(number: int, *, draws: bool = False) -> str:
    """That a sheet holds the table of the same number, and perhaps the drawing."""
    drawing = [(f"{_OFFICE}/drawing", "../drawings/drawing1.xml")] if draws else []
    return _relations([(f"{_OFFICE}/table", f"../tables/table{number}.xml"), *drawing])


def drawing_relations(count: int) -> str:
    """That the drawing holds that many charts."""
    return _relations([(f"{_OFFICE}/chart", f"../charts/chart{number}.xml") for number in range(1, count + 1)])


def closing_parts(book: Book, sheets: Sequence[Sheet], stylesheet: str) -> list[tuple[str, str]]:
    """The parts that can be written once all sheets are known: paths and contents. `sheets` in the order of tabs."""
    return [
        ("xl/workbook.xml", _workbook(sheets)),
        ("xl/_rels/workbook.xml.rels", _workbook_relations(sheets)),
        ("xl/styles.xml", stylesheet),
        ("docProps/core.xml", _core_properties(book)),
        ("docProps/app.xml", _app_properties(book)),
        ("_rels/.rels", _package_relations()),
        ("[Content_Types].xml", _content_types(sheets, len(book.charts))),
    ]


def _workbook(sheets: Sequence[Sheet]) -> str:
    tabs = "".join(
        f'<sheet name="{xml_attribute(sheet.name)}" sheetId="{sheet.number}" r:id="rId{sheet.number}"/>'
        for sheet in sheets
    )
    titles = "".join(
        f'<definedName name="_xlnm.Print_Titles" localSheetId="{index}">'
        f"{xml_text(location(sheet.name).removesuffix('A1'))}${sheet.header_row}:${sheet.header_row}</definedName>"
        for index, sheet in enumerate(sheets)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><workbookPr date1904="0"/>'
        '<bookViews><workbookView xWindow="0" yWindow="0" windowWidth="28800" windowHeight="15000" firstSheet="0" activeTab="0"/>'
        f'</bookViews><sheets>{tabs}</sheets><definedNames>{titles}</definedNames><calcPr calcId="191029"/></workbook>'
    )


def _workbook_relations(sheets: Sequence[Sheet]) -> str:
    numbers = sorted(sheet.number for sheet in sheets)
    targets = [(f"{_OFFICE}/worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    return _relations([*targets, (f"{_OFFICE}/styles", "styles.xml")])


def _package_relations() -> str:
    return _relations(
        [
            (f"{_OFFICE}/officeDocument", "xl/workbook.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            (f"{_OFFICE}/extended-properties", "docProps/app.xml"),
        ]
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def _core_properties(book: Book) -> str:
    created = f"{book.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    creator, title, purpose, language = (
        xml_text(clean(text)) for text in (book.creator, book.cover.title, book.cover.purpose, book.language)
    )
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator><dc:description>{purpose}</dc:description>"
        f"<dc:language>{language}</dc:language><cp:lastModifiedBy>{creator}</cp:lastModifiedBy>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{created}</dcterms:created>'
        f'<dcterms:modified xsi:type="dcterms:W3CDTF">{created}</dcterms:modified></cp:coreProperties>'
    )


def _app_properties(book: Book) -> str:
    return (
        f'{_XML}<Properties xmlns="{_OFFICE.replace("relationships", "extended-properties")}">'
        f"<Application>{xml_text(clean(book.creator))}</Application></Properties>"
    )


def _content_types(sheets: Sequence[Sheet], charts: int) -> str:
    overrides = [
        ("/xl/workbook.xml", f"{_TYPE}.spreadsheetml.sheet.main+xml"),
        ("/xl/styles.xml", f"{_TYPE}.spreadsheetml.styles+xml"),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
        ("/docProps/app.xml", f"{_TYPE}.extended-properties+xml"),
    ]
    for number in sorted(sheet.number for sheet in sheets):
        overrides.append((f"/{sheet_path(number)}", f"{_TYPE}.spreadsheetml.worksheet+xml"))
        overrides.append((f"/{table_path(number)}", f"{_TYPE}.spreadsheetml.table+xml"))
    if charts:
        overrides.append((f"/{DRAWING}", f"{_TYPE}.drawing+xml"))
    overrides += [(f"/{chart_path(number)}", f"{_TYPE}.drawingml.chart+xml") for number in range(1, charts + 1)]
    entries = "".join(f'<Override PartName="{path}" ContentType="{kind}"/>' for path, kind in overrides)
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{entries}</Types>'
    )
