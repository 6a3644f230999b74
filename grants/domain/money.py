"""Money: whole pence. The only parsing, rounding and formatting of money in the project.

Everywhere else an amount is an `int` of pence, named `*_pence`.
"""

import math
import re
from collections.abc import Sequence
from itertools import repeat
from operator import sub, truediv
from typing import Final

MAX_PENCE: Final = 100_000_000_000
"""Largest single amount, £1,000,000,000.00. Below it a float still tells millionths of a pound apart."""

DUST_POUNDS: Final = 1e-6
"""A spreadsheet's number may miss a whole penny by this much: formulas leave dust."""

_NIL: Final = frozenset({"-", "nil", "zero"})
_SPACES: Final = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " ")
_DASHES: Final = dict.fromkeys(map(ord, "\u2212\u2012\u2013\u2014\ufe63\uff0d"), "-")
_CURRENCY: Final = re.compile(r"^(?:£|GBP) *", re.IGNORECASE)
_AMOUNT: Final = re.compile(
    r"(?P<open>\()? *+(?P<before>[+-])? *+(?:£|GBP)? *+(?P<between>[+-])? *+"
    r"(?P<whole>[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?: \d{3})+|\d+)?(?:\.(?P<part>\d*))?"
    r" *+(?P<after>-)? *+(?P<close>\))?",
    re.ASCII | re.IGNORECASE,
)


class NotMoney(ValueError):
    """What was typed is not an amount of money. `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def from_number(value: float | int) -> int:
    """A spreadsheet's number, in pounds, as pence.

    Raises NotMoney: `part_penny` further than a millionth of a pound from a whole penny;
    `not_finite`; `too_large`; `not_a_number` for TRUE and FALSE, which Python counts as numbers.
    """
    if isinstance(value, bool):
        raise NotMoney("not_a_number")
    if isinstance(value, float) and not math.isfinite(value):
        raise NotMoney("not_finite")
    if abs(value) * 100 > MAX_PENCE:
        raise NotMoney("too_large")
    pence = round(value * 100)
    if abs(value - pence / 100) > DUST_POUNDS:
        raise NotMoney("part_penny")
    return pence


def from_numbers(values: Sequence[float | int]) -> list[int]:
    """Many of a spreadsheet's numbers, none of them TRUE or FALSE, as pence. Raises NotMoney as `from_number` does for the first."""
    try:
        pence = [round(value * 100) for value in values]
        furthest = max(map(abs, map(sub, values, map(truediv, pence, repeat(100)))), default=0)
    except (ValueError, OverflowError):
        return list(map(from_number, values))
    largest = max(map(abs, values), default=0)
    return list(map(from_number, values)) if furthest > DUST_POUNDS or largest * 100 > MAX_PENCE else pence


def from_text(text: str) -> int:
    """What a person types for an amount in pounds, as pence.

    Reads `£1,234.50`, `1 234.50`, `1,234.50-`, `(500)`, `-£5`, `- `, `£ -` and `nil` for nothing, no-break spaces.
    Raises NotMoney: `blank`, `not_a_number`, `part_penny` (more than two decimals), `too_large`.
    """
    typed = text.translate(_SPACES).translate(_DASHES).strip()
    if not typed:
        raise NotMoney("blank")
    # An accounting format shows nothing as "£ -".
    if _CURRENCY.sub("", typed, count=1).lower() in _NIL:
        return 0
    match = _AMOUNT.fullmatch(typed)
    if match is None or not (match["whole"] or match["part"]) or bool(match["open"]) != bool(match["close"]):
        raise NotMoney("not_a_number")
    signs = [sign for sign in (match["open"], match["before"], match["between"], match["after"]) if sign]
    if len(signs) > 1:
        raise NotMoney("not_a_number")
    part = match["part"] or ""
    if len(part) > 2:
        raise NotMoney("part_penny")
    whole = re.sub(r"[ ,]", "", match["whole"] or "0")
    if len(whole) > 15:
        raise NotMoney("too_large")
    pence = int(whole) * 100 + int(part.ljust(2, "0"))
    if pence > MAX_PENCE:
        raise NotMoney("too_large")
    return -pence if signs and signs[0] != "+" else pence


def show(pence: int) -> str:
    """For people: £1,234.50, -£5.00, and £75 for whole pounds (GOV.UK style)."""
    sign = "-" if pence < 0 else ""
    pounds, rest = divmod(abs(pence), 100)
    return f"{sign}£{pounds:,}.{rest:02d}" if rest else f"{sign}£{pounds:,}"


def show_short(pence: int) -> str:
    """For people, in a few letters: £2.5m, £426k, £75. Beside it stands a figure to the penny."""
    for size, letter in ((100_000_000, "m"), (100_000, "k")):
        if abs(pence) >= size:
            tenths = abs(pence) * 10 // size
            part = f".{tenths % 10}" if tenths % 10 else ""
            return f"{'-' if pence < 0 else ''}£{tenths // 10:,}{part}{letter}"
    return show(pence)


def plain(pence: int) -> str:
    """For programs that read text: 1234.50, -5.00; no sign of currency and no separators."""
    sign = "-" if pence < 0 else ""
    pounds, rest = divmod(abs(pence), 100)
    return f"{sign}{pounds}.{rest:02d}"


def share(part_pence: int, whole_pence: int) -> float | None:
    """`part` as a share of `whole`, 0.1 for a tenth; None where there is no whole to share."""
    return part_pence / whole_pence if whole_pence else None
