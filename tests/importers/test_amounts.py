"""Amounts as people write them: exact, or a problem; never another figure."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.amounts import money_reader, read_money, read_optional
from importers.cells import Cell
from importers.columns import Fault
from importers.layouts import CURRENT

AMOUNTS = st.integers(-99_999_999_999, 99_999_999_999)
SPACES = ["", " ", "\u00a0", "\u202f", "\u2009", "\u3000", "\t"]
SIGNS: list[Callable[[str], str]] = [
    "-{}".format,
    "\u2212{}".format,
    "\uff0d{}".format,
    "- {}".format,
    "{}-".format,
    "({})".format,
    "( {} )".format,
    "{} CR".format,
    "{}cr".format,
]
POUNDS: list[Callable[[str], str]] = [
    "{}".format,
    "£{}".format,
    "\uffe1{}".format,
    "£ {}".format,
    "GBP {}".format,
    "{} GBP".format,
    "{}£".format,
]


def by_point(pence: int, separator: str) -> list[str]:
    """An amount without a sign, as it is written where a point comes before the pence."""
    pounds, rest = divmod(pence, 100)
    grouped = f"{pounds:,}".replace(",", separator)
    ways = [f"{grouped}.{rest:02d}", f"{pounds}.{rest:02d}00", f"{pounds}.{rest:02d}"]
    ways += [grouped, str(pounds), f"{pounds}."] if rest == 0 else []
    return ways + ([f"{pounds}.{rest // 10}"] if rest % 10 == 0 else [])


@st.composite
def written(draw: st.DrawFn) -> tuple[int, str]:
    """Pence, and a way to write them that a reader must understand."""
    pence = draw(AMOUNTS)
    text = draw(st.sampled_from(by_point(abs(pence), draw(st.sampled_from([",", " ", "\u00a0"])))))
    text = draw(st.sampled_from(POUNDS))(text)
    if pence < 0:
        text = draw(st.sampled_from(SIGNS))(text)
    elif draw(st.booleans()):
        text = draw(st.sampled_from(["+{}", "{} DR", "'{}"])).format(text)
    if draw(st.booleans()):
        text = text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    around = st.sampled_from(SPACES)
    return pence, draw(around) + text + draw(around)


@given(written())
def test_every_way_to_write_an_amount_is_that_amount(case: tuple[int, str]) -> None:
    pence, text = case
    assert read_money(text) == pence


@given(AMOUNTS)
def test_brackets_may_stand_on_either_side_of_the_pound_sign(pence: int) -> None:
    shown = f"{abs(pence) / 100:,.2f}"
    assert read_money(f"£({shown})") == read_money(f"(£{shown})") == read_money(f"GBP ({shown})") == -abs(pence)


@given(st.text("0123456789.,' -£()%kCRDr", max_size=14))
def test_whatever_is_typed_is_exact_or_a_fault(text: str) -> None:
    """An independent reading: all digits in order, two or fewer after the last point."""
    meaning = read_money(text)
    if isinstance(meaning, Fault):
        return
    figures = re.sub(r"[^0-9.]", "", text)
    if not any(letter.isdigit() for letter in figures):
        assert meaning == 0
        return
    whole, _, part = figures.partition(".")
    assert abs(meaning) == int((whole or "0") + (part[:2]).ljust(2, "0"))
    assert (
        set(part[2:]) <= {"0"}
        or abs(float(figures) - meaning / 100) < 1e-6
        or abs(float(figures) + meaning / 100) < 1e-6
    )


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1,23", "not_money"),
        ("1.234,50", "not_money"),
        ("1'234.50", "not_money"),
        ("1,23,456.00", "not_money"),
        ("12.345", "part_penny"),
        ("1.000", "part_penny"),
        ("12.3450", "part_penny"),
        ("£1.2k", "not_money"),
        ("1.2m", "not_money"),
        ("1E3", "not_money"),
        ("n/a", "not_money"),
        ("tbc", "not_money"),
        ("50%", "percentage"),
        ("12.5 %", "percentage"),
        ("€50", "not_pounds"),
        ("$1,234.50", "not_pounds"),
        ("50 EUR", "not_pounds"),
        ("-500 CR", "not_money"),
        ("(500) DR", "not_money"),
        ("(500", "not_money"),
        ("--5", "not_money"),
        ("(-5)", "not_money"),
        ("5²", "not_money"),
        ("1½", "not_money"),
        ("٥٠٠", "not_money"),
        ("1 2", "not_money"),
        ("500 approx", "not_money"),
        ("500*", "not_money"),
        ("'", "not_money"),
        ("''5", "not_money"),
        ("=500", "not_money"),
        (True, "not_money"),
        (float("nan"), "not_money"),
        (12.345, "part_penny"),
        (1e12, "too_large"),
        ("9" * 60_000, "too_large"),
        ("1 " * 30_000, "not_money"),
        ("1.111," * 10_000, "not_money"),
    ],
)
def test_what_cannot_be_told_is_a_fault(typed: Cell, code: str) -> None:
    assert read_money(typed) == Fault(code)


@pytest.mark.parametrize(
    "typed", ["-", "–", "—", "nil", "NIL", "£ -", "zero", "0", "£0.00", "-\u00a0", "0.0000", "(0.00)"]
)
def test_nothing_is_nothing(typed: str) -> None:
    assert read_money(typed) == 0


def test_dust_that_a_formula_left_in_text_is_dust_there_too() -> None:
    assert read_money("1234.4999999999998") == 123450
    assert read_money("-1234.50000000001") == -123450


@given(AMOUNTS)
def test_a_point_for_thousands_and_a_comma_before_the_pence(pence: int) -> None:
    pounds, rest = divmod(abs(pence), 100)
    sign = "-" if pence < 0 else ""
    grouped = f"{pounds:,}".replace(",", ".")
    read = money_reader(["1.234,50"])
    for text in (f"{sign}{grouped},{rest:02d}", f"{sign}{pounds},{rest:02d}", f"{sign}£ {grouped},{rest:02d}"):
        assert read(text) == pence
    if rest == 0:
        assert read(f"{sign}{grouped}") == pence


@pytest.mark.parametrize(
    ("others", "typed", "meaning"),
    [
        (["12,50"], "1.234", 123400),
        (["12,50"], "12,5", 1250),
        (["12,50"], "(1.234,50)", -123450),
        (["12,50"], "1.234,50 CR", -123450),
        (["12,50"], 12.5, 1250),
        (["12,50"], "1,234", Fault("not_money")),
        (["12,50"], "0.123", Fault("not_money")),
        (["12,50"], "1.23.456,00", Fault("not_money")),
        (["12,50"], "1.234,50 €", Fault("not_pounds")),
        (["12,50", "12.50"], "1.234,50", Fault("not_money")),
        (["12,50", "12.50"], "1.234", Fault("part_penny")),
        (["1,234"], "1,234", 123400),
        (["1.234"], "1.234", Fault("part_penny")),
        (["1,234.50"], "1,50", Fault("not_money")),
        ([], "1,50", Fault("not_money")),
    ],
)
def test_commas_before_the_pence_are_read_where_all_that_tells_says_so(
    others: list[str], typed: Cell, meaning: int | Fault
) -> None:
    assert money_reader(others)(typed) == meaning


@pytest.mark.parametrize("typed", ["", " ", "n/a", "N/A", "none", "-", 0])
def test_an_amount_that_need_not_be_there(typed: Cell) -> None:
    column = next(column for column in CURRENT.spend if column.key == "vat")
    assert read_optional(column, "H", [typed]).values == [0]
