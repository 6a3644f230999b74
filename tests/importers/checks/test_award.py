"""Lines against the award: what must be found, and what must be left alone."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.domain.awards import BudgetLine, CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryTotal, ReturnContext, Severity
from tests.importers.making import AWARD, Typed, award, checked, filled, places, problems_of, stored

RESOURCE = BudgetKind.RDEL_PROGRAMME


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"day": date(2025, 4, 1), "accrual": "Yes"}, []),
        ({"day": date(2025, 7, 1)}, []),
        ({"day": date(2025, 9, 30)}, []),
        ({"day": date(2025, 6, 30)}, [("outside_period", "Spend!E6")]),
        ({"day": date(2025, 6, 30), "accrual": "Yes"}, []),
        ({"day": date(2025, 10, 1)}, [("outside_period", "Spend!E6")]),
        ({"day": date(2025, 3, 31)}, [("before_award", "Spend!E6")]),
        ({"day": date(2025, 3, 31), "accrual": "Yes"}, [("before_award", "Spend!E6")]),
        ({"day": date(2026, 4, 1)}, [("after_award", "Spend!E6")]),
        ({"day": date(2026, 4, 1), "accrual": "Yes"}, []),
        ({"day": date(2026, 4, 1), "accrual": "perhaps"}, [("not_yes_or_no", "Spend!I6")]),
        ({"category": "Equipment", "kind": "Capital"}, []),
        ({"category": "Equipment", "kind": "Resource"}, [("kind_not_on_award", "Spend!F6")]),
        ({"category": "ICT", "kind": "Capital"}, [("category_not_on_award", "Spend!B6")]),
    ],
)
def test_a_line_and_the_awards_terms(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert problems_of([Typed().but(**changes)]) == expected


def test_the_sentences_say_what_the_award_allows() -> None:
    lines = [
        Typed(category="ICT"),
        Typed(category="Equipment", reference="2"),
        Typed(day=date(2025, 1, 1), reference="3"),
    ]
    words = {problem.code: problem.message for problem in checked(filled(AWARD, lines)).errors}
    assert "Equipment, Staff pay, Travel and subsistence" in words["category_not_on_award"]
    assert words["kind_not_on_award"].endswith("Choose Capital.")
    assert "1 April 2025" in words["before_award"]


def test_programme_and_admin_are_told_apart_where_an_award_has_both() -> None:
    budget = (*AWARD.budget, BudgetLine("2025-26", CostCategory.STAFF_PAY, 100_00, BudgetKind.RDEL_ADMIN))
    context = award(budget=budget)
    assert problems_of([Typed()], context, forecast=0) == [("kind_unclear", "Spend!F6")]
    lines = [Typed(kind="Resource, admin", net=5), Typed(kind="resource, programme", net=6)]
    answer = checked(filled(context, lines, forecast=0), context)
    assert places(answer) == []
    assert [line["budget_kind"] for line in stored(answer)] == ["rdel_admin", "rdel_programme"]
    assert problems_of([Typed(kind="Resource, admin", category="Travel and subsistence")], context, forecast=0) == [
        ("kind_not_on_award", "Spend!F6")
    ]


def test_without_an_award_no_terms_are_checked() -> None:
    line = Typed(category="ICT", kind="Capital", day=date(2025, 8, 1), net=999_999_999)
    assert places(checked(filled(AWARD, [line]), None)) == []
    outside = Typed(day=date(2024, 1, 1))
    assert places(checked(filled(AWARD, [outside]), None)) == [("outside_period", "Spend!E6")]


SAME = Typed()


@pytest.mark.parametrize(
    ("other", "repeated"),
    [
        ({}, True),
        ({"description": "told otherwise", "evidence": None, "category": "Travel and subsistence"}, True),
        ({"reference": " inv-1 ", "payee": "OLDHAM COUNCIL PAYROLL"}, True),
        ({"day": "31/07/2025", "net": "£1,234.50"}, True),
        ({"net": 1234, "vat": 0.5}, True),
        ({"reference": "INV-2"}, False),
        ({"payee": "Somebody else"}, False),
        ({"day": date(2025, 7, 30)}, False),
        ({"net": 1234.51}, False),
        ({"net": -1234.5}, False),
    ],
)
def test_a_line_that_repeats_another(other: dict[str, Any], repeated: bool) -> None:
    expected = [("duplicate_line", "Spend!A8")] if repeated else []
    large = Typed(reference="large", net=9000)
    assert problems_of([large, SAME, SAME.but(**other)]) == expected


def test_repeats_below_each_other_are_one_problem_and_the_first_is_left_alone() -> None:
    lines = [SAME, SAME, SAME, None, SAME, Typed(reference="INV-2"), SAME]
    assert problems_of(lines) == [("duplicate_line", cell) for cell in ("Spend!A7:A8", "Spend!A10", "Spend!A12")]


def test_lines_that_cannot_be_read_repeat_nothing() -> None:
    assert problems_of([Typed(net="lots"), Typed(net="lots")]) == [("not_money", "Spend!G6:G7")]


@settings(max_examples=40)
@given(
    pence=st.integers(1, 30_000_00),
    accepted=st.integers(0, 21_000_00),
    percent=st.sampled_from([0, 10]),
)
def test_spend_to_date_is_held_against_the_categorys_budget(pence: int, accepted: int, percent: int) -> None:
    context = award(
        accepted=(CategoryTotal(CostCategory.TRAVEL, RESOURCE, accepted),) if accepted else (), virement_percent=percent
    )
    found = category_problems(context, Typed(category="Travel and subsistence", net=pence / 100))
    over = pence + accepted - 20_000_00
    if over <= 0:
        assert found == []
    elif over * 100 <= 20_000_00 * percent:
        assert found == [("over_category_within", Severity.WARNING, "Forecast!F7")]
    else:
        assert found == [("over_category", Severity.ERROR, "Forecast!F7")]


def category_problems(context: ReturnContext, *lines: Typed) -> list[tuple[str, Severity, str]]:
    problems = checked(filled(context, lines), context).problems
    return [(problem.code, problem.severity, problem.place) for problem in problems]


def test_spend_to_date_is_held_against_the_award_by_kind() -> None:
    within = [Typed(net=90_000), Typed(net=20_000, category="Travel and subsistence")]
    assert problems_of(within, forecast=0) == []
    answer = checked(filled(AWARD, [within[0], Typed(net=20_000.01, category="Travel and subsistence")]))
    assert places(answer) == [("over_award", "Spend!G6:G7"), ("over_category_within", "Forecast!F7")]
    assert "£120,000.01 against an award of £120,000" in answer.errors[0].message
    assert "£0.01 too much" in answer.errors[0].message


def test_capital_never_pays_for_resource() -> None:
    assert ("over_award", "Spend!G6") in problems_of([Typed(category="Equipment", kind="Capital", net=50_000.01)])


def test_credits_may_not_exceed_what_was_spent() -> None:
    assert problems_of([Typed(net=-10_000)]) == []
    assert problems_of([Typed(net=-10_000.01)]) == [("below_zero", "Forecast!F6")]
    assert problems_of([Typed(net=-1, category="Travel and subsistence")]) == [("below_zero", "Forecast!F7")]
    assert problems_of([Typed(net=-10_001), Typed(net="lots", reference="2")]) == [("not_money", "Spend!G7")]


def test_no_lines_is_a_question_and_not_an_error() -> None:
    answer = checked(filled(AWARD, []))
    assert [(problem.code, problem.severity) for problem in answer.problems] == [("no_lines", Severity.WARNING)]
    assert answer.lines_copy == b""
    assert answer.totals == ()
