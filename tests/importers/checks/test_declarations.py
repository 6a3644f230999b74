"""What the preparer declares, the basis of the amounts, evidence, dates to come, and one line a category."""

from datetime import date
from typing import Any

import pytest

from grants.domain.awards import SpendDetail
from grants.domain.returns import Severity
from tests.importers.checks.documents import BOUGHT, told
from tests.importers.making import AWARD, Typed, as_csv, award, checked, filled, places, problems_of, stored


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, []),
        ({"B14": None}, [("declaration_blank", "Return!B14")]),
        ({"B14": "  "}, [("declaration_blank", "Return!B14")]),
        ({"B15": "I think so"}, [("not_yes_or_no", "Return!B15")]),
        ({"B14": "No"}, [("declared_no_no_other_grant", "Return!B14")]),
        ({"B15": "n"}, [("declared_no_vat_left_out", "Return!B15")]),
        ({"B16": False}, [("declared_no_records_kept", "Return!B16")]),
        ({"B16": True}, []),
        ({"B13": "accruals basis"}, []),
        ({"B13": "Cash"}, [("cash_basis", "Return!B13")]),
        ({"B13": None}, [("blank", "Return!B13")]),
        ({"B13": "mixed"}, [("not_a_basis", "Return!B13")]),
    ],
)
def test_answers(cells: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    answer = checked(filled(AWARD, [Typed()], edit=told(milestones=[], **cells)))
    assert places(answer) == expected


def test_a_no_asks_for_a_reason_and_is_kept() -> None:
    answer = checked(filled(AWARD, [Typed()], edit=told(milestones=[], B14="No")))
    assert [problem.severity for problem in answer.problems] == [Severity.WARNING]
    assert answer.documents is not None
    assert [(one.key, one.answer, one.cell) for one in answer.documents.declarations] == [
        ("no_other_grant", False, "B14"),
        ("vat_left_out", True, "B15"),
        ("records_kept", True, "B16"),
    ]
    assert answer.documents.basis == "Accruals"


def test_a_csv_that_has_nothing_to_forecast_still_lacks_declarations() -> None:
    last = award(period="2025-26-Q4")
    assert places(checked(as_csv([Typed(day="31/03/2026")]), last)) == [("declarations_not_sent", "CSV")]


@pytest.mark.parametrize(
    ("net", "evidence", "expected"),
    [
        (999.99, None, []),
        (1_000, None, [("evidence_missing", "Spend!J6")]),
        (1_000, " ", [("evidence_missing", "Spend!J6")]),
        (1_000, "INV", []),
        (-1_000, None, [("evidence_missing", "Spend!J6")]),
        ("lots", None, [("not_money", "Spend!G6")]),
    ],
)
def test_evidence_from_the_awards_amount_up(net: Any, evidence: Any, expected: list[tuple[str, str]]) -> None:
    context = award(evidence_from_pence=1_000_00)
    assert problems_of([Typed(net=net, evidence=evidence)], context) == expected
    codes = {code for code, _ in problems_of([Typed(net=net, evidence=evidence)])}
    assert "evidence_missing" not in codes


@pytest.mark.parametrize(
    ("day", "accrual", "expected"),
    [
        (date(2025, 8, 15), None, []),
        (date(2025, 8, 16), None, [("in_future", "Spend!E6")]),
        (date(2025, 8, 16), "Yes", []),
        (date(2025, 10, 1), None, [("outside_period", "Spend!E6")]),
        (date(2026, 4, 1), None, [("after_award", "Spend!E6")]),
    ],
)
def test_what_is_still_to_come_is_not_spent(day: date, accrual: str | None, expected: list[tuple[str, str]]) -> None:
    assert problems_of([Typed(day=day, accrual=accrual)], award(today=date(2025, 8, 15))) == expected


BY_CATEGORY = award(detail=SpendDetail.CATEGORIES)
STAFF = Typed(None, "Staff pay", None, None, None, "Resource", 1_000)
TRAVEL = STAFF.but(category="Travel and subsistence")


def test_a_line_a_category_needs_its_amount_and_no_more() -> None:
    waiting_for_the_third = checked(filled(BY_CATEGORY, [STAFF, TRAVEL]), BY_CATEGORY)
    assert places(waiting_for_the_third) == [("blank", "Spend!G8")]
    lines = [STAFF, TRAVEL, BOUGHT.but(net=0)]
    kept = stored(checked(filled(BY_CATEGORY, lines), BY_CATEGORY))
    assert [(one["category"], one["spent_on"], one["payee"]) for one in kept[:2]] == [
        ("staff_pay", "2025-09-30", ""),
        ("travel_and_subsistence", "2025-09-30", ""),
    ]
    assert len({one["fingerprint"] for one in kept}) == 3


def test_one_line_of_each_category() -> None:
    lines = [STAFF, TRAVEL, STAFF.but(net=5)]
    assert problems_of(lines, BY_CATEGORY) == [("category_repeated", "Spend!B8")]


def test_lines_of_categories_are_no_transactions_of_another_award_or_period() -> None:
    first = checked(filled(BY_CATEGORY, [STAFF, TRAVEL, BOUGHT]), BY_CATEGORY)
    marks = {line["fingerprint"] for line in stored(first)}
    for other in (
        award(detail=SpendDetail.CATEGORIES, award="A-2"),
        award(detail=SpendDetail.CATEGORIES, period="2025-26-Q3"),
    ):
        again = checked(filled(other, [STAFF, TRAVEL, BOUGHT.but(day=None)]), other)
        assert marks.isdisjoint(line["fingerprint"] for line in stored(again))


def test_where_transactions_are_asked_for_a_line_needs_them() -> None:
    assert [code for code, _ in problems_of([STAFF])] == ["blank"] * 4
