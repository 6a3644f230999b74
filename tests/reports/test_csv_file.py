"""The CSV: RFC 4180, read back to the same values, harmless in Excel."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.book import Column, Kind
from reports.csv_file import CsvWriter, write_csv
from reports.text_out import clean, from_csv_text
from tests.reports.books import COLUMNS, MARKING, ROWS, table

NAIVE = datetime(2025, 4, 1)  # noqa: DTZ001 - a time without a zone, which the writer must refuse


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


@given(st.lists(st.tuples(st.text(st.characters()), st.integers(-(10**15), 10**15), st.dates())))
def test_texts_amounts_and_dates_are_read_back_as_they_were(tmp_path: Path, rows: list[tuple[Any, ...]]) -> None:
    columns = (
        Column(key="payee", heading="Payee"),
        Column(key="net", heading="Net", kind=Kind.PENCE),
        Column(key="paid", heading="Paid", kind=Kind.DATE),
    )
    write_csv(table(rows, columns), tmp_path / "t.csv")
    header, *found = read(tmp_path / "t.csv")
    assert header == ["Payee", "Net", "Paid"]
    back = [(from_csv_text(text), int(Decimal(net) * 100), date.fromisoformat(paid)) for text, net, paid in found]
    assert back == [(clean(text), net, paid) for text, net, paid in rows]


def test_the_bytes_are_those_of_the_standard_with_the_mark_that_excel_needs(tmp_path: Path) -> None:
    write_csv(table(ROWS), tmp_path / "t.csv", marking=MARKING)  # type: ignore[arg-type]
    assert (tmp_path / "t.csv").read_bytes().decode() == (
        "\ufeffReference,Payee,Lines,Net amount,Paid on,Recorded,Share of budget,Marking\r\n"
        "L1,Oldham Council,3,1234.10,2025-04-01,2025-06-30T23:30:00Z,0.125,Example data – not real\r\n"
        "0012,Smith & Sons <Training>,-1,-5.00,2026-03-31,2025-12-31T08:00:00Z,-0.05,Example data – not real\r\n"
        "L3,,,,,,,Example data – not real\r\n"
        'L4,"\'=HYPERLINK(""http://example.org"")",0,0.00,1850-01-01,2025-11-01T09:30:00Z,0,Example data – not real\r\n'
    )


def test_rows_may_be_pushed_in_any_batches(tmp_path: Path) -> None:
    write_csv(table(ROWS), tmp_path / "whole.csv")  # type: ignore[arg-type]
    with CsvWriter(table(()), tmp_path / "pushed.csv") as writer:
        for row in ROWS:
            writer.add_rows([row])  # type: ignore[list-item]
    assert (tmp_path / "pushed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize(
    ("place", "value"),
    [(1, 5), (2, 1.0), (2, True), (3, 12.5), (4, datetime(2025, 4, 1, tzinfo=UTC)), (5, NAIVE), (6, float("nan"))],
)
def test_a_value_of_another_kind_is_refused_and_leaves_nothing(tmp_path: Path, place: int, value: object) -> None:
    row = list(ROWS[0])
    row[place] = value
    with pytest.raises(ValueError, match=f"{COLUMNS[place].key}|time zone|finite"):
        write_csv(table([row]), tmp_path / "wrong.csv")  # type: ignore[list-item]
    assert list(tmp_path.iterdir()) == []


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 values"):
        write_csv(table([ROWS[0], ROWS[0][:3]]), tmp_path / "short.csv")  # type: ignore[list-item]
    assert list(tmp_path.iterdir()) == []
