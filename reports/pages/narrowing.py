"""The part of a form that says what a report is narrowed to: what can be chosen, and what was."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeVar

from msgspec import ValidationError, convert

from grants.domain.access import Deed, narrowed_to
from grants.domain.errors import TallystickError
from grants.domain.periods import Period, london_day, year_of
from grants.domain.samples import MAX_SIZE, Population, Sample, SampleMethod
from grants.domain.schedules import OWN, OWN_YEAR, Filters, Offer
from grants.pages.forms import Sent
from grants.store import plan, recipients
from grants.store.recipients import RecipientRow
from grants.store.transaction import View

T = TypeVar("T")
_MEANT_MAX: Final = 5
_YEARS_SHOWN: Final = 4
METHODS: Final = (
    (SampleMethod.RANDOM, "Random: each item has the same chance"),
    (SampleMethod.MONETARY, "Monetary unit: each penny has the same chance"),
    (SampleMethod.TOP, "The largest amounts"),
)
POPULATIONS: Final = (
    (Population.LINES, "Lines of accepted spend returns"),
    (Population.PAYMENTS, "Payments to recipients"),
    (Population.AWARDS, "Awards"),
)
FORMAT_WORDS: Final = {
    "xlsx": "Excel workbook (XLSX)",
    "ods": "OpenDocument spreadsheet (ODS)",
    "csv": "Comma-separated values (CSV)",
    "json": "JSON, for programs",
}
_ORDER: Final = (
    *("title", "way", "every", "working_day", "weekdays", "on", "again", "cron", "time", "starts_on"),
    *("population", "method", "size", "seed", "programme", "funding_line", "recipient", "period"),
    *("formats", "as_at", "since", "receivers"),
)
"""The fields as they stand on the forms, from above: their errors are told in this order."""
AT_FIELD: Final = {
    "filter": "period",
    "not_a_period": "period",
    "programme": "programme",
    "sample": "method",
    "formats": "formats",
    "title": "title",
    "starts_on": "starts_on",
    "receivers": "receivers",
    "rule": "every",
    "cron": "cron",
    "since": "since",
    "as_at": "as_at",
    "report": "report",
    "period": "period",
}
"""At which field of a form a refusal is shown, by its code."""

Pairs = Sequence[tuple[str, str]]


class Mistyped(Exception):
    """What a form says cannot be read: what to do about it, by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("a form cannot be read")
        self.errors = errors


class Reading:
    """Reads a form part by part, so that all that is wrong with it is told at once. `errors` is what was found already."""

    def __init__(self, errors: Mapping[str, str] | None = None) -> None:
        self._errors = dict(errors or {})

    def of(self, read: Callable[[], T], instead: T) -> T:
        """What a part says; `instead`, where it cannot be read."""
        try:
            return read()
        except Mistyped as wrong:
            self._errors = wrong.errors | self._errors
            return instead

    def end(self) -> None:
        """Raises Mistyped with all that was wrong."""
        if self._errors:
            raise Mistyped({name: self._errors[name] for name in sorted(self._errors, key=_place)})


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


@dataclass(frozen=True)
class Choices:
    """What the fields offer, as pairs of a value and its words."""

    programmes: Pairs
    lines: Pairs
    periods: Pairs


async def choices(view: View, offer: Offer, deed: Deed, *, of_schedule: bool = False) -> Choices:
    """What the actor may narrow a report to. A schedule's report may be about each run's own period."""
    over = narrowed_to(view.actor, deed)[0]
    programmes = [(one.code, f"{one.title} ({one.code})") for one in await plan.programmes(view.db, over)]
    lines = [(one.code, f"{one.title} ({one.code})") for one in await plan.funding_lines(view.db, over)]
    every = [("", "All programmes")] if over is None else []
    return Choices([*every, *programmes], [("", "All funding lines"), *lines], _periods(view, offer, of_schedule))


def _periods(view: View, offer: Offer, of_schedule: bool) -> Pairs:
    found = [("", "All of the time")]
    if of_schedule:
        found += [] if offer.whole_years else [(OWN, "Each run’s own period")]
        found.append((OWN_YEAR, "The financial year of each run’s period"))
    newest = year_of(london_day(view.now)).start_year
    for year in range(newest, newest - _YEARS_SHOWN, -1):
        found.append((Period(year).code, f"{Period(year).label}, the whole year"))
        if not offer.whole_years:
            found += [(one.code, one.label) for one in (Period(year, quarter=number) for number in range(1, 5))]
    return found


