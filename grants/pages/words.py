"""How pages say what the service knows: money, days, moments, periods and counts, as people read them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from grants.domain import money
from grants.domain.errors import Invalid
from grants.domain.periods import Period, london_day, parse_period, show_day, show_instant


def day(on: date | datetime) -> str:
    """A day as people in London write it: 1 April 2025."""
    return show_day(london_day(on) if isinstance(on, datetime) else on)


def period(of: Period | str) -> str:
    """A year, quarter or month: "Quarter 1, April to June 2025", from its code too; a day in words; a text that is no code stays."""
    if isinstance(of, Period):
        return of.label
    try:
        return parse_period(of).label
    except Invalid:
        return _day_or(of)


def _day_or(text: str) -> str:
    try:
        return show_day(date.fromisoformat(text))
    except ValueError:
        return text


def count(number: int, one: str, many: str | None = None) -> str:
    """How many: "1 return", "2,010 returns"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """A code as words in sentence case: "ready_to_certify" is "Ready to certify"."""
    words = text.replace("_", " ")
    return words[:1].upper() + words[1:]


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "moment": show_instant,
    "day": day,
    "period": period,
    "money": money.show,
    "count": count,
    "sentence": sentence,
}
