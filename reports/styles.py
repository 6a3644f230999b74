"""How cells look: the one stylesheet of every workbook that goes out.

Plain on purpose, as the Government Analysis Function's checklist asks: Arial, nothing under 12 points, no fills, headings
told by weight and rule rather than by colour, and two inks whose contrast with white is above 7 and 4.5 to 1.
"""

from typing import Final, NamedTuple

INK: Final = "FF0B0C0C"
LINK_INK: Final = "FF1D70B8"

# Figures end with the width of a digit, so that they keep their distance from a text to their right. An indent would
# do the same in Excel, but LibreOffice loses it.
_WHOLE: Final = "#,##0_0"
_MONEY: Final = "[$£-809]#,##0.00_0;\\-[$£-809]#,##0.00_0"
_PERCENT: Final = "0.0%_0"
_DATE: Final = "[$-809]d\\ mmmm\\ yyyy"
_INSTANT: Final = "[$-809]d\\ mmmm\\ yyyy\\,\\ hh:mm"

_FONTS: Final = {
    "plain": (12, "", INK),
    "title": (18, "<b/>", INK),
    "bold": (12, "<b/>", INK),
    "link": (12, "<u/>", LINK_INK),
}
_BORDERS: Final = {"none": ("", ""), "heading": ("thin", "medium"), "total": ("thin", "")}
_FORMATS: Final = {164: _MONEY, 165: _DATE, 166: _INSTANT, 167: _PERCENT, 168: _WHOLE}


class _Style(NamedTuple):
    font: str = "plain"
    border: str = "none"
    number: int = 0
    align: str = 'vertical="top"'
    named: int = 0
    more: str = ""


_MIDDLE: Final = 'vertical="center"'
_WRAP: Final = 'vertical="top" wrapText="1"'
_RIGHT: Final = 'horizontal="right" vertical="top"'
_LEFT: Final = 'horizontal="left" vertical="top"'

_STYLES: Final = {
    "plain": _Style(align=""),
    "line": _Style(align=_MIDDLE),
    "title": _Style("title", align=_MIDDLE, named=1),
    "marking": _Style("bold", align=_MIDDLE),
    "heading": _Style("bold", "heading", align='vertical="center" wrapText="1"'),
    "heading right": _Style("bold", "heading", align='horizontal="right" vertical="center" indent="1" wrapText="1"'),
    "text": _Style(align=_WRAP),
    "text quoted": _Style(align=_WRAP, more=' quotePrefix="1"'),
    "link": _Style("link", align=_WRAP, named=2),
    "link line": _Style("link", align=_MIDDLE, named=2),
    "whole": _Style(number=168, align=_RIGHT),
    "pence": _Style(number=164, align=_RIGHT),
    "percent": _Style(number=167, align=_RIGHT),
    "date": _Style(number=165, align=_LEFT),
    "datetime": _Style(number=166, align=_LEFT),
    "total": _Style("bold", "total"),
    "total whole": _Style("bold", "total", 168, _RIGHT),
    "total pence": _Style("bold", "total", 164, _RIGHT),
}

STYLE: Final = {name: index for index, name in enumerate(_STYLES)}
"""The number of each style, as cells refer to it."""


def stylesheet() -> str:
    """The part xl/styles.xml."""
    fonts = "".join(
        f'<font>{more}<sz val="{size}"/><color rgb="{ink}"/><name val="Arial"/><family val="2"/></font>'
        for size, more, ink in _FONTS.values()
    )
    numbers = "".join(f'<numFmt numFmtId="{number}" formatCode="{code}"/>' for number, code in _FORMATS.items())
    borders = "".join(
        f"<border><left/><right/>{_edge('top', top)}{_edge('bottom', bottom)}<diagonal/></border>"
        for top, bottom in _BORDERS.values()
    )
    cells = "".join(_format(style) for style in _STYLES.values())
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<numFmts count="{len(_FORMATS)}">{numbers}</numFmts><fonts count="{len(_FONTS)}">{fonts}</fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        f'<borders count="{len(_BORDERS)}">{borders}</borders>'
        '<cellStyleXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0"/><xf numFmtId="0" fontId="3" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(_STYLES)}">{cells}</cellXfs>'
        '<cellStyles count="3"><cellStyle name="Normal" xfId="0" builtinId="0"/>'
        '<cellStyle name="Heading 1" xfId="1" builtinId="16" customBuiltin="1"/>'
        '<cellStyle name="Hyperlink" xfId="2" builtinId="8" customBuiltin="1"/></cellStyles>'
        '<dxfs count="0"/><tableStyles count="0"/></styleSheet>'
    )


def _edge(side: str, line: str) -> str:
    return f'<{side} style="{line}"><color rgb="{INK}"/></{side}>' if line else f"<{side}/>"


def _format(style: _Style) -> str:
    font, border = list(_FONTS).index(style.font), list(_BORDERS).index(style.border)
    opening = (
        f'<xf numFmtId="{style.number}" fontId="{font}" fillId="0" borderId="{border}" xfId="{style.named}"{style.more}'
        ' applyNumberFormat="1" applyFont="1" applyBorder="1" applyAlignment="1"'
    )
    return f"{opening}><alignment {style.align}/></xf>" if style.align else f"{opening}/>"
