"""Cells that cannot be read: one problem each, ranges where they share it, and no chains."""

from grants.domain.returns import Severity
from importers.answer import Checked, CheckRequest
from importers.checking import read_return
from importers.checks import CHECKS, run_checks
from importers.limits import Limits
from tests.importers.making import AWARD, Typed, ask, checked, filled, problems_of


def test_neighbours_with_one_fault_are_one_problem_with_a_range() -> None:
    lines = [Typed(reference=f"R{at}", net="lots" if 3 <= at <= 7 or at == 9 else 5) for at in range(12)]
    assert problems_of(lines) == [("not_money", "Spend!G9:G13"), ("not_money", "Spend!G15")]


def test_a_range_tells_what_was_typed_only_if_it_is_the_same_in_all_cells() -> None:
    same = checked(filled(AWARD, [Typed(net="lots"), Typed(net="lots")])).errors[0]
    different = checked(filled(AWARD, [Typed(net="lots"), Typed(net="some")])).errors[0]
    assert (same.cell, same.value) == ("G6:G7", "lots")
    assert (different.cell, different.value) == ("G6:G7", "")


def test_a_blank_row_between_cuts_a_range() -> None:
    assert problems_of([Typed(net="x"), None, Typed(net="x")]) == [("not_money", "Spend!G6"), ("not_money", "Spend!G8")]


def test_a_row_with_one_cell_filled_in_asks_for_the_others_that_are_required() -> None:
    only = Typed(*[None] * 10).but(description="Something")
    expected = [("blank", f"Spend!{letter}6") for letter in "ABDEFG"]
    assert problems_of([only]) == expected


def test_a_row_of_spaces_is_blank() -> None:
    assert problems_of([Typed(*["  "] * 10), Typed()]) == []


def test_a_line_that_only_begins_like_a_total_is_a_line() -> None:
    assert problems_of([Typed(payee="Total Fuels Ltd")]) == []


def test_the_value_is_what_was_typed_and_at_most_200_characters() -> None:
    problem = checked(filled(AWARD, [Typed(net="£" + "9" * 500)])).errors[0]
    assert problem.code == "too_large"
    assert problem.value == "£" + "9" * 199


def test_errors_and_warnings_are_never_in_one_list() -> None:
    answer = checked(filled(AWARD, [Typed(net="lots", description="Gifts")]))
    assert {problem.severity for problem in answer.errors} == {Severity.ERROR}
    assert {problem.severity for problem in answer.warnings} == {Severity.WARNING}
    assert answer.lines_copy == b""


def test_problems_come_in_reading_order() -> None:
    lines = [
        Typed(day="x", reference=None),
        Typed(net="x"),
        Typed(category="?"),
        *[Typed(reference=f"{at}") for at in range(9)],
    ]
    lines += [Typed(net="y", reference="z")]
    assert [cell for _, cell in problems_of(lines, forecast=None)] == [
        "Spend!A6", "Spend!E6", "Spend!G7", "Spend!B8", "Spend!G18", "Forecast!G6:G8", "Forecast!H6:H8",
    ]  # fmt: skip


def test_no_more_problems_are_listed_than_a_person_can_use() -> None:
    lines = [Typed(net="lots" if at % 2 else 1, reference=f"{at}") for at in range(60)]
    answer = ask(filled(AWARD, lines), AWARD, Limits(problems=10))
    assert isinstance(answer, Checked)
    assert [problem.code for problem in answer.errors] == ["not_money"] * 10 + ["too_many_problems"]


def test_checks_are_pure() -> None:
    facts = read_return(
        CheckRequest(filled(AWARD, [Typed(net="lots"), Typed(), Typed(category="ICT")]), None, AWARD), Limits()
    )
    assert run_checks(facts, 99) == run_checks(facts, 99)
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
    assert all(check.__doc__ for check in CHECKS)
