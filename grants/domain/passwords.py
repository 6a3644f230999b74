"""Which passwords are taken: long ones that are hard to guess. No rules of composition, and no change without a reason.

Source: the National Cyber Security Centre's guidance on passwords, and NIST SP 800-63B-4, section 3.1.1.2.
"""

import unicodedata
from collections.abc import Iterable
from threading import Lock
from typing import Final

CHARACTERS_MIN: Final = 12
CHARACTERS_MAX: Final = 200
GUESSES_LOG10_MIN: Final = 8.0
"""Fewer guesses than that, and a password is common, or hardly more than one (zxcvbn's score of 3)."""
_ESTIMATED_CHARACTERS: Final = 72
"""What the estimate looks at: its time grows with the square, and a password that long is not a guess any more."""
_OWN_WORD_MIN: Final = 4
_BESIDE_OWN_WORDS_MIN: Final = 8
_one_at_a_time: Final = Lock()  # the library keeps the person's own words in a global

TOO_SHORT: Final = f"Enter a password of at least {CHARACTERS_MIN} characters. Three random words make a good one."
TOO_LONG: Final = f"Enter a password of at most {CHARACTERS_MAX} characters."
EMPTY: Final = "Enter a password."
COMMON: Final = "This password is easy to guess. Choose another one: three random words make a good one."
OWN_WORDS: Final = "This password is made of your name or email address. Choose one that nobody could know of you."
BREACHED: Final = (
    "This password was found in a list of stolen passwords. Choose another one, and change it wherever else you use it."
)


def normalised(password: str) -> str:
    """The same characters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFC", password)


def fault_of(password: str, own_words: Iterable[str]) -> str | None:
    """What is wrong with a normalised password, as a sentence that says what to do; None where it is good.

    `own_words` are the person's name and address. It takes some milliseconds of computing.
    """
    if not password:
        return EMPTY
    if len(password) < CHARACTERS_MIN:
        return TOO_SHORT
    if len(password) > CHARACTERS_MAX:
        return TOO_LONG
    words = sorted({part for word in own_words for part in _parts(word)}, key=len, reverse=True)
    if _is_of_own_words(password, words):
        return OWN_WORDS
    return COMMON if _guesses_log10(password, words) < GUESSES_LOG10_MIN else None


def _parts(word: str) -> list[str]:
    folded = normalised(word).casefold()
    separated = "".join(character if character.isalnum() else " " for character in folded)
    return [part for part in (folded, *separated.split()) if len(part) >= _OWN_WORD_MIN]


def _is_of_own_words(password: str, words: list[str]) -> bool:
    rest = password.casefold()
    for word in words:
        rest = rest.replace(word, "")
    return len(rest) < _BESIDE_OWN_WORDS_MIN and len(rest) < len(password.casefold())


def _guesses_log10(password: str, words: list[str]) -> float:
    from zxcvbn import zxcvbn  # its lists take a while to load, and commands do without

    with _one_at_a_time:
        return float(zxcvbn(password[:_ESTIMATED_CHARACTERS], user_inputs=[*words, "tallystick"])["guesses_log10"])