async def with_recipient(view: View, form: Sent) -> tuple[Sent, dict[str, str]]:
    """The form with a recipient's identifier where its name was typed, or a part of it; and what is wrong with what was typed."""
    typed = form.text("recipient")
    if not typed:
        return form, {}
    meant = await recipients.named(view.db, typed[:200], _MEANT_MAX + 1)
    if len(meant) != 1:
        return replace(form, fields={**form.fields, "recipient": [""]}), {"recipient": _not_one(meant)}
    return replace(form, fields={**form.fields, "recipient": [meant[0].id]}), {}


def _not_one(meant: Sequence[RecipientRow]) -> str:
    if not meant:
        return "There is no recipient of that name or identifier. Check it, or leave it empty for all recipients"
    if len(meant) > _MEANT_MAX:
        return "Many recipients are meant by that. Enter more of the name"
    return f"Several recipients are meant by that: {', '.join(f'{one.name} ({one.id})' for one in meant)}. Enter one of them"


def filters_in(form: Sent, offer: Offer) -> Filters:
    """What a form says of a report's filters; those that the report does not understand are passed over. Raises Mistyped."""
    said = {name: form.text(name) for name in ("programme", "funding_line", "recipient", "period")}
    given: dict[str, Any] = {name: value for name, value in said.items() if value and name in offer.filters}
    reading = Reading()
    for name in given:
        reading.of(partial(_filter, name, given[name]), None)
    sample = reading.of(partial(sample_in, form), None) if "sample" in offer.filters else None
    reading.end()
    return convert({**given, "sample": sample}, Filters, from_attributes=True)


def _filter(name: str, value: str) -> None:
    try:
        convert({name: value}, Filters)
    except ValidationError:
        raise Mistyped({name: _WRONG[name]}) from None


_WRONG: Final = {
    "programme": "Choose a programme",
    "funding_line": "Choose a funding line",
    "recipient": "Enter the recipient’s name or identifier",
    "period": "Choose a period",
}


def sample_in(form: Sent) -> Sample:
    """Which sample a form asks for. Raises Mistyped."""
    reading = Reading()
    given: dict[str, Any] = {"size": reading.of(partial(_size, form), 1)}
    for name, wrong in _SAMPLE_WRONG.items():
        if value := form.text(name):
            given[name] = reading.of(partial(_part_of_sample, name, value, wrong), None)
    reading.end()
    return convert(given, Sample)


_SAMPLE_WRONG: Final = {
    "population": "Choose what to draw from",
    "method": "Choose how the items are drawn",
    "seed": "The seed must have letters, digits, points and hyphens only, 60 at the most",
}


def _part_of_sample(name: str, value: str, wrong: str) -> str:
    try:
        convert({"size": 1, name: value}, Sample)
    except ValidationError:
        raise Mistyped({name: wrong}) from None
    return value


def _size(form: Sent) -> int:
    size = form.text("size") or "25"
    if not (size.isascii() and size.isdecimal() and 1 <= int(size[:9]) <= MAX_SIZE):
        raise Mistyped({"size": f"Enter how many items to draw, from 1 to {MAX_SIZE:,}"})
    return int(size)


def formats_in(form: Sent) -> tuple[str, ...]:
    """The formats that were ticked. Raises Mistyped where none is."""
    found = tuple(name for name in FORMAT_WORDS if name in form.all("formats"))
    if not found:
        raise Mistyped({"formats": "Choose at least one format"})
    return found


def number_in(form: Sent, name: str, words: str) -> int | None:
    """A number that may be left out. Raises Mistyped for anything else."""
    typed = form.text(name).replace(",", "")
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 15):
        raise Mistyped({name: f"{words} must be a whole number, like 812"})
    return int(typed)


def at_field(error: TallystickError) -> dict[str, str]:
    """A refusal as the errors of a form."""
    return {AT_FIELD.get(error.code, ""): error.message}
