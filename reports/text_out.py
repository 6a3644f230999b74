"""Text out is text: whatever a recipient typed reaches a spreadsheet as inert words, in XLSX and in CSV."""

import re
from typing import Final

CELL_LIMIT: Final = 32_767
"""The most UTF-16 code units that Excel keeps in one cell."""

CUT_MARK: Final = " … [cut short: longer than a cell can hold]"

FORMULA_SIGNS: Final = "=+-@"
"""A spreadsheet program may take a text that begins with one of these for a formula."""

_UNSAFE: Final = re.compile("\r\n?|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
# Full-width signs too: Excel in an East Asian locale reads them as it reads the others.
_CSV_RISK: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\n']")


def clean(text: str) -> str:
    """The text with nothing in it that XML or a spreadsheet cannot hold.

    Line ends become a line feed; control characters become their visible pictures (U+2400 onwards), so that
    they can be seen; lone surrogates and non-characters become U+FFFD. Everything else stays as typed.
    """
    return _UNSAFE.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] == "\r":
        return "\n"
    code = ord(found)
    if code == 0x7F:
        return "\u2421"
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def fit_cell(text: str) -> str:
    """The text, cut to what an Excel cell holds, with a mark that says so. The CSV has all of it."""
    if len(text) * 2 <= CELL_LIMIT or len(text.encode("utf-16-le")) // 2 <= CELL_LIMIT:
        return text
    room = (CELL_LIMIT - len(CUT_MARK)) * 2
    # Half of a surrogate pair at the cut is dropped, not kept as rubbish.
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + CUT_MARK


def xml_text(text: str) -> str:
    """Clean text as the content of an XML element of a workbook.

    Excel reads `_x0041_` as an escape of one character; a text that only looks like that is escaped itself
    (ECMA-376, ST_Xstring), so that it shows as typed.
    """
    if "_x" in text:
        text = _LOOKS_ESCAPED.sub("_x005F_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def xml_attribute(text: str) -> str:
    """Clean text as the value of an XML attribute in double quotes."""
    return xml_text(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def csv_text(text: str) -> str:
    """Clean text for one CSV field: with an apostrophe before it where a program could take it for a formula.

    That is where it begins with a tab, a line feed or an apostrophe, or with = + - @ (or their full-width forms),
    perhaps after white space. `from_csv_text` takes it back exactly: drop one apostrophe from the front.
    """
    return "'" + text if _CSV_RISK.match(text) else text


def from_csv_text(field: str) -> str:
    """What `csv_text` was given, from the field it made."""
    return field[1:] if field.startswith("'") else field
