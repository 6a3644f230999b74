"""Days as people type them and as spreadsheets store them."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from importers.cells import Cell

_EPOCH_1900: Final = date(1899, 12, 30)
_EPOCH_1904: Final = date(1904, 1, 1)
_SERIALS: Final = range(30_000, 80_000)
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"), ("may",), ("jun", "june"),
            ("jul", "july"), ("aug", "august"), ("sep", "sept", "september"), ("oct", "october"), ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_TIME: Final = r"(?:[ t]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_DAY_FIRST: Final = re.compile(r"(\d{1,2})([/.\- ])(\d{1,2})\2(\d{4}|\d{2})" + _TIME, re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([/.\-])(\d{1,2})\2(\d{1,2})" + _TIME, re.ASCII)
_NAMED: Final = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?(\d{1,2})(?:st|nd|rd|th)?[ \-/.]*([a-z]{3,9})\.?,?[ \-/.]*(\d{4}|\d{2})"
    + _TIME,
    re.ASCII,
)
_SPACES: Final = re.compile(r"[\s\u00a0]+")


def read_day(value: Cell, *, dates_1904: bool) -> date | None:
    """The day that a cell means; None where it means none.

    A date with a time is its day. Text is read day first (31/03/2025), never month first; two digits of a year are
    20xx. A bare number is a spreadsheet's serial number, counted from 1900 or 1904 as the workbook says.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _from_serial(value, dates_1904=dates_1904)
    return _from_text(value, dates_1904=dates_1904) if isinstance(value, str) else None


def _from_serial(value: float, *, dates_1904: bool) -> date | None:
    if not 0 < value < 100_000 or int(value) not in _SERIALS:
        return None
    return (_EPOCH_1904 if dates_1904 else _EPOCH_1900) + timedelta(days=int(value))


def _from_text(value: str, *, dates_1904: bool) -> date | None:
    text = _SPACES.sub(" ", value).strip().lower()
    if match := _DAY_FIRST.fullmatch(text):
        return _day(match[4], int(match[3]), match[1])
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], int(match[3]), match[4])
    if match := _NAMED.fullmatch(text):
        return _day(match[3], _MONTHS.get(match[2], 0), match[1])
    if text.isascii() and text.isdigit() and len(text) == 5:
        return _from_serial(int(text), dates_1904=dates_1904)
    return None


def _day(year: str, month: int, day: str) -> date | None:
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, int(day))
    except ValueError:
        return None
