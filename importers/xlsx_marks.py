"""What a sheet of an XLSX shows otherwise than its values say: errors, percentages, other currencies, what is hidden."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree import ElementTree as ET

from importers.cells import UNCALCULATED, Hidden, place_of

_NEAR: Final = 2_000
"""How far a look around a cell goes, in bytes: a file made to mislead it costs no more than that."""
_ROOT: Final = re.compile(rb"<(?:([A-Za-z_][\w.-]*):)?(?:worksheet|sst)[\s>/]")
_AT: Final = re.compile(rb"\sr=[\"']([A-Z]{1,3}[0-9]{1,7})[\"']")
_STORED: Final = re.compile(rb"<(?:[\w.-]+:)?v>([^<]*)<")
_NUMBER: Final = re.compile(rb"\st=[\"'](?!n[\"'])")
_HIDDEN: Final = re.compile(rb"hidden=[\"'](?:1|true|on)[\"']")
_ROW: Final = re.compile(rb"\sr=[\"']([0-9]{1,7})[\"']")
_SPAN: Final = re.compile(rb"\s(min|max)=[\"']([0-9]{1,5})[\"']")
_FEW: Final = 20
_COLUMNS_MOST: Final = 1_000
_PERCENT_FORMATS: Final = (9, 10)
_QUOTED: Final = re.compile(r"\"[^\"]*\"|\\.|\[[^\]]*\]")
_BRACKETED: Final = re.compile(r"\[\$([^\]-]+)[^\]]*\]")
_FOREIGN: Final = re.compile(r"[$€¥₹]|\b(?:USD|EUR|CHF|JPY|AUD|CAD)\b")
_POUNDS: Final = ("£", "GBP")
Marks = dict[tuple[int, int], str]


def dialect(content: bytes) -> tuple[bytes, bytes]:
    """The namespace prefix of a sheet's elements, with its colon, and the quotation mark of their attributes."""
    head = content[:4096]
    match = _ROOT.search(head)
    return (match[1] + b":" if match and match[1] else b""), (b"'" if b" r='" in head else b'"')


def error_marks(content: bytes) -> Marks:
    """Cells that hold an error, and cells whose formula has no stored value."""
    marks: Marks = {}
    prefix, quote = dialect(content)
    for error in re.finditer(rb" t=%se%s" % (quote, quote), content):
        end = content.find(b">", error.end(), error.end() + _NEAR)
        stored = _STORED.search(content, end, max(content.find(b"c>", end, end + _NEAR), 0))
        _mark(marks, _tag_before(content, b"<", error.start()) + content[error.start() : end], _word(stored))
    tail = (prefix,) * 6
    formula = re.compile(rb"<%sf(?:\s[^>]*)?(?:/>|>[^<]*</%sf>)\s*+(?:<%sv\s*+/>|<%sv>\s*+</%sv>)?+\s*+</%sc>" % tail)
    for bare in formula.finditer(content):
        attributes = _tag_before(content, b"<%sc" % prefix, bare.start())
        if b't="str"' not in attributes or b"v>" not in bare[0]:
            _mark(marks, attributes, UNCALCULATED)
    return marks


def unlike_pounds(styles: ET.Element) -> dict[int, str]:
    """By number the formats that show a percentage, as `%`, or another currency than pounds, as its sign."""
    codes = {int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in _named(styles, "numFmt")}
    formats = next(_named(styles, "cellXfs"), ())
    found: dict[int, str] = {}
    for number, format_ in enumerate(formats):
        which = format_.get("numFmtId", "0")
        sign = _sign(codes.get(int(which), ""), percent=int(which) in _PERCENT_FORMATS) if which.isdecimal() else ""
        if sign:
            found[number] = sign
    return found


def _named(root: ET.Element, name: str) -> Iterator[ET.Element]:
    return (element for element in root.iter() if element.tag.rpartition("}")[2] == name)


