"""Native charts of an XLSX package: the drawing that places them, and each chart's part.

A chart tells its series apart by pattern and marker as well as by ink, repeats the values of the cells that it refers to, so that
it shows before anything is recalculated, and has its words for who cannot see it.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from reports.book import Chart, ChartKind, Column, Kind, Table
from reports.cells import column_letters
from reports.front import Sheet
from reports.styles import INK
from reports.text_out import clean, xml_attribute, xml_text

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DRAWING: Final = "http://schemas.openxmlformats.org/drawingml/2006"

# Ink, pattern, marker and dashes of each series. Every ink has a contrast with white of more than 3 to 1; the dashes of a line
# that lies over another let that one be seen.
_LOOKS: Final = (
    ("12436D", None, "circle", "solid"),
    ("28A197", "wdUpDiag", "square", "dash"),
    ("801650", "pct50", "triangle", "sysDot"),
    ("C24A00", "horz", "diamond", "dashDot"),
    ("3D3D3D", "wdDnDiag", "x", "lgDash"),
    ("7A5FA8", "trellis", "star", "lgDashDot"),
)

_WHOLE: Final = "#,##0"
_FORMS: Final = {Kind.PENCE: "[$£-809]#,##0;\\-[$£-809]#,##0", Kind.PERCENT: "0%"}

# Rows of the sheet that one chart takes, and the columns.
_LINE_CHART_ROWS: Final = 26
_ROWS_AROUND: Final = 9
_ROWS_A_SERIES: Final = 0.9
_GAP_ROWS: Final = 2


class Placed(NamedTuple):
    """A chart with the sheet that its figures are on, and their table, whose headings have no marks of notes: they name the series."""

    chart: Chart
    sheet: Sheet
    table: Table

    @property
    def rows(self) -> Sequence[tuple[object, ...]]:
        """Those that it shows."""
        rows = [tuple(row) for row in self.table.rows]
        return rows if self.chart.rows is None else rows[self.chart.rows.start : self.chart.rows.stop]


def drawing_xml(charts: Sequence[Placed], below_row: int) -> str:
    """All charts of the sheet, one below the other, under the row of that number."""
    anchors = []
    top = below_row + _GAP_ROWS
    for number, placed in enumerate(charts, 1):
        bottom = top + _height(placed)
        chart = placed.chart
        anchors.append(
            f"<xdr:twoCellAnchor><xdr:from>{_corner(0, top)}</xdr:from><xdr:to>{_corner(3, bottom)}</xdr:to>"
            f'<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr><xdr:cNvPr id="{number + 1}" name="{_attribute(chart.title)}"'
            f' descr="{_attribute(chart.description)}"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr>'
            '<xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm>'
            f'<a:graphic><a:graphicData uri="{_DRAWING}/chart"><c:chart r:id="rId{number}"/></a:graphicData></a:graphic>'
            "</xdr:graphicFrame><xdr:clientData/></xdr:twoCellAnchor>"
        )
        top = bottom + _GAP_ROWS
    return (
        f'{_XML}<xdr:wsDr xmlns:xdr="{_DRAWING}/spreadsheetDrawing" xmlns:a="{_DRAWING}/main" xmlns:c="{_DRAWING}/chart"'
        f' xmlns:r="{_OFFICE}">{"".join(anchors)}</xdr:wsDr>'
    )


def _corner(column: int, row: int) -> str:
    return f"<xdr:col>{column}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{row}</xdr:row><xdr:rowOff>0</xdr:rowOff>"


def _height(placed: Placed) -> int:
    if placed.chart.kind is ChartKind.LINE:
        return _LINE_CHART_ROWS
    bars = max(len(placed.rows), 1) * (len(placed.chart.series) + 1)
    return _ROWS_AROUND + round(bars * _ROWS_A_SERIES)


def chart_xml(placed: Placed) -> str:
    """One chart's part."""
    chart = placed.chart
    series = "".join(_series(placed, number, key) for number, key in enumerate(chart.series))
    body = _bars(series) if chart.kind is ChartKind.BAR else _lines(series)
    unit = _column(placed.table, chart.series[0])[1]
    return (
        f'{_XML}<c:chartSpace xmlns:c="{_DRAWING}/chart" xmlns:a="{_DRAWING}/main" xmlns:r="{_OFFICE}">'
        '<c:lang val="en-GB"/><c:roundedCorners val="0"/><c:chart>'
        f'<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr>{_letters(1600, bold=True)}</a:pPr><a:r><a:rPr lang="en-GB" sz="1600" b="1"/>'
        f'<a:t>{xml_text(clean(chart.title))}</a:t></a:r></a:p></c:rich></c:tx><c:overlay val="0"/></c:title>'
        f'<c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>{body}{_axes(chart.kind, unit)}</c:plotArea>'
        f'<c:legend><c:legendPos val="b"/><c:overlay val="0"/>{_text_properties()}</c:legend>'
        '<c:plotVisOnly val="0"/><c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>'
    )


def _bars(series: str) -> str:
    return (
        f'<c:barChart><c:barDir val="bar"/><c:grouping val="clustered"/><c:varyColors val="0"/>{series}'
        '<c:gapWidth val="60"/><c:axId val="1"/><c:axId val="2"/></c:barChart>'
    )


def _lines(series: str) -> str:
    return (
        f'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>{series}'
        '<c:marker val="1"/><c:axId val="1"/><c:axId val="2"/></c:lineChart>'
    )


