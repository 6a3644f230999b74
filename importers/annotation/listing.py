"""The first sheet of the copy: all problems in reading order, each with a link to its cell."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from grants.domain.returns import Problem
from importers.annotation.looks import Look, Looks
from importers.annotation.markup import attribute_text, text
from importers.annotation.package import Package
from importers.annotation.places import KINDS, in_words

_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_TABLE_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_TABLE: Final = "Problems_found"
_TABLE_PARTS: Final = re.compile(r"(?i)xl/tables/[^/]*\.xml")
_TABLE_ID: Final = re.compile(rb"<(?:[\w.-]+:)?table\s[^>]*?\bid\s*=\s*[\"'](\d{1,9})[\"']")
_COLUMNS: Final = (("Number", 11), ("Kind", 12), ("Place", 30), ("What was typed", 36), ("What to do", 76))
_HEADING_ROW: Final = 5
_HEIGHTS: Final = {1: 28, 2: 18, 3: 18, 4: 24, _HEADING_ROW: 18}
"""Of the rows above the table, in points; programs fit the others to their text."""
_BLANK: Final = frozenset({"blank", "forecast_blank"})
"""The codes of problems that mean cells in which nothing was typed."""

MARKED: Final = (
    "Each cell that is named here has a thick border and a note in its own sheet: an unbroken border for an error, a dashed one for a "
    "warning. All else is as you sent it."
)
VALUES_ONLY: Final = (
    "This is a copy of the values alone: correct your own file and send that. Each cell that is named here has a thick border and a "
    "note in its sheet: unbroken for an error, dashed for a warning."
)
_NEXT: Final = (
    "Correct the cells, save the file and upload it again. A warning may stay as it is if you give a reason for it."
)


def counted(problems: Sequence[Problem]) -> str:
    """How many there are, in a sentence."""
    counts = [(kind, sum(p.severity is severity for p in problems)) for severity, kind in KINDS.items()]
    said = [f"{count:,} {kind.lower()}{'' if count == 1 else 's'}" for kind, count in counts if count]
    return f"This workbook has {' and '.join(said)}." if said else "There are no problems in this workbook."


def add_listing(package: Package, looks: Looks, problems: Sequence[Problem], sheets: Collection[str], how: str) -> str:
    """Adds the parts of the list; the path of its sheet. `sheets` are those that a link can lead to."""
    sentences = [(1, Look.TITLE, "Problems"), (2, Look.PLAIN, counted(problems))]
    if problems:
        sentences += [(3, Look.PLAIN, how), (4, Look.PLAIN, _NEXT)]
    rows = [_row(row, [_cell(f"A{row}", sentence, looks.own(look))]) for row, look, sentence in sentences]
    if problems:
        headings = enumerate(heading for heading, _ in _COLUMNS)
        rows.append(
            _row(
                _HEADING_ROW, [_cell(f"{'ABCDE'[at]}{_HEADING_ROW}", h, looks.own(Look.HEADING)) for at, h in headings]
            )
        )
        rows += _table_rows(problems, looks, sheets)
    path = package.add("xl/worksheets/problems{}.xml", b"", _SHEET_TYPE)
    parts = ""
    if problems:
        table = package.add("xl/tables/problems{}.xml", _table(package, len(problems)).encode("ascii"), _TABLE_TYPE)
        relation = package.relations(path).add("table", table)
        parts = f'<tableParts count="1"><tablePart xmlns:r="{package.base}" r:id="{relation}"/></tableParts>'
    content = _sheet(package.main, "".join(rows), _links(problems, sheets), parts)
    package.write(path, content.encode("ascii"))
    return path


def _table_rows(problems: Sequence[Problem], looks: Looks, sheets: Collection[str]) -> Iterator[str]:
    plain, typed, link = looks.own(Look.CELL), looks.own(Look.TYPED), looks.own(Look.LINK)
    for number, problem in enumerate(problems, start=1):
        row = _HEADING_ROW + number
        linked = problem.sheet in sheets
        yield _row(
            row,
            [
                f'<c r="A{row}" s="{plain}"><v>{number}</v></c>',
                _cell(f"B{row}", KINDS[problem.severity], plain),
                _cell(f"C{row}", _place(problem), link if linked else plain),
                _cell(f"D{row}", problem.value or _instead(problem), typed),
                _cell(f"E{row}", problem.message, plain),
            ],
        )


def _instead(problem: Problem) -> str:
    """What stands where no value is told: several cells may share a problem and differ in what was typed."""
    if problem.code in _BLANK:
        return "(nothing)"
    if not problem.cell:
        return "(not one cell)"
    return "(see the cells)" if ":" in problem.cell else "(see the cell)"


def _place(problem: Problem) -> str:
    if not problem.sheet:
        return "The whole workbook"
    return f"{problem.sheet}, {in_words(problem.cell)}" if problem.cell else f"The sheet {problem.sheet}"


def _links(problems: Sequence[Problem], sheets: Collection[str]) -> str:
    links = []
    for number, problem in enumerate(problems, start=1):
        if problem.sheet in sheets:
            name = problem.sheet.replace("'", "''")
            target = attribute_text(f"'{name}'!{problem.cell or 'A1'}")
            shown = attribute_text(_place(problem))
            links.append(f'<hyperlink ref="C{_HEADING_ROW + number}" location="{target}" display="{shown}"/>')
    return f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""


def _row(number: int, cells: Sequence[str]) -> str:
    height = _HEIGHTS.get(number)
    tall = f' ht="{height}" customHeight="1"' if height else ""
    return f'<row r="{number}"{tall}>{"".join(cells)}</row>'


def _cell(reference: str, content: str, style: int) -> str:
    """A text, never a formula, whatever it begins with."""
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text(content)}</t></is></c>'


def _sheet(namespace: str, rows: str, links: str, parts: str) -> str:
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>'
        for at, (_, width) in enumerate(_COLUMNS, start=1)
    )
    first = f"A{_HEADING_ROW + 1}"
    pane = (
        f'<pane ySplit="{_HEADING_ROW}" topLeftCell="{first}" activePane="bottomLeft" state="frozen"/>' if parts else ""
    )
    selection = '<selection pane="bottomLeft" activeCell="A1" sqref="A1"/>' if parts else ""
    return (
        f'<worksheet xmlns="{namespace}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">{pane}{selection}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>{rows}</sheetData>{links}'
        '<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>{parts}</worksheet>'
    )


def _table(package: Package, count: int) -> str:
    """The table's part: its id and its name differ from those of all other tables of the workbook."""
    others = [package.read(name) for name in sorted(package.names) if _TABLE_PARTS.fullmatch(name)]
    number = 1 + max((int(match[1]) for other in others for match in _TABLE_ID.finditer(other)), default=0)
    taken = b"".join((package.read(package.book), *others)).lower()
    name = next(name for at in range(1, 10_000) if (name := f"{_TABLE}_{at}").lower().encode() not in taken)
    area = f"A{_HEADING_ROW}:E{_HEADING_ROW + count}"
    columns = "".join(f'<tableColumn id="{at}" name="{heading}"/>' for at, (heading, _) in enumerate(_COLUMNS, start=1))
    return (
        f'<table xmlns="{package.main}" id="{number}" name="{name}" displayName="{name}" ref="{area}" totalsRowShown="0">'
        f'<autoFilter ref="{area}"/><tableColumns count="{len(_COLUMNS)}">{columns}</tableColumns>'
        '<tableStyleInfo showFirstColumn="0" showLastColumn="0" showRowStripes="0" showColumnStripes="0"/></table>'
    )
