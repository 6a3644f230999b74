"""Second factors: codes by time, and codes to recover with; and how their secrets are sealed.

Sources: RFC 6238 (codes by time: six digits, SHA-1, steps of 30 seconds, which is what authenticator apps take) and NIST SP
800-38D (AES-GCM).
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyotp import TOTP, random_base32

from grants.domain.errors import Conflict

STEPS_EITHER_WAY: Final = 1
"""Clocks differ: the code before and the code after are taken too."""
RECOVERY_CODES: Final = 10
_RECOVERY_CHARACTERS: Final = 16
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter that is mistaken for a digit when it is read from paper."""
_NONCE_BYTES: Final = 12


def new_secret() -> str:
    """160 random bits, in base 32 as apps take them."""
    return random_base32()


def address_of(secret: str, email: str, service: str) -> str:
    """What an app reads from the square code, and shows beside its codes."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=service)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The number of the time step that a code is for; None where it is for none near enough."""
    typed = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", typed):
        return None
    totp = TOTP(secret)
    middle = totp.timecode(now)
    steps = range(middle - STEPS_EITHER_WAY, middle + STEPS_EITHER_WAY + 1)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step), typed)), None)


def sealed(key: bytes, person: UUID, secret: str) -> bytes:
    """A secret as it is kept. It opens for the same person alone, so that moving it to another row is of no use."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode(), person.bytes)


def opened(key: bytes, person: UUID, kept: bytes) -> str:
    """The secret. Raises Conflict where another key sealed it."""
    try:
        return AESGCM(key).decrypt(kept[:_NONCE_BYTES], kept[_NONCE_BYTES:], person.bytes).decode()
    except (InvalidTag, ValueError):
        raise Conflict(
            "second_factor_key",
            "Your second factor was set up with another key of the service. Ask your administrator.",
        ) from None


def new_recovery_codes() -> list[str]:
    """Codes that each stand in for the second factor once, of some 79 random bits each."""
    return ["-".join(_word() for _ in range(_RECOVERY_CHARACTERS // 4)) for _ in range(RECOVERY_CODES)]


def _word() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(4))


def recovery_digest(person: UUID, code: str) -> bytes | None:
    """What is kept of a code to recover with; None for what is none."""
    typed = re.sub(r"[\s-]", "", code).lower()
    if len(typed) != _RECOVERY_CHARACTERS or not set(typed) <= set(_ALPHABET):
        return None
    return hashlib.sha256(person.bytes + typed.encode()).digest()