def _sign(code: str, *, percent: bool) -> str:
    bare = _QUOTED.sub("", code)
    if percent or "%" in bare:
        return "%"
    named = _BRACKETED.search(code)
    if named:
        return "" if named[1].strip().upper() in _POUNDS else named[1].strip()
    foreign = _FOREIGN.search(code.replace("[$", "["))
    return foreign[0] if foreign else ""


def format_marks(content: bytes, formats: Mapping[int, str]) -> Marks:
    """Numbers that show as a percentage or in another currency, as what they show: `50%` for 0.5, `€12`."""
    marks: Marks = {}
    prefix, quote = dialect(content)
    for sign, styled in _styled(content, formats, quote):
        start = content.rfind(b"<%sc " % prefix, max(0, styled.start() - _NEAR), styled.start())
        end = content.find(b">", styled.end(), styled.end() + _NEAR)
        tag = content[start:end]
        if start < 0 or end < 0 or b">" in tag or tag.endswith(b"/") or _NUMBER.search(tag):
            continue
        stored = _STORED.search(content, end, max(content.find(b"</%sc>" % prefix, end, end + _NEAR), end))
        if stored and (value := _as_number(stored[1])) is not None:
            _mark(marks, tag, as_shown(value, sign))
    return marks


def _styled(content: bytes, formats: Mapping[int, str], quote: bytes) -> Iterator[tuple[str, re.Match[bytes]]]:
    """Where cells have one of the formats: a few are looked for one after the other, which is quicker than all at once."""
    if len(formats) <= _FEW:
        for number, sign in formats.items():
            for styled in re.finditer(rb" s=%s%d%s" % (quote, number, quote), content):
                yield sign, styled
        return
    for styled in re.finditer(rb" s=%s([0-9]{1,5})%s" % (quote, quote), content):
        if sign := formats.get(int(styled[1]), ""):
            yield sign, styled


def as_shown(value: float, sign: str) -> str:
    """A number with its percent sign or currency."""
    if sign == "%":
        return f"{value * 100:.15g}%"
    return f"{sign} {value:.15g}" if sign[-1:].isalpha() else f"{sign}{value:.15g}"


def _as_number(digits: bytes) -> float | None:
    try:
        return float(digits)
    except ValueError:
        return None


def hidden_in(content: bytes, *, sheet: bool) -> Hidden:
    """What of a sheet does not show."""
    rows: set[int] = set()
    columns = 0  # a bit for each: thousands of spans may all say the same
    prefix, _ = dialect(content)
    if b"hidden=" not in content:  # most files say so at one quick look
        return Hidden(sheet=sheet)
    for hidden in _HIDDEN.finditer(content):
        start = content.rfind(b"<", max(0, hidden.start() - _NEAR), hidden.start())
        tag = content[start : content.find(b">", hidden.end(), hidden.end() + _NEAR)]
        if tag.startswith(b"<%srow" % prefix):
            row = _ROW.search(tag)
            rows |= {int(row[1])} if row else set()
        elif tag.startswith(b"<%scol " % prefix):
            span = {name: int(digits) for name, digits in _SPAN.findall(tag)}
            first, last = max(span.get(b"min", 1), 1), min(span.get(b"max", 0), _COLUMNS_MOST)
            columns |= (1 << last + 1) - (1 << first) if first <= last else 0
    told = frozenset(at for at in range(1, _COLUMNS_MOST + 1) if columns >> at & 1)
    return Hidden(frozenset(rows), told, sheet=sheet, filtered=b"<%sfilterColumn" % prefix in content)


def _tag_before(content: bytes, opening: bytes, end: int) -> bytes:
    """From where a tag was opened, not far before `end`, up to there."""
    start = content.rfind(opening, max(0, end - _NEAR), end)
    return content[start:end] if start >= 0 else b""


def _word(stored: re.Match[bytes] | None) -> str:
    return stored[1].decode("utf-8", "replace")[:40] if stored else "#VALUE!"


def _mark(marks: Marks, attributes: bytes, value: str) -> None:
    at = _AT.search(attributes)
    place = place_of(at[1].decode()) if at else None
    if place:
        marks.setdefault(place, value)
