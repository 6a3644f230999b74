"""The form of a schedule: what it says, and a schedule as it says it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from msgspec import ValidationError, convert

from grants.actions.report_views import ScheduleView
from grants.actions.reports import NewSchedule
from grants.actions.schedule_changes import ScheduleChange
from grants.domain.schedules import EVERYTHING, Offer
from grants.pages.forms import Sent
from reports.pages.narrowing import Mistyped, Reading, filters_in, formats_in
from reports.pages.rule_words import as_typed, day_in, rule_in

T = TypeVar("T")


@dataclass(frozen=True)
class Typed:
    """What stands in the fields of the form: what was sent, or what is kept."""

    text: Callable[[str], str]
    weekdays: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> str:
        """What a field holds."""
        return self.text(name)


def of_form(form: Sent) -> Typed:
    """The fields as they were sent."""
    return Typed(form.text, form.all("weekdays"), form.all("formats"))


def of_nothing() -> Typed:
    """The fields of a new schedule."""
    usual = {"way": "every", "every": "quarter", "working_day": "5", "time": "09:30", "period": "own-year"}
    return Typed(lambda name: usual.get(name, ""), formats=["xlsx", "csv"])


def of_schedule(kept: ScheduleView) -> Typed:
    """The fields of a schedule that there is."""
    filters, sample = kept.filters, kept.filters.sample
    values = {
        "title": kept.title,
        "programme": filters.programme or "",
        "funding_line": filters.funding_line or "",
        "recipient": filters.recipient or "",
        "period": filters.period or "",
        "receivers": "\n".join(kept.receivers),
        **as_typed(kept.rule),
    }
    if sample is not None:
        values |= {"method": sample.method.value, "size": str(sample.size), "population": sample.population.value}
        values["seed"] = sample.seed or ""
    days = [day.value for day in kept.rule.weekdays or ()]
    return Typed(lambda name: values.get(name, ""), days, list(kept.formats))


def new_in(form: Sent, offer: Offer, wrong: Mapping[str, str]) -> NewSchedule:
    """The schedule that a form asks for; `wrong` is what was found already. Raises Mistyped."""
    given = _given(form, offer, wrong)
    if given["starts_on"] is None:
        del given["starts_on"]
    return _made({"report": offer.name, **given}, NewSchedule)


def change_in(form: Sent, offer: Offer, kept: ScheduleView, wrong: Mapping[str, str]) -> ScheduleChange:
    """What a form changes of a schedule; what it leaves as it is, is left out. Raises Mistyped."""
    given = _given(form, offer, wrong)
    same: dict[str, Any] = {
        "title": kept.title,
        "rule": kept.rule,
        "filters": kept.filters,
        "formats": tuple(kept.formats),
        "receivers": tuple(kept.receivers),
        "starts_on": None,
    }
    return _made({name: value for name, value in given.items() if value != same[name]}, ScheduleChange)


def _given(form: Sent, offer: Offer, wrong: Mapping[str, str]) -> dict[str, Any]:
    reading = Reading(wrong)
    lines = form.text("receivers").replace(",", "\n").replace(";", "\n").splitlines()
    given: dict[str, Any] = {
        "title": reading.of(partial(_title, form), ""),
        "rule": reading.of(partial(rule_in, form), None),
        "filters": reading.of(partial(filters_in, form, offer), EVERYTHING),
        "formats": reading.of(partial(formats_in, form), offer.formats),
        "starts_on": reading.of(partial(day_in, form, "starts_on", "The day on which it starts"), None),
        "receivers": tuple(line.strip().lower() for line in lines if line.strip()),
    }
    reading.end()
    return given


def _title(form: Sent) -> str:
    title = " ".join(form.text("title").split())
    if len(title) < 2:
        raise Mistyped({"title": "Enter a title, like Position, each quarter"})
    return title


def _made(given: dict[str, Any], kind: type[T]) -> T:
    try:
        return convert(given, kind, from_attributes=True)
    except ValidationError as error:
        name = str(error).partition("$.")[2].partition("`")[0].partition("[")[0]
        raise Mistyped({name: _WRONG.get(name, "Check what you typed")}) from None


_WRONG = {
    "title": "The title must be 200 characters or fewer",
    "receivers": "Enter one email address in each line, 50 at the most",
}
