"""Payments as finance systems export them: headings of their own, sheets of their own, duplicates found."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from grants.domain.registers import RegisterKind
from tests.importers.registers.books import payment_file, places, read, refused

PAYMENTS = RegisterKind.PAYMENTS


def _book(**sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


TABLE: list[list[Any]] = [
    ["Payments made in May"],
    [],
    ["Ref", "Date Paid", "Amount", "Doc No", "Claim period"],
    ["LI-1", date(2025, 5, 1), 12.34, 1001.0, "2025-26 Q1"],
]


def test_a_system_s_own_table_is_found_wherever_it_stands() -> None:
    for data in (_book(Export=TABLE), _book(Cover=[["June"]], Data=TABLE), _book(Payments=TABLE, More=TABLE)):
        found = read(data, PAYMENTS)
        assert places(found) == []
        [entry] = found.payments
        assert (entry.reference, entry.paid_on, entry.pence, entry.transaction, entry.claim) == (
            "LI-1",
            date(2025, 5, 1),
            1234,
            "1001",
            "2025-26-Q1",
        )
        assert (entry.cell, entry.row) == ("C4", 4)
    assert refused(_book(One=TABLE, Two=TABLE), PAYMENTS).code == "two_tables"
    assert refused(_book(Cover=[["June"]], Data=[["Nothing"]]), PAYMENTS).code == "missing_sheet"
    assert refused(_book(Export=[["Ref", "Date Paid"], ["LI-1", 1]]), PAYMENTS).code == "missing_column"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("T1", "", "02/04/2025", "5", "X")], [("blank", "CSV!B2")]),
        ([("T1", "LI-1", "", "5", "X")], [("blank", "CSV!C2")]),
        ([("T1", "LI-1", "02/04/2025", "", "X")], [("blank", "CSV!D2")]),
        ([("T1", "LI-1", "02/04/2025", "5 EUR", "X")], [("not_pounds", "CSV!D2")]),
        ([("T1", "LI-1", "02/04/2025", "5", "X")] * 2, [("payment_repeated", "CSV!D3")]),
        ([("", "LI-1", "02/04/2025", "5", "X"), ("", "li-1 ", "2 April 2025", "£5.00", "X")], [("payment_repeated", "CSV!D3")]),
        ([("T1", "LI-1", "02/04/2025", "5", "X"), ("T1", "LI-1", "02/04/2025", "6", "X")], [("transaction_repeated", "CSV!A3")]),
        ([("T1", "LI-1", "02/04/2025", "5", "X"), ("T2", "LI-1", "02/04/2025", "5", "X")], []),
        ([("T1", "LI-1", "02/04/2025", "5", "X"), ("Total", "", "", "5", "")], []),
        ([("T1", "LI-1", "02/04/2025", "5", "X"), ("Total", "", "", "6", "")], [("total_wrong", "CSV!D3")]),
    ],
)  # fmt: skip
def test_each_fault_is_told_at_its_cell(rows: list[tuple[str, ...]], expected: list[tuple[str, str]]) -> None:
    assert places(read(payment_file(*rows), PAYMENTS)) == expected


def test_credits_are_read_as_they_are_and_left_for_the_matching_to_tell() -> None:
    found = read(
        payment_file(("T1", "LI-1", "02/04/2025", "(5.00)", "X"), ("T2", "LI-1", "02/04/2025", "0", "X")), PAYMENTS
    )
    assert (places(found), [entry.pence for entry in found.payments]) == ([], [-500, 0])
