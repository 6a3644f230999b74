"""A finished workbook as bytes: the same data twice gives the same bytes, and formulas carry their values."""

import io
import re
import zipfile
from datetime import date
from typing import Final

from openpyxl import Workbook

_STAMP: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_FORMULA: Final = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^>]*><f>[^<]*</f>)<v\s*(?:/>|></v>)')
_DAY_ONE: Final = (1980, 1, 1, 0, 0, 0)


def finish(book: Workbook, dated: date, values: dict[str, dict[str, float]]) -> bytes:
    """Saves the workbook, dated the given day. `values` are the results of formulas, by sheet and cell.

    The library that writes the workbook stamps the time into it and leaves formulas without results; readers that do
    not calculate, previews among them, would show nothing.
    """
    raw = io.BytesIO()
    book.save(raw)
    stamp = f"{dated.isoformat()}T00:00:00Z".encode()
    sheets = {f"xl/worksheets/sheet{number}.xml": name for number, name in enumerate(book.sheetnames, start=1)}
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            if info.filename in sheets:
                content = _with_values(content, values.get(sheets[info.filename], {}))
            entry = zipfile.ZipInfo(info.filename, _DAY_ONE)
            entry.create_system = 0
            target.writestr(entry, content, zipfile.ZIP_DEFLATED, 6)
    return out.getvalue()


def _with_values(content: bytes, values: dict[str, float]) -> bytes:
    def one(match: re.Match[bytes]) -> bytes:
        value = values.get(match[2].decode())
        return match[0] if value is None else match[1] + f"<v>{value!r}</v>".encode()

    return _FORMULA.sub(one, content)
