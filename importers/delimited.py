"""CSV and its relatives: text that holds one table, whatever its encoding and whatever stands between its columns."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from importers.cells import CSV, Cell, Dialect, Habits, Sheet, Workbook
from importers.encodings import NAMES, decode
from importers.limits import Limits
from importers.messages import refuse

_DELIMITERS: Final = ",;\t|"
_SAID: Final = re.compile(r"\"?sep=(.)\"?(?:\r\n|\n|\r)", re.IGNORECASE)
"""What Excel takes for the delimiter's name, in a first line that is not shown as a row."""
_SAMPLE_CHARACTERS: Final = 65_536
_SAMPLE_ROWS: Final = 200
_AS_TEXT: Final = re.compile(r'="([^"]*)"')
"""How programs keep a number's leading zeros when a spreadsheet opens their file: the text is meant."""


def read_delimited(data: bytes, limits: Limits) -> Workbook:
    """The table as the sheet CSV: row 1 is the first record, blank ones count. Every cell is text.

    Raises NotAReturn: `unknown_encoding`, `unclosed_quote`, `stray_quote`, `empty_table`, or for what is out of bounds.
    """
    decoded = decode(data)
    if decoded is None:
        raise refuse("unknown_encoding")
    text, encoding = decoded
    text = text.rstrip("\x1a")
    said = _SAID.match(text)
    delimiter = said[1] if said else _delimiter(text)
    rows = _rows(text[said.end() :] if said else text, delimiter, limits)
    sheet = Sheet(CSV, rows)
    habits = Habits(decimal_commas=delimiter != ",")
    return Workbook((CSV,), {CSV: sheet}, habits, Dialect(NAMES[encoding], delimiter))


def _delimiter(text: str) -> str:
    """What makes the widest table of the most records with as many columns."""
    sample = text[:_SAMPLE_CHARACTERS]
    if len(sample) < len(text):
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample

    def size(delimiter: str) -> int:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
        widths = Counter(width for record in islice(_lenient(reader), _SAMPLE_ROWS) if (width := len(record)) > 1)
        return max(((width - 1) * count for width, count in widths.items()), default=0)

    return max(_DELIMITERS, key=size)


def _lenient(records: Iterator[list[str]]) -> Iterator[list[str]]:
    """Records up to the first that cannot be told."""
    try:
        yield from records
    except csv.Error:
        return


def _rows(text: str, delimiter: str, limits: Limits) -> list[list[Cell]]:
    records = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    csv.field_size_limit(limits.file_bytes)
    rows: list[list[Cell]] = []
    cells = filled = width = 0
    try:
        for record in records:
            row: list[Cell] = [_AS_TEXT.sub(r"\1", cell) if cell.startswith('="') else cell for cell in record]
            while row and not row[-1]:
                row.pop()
            rows.append(row)
            width = max(width, len(row))
            filled += len(row) - row.count("")
            cells += len(record)
            _check_bounds(len(rows), width, cells, limits)
            if max(map(len, record), default=0) > limits.text_characters:
                raise refuse("text_too_long", limit=limits.text_characters)
    except csv.Error as error:
        code = "unclosed_quote" if "unexpected end" in str(error) else "stray_quote"
        raise refuse(code, sheet=CSV, cell=f"A{len(rows) + 1}", row=len(rows) + 1) from error
    if filled > limits.cells:
        raise refuse("too_many_cells", limit=limits.cells)
    while rows and not rows[-1]:
        rows.pop()
    if not any(isinstance(cell, str) and cell.strip() for row in rows for cell in row):
        raise refuse("empty_table")
    if len(rows) * width > limits.area:
        raise refuse("cell_too_far", sheet=CSV)
    return [row + [""] * (width - len(row)) for row in rows]


def _check_bounds(rows: int, width: int, cells: int, limits: Limits) -> None:
    if cells > limits.area or rows > limits.rows:
        raise refuse("too_many_cells", limit=limits.cells)
    if width > limits.columns:
        raise refuse("cell_too_far", sheet=CSV)