def _axes(kind: ChartKind, unit: Column) -> str:
    """The first row of the table stands first: at the top of bars, at the left of lines."""
    bars = kind is ChartKind.BAR
    order, crosses = ("maxMin", "max") if bars else ("minMax", "autoZero")
    form = _attribute(_FORMS.get(unit.kind, _WHOLE))
    return (
        f'<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="{order}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{"l" if bars else "b"}"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="low"/>{_edge()}{_text_properties()}<c:crossAx val="2"/></c:catAx>'
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{"b" if bars else "l"}"/><c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="B1B4B6"/>'
        f'</a:solidFill></a:ln></c:spPr></c:majorGridlines><c:numFmt formatCode="{form}" sourceLinked="0"/>'
        f'<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>{_edge()}{_text_properties()}'
        f'<c:crossAx val="1"/><c:crosses val="{crosses}"/><c:crossBetween val="between"/></c:valAx>'
    )


def _series(placed: Placed, number: int, key: str) -> str:
    ink, pattern, marker, dashes = _LOOKS[number]
    table = placed.table
    index, column = _column(table, key)
    labels, _ = _column(table, placed.chart.category)
    filled = _filled(ink, pattern)
    if placed.chart.kind is ChartKind.BAR:
        look = f'<c:spPr>{filled}<a:ln w="9525"><a:solidFill><a:srgbClr val="{ink}"/></a:solidFill></a:ln></c:spPr><c:invertIfNegative val="0"/>'
    else:
        stroke = f'<a:solidFill><a:srgbClr val="{ink}"/></a:solidFill>'
        look = (
            f'<c:spPr><a:ln w="31750">{stroke}<a:prstDash val="{dashes}"/></a:ln></c:spPr><c:marker><c:symbol val="{marker}"/><c:size val="9"/>'
            f"<c:spPr>{stroke}</c:spPr></c:marker>"
        )
    # A bar has its figure beside it: the shortest are too short to be read off the axis.
    said = _figures_beside(column.kind) if placed.chart.kind is ChartKind.BAR else ""
    smooth = "" if placed.chart.kind is ChartKind.BAR else '<c:smooth val="0"/>'
    return (
        f'<c:ser><c:idx val="{number}"/><c:order val="{number}"/><c:tx><c:v>{xml_text(clean(column.heading))}</c:v></c:tx>{look}{said}'
        f"<c:cat><c:strRef><c:f>{_range(placed, labels)}</c:f>{_cached(placed, labels, 'str')}</c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>{_range(placed, index)}</c:f>{_cached(placed, index, 'num')}</c:numRef></c:val>{smooth}</c:ser>"
    )


def _figures_beside(kind: Kind) -> str:
    return (
        f'<c:dLbls><c:numFmt formatCode="{_attribute(_FORMS.get(kind, _WHOLE))}" sourceLinked="0"/>{_text_properties()}'
        '<c:dLblPos val="outEnd"/><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/>'
        '<c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
    )


def _filled(ink: str, pattern: str | None) -> str:
    if pattern is None:
        return f'<a:solidFill><a:srgbClr val="{ink}"/></a:solidFill>'
    return (
        f'<a:pattFill prst="{pattern}"><a:fgClr><a:srgbClr val="{ink}"/></a:fgClr>'
        '<a:bgClr><a:srgbClr val="FFFFFF"/></a:bgClr></a:pattFill>'
    )


def _cached(placed: Placed, index: int, kind: str) -> str:
    rows, unit = placed.rows, placed.table.columns[index].kind
    form = "<c:formatCode>General</c:formatCode>" if kind == "num" else ""
    points = []
    for number, row in enumerate(rows):
        value = row[index]
        if value is None:
            continue
        if kind == "str":
            said = xml_text(clean(str(value)))
        else:
            said = f"{value / 100:.2f}" if unit is Kind.PENCE else repr(value)  # type: ignore[operator]
        points.append(f'<c:pt idx="{number}"><c:v>{said}</c:v></c:pt>')
    return f'<c:{kind}Cache>{form}<c:ptCount val="{len(rows)}"/>{"".join(points)}</c:{kind}Cache>'


def _column(table: Table, key: str) -> tuple[int, Column]:
    return next((index, column) for index, column in enumerate(table.columns) if column.key == key)


def _range(placed: Placed, index: int) -> str:
    letters, shown = column_letters(index), placed.chart.rows or range(max(placed.sheet.rows, 1))
    first, last = placed.sheet.header_row + 1 + shown.start, placed.sheet.header_row + shown.stop
    return xml_text(f"{_quoted(placed.sheet)}${letters}${first}:${letters}${last}")


def _quoted(sheet: Sheet) -> str:
    quoted = sheet.name.replace("'", "''")
    return f"'{quoted}'!"


def _attribute(text: str) -> str:
    return xml_attribute(clean(text))


def _letters(size: int = 1200, *, bold: bool = False) -> str:
    return (
        f'<a:defRPr sz="{size}" b="{int(bold)}"><a:solidFill><a:srgbClr val="{INK[2:]}"/></a:solidFill>'
        '<a:latin typeface="Arial"/></a:defRPr>'
    )


def _text_properties() -> str:
    return f'<c:txPr><a:bodyPr/><a:p><a:pPr>{_letters()}</a:pPr><a:endParaRPr lang="en-GB"/></a:p></c:txPr>'


def _edge() -> str:
    return f'<c:spPr><a:ln w="9525"><a:solidFill><a:srgbClr val="{INK[2:]}"/></a:solidFill></a:ln></c:spPr>'
