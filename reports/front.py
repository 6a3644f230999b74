"""What stands before a book's tables, whatever the format: the lines above each, and the sheets Cover, Contents and Notes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reports.book import Book, Column, Kind, Table
from reports.text_out import clean

COVER: Final = "Cover"
CONTENTS: Final = "Contents"
CHARTS: Final = "Charts"
NOTHING: Final = "No rows: nothing matched"

_SENTENCE_END: Final = re.compile(r"(?<=[.;!?])\s+|\n")
_LINE_LENGTH: Final = 120


class Line(NamedTuple):
    """A line above the table: its style, its words, and the sheet that it links to."""

    style: str
    text: str
    link: str | None = None


@dataclass
class Sheet:
    """A sheet as the workbook knows it, in the order of tabs. The name is settled once its parts are counted."""

    number: int
    table: Table
    table_name: str
    filters: bool
    name: str = ""
    part: int = 1
    header_row: int = 0
    rows: int = 0
    last_row: int = 0
    totals: bool = False
    pages_wide: int = 1
    links: list[tuple[str, str, str]] = field(default_factory=list)


def lines_above(book: Book, table: Table, part: int) -> list[Line]:
    """Title, marking, introduction, what the sheet contains and its empty cells, and the way back to the contents."""
    lines = [Line("title", table.title if part == 1 else f"{table.title} (part {part})")]
    if book.cover.marking:
        lines.append(Line("marking", book.cover.marking))
    lines += [Line("line", sentence) for sentence in sentences(table.introduction)]
    about = "This sheet contains one table."
    if table.sheet == CHARTS:
        about += " The charts stand below it. What each shows is also in the table, in words."
    if any(column.note for column in table.columns):
        about += " Notes that its headings refer to are on the sheet called Notes."
    lines += [Line("line", sentence) for sentence in sentences(f"{about} {table.empty}")]
    if table.sheet != CONTENTS:
        lines.append(Line("link line", "Go to the contents of this workbook", CONTENTS))
    return lines


def sentences(text: str) -> list[str]:
    """A paragraph as lines of whole sentences: a line above a table runs on over its columns, so it must not be long."""
    lines: list[str] = []
    for sentence in _SENTENCE_END.split(clean(text).strip()):
        if lines and len(lines[-1]) + len(sentence) < _LINE_LENGTH:
            lines[-1] += f" {sentence}"
        elif sentence:
            lines.append(sentence)
    return lines


def cover_table(book: Book) -> Table:
    """The first sheet."""
    cover = book.cover
    return Table(
        sheet=COVER,
        title=cover.title,
        introduction="This sheet says what the report is for, as at when, and how to read it.",
        empty="",
        columns=(
            Column(key="item", heading="Item", width=34),
            Column(key="detail", heading="Detail", width=96),
        ),
        rows=(("Purpose", cover.purpose), ("Audience", cover.audience), *cover.facts),
    )


def notes_table(book: Book) -> Table:
    """Every note with its number."""
    return Table(
        sheet="Notes",
        title="Notes",
        introduction="Each note explains a heading or a figure that is marked with its number.",
        empty="",
        columns=(
            Column(key="number", heading="Note number", width=18),
            Column(key="note", heading="Note", width=96),
        ),
        rows=((f"note {number}", text) for number, text in book.all_notes),
    )


def charts_table(book: Book) -> Table:
    """The charts, in words, each with a link to its figures."""
    return Table(
        sheet=CHARTS,
        title="Charts",
        introduction="Charts of figures of this workbook, each with the sheet that holds its figures.",
        empty="",
        columns=(
            Column(key="chart", heading="Chart", width=40),
            Column(key="shows", heading="What it shows", width=90),
            Column(key="sheet", heading="Its figures", kind=Kind.LINK, width=28),
        ),
        rows=[(chart.title, chart.description, chart.sheet) for chart in book.charts],
    )


def contents_table(sheets: Sequence[Sheet]) -> Table:
    """The sheets with what they hold. Their names must be settled."""
    return Table(
        sheet=CONTENTS,
        title="Contents",
        introduction="The sheets of this workbook, each with a link to it.",
        empty="",
        columns=(
            Column(key="sheet", heading="Sheet", kind=Kind.LINK),
            Column(key="holds", heading="What it holds", width=80),
            Column(key="rows", heading="Rows of data", kind=Kind.WHOLE),
        ),
        rows=[(sheet.name, _holds(sheet, sheets), sheet.rows) for sheet in sheets],
    )


def _holds(sheet: Sheet, sheets: Sequence[Sheet]) -> str:
    parts = sum(other.table is sheet.table for other in sheets)
    return sheet.table.title if parts == 1 else f"{sheet.table.title}, part {sheet.part} of {parts}"


def name_parts(sheets: Sequence[Sheet]) -> None:
    """A table on one sheet has its own name; on several, Data 1, Data 2."""
    for sheet in sheets:
        alone = sum(other.table is sheet.table for other in sheets) == 1
        sheet.name = sheet.table.sheet if alone else f"{sheet.table.sheet} {sheet.part}"
