"""Totals among the lines: told from lines, held against them, left out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.importers.arranging import BLANK, LINES, ORDINARY, amounts, told
from tests.importers.making import AWARD, FIRST, Typed, checked, filled, places

TOTALS = [
    ("reference", "Total"),
    ("reference", "SUB-TOTAL"),
    ("description", "Grand total:"),
    ("category", "Staff pay Total"),
    ("payee", "Totals"),
    ("day", "Total"),
    ("description", "Total for Q2 (net)"),
    ("reference", "Balance c/f"),
]


@pytest.mark.parametrize(("column", "text"), TOTALS)
def test_a_total_that_comes_right_is_left_out_and_told(column: str, text: str) -> None:
    total = BLANK.but(**{column: text}, net=406, vat=4)
    answer = checked(filled(AWARD, [*LINES, total]))
    assert (places(answer), told(answer), amounts(answer)) == ([], [("total_left_out", "Spend!G10")], ORDINARY)


@pytest.mark.parametrize(("column", "text"), TOTALS)
@pytest.mark.parametrize("off", [{"net": 405.99}, {"net": 0}, {"net": -406}, {"vat": 3}])
def test_a_total_that_comes_wrong_is_one_error_that_says_both_figures(
    column: str, text: str, off: dict[str, Any]
) -> None:
    total = BLANK.but(**{column: text}, **{"net": 406, "vat": 4, **off})
    answer = checked(filled(AWARD, [*LINES, total]))
    assert (places(answer), told(answer)) == ([("total_wrong", "Spend!G10")], [])
    assert "£406" in answer.errors[0].message
    assert answer.line_count == 4


def test_a_row_with_an_amount_alone_is_a_total_only_if_it_adds_up() -> None:
    assert told(checked(filled(AWARD, [*LINES, BLANK.but(net=406)]))) == [("total_left_out", "Spend!G10")]
    wrong = checked(filled(AWARD, [*LINES, BLANK.but(net=407)]))
    assert places(wrong) == [("blank", f"Spend!{letter}10") for letter in "ABCDEF"]
    one = checked(filled(AWARD, [LINES[0], BLANK.but(net=100)]))
    assert [code for code, _ in places(one)] == ["blank"] * 6


def test_a_line_is_a_line_whatever_it_adds_up_to_and_whatever_its_words() -> None:
    lines = [*LINES, Typed(reference="Total", description="Total station hire", payee="Total Fuels Ltd", net=406)]
    answer = checked(filled(AWARD, lines))
    assert (places(answer), told(answer), answer.line_count) == ([], [], 5)
    undated = lines[-1].but(day=None)
    assert places(checked(filled(AWARD, [*LINES, undated]))) == [("blank", "Spend!E10")]


def test_a_total_of_net_and_vat_together_is_right_too() -> None:
    assert told(checked(filled(AWARD, [*LINES, BLANK.but(reference="Total", net=410)]))) == [
        ("total_left_out", "Spend!G10")
    ]


def test_a_total_above_its_lines() -> None:
    assert told(checked(filled(AWARD, [BLANK.but(reference="Total", net=406), *LINES]))) == [
        ("total_left_out", "Spend!G6")
    ]
    assert places(checked(filled(AWARD, [BLANK.but(reference="Total", net=5), *LINES]))) == [
        ("total_wrong", "Spend!G6")
    ]


def test_totals_by_category_below_the_lines() -> None:
    travel = [Typed(reference=f"T{at}", category="Travel and subsistence", net=50) for at in range(2)]
    totals = [
        BLANK.but(reference="Total: staff pay", net=406),
        BLANK.but(reference="Total: travel and subsistence", net=100),
        BLANK.but(reference="Total", net=506),
    ]
    answer = checked(filled(AWARD, [*LINES, *travel, *totals]))
    assert (places(answer), [code for code, _ in told(answer)]) == ([], ["total_left_out"] * 3)
    wrong = [*totals[:1], totals[1].but(net=99), *totals[2:]]
    assert places(checked(filled(AWARD, [*LINES, *travel, *wrong]))) == [("total_wrong", "Spend!G13")]


@settings(max_examples=25)
@given(
    groups=st.lists(st.lists(st.integers(1, 50_000), min_size=1, max_size=4), min_size=1, max_size=4),
    wrong=st.integers(-1, 3),
)
def test_subtotals_and_a_grand_total_are_each_held_against_their_own_lines(groups: list[list[int]], wrong: int) -> None:
    lines: list[Typed | None] = [Typed(reference="large", net=2000), None]
    at_fault: list[tuple[str, str]] = []
    for number, pence in enumerate(groups):
        lines += [Typed(reference=f"{number}.{at}", net=one / 100) for at, one in enumerate(pence)]
        said = sum(pence) + (200_000 if number == 0 else 0) + (wrong == number)
        lines.append(BLANK.but(description="Subtotal", net=said / 100))
        at_fault += [("total_wrong", f"Spend!G{FIRST + len(lines) - 1}")] if wrong == number else []
    lines.append(BLANK.but(reference="Grand total", net=(200_000 + sum(map(sum, groups))) / 100))
    answer = checked(filled(AWARD, lines))
    assert places(answer) == at_fault
    assert len(answer.notices) + len(at_fault) == len(groups) + 1
    assert answer.line_count == 1 + sum(map(len, groups))


def test_nothing_follows_from_an_amount_that_cannot_be_read() -> None:
    lines = [*LINES[:3], LINES[3].but(net="lots"), BLANK.but(reference="Total", net=1)]
    answer = checked(filled(AWARD, lines))
    assert (places(answer), told(answer)) == ([("not_money", "Spend!G9")], [("total_not_checked", "Spend!G10")])
    broken = checked(filled(AWARD, [*LINES, BLANK.but(reference="Total", net="#REF!")]))
    assert (places(broken), told(broken)) == ([], [("total_not_checked", "Spend!G10")])
