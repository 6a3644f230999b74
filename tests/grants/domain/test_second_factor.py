"""Codes by time, codes to recover with, and how their secrets are sealed."""

import secrets
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyotp import TOTP

from grants.domain.errors import Conflict
from grants.domain.second_factor import (
    RECOVERY_CODES,
    address_of,
    new_recovery_codes,
    new_secret,
    opened,
    recovery_digest,
    sealed,
    step_of,
)

_MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone


def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, for SHA-1: the last six digits of its eight."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert step_of(secret, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


@given(_MOMENTS, st.integers(-100, 100))
def test_a_code_is_taken_within_one_step_and_no_further(now: datetime, seconds: int) -> None:
    secret = new_secret()
    then = int(now.timestamp()) + seconds
    step = step_of(secret, TOTP(secret).at(then), now)
    if abs(then // 30 - int(now.timestamp()) // 30) <= 1:
        assert step is not None
        assert TOTP(secret).generate_otp(step) == TOTP(secret).at(then)
    elif step is not None:  # one in a million is the same code by chance
        assert TOTP(secret).generate_otp(step) == TOTP(secret).at(then)


@given(st.text(max_size=12), _MOMENTS)
def test_nothing_that_is_typed_is_a_fault(typed: str, now: datetime) -> None:
    assert step_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", typed, now) is None or "".join(typed.split()).isdigit()
    digest = recovery_digest(uuid4(), typed)
    assert digest is None or len(digest) == 32


def test_a_secret_opens_with_its_key_for_its_person_and_unchanged() -> None:
    key, person, secret = secrets.token_bytes(32), uuid4(), new_secret()
    kept = sealed(key, person, secret)
    assert opened(key, person, kept) == secret
    assert sealed(key, person, secret) != kept
    changed = bytes([kept[0] ^ 1]) + kept[1:]
    for other in (
        (secrets.token_bytes(32), person, kept),
        (key, uuid4(), kept),
        (key, person, changed),
        (key, person, b""),
    ):
        with pytest.raises(Conflict):
            opened(*other)


def test_recovery_codes_are_all_different_and_bound_to_their_person() -> None:
    codes = [code for _ in range(20) for code in new_recovery_codes()]
    assert len(set(codes)) == 20 * RECOVERY_CODES
    one, other = uuid4(), uuid4()
    assert recovery_digest(one, codes[0]) == recovery_digest(one, f" {codes[0].upper()} ".replace("-", " "))
    assert recovery_digest(one, codes[0]) != recovery_digest(other, codes[0])


def test_an_app_is_told_whose_code_it_is() -> None:
    address = address_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "olive@example.org", "Grants")
    assert address.startswith("otpauth://totp/Grants:olive%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
