"""Days as people type them and as spreadsheets store them."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Final

from grants.domain.periods import LONDON
from importers.cells import Cell
from importers.columns import Fault

NOT_A_DATE: Final = Fault("not_a_date")
MONTH_FIRST: Final = Fault("month_first")

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
_CLOCK: Final = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?: ?[ap]\.?m\.?)?"
_TIME: Final = rf"(?:,?[ t]{_CLOCK})?"
_WEEKDAY: Final = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,? )?"
_DAY_FIRST: Final = re.compile(_WEEKDAY + r"(\d{1,2})([/.\- ])(\d{1,2})\2(\d{4}|\d{2})" + _TIME, re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(\d{4})([/.\-])(\d{1,2})\2(\d{1,2})" + _TIME, re.ASCII)
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}t\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:z|[+-]\d{2}:?\d{2})", re.ASCII)
_NAMED: Final = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th)?(?: of)?[ \-/.]*([a-z]{3,9})\.?,?[ \-/.]*(\d{4}|\d{2})" + _TIME, re.ASCII
)
_NAME_FIRST: Final = re.compile(_WEEKDAY + r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})" + _TIME, re.ASCII)
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d{1,15})?", re.ASCII)
_SPACES: Final = re.compile(r"[\s\u200b\u200e\u200f\ufeff]+")


def read_day(value: Cell, *, dates_1904: bool) -> date | Fault:
    """The day that a cell means.

    A date with a time is its day; with an offset from UTC, its day in London. Text is read day first (31/03/2025), never
    month first: what can only be month first is a fault of its own. Two digits of a year are 20xx. A bare number is a
    spreadsheet's serial number, counted from 1900 or 1904 as the workbook says.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, bool):
        return NOT_A_DATE
    if isinstance(value, int | float):
        return _from_serial(value, dates_1904=dates_1904)
    return _from_text(value, dates_1904=dates_1904) if isinstance(value, str) else NOT_A_DATE


def _from_serial(value: float, *, dates_1904: bool) -> date | Fault:
    if not 0 < value < 100_000 or int(value) not in _SERIALS:
        return NOT_A_DATE
    return (_EPOCH_1904 if dates_1904 else _EPOCH_1900) + timedelta(days=int(value))


def _from_text(value: str, *, dates_1904: bool) -> date | Fault:
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", value[:200])).strip().lower().replace("\u2011", "-")
    text = text.removeprefix("'").replace("\u2010", "-").replace("\u2013", "-")
    if match := _DAY_FIRST.fullmatch(text):
        day, month = int(match[1]), int(match[3])
        return MONTH_FIRST if day <= 12 < month <= 31 else _day(match[4], month, match[1])
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], int(match[3]), match[4])
    if match := _NAMED.fullmatch(text):
        return _day(match[3], _MONTHS.get(match[2], 0), match[1])
    if match := _NAME_FIRST.fullmatch(text):
        return _day(match[3], _MONTHS.get(match[1], 0), match[2])
    if _SERIAL.fullmatch(text):
        return _from_serial(float(text), dates_1904=dates_1904)
    return _in_london(text) if _INSTANT.fullmatch(text) else NOT_A_DATE


def _in_london(text: str) -> date | Fault:
    try:
        return datetime.fromisoformat(text.upper()).astimezone(LONDON).date()
    except (ValueError, OverflowError):
        return NOT_A_DATE


def _day(year: str, month: int, day: str) -> date | Fault:
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, int(day))
    except ValueError:
        return NOT_A_DATE
