"""When a schedule's report is made, in words; and a rule as a form says it."""

import re
from datetime import date
from typing import Any, Final

from msgspec import ValidationError, convert

from grants.domain.periods import show_day
from grants.domain.schedules import MAX_WORKING_DAY, Again, Every, Rule, Weekday
from grants.pages.forms import Sent
from reports.pages.narrowing import Mistyped

WAYS: Final = (
    ("every", "After each period ends"),
    ("weekdays", "On days of the week"),
    ("on", "On a date"),
    ("cron", "By a cron line"),
)
EVERY: Final = tuple((one.value, f"Each {one.value}") for one in reversed(Every))
DAYS: Final = tuple((one.value, one.value.capitalize()) for one in Weekday)
AGAIN: Final = (("", "Once"), (Again.MONTH.value, "Each month"), (Again.YEAR.value, "Each year"))
_TIME: Final = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)", re.ASCII)
_DATE: Final = re.compile(r"(\d{1,2})[/ .-](\d{1,2})[/ .-](\d{4})", re.ASCII)
_LAST_TEEN: Final = 20


def in_words(rule: Rule) -> str:
    """Each quarter, on the 5th working day after it ends, at 09:30."""
    if rule.cron is not None:
        return f"By the cron line {rule.cron}, in London time"
    at = f"at {rule.at:%H:%M}"
    if rule.weekdays is not None:
        names = [day.value.capitalize() for day in Weekday if day in rule.weekdays]
        days = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"Each week on {days}, {at}"
    if rule.on is not None:
        return f"{_on(rule.on, rule.again)}, {at}"
    after = f"the {_nth(rule.days_after)} working day" if rule.days_after else "the first day"
    return f"Each {rule.every}, on {after} after it ends, {at}"


def _on(day: date, again: Again | None) -> str:
    if again is Again.MONTH:
        return f"Each month on day {day.day}, or on its last day where it has none such, from {show_day(day)}"
    if again is Again.YEAR:
        return f"Each year on {day.day} {day:%B}, from {day.year}"
    return f"Once, on {show_day(day)}"


def _nth(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number if number <= _LAST_TEEN else number % 10, "th")
    return f"{number}{ending}"


def day_in(form: Sent, name: str, what: str) -> date | None:
    """A date that may be left out, like 31/3/2026. Raises Mistyped for anything else."""
    typed = form.text(name)
    if not typed:
        return None
    found = _DATE.fullmatch(typed)
    try:
        if found is None:
            return date.fromisoformat(typed)
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        raise Mistyped({name: f"{what} must be a real date, like 31/3/2026"}) from None


def rule_in(form: Sent) -> Rule:
    """The rule that a form says. Raises Mistyped; whether it ever comes true is for the rule itself to say."""
    way = form.text("way")
    if way not in dict(WAYS):
        raise Mistyped({"way": "Choose when the report is made"})
    if way == "cron":
        if not form.text("cron"):
            raise Mistyped({"cron": "Enter a cron line, like 30 8 * * MON-FRI"})
        return _rule({"cron": form.text("cron")}, "cron", "The cron line must be 100 characters or fewer")
    found = _TIME.fullmatch(form.text("time"))
    if found is None:
        raise Mistyped({"time": "Enter a time of the day, like 09:30"})
    given: dict[str, Any] = {"hour": int(found[1]), "minute": int(found[2])}
    if way == "every":
        typed = form.text("working_day") or "1"
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= 3 else -1
        if not 0 <= number <= MAX_WORKING_DAY:
            raise Mistyped({"working_day": f"Enter a working day from 0 to {MAX_WORKING_DAY}"})
        return _rule(given | {"every": form.text("every"), "working_day": number}, "every", "Choose a period")
    if way == "weekdays":
        return _rule(given | {"weekdays": form.all("weekdays")}, "weekdays", "Choose at least one day of the week")
    on = day_in(form, "on", "The date")
    if on is None:
        raise Mistyped({"on": "Enter the date, like 31/3/2026"})
    return _rule(
        given | {"on": on, "again": form.text("again") or None}, "again", "Choose how often the date comes again"
    )


def _rule(given: dict[str, Any], name: str, message: str) -> Rule:
    try:
        return convert(given, Rule)
    except ValidationError:
        raise Mistyped({name: message}) from None


def as_typed(rule: Rule) -> dict[str, str]:
    """A rule as the fields of a form have it; the days of the week apart."""
    if rule.cron is not None:
        return {"way": "cron", "cron": rule.cron}
    common = {"way": "every" if rule.every else "weekdays" if rule.weekdays else "on", "time": f"{rule.at:%H:%M}"}
    if rule.every is not None:
        return {**common, "every": rule.every.value, "working_day": str(rule.days_after)}
    if rule.on is not None:
        on = f"{rule.on.day}/{rule.on.month}/{rule.on.year}"
        return {**common, "on": on, "again": rule.again.value if rule.again else ""}
    return common
