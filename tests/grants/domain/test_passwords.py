"""Passwords: long ones that are hard to guess are taken, whatever their characters."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.domain import passwords
from grants.domain.passwords import CHARACTERS_MAX, CHARACTERS_MIN, fault_of, normalised

OWN = ["Olive Officer", "olive.officer@oldham.example.org"]


@given(st.text(max_size=CHARACTERS_MIN - 1).map(normalised).filter(bool))
def test_no_short_one_is_taken(password: str) -> None:
    assert len(password) >= CHARACTERS_MIN or fault_of(password, OWN) == passwords.TOO_SHORT


@given(st.text(min_size=CHARACTERS_MAX + 1, max_size=CHARACTERS_MAX + 50).map(normalised))
def test_no_endless_one_is_taken(password: str) -> None:
    assert len(password) <= CHARACTERS_MAX or fault_of(password, OWN) == passwords.TOO_LONG


@given(st.text())
def test_the_same_characters_typed_another_way_are_the_same_password(password: str) -> None:
    assert normalised(unicodedata.normalize("NFD", password)) == normalised(password)


@settings(max_examples=30)
@given(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789 !é漢"), min_size=30, max_size=CHARACTERS_MAX))
def test_whatever_is_random_and_long_is_taken(characters: list[str]) -> None:
    password = "".join(characters)
    if len(set(characters)) > 15:
        assert fault_of(normalised(password), OWN) is None


@pytest.mark.parametrize(
    "password",
    [
        "otter lamp velocity 17",
        "三つの言葉でできた長い合言葉だよ",
        "correct horse battery staple",
        "x" * 3 + "Wq9$kLm2 vTz",
    ],
)
def test_good_ones(password: str) -> None:
    assert fault_of(normalised(password), OWN) is None


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", passwords.EMPTY),
        ("password1234", passwords.COMMON),
        ("qwertyuiop12", passwords.COMMON),
        ("aaaaaaaaaaaaaaaa", passwords.COMMON),
        ("x" * 200, passwords.COMMON),
        ("abcdefghijkl1234567890", passwords.COMMON),
        ("P@ssw0rdP@ssw0rd", passwords.COMMON),
        ("tallystick2025", passwords.COMMON),
        ("OliveOfficer1", passwords.OWN_WORDS),
        ("olive.officer@oldham", passwords.OWN_WORDS),
        ("oldham-oldham-1", passwords.OWN_WORDS),
    ],
)
def test_bad_ones(password: str, fault: str) -> None:
    assert fault_of(password, OWN) == fault


def test_a_hostile_password_costs_little() -> None:
    """The estimate's time grows with the square of what it looks at, and with each way to read a character."""
    for password in ("4@8({[<369&" * 18, "a1" * 100, "1!|i7" * 40):
        assert fault_of(password, OWN) in (None, passwords.COMMON, passwords.TOO_LONG)
