"""A book that no spreadsheet program could open is refused while it is still a description."""

from dataclasses import replace
from datetime import datetime

import pytest

from reports.book import Column, Kind, Table
from tests.reports.books import book, full_book, table


def test_a_sheet_named_like_a_part_of_another_is_refused() -> None:
    with pytest.raises(ValueError, match="name of its own"):
        book(table(()), table((), sheet="spend"))
    with pytest.raises(ValueError, match="name of its own"):
        book(table(()), table((), sheet="Spend 2"))
    with pytest.raises(ValueError, match="name of its own"):
        book(table((), sheet="History"))


@pytest.mark.parametrize("name", ["", "x" * 29, "a/b", "a[b]", "'a", "a ", "a\nb"])
def test_a_sheet_name_that_excel_refuses_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="sheet"):
        table((), sheet=name)


def test_columns_that_a_table_cannot_have_are_refused() -> None:
    with pytest.raises(ValueError, match="same heading"):
        table((), (Column(key="a", heading="A"), Column(key="b", heading="a")))
    with pytest.raises(ValueError, match="same key"):
        table((), (Column(key="a", heading="A"), Column(key="a", heading="B")))
    with pytest.raises(ValueError, match="totals"):
        Column(key="a", heading="A", kind=Kind.PERCENT, total=True)
    with pytest.raises(ValueError, match="no total of its own"):
        table((), (Column(key="a", heading="A", kind=Kind.PENCE, total=True),))
    with pytest.raises(ValueError, match="one line"):
        Column(key="a", heading="A\nB")
    with pytest.raises(ValueError, match="title and columns"):
        Table(sheet="Spend", title="Spend", columns=())
    with pytest.raises(ValueError, match="time zone"):
        replace(full_book(), created=datetime(2025, 1, 1))  # noqa: DTZ001 - what the test is about
