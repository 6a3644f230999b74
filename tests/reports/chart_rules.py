"""What a native chart must keep to: words for who cannot see it, more than colour to tell series apart, the figures of its cells.

Sources: the Government Analysis Function's "Data visualisation: charts"; WCAG 2.2, 1.4.1 and 1.4.11; ECMA-376 part 1, 21.2.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from openpyxl.chart.chartspace import ChartSpace
from openpyxl.utils import range_boundaries
from openpyxl.workbook.workbook import Workbook

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_X = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_PLACE = re.compile(r"'((?:[^']|'')+)'!\$?([A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)")
_LEAST_CONTRAST = 3.0
_LEAST_SIZE = 1200


def chart_problems(parts: dict[str, bytes], values: Workbook) -> Iterator[str]:
    """What the drawing of a workbook, and each of its charts, breaks; `values` has the stored values of its cells."""
    if "xl/drawings/drawing1.xml" in parts:
        yield from _drawing(parts, values)
    for name, content in parts.items():
        if name.startswith("xl/charts/chart"):
            chart = ET.fromstring(content)  # noqa: S314 – our own file
            for rule in (_titled, _large, _told_apart, _in_order):
                yield from (f"{name}: {problem}" for problem in rule(chart))
            yield from (f"{name}: {problem}" for problem in (*_true(chart, values), *_named(chart, values)))


def _drawing(parts: dict[str, bytes], values: Workbook) -> Iterator[str]:
    """Charts alone, on a sheet of their own, below its table, one below the other, each described there and in its own words."""
    drawing = ET.fromstring(parts["xl/drawings/drawing1.xml"])  # noqa: S314 – our own file
    holders = [name for name, content in parts.items() if name.endswith(".rels") and b"drawings/drawing" in content]
    if "Charts" not in values.sheetnames or len(holders) != 1:
        yield "the charts are not on one sheet called Charts"
        return
    sheet = values["Charts"]
    told = {str(cell.value) for row in sheet.iter_rows() for cell in row}
    lowest = sheet.max_row
    for anchor in drawing:
        frames = anchor.findall(f"{_X}graphicFrame")
        if len(frames) != 1 or set(anchor) - {
            *frames,
            *(anchor.find(f"{_X}{part}") for part in ("from", "to", "clientData")),
        }:
            yield "the drawing holds something that is no chart"
            continue
        facts = frames[0].find(f"{_X}nvGraphicFramePr/{_X}cNvPr")
        description = "" if facts is None else facts.get("descr", "")
        if len(description) < 40:
            yield "a chart has no words for who cannot see it"
        elif description not in told:
            yield "a chart's words are not in the table of its sheet"
        top, bottom = (int(anchor.findtext(f"{_X}{edge}/{_X}row", "0")) for edge in ("from", "to"))
        if not lowest <= top < bottom:
            yield "a chart lies over the table, or over another chart"
        lowest = bottom


def _titled(chart: ET.Element) -> Iterator[str]:
    title = chart.find(f"{_C}chart/{_C}title")
    if title is None or not "".join(title.itertext()).strip():
        yield "it has no title"
    if chart.find(f"{_C}chart/{_C}legend") is None:
        yield "it has no legend"
    for axis in ("catAx", "valAx"):
        if chart.find(f".//{_C}{axis}/{_C}delete[@val='0']") is None:
            yield "it has no axis"


def _large(chart: ET.Element) -> Iterator[str]:
    for letters in chart.iter(f"{_A}defRPr"):
        face = letters.find(f"{_A}latin")
        if int(letters.get("sz", "0")) < _LEAST_SIZE or face is None or face.get("typeface") != "Arial":
            yield "its letters are not Arial of 12 points or more"
    for holder in ("catAx", "valAx", "legend"):
        if chart.find(f".//{_C}{holder}/{_C}txPr") is None:
            yield f"its {holder} has letters of no size"


def _told_apart(chart: ET.Element) -> Iterator[str]:
    looks = []
    for series in chart.iter(f"{_C}ser"):
        pattern, symbol = series.find(f"{_C}spPr/{_A}pattFill"), series.find(f"{_C}marker/{_C}symbol")
        looks.append((None if pattern is None else pattern.get("prst"), None if symbol is None else symbol.get("val")))
        inks = [ink.get("val", "") for ink in series.iter(f"{_A}srgbClr")]
        if any(contrast_with_white(ink) < _LEAST_CONTRAST for ink in inks if ink != "FFFFFF"):
            yield "a series has too little contrast"
    if len(set(looks)) < len(looks):
        yield "two series differ by colour alone"


def _in_order(chart: ET.Element) -> Iterator[str]:
    """The schema lays down the order of elements, and Excel refuses another; openpyxl writes what it read in that order."""
    read: Any = ChartSpace.from_tree(chart)  # type: ignore[arg-type]
    again = ET.fromstring(ET.tostring(read.to_tree()))  # noqa: S314 – our own file
    for ours, theirs in _beside(chart, again):
        here, there = ([child.tag for child in element] for element in (ours, theirs))
        if [tag for tag in here if tag in there] != [tag for tag in there if tag in here]:
            yield f"{ours.tag.removeprefix(_C)} has its parts in an order that the format does not allow"


def _beside(ours: ET.Element, theirs: ET.Element) -> Iterator[tuple[ET.Element, ET.Element]]:
    yield ours, theirs
    for tag in dict.fromkeys(child.tag for child in ours):
        for pair in zip(ours.findall(tag), theirs.findall(tag), strict=False):
            yield from _beside(*pair)


def _true(chart: ET.Element, values: Workbook) -> Iterator[str]:
    """What it shows before it is worked out again is what its cells hold."""
    for found in chart.iter():
        if found.tag not in (f"{_C}strRef", f"{_C}numRef"):
            continue
        place = _PLACE.fullmatch(found.findtext(f"{_C}f", ""))
        if place is None or place[1].replace("''", "'") not in values.sheetnames:
            yield "it shows cells of no sheet of this workbook"
            continue
        sheet = values[place[1].replace("''", "'")]
        left, top, right, bottom = (number or 0 for number in range_boundaries(place[2].replace("$", "")))
        cells = [sheet.cell(row, left).value for row in range(top, bottom + 1)]
        shown = {int(point.get("idx", "-1")): point.findtext(f"{_C}v", "") for point in found.iter(f"{_C}pt")}
        said = _words if found.tag == f"{_C}strRef" else _amount
        stood = {at: said(cell) for at, cell in enumerate(cells) if cell is not None}
        if left != right or stood != {at: said(text) for at, text in shown.items()}:
            yield f"it shows other values than {place[0]} holds"


def _named(chart: ET.Element, values: Workbook) -> Iterator[str]:
    """Each series is called what its column is headed, without the mark of a note."""
    for series in chart.iter(f"{_C}ser"):
        place = _PLACE.fullmatch(series.findtext(f"{_C}val/{_C}numRef/{_C}f", ""))
        if place is None or place[1].replace("''", "'") not in values.sheetnames:
            continue
        sheet = values[place[1].replace("''", "'")]
        column, top, _, _ = (number or 0 for number in range_boundaries(place[2].replace("$", "")))
        above = [str(sheet.cell(row, column).value).split(" [note ")[0] for row in range(1, top)]
        if series.findtext(f"{_C}tx/{_C}v") not in above:
            yield "a series is not called what its column is headed"


def _words(value: object) -> str:
    return str(value)


def _amount(value: object) -> float:
    return round(float(str(value)), 6)


def contrast_with_white(ink: str) -> float:
    """The contrast ratio of WCAG 2.2, of six or eight hexadecimal digits of which the last six count."""
    channels = [int(ink[-6:][start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
