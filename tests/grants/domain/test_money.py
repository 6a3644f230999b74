"""Money in and out: never a wrong figure, whatever a person or a spreadsheet program writes."""

import math
import re
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grants.domain.money import (
    DUST_POUNDS,
    MAX_PENCE,
    NotMoney,
    from_number,
    from_numbers,
    from_text,
    plain,
    share,
    show,
)

PENCE = st.integers(-MAX_PENCE, MAX_PENCE)
SPACES = st.text(alphabet=" \t\u00a0\u2007\u2009\u202f", max_size=3)
GROUPS = st.sampled_from(["", ",", " ", "\u00a0", "\u2009", "\u202f"])
MINUSES = st.sampled_from("-−‒–—﹣－")
REASONS = {"blank", "not_a_number", "part_penny", "too_large"}


T = TypeVar("T")


def _answer(read: Callable[[Any], T], value: object) -> T | str:
    try:
        return read(value)
    except NotMoney as refused:
        return refused.reason


@given(PENCE)
@example(MAX_PENCE)
@example(-1)
def test_what_is_shown_can_be_typed_back(pence: int) -> None:
    assert from_text(show(pence)) == pence
    assert from_text(plain(pence)) == pence
    assert re.fullmatch(r"-?£\d{1,3}(,\d{3})*(\.\d\d)?", show(pence))
    assert re.fullmatch(r"-?\d+\.\d\d", plain(pence))


def _grouped(pence: int, separator: str) -> str:
    pounds, rest = divmod(abs(pence), 100)
    return f"{pounds:,}".replace(",", separator) + f".{rest:02d}"


@given(PENCE, GROUPS, st.sampled_from(["", "£", "£ ", "gbp ", "GBP"]), SPACES, SPACES, st.integers(0, 4), MINUSES)
def test_every_form_that_people_type_is_read(
    pence: int, separator: str, currency: str, before: str, after: str, form: int, minus: str
) -> None:
    digits = _grouped(pence, separator)
    if pence < 0:
        typed = [
            f"{minus}{currency}{digits}",
            f"{currency}{minus}{digits}",
            f"{currency}{digits}{minus}",
            f"({currency}{digits})",
            f"( {currency}{digits} )",
        ][form]
    else:
        typed = [f"{currency}{digits}", f"+{currency}{digits}", f"{currency}+{digits}", f"{currency}{digits} ", digits][
            form
        ]
    assert from_text(f"{before}{typed}{after}") == pence


@given(st.integers(0, 10**9), st.sampled_from(["", ".", ".0", ".00"]), st.integers(0, 4))
def test_whole_pounds_may_leave_out_pence_and_lead_with_noughts(pounds: int, tail: str, noughts: int) -> None:
    assert from_text("0" * noughts + f"{pounds}{tail}") == pounds * 100


@given(st.integers(0, 99), st.integers(0, 9))
def test_pence_alone(pence: int, tenth: int) -> None:
    assert from_text(f".{pence:02d}") == from_text(f"£.{pence:02d}") == pence
    assert from_text(f".{tenth}") == tenth * 10


@pytest.mark.parametrize(
    "typed",
    ["-", "–", "—", " - ", "\u00a0-\u00a0", "£-", "£ -", " £-   ", "nil", "NIL ", "Nil", "zero", "0", "£0.00", "-0"],
)
def test_nothing_is_nothing(typed: str) -> None:
    assert from_text(typed) == 0


@pytest.mark.parametrize("typed", ["", " ", "\u00a0", "\t\n"])
def test_a_blank_is_not_nothing(typed: str) -> None:
    with pytest.raises(NotMoney) as refused:
        from_text(typed)
    assert refused.value.reason == "blank"


NONSENSE = [
    "abc", "£", ".", "-.", "()", "(-)", "-£", "--5", "-(5)", "(-5)", "(5-)", "-5-", "+-5", "-+5", "++5", "(+5)", "£+-5", "5+", "+", "(5", "5)", "((5))",
    "££5", "£GBP5", "5£5", "£5p", "$5", "€5", "5%", "10 %", "1e3", "1E3", "0x10", "1_000", "inf", "nan", "NaN", "TRUE", "None",
    "1,23", "12,34", "1,2345", "1,234,56", "1234,567", "1.234,50", "1,234 567", "1 234,567", "1  234", ",123", "1,", "0,500", "0 500", "000,500",
    "1 2", "12 3456", "1\n234", "1\t234", "5\r000", "5. 5", "5 .5", "1.2.3", "31/03/2025", "2025-03-31", "1:30",
    "#REF!", "#N/A", "=1+1", "'5", "١٢٣", "５", "Ⅴ", "½", "5²", "£2.5 million", "2.5m", "£1k", "5\u200b", "\u200b5", "5\x00", "n/a", "TBC",
]  # fmt: skip


@pytest.mark.parametrize("typed", NONSENSE)
def test_nonsense_is_refused(typed: str) -> None:
    with pytest.raises(NotMoney) as refused:
        from_text(typed)
    assert refused.value.reason == "not_a_number"


