"""How cells of an OpenDocument spreadsheet look: the same words, inks and sizes as the XLSX has."""

from collections.abc import Iterable, Sequence
from typing import Final

from reports.ods_sheet import width_style
from reports.styles import INK, LINK_INK

# A character of Arial 12 is about this wide.
_CENTIMETRES_A_CHARACTER: Final = 0.235
_TEXT: Final = f'style:font-name="Arial" fo:font-family="Arial" fo:font-size="12pt" fo:color="#{INK[2:].lower()}"'
_LINK: Final = f'fo:color="#{LINK_INK[2:].lower()}" style:text-underline-style="solid"'
_BOLD: Final = 'fo:font-weight="bold"'
_TOP: Final = 'style:vertical-align="top"'
_RULE: Final = "solid #0b0c0c"

# name: (what it is made from, data style, cell's properties, paragraph's, text's)
_CELLS: Final = {
    "line": ("Default", "", 'style:vertical-align="middle"', "", ""),
    "title": ("Heading_20_1", "", 'style:vertical-align="middle"', "", ""),
    "marking": ("Default", "", 'style:vertical-align="middle"', "", _BOLD),
    "link line": ("Default", "", 'style:vertical-align="middle"', "", _LINK),
    "heading": (
        "Default",
        "",
        f'fo:wrap-option="wrap" fo:border-top="0.5pt {_RULE}" fo:border-bottom="1pt {_RULE}"',
        "",
        _BOLD,
    ),
    "heading right": (
        "Default",
        "",
        f'fo:wrap-option="wrap" fo:border-top="0.5pt {_RULE}" fo:border-bottom="1pt {_RULE}"',
        'fo:text-align="end" fo:margin-left="0.25cm"',
        _BOLD,
    ),
    "text": ("Default", "", f'{_TOP} fo:wrap-option="wrap"', "", ""),
    "link": ("Default", "", f'{_TOP} fo:wrap-option="wrap"', "", _LINK),
    "whole": ("Default", "n-whole", _TOP, 'fo:text-align="end"', ""),
    "pence": ("Default", "n-pence", _TOP, 'fo:text-align="end"', ""),
    "percent": ("Default", "n-percent", _TOP, 'fo:text-align="end"', ""),
    "date": ("Default", "n-date", _TOP, 'fo:text-align="start"', ""),
    "datetime": ("Default", "n-datetime", _TOP, 'fo:text-align="start"', ""),
    "total": ("Default", "", f'fo:border-top="0.5pt {_RULE}"', "", _BOLD),
    "total whole": ("Default", "n-whole", f'fo:border-top="0.5pt {_RULE}"', 'fo:text-align="end"', _BOLD),
    "total pence": ("Default", "n-pence", f'fo:border-top="0.5pt {_RULE}"', 'fo:text-align="end"', _BOLD),
}

# Figures end with a space, so that they keep their distance from a text to their right.
_GAP: Final = "<number:text> </number:text>"
_MONEY: Final = (
    '<number:currency-symbol number:language="en" number:country="GB">£</number:currency-symbol>'
    '<number:number number:decimal-places="2" number:min-integer-digits="1" number:grouping="true"/>' + _GAP
)
_DAY: Final = (
    "<number:day/><number:text> </number:text>"
    '<number:month number:style="long" number:textual="true"/><number:text> </number:text><number:year number:style="long"/>'
)
_DATA: Final = (
    '<number:number-style style:name="n-whole"><number:number number:decimal-places="0" number:min-integer-digits="1"'
    f' number:grouping="true"/>{_GAP}</number:number-style>'
    f'<number:currency-style style:name="n-pence-over" style:volatile="true">{_MONEY}</number:currency-style>'
    f'<number:currency-style style:name="n-pence"><number:text>-</number:text>{_MONEY}'
    '<style:map style:condition="value()&gt;=0" style:apply-style-name="n-pence-over"/></number:currency-style>'
    '<number:percentage-style style:name="n-percent"><number:number number:decimal-places="1" number:min-integer-digits="1"/>'
    "<number:text>% </number:text></number:percentage-style>"
    f'<number:date-style style:name="n-date" number:language="en" number:country="GB">{_DAY}</number:date-style>'
    f'<number:date-style style:name="n-datetime" number:language="en" number:country="GB">{_DAY}<number:text>, </number:text>'
    '<number:hours number:style="long"/><number:text>:</number:text><number:minutes number:style="long"/></number:date-style>'
)


