"""A long return, as Excel would save it: the real template with many lines, its texts in one table of shared strings."""

import random
import re
import zipfile
from datetime import date, timedelta
from html import escape
from io import BytesIO

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import ReturnContext
from importers.cells import column_letters
from importers.layouts import CURRENT
from importers.template import build_template

_EPOCH = date(1899, 12, 30)
_CATEGORIES = (CostCategory.STAFF_PAY, CostCategory.TRAVEL, CostCategory.ICT, CostCategory.THIRD_PARTY)


def big_award() -> ReturnContext:
    """An award that is large enough for a hundred thousand lines, in its last quarter."""
    return ReturnContext(
        award="BENCH-01",
        recipient_id="GB-LAE-OLD",
        recipient_name="Oldham Council",
        delivery_body="Oldham Council",
        period="2025-26-Q4",
        award_start=date(2025, 4, 1),
        award_end=date(2026, 3, 31),
        budget=(
            *(BudgetLine("2025-26", category, 90_000_000_000) for category in _CATEGORIES),
            BudgetLine("2025-26", CostCategory.EQUIPMENT, 90_000_000_000, BudgetKind.CDEL_PROGRAMME),
        ),
    )


def big_return(lines: int, context: ReturnContext | None = None, seed: int = 1) -> bytes:
    """An XLSX of so many lines, every one right, all ten cells filled in."""
    parts = _parts(build_template(context or big_award()))
    texts: dict[str, int] = {}
    rows = "".join(_rows(lines, texts, random.Random(seed)))
    spend = "xl/worksheets/sheet3.xml"
    content = parts[spend].decode()
    first = CURRENT.spend_heading_row + 1
    styles = re.findall(rf'<c r="[A-J]{first}" s="(\d+)"', content)
    for letter, style in zip("ABCDEFGHIJ", styles, strict=True):
        rows = rows.replace(f"§{letter}", style)
    head, tail = content[: content.index(f'<row r="{first}"')], content[content.index("</sheetData>") :]
    parts[spend] = (head + rows + tail).encode()
    parts["xl/worksheets/sheet2.xml"] = _say_who(parts["xl/worksheets/sheet2.xml"])
    parts["xl/worksheets/sheet4.xml"] = _give_reasons(parts["xl/worksheets/sheet4.xml"])
    strings = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    count = f'count="{len(texts)}" uniqueCount="{len(texts)}"'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}" {count}>{strings}</sst>'.encode()
    _announce_strings(parts)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, part in parts.items():
            target.writestr(name, part)
    return out.getvalue()


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as source:
        return {name: source.read(name) for name in source.namelist()}


def _rows(lines: int, texts: dict[str, int], chance: random.Random) -> list[str]:
    rows = []
    for number in range(lines):
        row = CURRENT.spend_heading_row + 1 + number
        day = (date(2026, 1, 1) + timedelta(days=number % 90) - _EPOCH).days
        cells = (
            f"INV-{number:06d}",
            chance.choice(_CATEGORIES).label,
            f"Work order {chance.randrange(40_000)}, month {number % 3 + 1}",
            f"Supplier {chance.randrange(3_000)} Ltd",
            day,
            "Resource",
            f"{chance.randrange(100, 500_000) / 100}",
            f"{chance.randrange(100) / 100}",
            "No",
            f"EV-{number // 4}",
        )
        rows.append(f'<row r="{row}">{"".join(_cell(row, at, cell, texts) for at, cell in enumerate(cells))}</row>')
    return rows


def _cell(row: int, at: int, value: object, texts: dict[str, int]) -> str:
    letter = column_letters(at + 1)
    if at in (4, 6, 7):
        return f'<c r="{letter}{row}" s="§{letter}"><v>{value}</v></c>'
    return f'<c r="{letter}{row}" s="§{letter}" t="s"><v>{texts.setdefault(str(value), len(texts))}</v></c>'


def _say_who(content: bytes) -> bytes:
    for cell, said in ((b"B12", b"A. Preparer"), (b"B14", b"Yes"), (b"B15", b"Yes"), (b"B16", b"Yes")):
        content = re.sub(
            rb'<c r="' + cell + rb'"( s="\d+")[^>]*/?>(?:<is>.*?</is></c>|</c>)?',
            rb'<c r="' + cell + rb'"\1 t="inlineStr"><is><t>' + said + rb"</t></is></c>",
            content,
        )
    return content


def _give_reasons(content: bytes) -> bytes:
    reason = rb'<c r="I\1"\2 t="inlineStr"><is><t>The award is large</t></is></c>'
    return re.sub(rb'<c r="I((?:[6-9]|[1-9]\d))"( s="\d+")[^>]*/?>(?:</c>)?', reason, content)


def _announce_strings(parts: dict[str, bytes]) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    types, relations = "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
    if b"sharedStrings" in parts[types]:
        return
    override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    parts[types] = parts[types].replace(b"</Types>", override.encode())
    link = f'<Relationship Id="rStrings" Type="{relation}" Target="sharedStrings.xml"/></Relationships>'
    parts[relations] = parts[relations].replace(b"</Relationships>", link.encode())