@given(PENCE, st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_more_than_two_decimals_are_never_rounded(pence: int, more: str) -> None:
    with pytest.raises(NotMoney) as refused:
        from_text(plain(pence) + more)
    assert refused.value.reason == "part_penny"


@given(st.integers(MAX_PENCE + 1, 10**40))
@example(MAX_PENCE + 1)
def test_too_much_is_refused(pence: int) -> None:
    for typed in (plain(pence), show(pence), show(-pence)):
        with pytest.raises(NotMoney) as refused:
            from_text(typed)
        assert refused.value.reason == "too_large"
    with pytest.raises(NotMoney):
        from_number(pence // 100 + 1)


@given(st.text(alphabet="0123456789,. £()-+–\u00a0GBPnilzero\n\t/%e", max_size=14))
@example("1 234 567.89")
def test_whatever_is_accepted_is_what_its_digits_say(typed: str) -> None:
    """Read in another way, by a rule that knows nothing of the parser's own: digits kept, everything else dropped."""
    pence = _answer(from_text, typed)
    if isinstance(pence, str):
        assert pence in REASONS
        return
    pounds, _, part = typed.partition(".")
    digits = "".join(re.findall(r"\d", pounds)) or "0"
    expected = int(digits) * 100 + int("".join(re.findall(r"\d", part)).ljust(2, "0"))
    assert abs(pence) == expected
    negative = bool(re.search(r"[(\-–]", typed))
    assert pence == (-expected if negative else expected)


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_a_reason(typed: str) -> None:
    answer = _answer(from_text, typed)
    assert answer in REASONS if isinstance(answer, str) else abs(answer) <= MAX_PENCE


@pytest.mark.parametrize(
    "typed",
    ["(" + " " * 30_000 + "x", "1" * 30_000, "1" + ",000" * 9_000 + "x", "£" + " " * 30_000 + "-" * 2, "(" * 9_000],
)
def test_a_hostile_cell_costs_no_time(typed: str) -> None:
    began = time.process_time()
    with pytest.raises(NotMoney):
        from_text(typed)
    assert time.process_time() - began < 0.5


@given(PENCE)
@example(MAX_PENCE)
def test_every_penny_survives_a_spreadsheets_float(pence: int) -> None:
    assert from_number(pence / 100) == pence
    assert from_number(pence // 100) == pence // 100 * 100


@given(st.lists(st.integers(-(10**7), 10**7), max_size=40))
def test_dust_that_a_sum_of_floats_leaves_is_swept_up(parts: list[int]) -> None:
    total = 0.0
    for part in parts:
        total += part / 100
    assert from_number(total) == sum(parts)


@given(st.floats() | st.floats(-1e9, 1e9))
@example(0.005)
@example(1.005)
@example(0.01 + 1.1e-6)
@example(0.01 + 0.9e-6)
@example(-0.0)
@example(5e-324)
@example(1e308)
@example(999_999_999.994)
def test_a_float_is_a_penny_within_dust_or_refused(value: float) -> None:
    pence = _answer(from_number, value)
    if pence == "not_finite":
        assert not math.isfinite(value)
    elif pence == "too_large":
        assert abs(Fraction(value)) * 100 > MAX_PENCE - 1
    elif isinstance(pence, str):
        exact = Fraction(value) * 100
        assert abs(exact - round(exact)) / 100 > Fraction(DUST_POUNDS) - 2 * Fraction(math.ulp(value))
        assert pence == "part_penny"
    else:
        assert type(pence) is int
        # Near the largest amount a float's own step is an eighth of a millionth.
        assert abs(Fraction(value) - Fraction(pence, 100)) <= Fraction(DUST_POUNDS) + Fraction(math.ulp(value))


@given(st.lists(st.floats() | st.floats(-1e9, 1e9) | st.integers().map(lambda pence: pence / 100) | st.integers()))
@example([10**400])
@example([1e9, 1_000_000_000.000001])
@example([0.01, math.nan])
@example([])
def test_many_numbers_are_what_each_of_them_is(values: list[float | int]) -> None:
    def one_by_one(several: list[float | int]) -> list[int]:
        return list(map(from_number, several))

    assert _answer(from_numbers, values) == _answer(one_by_one, values)


@given(st.integers(-(10**9), 10**9), st.floats(1.2e-6, 0.00499))
def test_a_part_of_a_penny_is_refused_and_never_rounded(pence: int, part: float) -> None:
    for value in (pence / 100 + part, pence / 100 - part):
        with pytest.raises(NotMoney) as refused:
            from_number(value)
        assert refused.value.reason == "part_penny"


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(NotMoney) as refused:
        from_number(value)
    assert refused.value.reason == "not_finite"


@pytest.mark.parametrize("value", [True, False])
def test_true_is_not_one_pound(value: bool) -> None:
    with pytest.raises(NotMoney) as refused:
        from_number(value)
    assert refused.value.reason == "not_a_number"


@pytest.mark.parametrize(
    ("pence", "shown", "text"),
    [
        (0, "£0", "0.00"),
        (1, "£0.01", "0.01"),
        (-1, "-£0.01", "-0.01"),
        (7500, "£75", "75.00"),
        (7550, "£75.50", "75.50"),
        (123450, "£1,234.50", "1234.50"),
        (-500, "-£5", "-5.00"),
        (MAX_PENCE, "£1,000,000,000", "1000000000.00"),
    ],
)
def test_amounts_are_shown_as_gov_uk_shows_them(pence: int, shown: str, text: str) -> None:
    assert show(pence) == shown
    assert plain(pence) == text


def test_a_share_of_nothing_is_unknown() -> None:
    assert share(5, 0) is None
    assert share(1, 10) == 0.1