def sheet_style(pages_wide: int) -> str:
    """The name of the style of a sheet that is printed over so many pages beside each other."""
    return f"sheet-{pages_wide}"


def automatic_styles(widths: Iterable[float], pages_wide: Iterable[int]) -> str:
    """The styles that content.xml refers to, columns of the given widths in characters and sheets of these pages among them."""
    sheets = "".join(
        f'<style:style style:name="{sheet_style(pages)}" style:family="table" style:master-page-name="{_master(pages)}">'
        '<style:table-properties table:display="true"/></style:style>'
        for pages in pages_wide
    )
    columns = "".join(
        f'<style:style style:name="{width_style(width)}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * _CENTIMETRES_A_CHARACTER:.3f}cm"/></style:style>'
        for width in sorted(widths)
    )
    cells = "".join(_cell(name, *parts) for name, parts in _CELLS.items())
    return (
        f'<office:automatic-styles>{sheets}<style:style style:name="row" style:family="table-row">'
        f'<style:table-row-properties style:use-optimal-row-height="true"/></style:style>{_DATA}{columns}{cells}</office:automatic-styles>'
    )


def _cell(name: str, parent: str, data: str, cell: str, paragraph: str, text: str) -> str:
    shown = f' style:data-style-name="{data}"' if data else ""
    return (
        f'<style:style style:name="{name.replace(" ", "_20_")}" style:family="table-cell" style:parent-style-name="{parent}"{shown}>'
        f"<style:table-cell-properties {cell}/>"
        + (f"<style:paragraph-properties {paragraph}/>" if paragraph else "")
        + (f"<style:text-properties {text}/>" if text else "")
        + "</style:style>"
    )


def styles_part(pages_wide: Sequence[int]) -> str:
    """The content of styles.xml, from its version on."""
    layouts = "".join(
        f'<style:page-layout style:name="{_layout(pages)}"><style:page-layout-properties fo:page-width="29.7cm" fo:page-height="21cm"'
        f' style:print-orientation="landscape" style:scale-to-X="{pages}" style:scale-to-Y="0"/>'
        "<style:header-style/><style:footer-style/></style:page-layout>"
        for pages in pages_wide
    )
    masters = "".join(
        f'<style:master-page style:name="{_master(pages)}" style:page-layout-name="{_layout(pages)}">'
        '<style:header style:display="false"/><style:footer style:display="false"/></style:master-page>'
        for pages in pages_wide
    )
    return (
        f"{_NAMED_STYLES}<office:automatic-styles>{layouts}</office:automatic-styles>"
        f"<office:master-styles>{masters}</office:master-styles></office:document-styles>"
    )


def _master(pages_wide: int) -> str:
    return f"Report-{pages_wide}"


def _layout(pages_wide: int) -> str:
    return f"landscape-{pages_wide}"


_NAMED_STYLES: Final = (
    'office:version="1.3"><office:font-face-decls xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0">'
    '<style:font-face style:name="Arial" svg:font-family="Arial" style:font-family-generic="swiss"/></office:font-face-decls>'
    '<office:styles><style:default-style style:family="table-cell">'
    f'<style:text-properties {_TEXT} fo:language="en" fo:country="GB"/></style:default-style>'
    '<style:style style:name="Default" style:family="table-cell"/>'
    '<style:style style:name="Heading_20_1" style:display-name="Heading 1" style:family="table-cell" style:parent-style-name="Default">'
    f'<style:text-properties fo:font-size="18pt" {_BOLD}/></style:style></office:styles>'
)
