"""A return against the recipient's other ones: what was sent or accepted before is found, and named; nothing else is."""

import hashlib
import struct
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.domain.earlier_returns import EarlierReturn
from grants.domain.returns import Severity
from importers.checks.facts import fingerprint
from tests.importers.making import AWARD, Typed, as_csv, award, checked, filled, places, problems_of, stored

OTHER = "CAID-OLDHAM-01"
OURS = ("inv-1", "Oldham Council PAYROLL", date(2025, 7, 31), 123_450)


def packed(*lines: tuple[str, str, date, int]) -> bytes:
    return b"".join(struct.pack(">q", fingerprint(*line)) for line in lines)


def accepted(*lines: tuple[str, str, date, int], of: str = AWARD.award, period: str = "2025-26-Q1") -> EarlierReturn:
    return EarlierReturn(of, period, ("0" * 64,), packed(*lines))


def lines(*references: str) -> list[Typed]:
    return [Typed(reference=reference) for reference in references]


def test_a_line_that_was_accepted_in_an_earlier_period_of_the_award_is_found_and_the_period_named() -> None:
    context = award(earlier=(accepted(("INV-9", "x", date(2025, 4, 2), 5), OURS),))
    answer = checked(filled(AWARD, lines("INV-3", "INV-1")), context)
    assert places(answer) == [("claimed_before", "Spend!A7")]
    assert "in the return for Quarter 1, April to June 2025" in answer.errors[0].message
    assert "of award" not in answer.errors[0].message
    assert answer.errors[0].severity is Severity.ERROR


def test_a_line_of_another_award_of_the_recipient_is_found_and_the_award_named() -> None:
    context = award(earlier=(accepted(OURS, of=OTHER, period="2024-25-Q4"),))
    message = checked(filled(AWARD, [Typed()]), context).errors[0].message
    assert f"January to March 2025 of award {OTHER}" in message


def test_each_line_is_told_of_once_by_the_return_that_had_it_first() -> None:
    other = ("INV-2", *OURS[1:])
    both = (accepted(OURS), accepted(OURS, other, ("INV-9", *OURS[1:]), of=OTHER, period="2025-26-Q2"))
    answer = checked(filled(AWARD, lines("INV-1", "INV-2", "INV-3")), award(earlier=both))
    assert places(answer) == [("claimed_before", "Spend!A6"), ("claimed_before", "Spend!A7")]
    assert "of award" not in answer.errors[0].message
    assert OTHER in answer.errors[1].message


@pytest.mark.parametrize(
    "change", [{"reference": "INV-10"}, {"payee": "Somebody else"}, {"day": date(2025, 7, 30)}, {"net": 1234.49}]
)
def test_a_line_that_differs_in_any_of_the_four_is_another_line(change: dict[str, object]) -> None:
    context = award(earlier=(accepted(OURS),))
    assert problems_of([Typed()], context) == [("claimed_before", "Spend!A6")]
    assert problems_of([Typed().but(**change)], context) == []


def test_a_return_that_was_sent_but_not_accepted_has_no_lines_to_claim_again() -> None:
    assert problems_of([Typed()], award(earlier=(EarlierReturn(AWARD.award, "2025-26-Q1", ("0" * 64,)),))) == []


def test_the_same_lines_in_another_file_are_one_problem() -> None:
    context = award(earlier=(accepted(OURS), accepted(("INV-2", *OURS[1:]), OURS, period="2024-25-Q4")))
    answer = checked(filled(AWARD, lines("INV-1", "INV-2")), context)
    assert places(answer) == [("unchanged_lines", "Spend!G6:G7")]
    assert "January to March 2025" in answer.errors[0].message
    one_more = checked(filled(AWARD, lines("INV-1", "INV-2", "INV-3")), context)
    assert {code for code, _ in places(one_more)} == {"claimed_before"}


def test_what_is_stored_as_a_fingerprint_is_what_finds_the_line_again() -> None:
    line = stored(checked(filled(AWARD, [Typed()])))[0]
    assert int(line["fingerprint"]) == fingerprint(*OURS)
    earlier = EarlierReturn(AWARD.award, "2025-26-Q1", (), struct.pack(">q", int(line["fingerprint"])))
    assert problems_of([Typed()], award(earlier=(earlier,))) == [("claimed_before", "Spend!A6")]


def test_an_unchanged_copy_is_told_of_as_such_and_not_line_by_line() -> None:
    data = filled(AWARD, [Typed()])
    files = ("0" * 64, hashlib.sha256(data).hexdigest())
    context = award(earlier=(EarlierReturn(OTHER, "2025-26-Q1", files, packed(OURS)),))
    answer = checked(data, context)
    assert places(answer) == [("unchanged_copy", "Return")]
    assert f"for Quarter 1, April to June 2025 of award {OTHER}" in answer.errors[0].message
    assert places(checked(filled(AWARD, [Typed(net=1)]), context)) == []


def test_a_csv_that_was_sent_before_is_told_of_too() -> None:
    data = as_csv([Typed()])
    context = award(earlier=(EarlierReturn(AWARD.award, "2025-26-Q1", (hashlib.sha256(data).hexdigest(),)),))
    assert ("unchanged_copy", "CSV") in [(code, place) for code, place in places(checked(data, context))]


@settings(max_examples=30)
@given(
    ours=st.lists(st.integers(0, 8), unique=True, min_size=1, max_size=6),
    before=st.lists(st.lists(st.integers(0, 8), unique=True, max_size=6), max_size=3),
)
def test_what_is_found_is_what_both_have(ours: Sequence[int], before: Sequence[Sequence[int]]) -> None:
    quarters = ("2024-25-Q3", "2024-25-Q4", "2025-26-Q1")
    earlier = tuple(
        accepted(*((f"INV-{number}", *OURS[1:]) for number in numbers), period=quarter)
        for quarter, numbers in zip(quarters, before, strict=False)
    )
    data = as_csv(lines(*(f"INV-{number}" for number in ours)))
    found = checked(data, award(earlier=earlier)).errors
    if len(ours) > 1 and any(sorted(ours) == sorted(numbers) for numbers in before):
        assert [one.code for one in found] == ["unchanged_lines"]
        return
    cells = {cell for one in found for cell in _cells(one.cell)}
    claimed = {number for numbers in before for number in numbers}
    assert {one.code for one in found} <= {"claimed_before"}
    assert cells == {f"A{row}" for row, number in enumerate(ours, start=2) if number in claimed}


def _cells(area: str) -> list[str]:
    first, _, last = area.partition(":")
    return [f"A{row}" for row in range(int(first[1:]), int((last or first)[1:]) + 1)]
