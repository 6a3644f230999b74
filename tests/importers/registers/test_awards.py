"""Registers of awards as people write them: each thing read right, each fault at its own cell, nothing else."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.awards import BudgetLine, CostCategory, Frequency, Instalment, LegalBasis, PaymentBasis
from grants.domain.plan import BudgetKind
from grants.domain.registers import RegisterKind
from tests.importers.files import as_ods
from tests.importers.registers.books import AWARD, award, awards_register, places, read, refused

AWARDS = RegisterKind.AWARDS


def test_an_award_over_several_rows_is_one() -> None:
    book = awards_register(
        award(payment_basis="In advance", legal_basis="Local Government Act 2003, section 31", frequency="monthly", certifier_role="Treasurer"),
        [],
        ["li-oldham-01", None, None, None, None, None, "2025/26", "training", "Capital", "£1,000.00"],
        award(category="Training", year="FY 2025 to 2026", side="Resource (RDEL), admin", amount=0.01),
        instalments=[["LI-OLDHAM-01", 2.0, "1 July 2025", "2025-26", "Resource", 200.5], ["LI-OLDHAM-01", "1", "01/04/2025", "2025-26", "Resource", 1000]],
    )  # fmt: skip
    for data in (book, as_ods(book)):
        found = read(data, AWARDS)
        assert places(found) == []
        [entry] = found.awards
        assert (entry.reference, entry.funding_line, entry.recipient_id, entry.row) == (
            "LI-OLDHAM-01",
            "LOCAL-INQUIRIES",
            "GB-LAE-OLD",
            6,
        )
        terms = entry.terms
        assert (terms.start, terms.end, terms.payment_basis, terms.frequency) == (
            AWARD[4],
            AWARD[5],
            PaymentBasis.ADVANCE,
            Frequency.MONTHLY,
        )
        assert (terms.legal_basis, terms.certifier_role) == (LegalBasis.LGA2003_S31, "Treasurer")
        assert terms.budget == (
            BudgetLine("2025-26", CostCategory.STAFF_PAY, 120_050),
            BudgetLine("2025-26", CostCategory.TRAINING, 100_000, BudgetKind.CDEL_PROGRAMME),
            BudgetLine("2025-26", CostCategory.TRAINING, 1, BudgetKind.RDEL_ADMIN),
        )
        assert terms.profile == (
            Instalment(1, date(2025, 4, 1), "2025-26", 100_000), Instalment(2, date(2025, 7, 1), "2025-26", 20_050),
        )  # fmt: skip
        assert entry.given == (
            "budget", "certifier_role", "end", "frequency", "legal_basis", "payment_basis", "profile", "purpose", "start",
        )  # fmt: skip


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"reference": None}, "blank", "A6"),
    ({"reference": "LI OLDHAM"}, "not_a_reference", "A6"),
    ({"funding_line": None}, "blank", "B6"),
    ({"funding_line": "the first line"}, "not_a_code", "B6"),
    ({"recipient_id": "Oldham Council"}, "not_an_identifier", "C6"),
    ({"purpose": " "}, "blank", "D6"),
    ({"purpose": "x" * 2001}, "too_long", "D6"),
    ({"start": "31/31/2025"}, "not_a_date", "E6"),
    ({"start": "04/31/2025"}, "month_first", "E6"),
    ({"end": None}, "blank", "F6"),
    ({"end": date(2025, 3, 31)}, "end_before_start", "F6"),
    ({"year": "2025-27"}, "not_a_year", "G6"),
    ({"year": 2025}, "not_a_year", "G6"),
    ({"year": "2026-27"}, "year_outside_award", "G6"),
    ({"category": "Wages"}, "not_a_category", "H6"),
    ({"side": "Both"}, "not_a_kind", "I6"),
    ({"amount": None}, "blank", "J6"),
    ({"amount": 0}, "not_above_zero", "J6"),
    ({"amount": -5}, "not_above_zero", "J6"),
    ({"amount": "1.005"}, "part_penny", "J6"),
    ({"amount": "ten"}, "not_money", "J6"),
    ({"amount": 1e12}, "too_large", "J6"),
    ({"payment_basis": "Quarterly"}, "not_a_basis_of_payment", "K6"),
    ({"legal_basis": "The law"}, "not_a_power", "L6"),
    ({"frequency": "Weekly"}, "not_a_frequency", "M6"),
]


@pytest.mark.parametrize(("changes", "code", "cell"), FAULTS)
def test_a_fault_is_told_at_its_cell_once_and_keeps_no_other_award_out(
    changes: dict[str, Any], code: str, cell: str
) -> None:
    found = read(awards_register(award(**changes), award(reference="LI-2")), AWARDS)
    assert places(found) == [(code, f"Awards!{cell}")]
    assert [entry.reference for entry in found.awards] == ["LI-2"]


def test_what_contradicts_itself_over_rows_is_told_where_it_is_said_otherwise() -> None:
    found = read(
        awards_register(
            award(),
            award(category="Training", end=date(2026, 3, 30), recipient_id="GB-LAE-LDS"),
            award(),
            instalments=[
                ["LI-OLDHAM-01", 1, "01/04/2025", "2025-26", "Resource", 600],
                ["LI-OLDHAM-01", 1, "01/07/2025", "2024-25", "Resource", 600.5],
                ["LI-NOBODY", 1, "01/07/2025", "2025-26", "Resource", 0],
            ],
        ),
        AWARDS,
    )
    assert sorted(places(found)) == [
        ("budget_line_repeated", "Awards!H8"),
        ("not_above_zero", "Instalments!F8"),
        ("not_on_awards", "Instalments!A8"),
        ("number_repeated", "Instalments!B7"),
        ("said_otherwise", "Awards!C7"),
        ("said_otherwise", "Awards!F7"),
        ("year_outside_award", "Instalments!D7"),
    ]
    assert found.awards == ()
    assert "Row 6" in next(problem.message for problem in found.problems if problem.code == "budget_line_repeated")


def test_totals_are_checked_and_left_out_and_no_table_is_refused() -> None:
    total: list[Any] = ["Total", *[None] * 8, 1300.5]
    found = read(awards_register(award(), award(reference="LI-2", amount=100), total), AWARDS)
    assert (places(found), [told.code for told in found.notices], len(found.awards)) == ([], ["total_left_out"], 2)
    wrong = read(awards_register(award(), [*total[:-1], 99]), AWARDS)
    assert places(wrong) == [("total_wrong", "Awards!J7")]
    for data, code in ((b"a,b\n1,2\n", "csv_headings"), (b"", "empty"), (b"PK\3\4 nothing", "damaged")):
        assert refused(data, AWARDS).code == code
    assert places(read(awards_register(), AWARDS)) == [("no_rows", "Awards!A6")]


@given(pence=st.lists(st.integers(1, 10**11), min_size=1, max_size=6), shuffle=st.randoms())
def test_whatever_is_written_comes_back_to_the_penny(pence: list[int], shuffle: Any) -> None:
    headings = "Amount,Award reference,Cost category,End date,Financial year,Funding line,Purpose,Recipient identifier,Resource or capital,Start date"
    rows = [
        f"{amount // 100}.{amount % 100:02d},A-{number},Staff pay,31/03/2026,2025-26,L-1,Work,R-01,Resource,01/04/2025"
        for number, amount in enumerate(pence)
    ]
    shuffle.shuffle(rows)
    found = read("\n".join([headings, *rows]).encode(), AWARDS)
    assert places(found) == []
    assert {entry.reference: entry.terms.budget[0].pence for entry in found.awards} == {
        f"A-{number}": amount for number, amount in enumerate(pence)
    }
