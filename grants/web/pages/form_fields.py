"""Fields of forms, described once: what each asks, how what people type is read, and what is said where it cannot be."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from grants.domain import money
from grants.domain.money import NotMoney, show
from grants.domain.periods import FIRST_YEAR, LAST_YEAR

_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_DAY_TEXT: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ ./-]+([0-9]{1,2}|[a-z]{3,9})[ .,/-]+(\d{4})", re.ASCII)
_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_NOT_MONEY: Final = {
    "part_penny": "{label} must have no more than two decimal places, like £1,234.50.",
    "too_large": f"{{label}} must be {show(money.MAX_PENCE)} or less.",
}


class FieldKind(StrEnum):
    """How something is asked."""

    TEXT = "text"
    AREA = "area"
    MONEY = "money"
    NUMBER = "number"
    DAY = "day"
    SELECT = "select"
    RADIOS = "radios"


@dataclass(frozen=True)
class Field:
    """One question. `missing` is said where it is left empty; without it, it may be. `choices` are values and their words.

    `wrong` is said of a text that does not match `pattern`. `called` is what messages call it, where its label is a
    question. `zero`: nothing is an amount too. Numbers and texts lie between
    `least` and `most`: a text's length.
    """

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    _: KW_ONLY
    hint: str = ""
    missing: str = ""
    choices: Sequence[tuple[str, str]] = ()
    pattern: str = ""
    wrong: str = ""
    called: str = ""
    upper: bool = False
    zero: bool = False
    least: int = 0
    most: int = 2000
    width: str = ""

    @property
    def said(self) -> str:
        """What messages call it."""
        return self.called or self.label.removesuffix(" (optional)")

    @property
    def id(self) -> str:
        """Where an error summary leads to: a date begins with its day."""
        return f"{self.name}-day" if self.kind is FieldKind.DAY else self.name


class NotRead(ValueError):
    """What was typed cannot be read; its text says what to do."""


@dataclass
class Read:
    """What a form said: values by field, None for what was left empty; errors by the id that they stand at."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def read(fields: Iterable[Field], typed: Mapping[str, str]) -> Read:
    """Reads a form."""
    found = Read()
    for one in fields:
        try:
            found.values[one.name] = _value(one, typed)
        except NotRead as error:
            found.errors[one.id] = str(error)
    return found


def _value(one: Field, typed: Mapping[str, str]) -> Any:
    if one.kind is FieldKind.DAY:
        return _day_of(one, typed)
    text = typed.get(one.name, "").strip()
    if not text:
        if one.missing:
            raise NotRead(one.missing)
        return None
    if one.kind is FieldKind.MONEY:
        return pence_of(text, one.said, zero=one.zero)
    if one.kind is FieldKind.NUMBER:
        return _number(one, text)
    if one.kind in (FieldKind.SELECT, FieldKind.RADIOS):
        if text not in {code for code, _ in one.choices}:
            raise NotRead(one.missing or f"{one.said}: choose one of the list.")
        return text
    return _text(one, text)


def _text(one: Field, text: str) -> str:
    text = text.upper() if one.upper else text
    if len(text) > one.most:
        raise NotRead(f"{one.said} must be {one.most:,} characters or fewer.")
    if one.pattern and not re.fullmatch(one.pattern, text):
        raise NotRead(one.wrong)
    return text


def _number(one: Field, text: str) -> int:
    digits = text.removesuffix("%").strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10 and one.least <= int(digits) <= one.most):
        raise NotRead(f"{one.said} must be a whole number from {one.least} to {one.most}.")
    return int(digits)


def pence_of(text: str, label: str, *, zero: bool = False) -> int:
    """What somebody types for an amount, as pence above zero. Raises NotRead."""
    try:
        pence = money.from_text(text)
    except NotMoney as error:
        words = _NOT_MONEY.get(error.reason, "{label} must be an amount of money, like £1,234.50.")
        raise NotRead(words.format(label=label)) from None
    if pence < 0 or (pence == 0 and not zero):
        raise NotRead(f"{label} must be more than £0." if not zero else f"{label} must be £0 or more.")
    return pence


def _day_of(one: Field, typed: Mapping[str, str]) -> date | None:
    parts = {part: typed.get(f"{one.name}-{part}", "").strip() for part in ("day", "month", "year")}
    if not any(parts.values()):
        if one.missing:
            raise NotRead(one.missing)
        return None
    gone = [part for part, text in parts.items() if not text]
    if gone:
        raise NotRead(f"{one.said} must include a {' and a '.join(gone)}.")
    return _real(one.said, parts["day"], parts["month"], parts["year"])


def day_of_text(text: str, label: str) -> date:
    """A date in one field: 27 3 2026, 27/3/2026, 27 March 2026. Raises NotRead."""
    if iso := _ISO.fullmatch(text.strip()):
        return _real(label, iso[3], iso[2], iso[1])
    found = _DAY_TEXT.fullmatch(text.strip().lower())
    if found is None:
        raise NotRead(f"{label} must be a date, like 27 3 2026.")
    return _real(label, found[1], found[2], found[3])


def _real(label: str, day: str, month: str, year: str) -> date:
    named = [
        number for number, name in enumerate(_MONTHS, start=1) if len(month) > 2 and name.startswith(month.lower())
    ]
    try:
        made = date(int(year), named[0] if named else int(month), int(day))
    except (ValueError, OverflowError):
        raise NotRead(f"{label} must be a real date, like 27 3 2026.") from None
    if not FIRST_YEAR <= made.year <= LAST_YEAR:
        raise NotRead(f"{label} must be a date with a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return made


def typed_of(name: str, value: Any) -> dict[str, str]:
    """A value as somebody would have typed it: what a field shows before anything is changed."""
    if value is None:
        return {}
    if isinstance(value, date):
        return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}
    return {name: str(getattr(value, "value", value))}


def typed_pence(pence: int | None) -> str:
    """An amount as somebody would type it, without the sign of currency that stands before the field."""
    return "" if pence is None else show(pence).replace("£", "")


def short_day(day: date) -> str:
    """A date as somebody would type it in one field."""
    return f"{day.day} {day.month} {day.year}"
