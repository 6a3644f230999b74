"""The first sheet of the copy: all problems in reading order, each with a link to its cell, and below how the file was read."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from grants.domain.returns import Problem
from importers.annotation.looks import Look, Looks
from importers.annotation.markup import attribute_text, text
from importers.annotation.package import Package
from importers.annotation.places import KINDS, in_words
from importers.annotation.scan import TakenOut
from importers.answer import Notice

_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_TABLE_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml"
_TABLE: Final = "Problems_found"
_TABLE_PARTS: Final = re.compile(r"(?i)xl/tables/[^/]*\.xml")
_TABLE_ID: Final = re.compile(rb"<(?:[\w.-]+:)?table\s[^>]*?\bid\s*=\s*[\"'](\d{1,9})[\"']")
_COLUMNS: Final = (("Number", 11), ("Kind", 12), ("Place", 30), ("What was typed", 36), ("What to do", 76))
_TITLE_HEIGHT, _HEIGHT = 28, 18
_BLANK: Final = frozenset({"blank", "forecast_blank"})
"""The codes of problems that mean cells in which nothing was typed."""

MARKED: Final = (
    "Each cell that is named here has a thick border and a note in its own sheet: an unbroken border for an error, a dashed one for a "
    "warning. All else is as you sent it."
)
ALTERED: Final = MARKED.replace(
    "All else is as you sent it.", "All else is as you sent it, but for what is said below."
)
VALUES_ONLY: Final = (
    "This is a copy of the values alone: correct your own file and send that. Each cell that is named here has a thick border and a "
    "note in its sheet: unbroken for an error, dashed for a warning."
)
READ: Final = "How the file was read (nothing to answer)"
HOLDS: Final = "Your own file holds {what}, which must not go out with a copy."
BROKEN: Final = 'The sheet "{sheet}" of your own file is damaged, and not in this copy.'
_NEXT: Final = (
    "Correct the cells, save the file and upload it again. A warning may stay as it is if you give a reason for it."
)


def counted(problems: Sequence[Problem]) -> str:
    """How many there are, in a sentence."""
    counts = [(kind, sum(p.severity is severity for p in problems)) for severity, kind in KINDS.items()]
    said = [f"{count:,} {kind.lower()}{'' if count == 1 else 's'}" for kind, count in counts if count]
    return f"This workbook has {' and '.join(said)}." if said else "There are no problems in this workbook."


def left_out_of(taken: TakenOut, sheets: Mapping[str, str]) -> list[str]:
    """What was taken out of a copy, since it reaches outside the workbook: a sentence for each kind of thing."""
    names = {path: name for name, path in sheets.items()}

    def first(places: list[tuple[str, str]]) -> str:
        found = next(((names[path], cell) for path, cell in places if cell and path in names), None)
        return f", the first at {found[0]}, {in_words(found[1])}" if found else ""

    formulas, links = len(taken.formulas), len(taken.links)
    said = {
        f"Formulas that reach outside this workbook, or may, are not in this copy: {formulas:,}{first(taken.formulas)}. Their last "
        "results are.": formulas,
        f"Links to other places than cells are not in this copy: {links:,}{first(taken.links)}. Their words are.": links,
        f"Names, rules and references to other workbooks are not in this copy: {taken.references:,}.": taken.references,
        f"The programs that buttons and shapes start are not in this copy: {taken.macros:,}.": taken.macros,
    }
    return [sentence for sentence, count in said.items() if count]


def add_listing(
    package: Package,
    looks: Looks,
    problems: Sequence[Problem],
    sheets: Collection[str],
    how: str,
    left_out: Sequence[str] = (),
    notices: Sequence[Notice] = (),
) -> str:
    """Adds the parts of the list; the path of its sheet. `sheets` are those that a link can lead to.

    `left_out` says in sentences what of the workbook is not in its copy.
    """
    sentences = [counted(problems), *((how, _NEXT) if problems else ()), *left_out]
    top = len(sentences) + 2
    rows = [_row(1, [_cell("A1", "Problems", looks.own(Look.TITLE))], _TITLE_HEIGHT)]
    plain = looks.own(Look.PLAIN)
    rows += [_row(row, [_cell(f"A{row}", sentence, plain)], _HEIGHT) for row, sentence in enumerate(sentences, start=2)]
    if problems:
        heading = looks.own(Look.HEADING)
        headings = [_cell(f"{'ABCDE'[at]}{top}", words, heading) for at, (words, _) in enumerate(_COLUMNS)]
        rows.append(_row(top, headings, _HEIGHT))
        rows += _table_rows(problems, looks, sheets, top)
    rows += _notice_rows(notices, looks, top + len(problems) + 2)
    path = package.add("xl/worksheets/problems{}.xml", b"", _SHEET_TYPE)
    parts = ""
    if problems:
        table = package.add(
            "xl/tables/problems{}.xml", _table(package, len(problems), top).encode("ascii"), _TABLE_TYPE
        )
        relation = package.relations(path).add("table", table)
        parts = f'<tableParts count="1"><tablePart xmlns:r="{package.base}" r:id="{relation}"/></tableParts>'
    content = _sheet(package.main, "".join(rows), _links(problems, sheets, top), parts, top)
    package.write(path, content.encode("ascii"))
    return path


def _table_rows(problems: Sequence[Problem], looks: Looks, sheets: Collection[str], top: int) -> Iterator[str]:
    plain, typed, link = looks.own(Look.CELL), looks.own(Look.TYPED), looks.own(Look.LINK)
    for number, problem in enumerate(problems, start=1):
        row = top + number
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


def _notice_rows(notices: Sequence[Notice], looks: Looks, first: int) -> Iterator[str]:
    """Sentences, and no table: there is one to a sheet, so that filters and screen readers know what is in it."""
    if notices:
        yield _row(first, [_cell(f"A{first}", READ, looks.own(Look.TITLE))], _TITLE_HEIGHT)
    for row, one in enumerate(notices, start=first + 1):
        yield _row(row, [_cell(f"A{row}", f"{_place(one)}: {one.message}", looks.own(Look.PLAIN))], _HEIGHT)


def _instead(problem: Problem) -> str:
    """What stands where no value is told: several cells may share a problem and differ in what was typed."""
    if problem.code in _BLANK:
        return "(nothing)"
    if not problem.cell:
        return "(not one cell)"
    return "(see the cells)" if ":" in problem.cell else "(see the cell)"


def _place(problem: Problem | Notice) -> str:
    if not problem.sheet:
        return "The whole workbook"
    return f"{problem.sheet}, {in_words(problem.cell)}" if problem.cell else f"The sheet {problem.sheet}"


def _links(problems: Sequence[Problem], sheets: Collection[str], top: int) -> str:
    links = []
    for number, problem in enumerate(problems, start=1):
        if problem.sheet in sheets:
            name = problem.sheet.replace("'", "''")
            target = attribute_text(f"'{name}'!{problem.cell or 'A1'}")
            shown = attribute_text(_place(problem))
            links.append(f'<hyperlink ref="C{top + number}" location="{target}" display="{shown}"/>')
    return f"<hyperlinks>{''.join(links)}</hyperlinks>" if links else ""


def _row(number: int, cells: Sequence[str], height: int = 0) -> str:
    """A row; without a height, in points, programs fit it to its text."""
    tall = f' ht="{height}" customHeight="1"' if height else ""
    return f'<row r="{number}"{tall}>{"".join(cells)}</row>'


def _cell(reference: str, content: str, style: int) -> str:
    """A text, never a formula, whatever it begins with."""
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text(content)}</t></is></c>'


def _sheet(namespace: str, rows: str, links: str, parts: str, top: int) -> str:
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>'
        for at, (_, width) in enumerate(_COLUMNS, start=1)
    )
    first = f"A{top + 1}"
    pane = f'<pane ySplit="{top}" topLeftCell="{first}" activePane="bottomLeft" state="frozen"/>' if parts else ""
    selection = '<selection pane="bottomLeft" activeCell="A1" sqref="A1"/>' if parts else ""
    return (
        f'<worksheet xmlns="{namespace}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView showGridLines="0" tabSelected="1" workbookViewId="0">{pane}{selection}</sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="15"/><cols>{columns}</cols><sheetData>{rows}</sheetData>{links}'
        '<pageMargins left="0.5" right="0.5" top="0.5" bottom="0.5" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>{parts}</worksheet>'
    )


def _table(package: Package, count: int, top: int) -> str:
    """The table's part: its id and its name differ from those of all other tables of the workbook."""
    others = [package.read(name) for name in sorted(package.names) if _TABLE_PARTS.fullmatch(name)]
    number = 1 + max((int(match[1]) for other in others for match in _TABLE_ID.finditer(other)), default=0)
    taken = b"".join((package.read(package.book), *others)).lower()
    name = next(name for at in range(1, 10_000) if (name := f"{_TABLE}_{at}").lower().encode() not in taken)
    area = f"A{top}:E{top + count}"
    columns = "".join(f'<tableColumn id="{at}" name="{heading}"/>' for at, (heading, _) in enumerate(_COLUMNS, start=1))
    return (
        f'<table xmlns="{package.main}" id="{number}" name="{name}" displayName="{name}" ref="{area}" totalsRowShown="0">'
        f'<autoFilter ref="{area}"/><tableColumns count="{len(_COLUMNS)}">{columns}</tableColumns>'
        '<tableStyleInfo showFirstColumn="0" showLastColumn="0" showRowStripes="0" showColumnStripes="0"/></table>'
    )
