"""Amounts as people type them and as spreadsheets store them: read exactly, or told what is wrong; never another figure.

What an amount is, the domain says (`grants.domain.money`); here stand the habits of keyboards and programs around it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

from grants.domain import money
from importers.cells import Cell
from importers.columns import BLANK, Fault, Read, read_column
from importers.layouts import Column

Meaning = Callable[[Cell], int | Fault]

_FAULTS: Final = {
    "blank": BLANK,
    "part_penny": "part_penny",
    "too_large": "too_large",
    "not_finite": "not_money",
    "not_a_number": "not_money",
}
_INVISIBLE: Final = "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff\xad"
_SPACES: Final = "\t\n\r\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFFE1: "£", 0xFFE5: "¥"}
_PLAIN: Final = (
    dict.fromkeys(map(ord, _INVISIBLE))
    | dict.fromkeys(map(ord, _SPACES), " ")
    | _WIDE
    | {0x2212: "-", 0x2010: "-", 0x2011: "-"}
)
_QUOTES: Final = "'\u2018\u2019`"
_SIDE: Final = re.compile(r"([^-+()\u2012-\u2015]*\d[^-+()\u2012-\u2015]*?) ?(cr|dr)\.?", re.IGNORECASE)
_POUNDS_LAST: Final = re.compile(r"([^£]*\d[^£]*?) ?(?:£|gbp)(?P<close> ?[)-]?)", re.IGNORECASE)
_OUTSIDE: Final = re.compile(r"(£|gbp) ?\(", re.IGNORECASE)
_FOREIGN: Final = re.compile(r"[$€¥¢₹]|\b(?:usd|eur|euros?|dollars?|chf|jpy|aud|cad)\b", re.IGNORECASE)
_LONG_PART: Final = re.compile(r"-?\d+\.\d{4,}", re.ASCII)
"""Four decimals or more: a program wrote them. Three could be thousands of somebody who groups them by points."""
_EMPTY_PART: Final = re.compile(r"(\.\d\d)00+(?!\d)", re.ASCII)
_LONGEST: Final = 60
"""No amount is longer, in characters; what is longer is not searched for habits."""
_NOT_ANY: Final = frozenset({"n/a", "n.a.", "na", "none", "not applicable"})

_BY_COMMA: Final = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|(?<![\d.,])\d+,\d{1,2}(?![\d,])", re.ASCII)
_BY_POINT: Final = re.compile(r"\d{1,3}(?:,\d{3})+\.\d{1,2}(?!\d)|(?<![\d.,])\d+\.\d{1,2}(?![\d.])", re.ASCII)
_COMMA_AMOUNT: Final = re.compile(
    r"(?P<before>[^\d.,]*)(?P<whole>[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?: \d{3})+|\d+)(?:,(?P<part>\d{1,2}))?(?P<after>[^\d.,]*)",
    re.ASCII,
)


def read_money(cell: Cell) -> int | Fault:
    """A cell as pence."""
    try:
        if type(cell) is float or type(cell) is int:
            return money.from_number(cell)
        if isinstance(cell, str):
            return _from_text(_plain(cell))
        return Fault("not_money" if isinstance(cell, bool) else "date_not_amount")
    except money.NotMoney as error:
        return Fault(_FAULTS[error.reason])


def money_reader(*columns: Iterable[Cell]) -> Meaning:
    """How amounts are read in a file whose author may write 1.234,50: by commas where all that tells says so.

    Only for formats that people in the rest of Europe export; `1,23` stays a problem everywhere else.
    """
    texts = [_plain(cell) for cells in columns for cell in set(cells) if isinstance(cell, str) and len(cell) < _LONGEST]
    by_comma = any(_BY_COMMA.search(text) for text in texts)
    by_point = any(_BY_POINT.search(text) for text in texts)
    return _read_by_comma if by_comma and not by_point else read_money


def read_amounts(column: Column, letter: str, typed: Sequence[Cell], meaning: Meaning = read_money) -> Read[int]:
    """Amounts that are nearly all different: numbers are read one after the other, anything else by its kinds."""
    if set(map(type, typed)) <= {float, int}:
        with suppress(money.NotMoney):
            return Read(column, letter, typed, list(money.from_numbers(typed)))  # type: ignore[arg-type]  # numbers
    return read_column(column, letter, typed, meaning, Fault(BLANK))


def read_optional(column: Column, letter: str, typed: Sequence[Cell], meaning: Meaning = read_money) -> Read[int]:
    """Amounts that need not be there: nothing, or `n/a`, is 0."""

    def read(cell: Cell) -> int | Fault:
        return 0 if isinstance(cell, str) and _plain(cell).casefold() in _NOT_ANY else meaning(cell)

    return read_column(column, letter, typed, read, 0)


def _plain(text: str) -> str:
    """The text as a keyboard has it: its width, spaces and signs are nobody's intention. Nothing else is taken for a digit."""
    plain = text.translate(_PLAIN).strip()
    if plain[:1] in _QUOTES and plain[1:2] not in ("", *_QUOTES):
        plain = plain[1:].strip()
    return plain


def _from_text(text: str) -> int | Fault:
    if "%" in text:
        return Fault("percentage")
    if _FOREIGN.search(text):
        return Fault("not_pounds")
    if len(text) > _LONGEST:
        return money.from_text(text)
    credit = False
    if match := _SIDE.fullmatch(text):
        text, credit = match[1], match[2].casefold() == "cr"
    if match := _POUNDS_LAST.fullmatch(text):
        text = match[1] + match["close"]
    text = _OUTSIDE.sub(r"(\1", text, count=1)
    text = _EMPTY_PART.sub(r"\1", text, count=1)
    pence = money.from_number(float(text)) if _LONG_PART.fullmatch(text) else money.from_text(text)
    return -pence if credit else pence


def _read_by_comma(cell: Cell) -> int | Fault:
    if isinstance(cell, str) and len(cell) < _LONGEST:
        text = _plain(cell)
        if match := _COMMA_AMOUNT.fullmatch(text):
            whole = re.sub(r"[. ]", "", match["whole"])
            return read_money(f"{match['before']}{whole}.{match['part'] or ''}{match['after']}")
        if "." in text or "," in text:
            return Fault("percentage" if "%" in text else "not_money")
    return read_money(cell)
