"""The part of a form that says what a report is narrowed to: what can be chosen, and what was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import ValidationError, convert

from grants.domain.access import Deed, narrowed_to
from grants.domain.errors import TallystickError
from grants.domain.periods import Period, london_day, year_of
from grants.domain.samples import MAX_SIZE, Population, Sample, SampleMethod
from grants.domain.schedules import OWN, OWN_YEAR, Filters, Offer
from grants.pages.forms import Sent
from grants.store import plan
from grants.store.transaction import View

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
FIELDS: Final = ("programme", "funding_line", "recipient", "period", "method", "size", "population", "seed")
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


def filters_in(form: Sent, offer: Offer) -> Filters:
    """What a form says of a report's filters; those that the report does not understand are passed over. Raises Mistyped."""
    said = {name: form.text(name) for name in ("programme", "funding_line", "recipient", "period")}
    given: dict[str, Any] = {name: value for name, value in said.items() if value and name in offer.filters}
    for name in given:
        try:
            convert({name: given[name]}, Filters)
        except ValidationError:
            raise Mistyped({name: _WRONG[name]}) from None
    sample = sample_in(form) if "sample" in offer.filters else None
    return convert({**given, "sample": sample}, Filters, from_attributes=True)


_WRONG: Final = {
    "programme": "Choose a programme",
    "funding_line": "Choose a funding line",
    "recipient": "Enter the recipient’s identifier, like GB-LAE-OLD",
    "period": "Choose a period",
}


def sample_in(form: Sent) -> Sample:
    """Which sample a form asks for. Raises Mistyped."""
    size = form.text("size") or "25"
    if not (size.isascii() and size.isdecimal() and 1 <= int(size[:9]) <= MAX_SIZE):
        raise Mistyped({"size": f"Enter how many items to draw, from 1 to {MAX_SIZE:,}"})
    given: dict[str, Any] = {"size": int(size), "method": form.text("method"), "population": form.text("population")}
    try:
        found = convert({name: value for name, value in given.items() if value}, Sample)
    except ValidationError:
        raise Mistyped({"method": "Choose how the items are drawn, and from what"}) from None
    try:
        return convert(
            {**given, "method": found.method, "population": found.population, "seed": form.text("seed") or None}, Sample
        )
    except ValidationError:
        raise Mistyped(
            {"seed": "The seed must have letters, digits, points and hyphens only, 60 at the most"}
        ) from None


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
