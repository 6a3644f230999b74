"""What changed, read back from a report's own workbook: figures alone, and nothing where there is no such sheet."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook

from reports.changes import COLUMNS, WHAT_CHANGED
from reports.kept_changes import Changed, changed_figures

HEADINGS = [column.heading for column in COLUMNS]


def _book(sheet: str, *rows: Sequence[str | float | None]) -> bytes:
    book, out = Workbook(), BytesIO()
    found = book.active
    assert found is not None
    found.title = sheet
    for row in rows:
        found.append(list(row))
    book.save(out)
    return out.getvalue()


def _row(**values: str | float) -> list[str | float | None]:
    return [values.get(column.key) for column in COLUMNS]


def test_words_on_the_sheet_are_no_figures() -> None:
    """A sheet without a change says in words that there is none; a total names no figure."""
    words = ["An empty cell means that the report did not show it."]
    assert changed_figures(_book(WHAT_CHANGED, ["Each figure."], HEADINGS, words)) == []
    figure = "spent:TOEX:2024-25@1.1"
    first = _row(figure=figure, before=1.5, now=2, change=0.5, amount=0.25)
    second = _row(figure=figure, change=0.5, amount=0.25)
    found = changed_figures(_book(WHAT_CHANGED, HEADINGS, first, second, words))
    assert found == [Changed(figure, 150, 200, 50, 2)]


def test_a_report_of_another_kind_has_no_such_sheet() -> None:
    """Not every report is made of figures."""
    assert changed_figures(_book("Returns", HEADINGS)) is None
