"""Report schedules: the rules that people define for them, what a report may be narrowed to, and its formats.

When a rule's reports fall due is in rule_times.py.
"""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from grants.domain.access import Deed
from grants.domain.decisions import LineCode
from grants.domain.errors import Invalid
from grants.domain.periods import parse_period
from grants.domain.recipients import RecipientId
from grants.domain.samples import Sample, seeded_for

MAX_WORKING_DAY: Final = 20
OWN, OWN_YEAR = "own", "own-year"
"""What a schedule's filter `period` says instead of a period: each run's own, or the financial year that it lies in."""


class Every(StrEnum):
    """The length of a schedule's periods."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Weekday(StrEnum):
    """A day of the week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Again(StrEnum):
    """How often a date comes again."""

    MONTH = "month"
    YEAR = "year"


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """When a schedule's report is made, in one of four ways, at a time in London.

    `every`: some working days after each period ends. A `working_day` of 0 means the first day after it, working day or
    not; a daily rule with 1 or more has working days as its periods; weeks begin on Monday. `weekdays`: on those days.
    `on`: on that day, or that day of each month or year; the last of the month where it has no such day. `cron`: a line
    of five fields, minute first, which names one minute.
    """

    every: Every | None = None
    working_day: (
        Annotated[
            int,
            Meta(ge=0, le=MAX_WORKING_DAY, description="The Nth working day after the period ends; 1.", examples=[3]),
        ]
        | None
    ) = None
    hour: Annotated[int, Meta(ge=0, le=23, description="In London; 7.", examples=[9])] | None = None
    minute: Annotated[int, Meta(ge=0, le=59, description="0.", examples=[30])] | None = None
    weekdays: (
        Annotated[tuple[Weekday, ...], Meta(min_length=1, max_length=7, examples=[["tuesday", "friday"]])] | None
    ) = None
    on: Annotated[date, Meta(examples=["2026-03-31"])] | None = None
    again: Again | None = None
    cron: Annotated[str, Meta(max_length=100, examples=["30 8 * * MON-FRI"])] | None = None

    @property
    def days_after(self) -> int:
        """Working days after the period's end."""
        return 1 if self.working_day is None else self.working_day

    @property
    def at(self) -> time:
        """The time of the day, in London."""
        return time(7 if self.hour is None else self.hour, self.minute or 0)

    @property
    def way(self) -> str:
        """What tells its periods from those of other rules: `quarter`, `weekdays`, `on`, `cron`. Raises Invalid for none or several."""
        ways = [name for name in _WAYS if getattr(self, name) is not None]
        if len(ways) != 1:
            raise Invalid("rule", f"Say when in one of these ways, and in one only: {', '.join(_WAYS)}.")
        return str(self.every) if self.every is not None else ways[0]


_WAYS: Final = ("every", "weekdays", "on", "cron")


class Filters(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a report is narrowed to; what is left out stands for all."""

    programme: Annotated[LineCode, Meta(examples=["ACTION-PLAN"])] | None = None
    funding_line: LineCode | None = None
    recipient: RecipientId | None = None
    period: (
        Annotated[
            str,
            Meta(
                max_length=12,
                description=f"In a schedule also `{OWN}`, each run's own period, or `{OWN_YEAR}`, the year that it lies in.",
                examples=["2025-26-Q2"],
            ),
        ]
        | None
    ) = None
    sample: Sample | None = None


EVERYTHING: Final = Filters()
FORMATS: Final = ("xlsx", "ods", "csv")


@dataclass(frozen=True)
class Offer:
    """A report that can be made: which filters it understands, whether a period may be a part of a year, and its formats.

    Whoever asks for it, or looks at it, must be allowed the deed `sight` over all programmes as well. Open data are for
    everybody: nothing in them, no count either, tells of what must not be published.
    """

    name: str
    title: str
    purpose: str
    audience: str
    filters: frozenset[str]
    whole_years: bool = False
    formats: tuple[str, ...] = FORMATS
    sight: Deed | None = None
    open_data: bool = False


def check_filters(offer: Offer, filters: Filters) -> None:
    """Raises Invalid for a filter that the report does not understand, or a period that is none."""
    for name in Filters.__struct_fields__:
        if getattr(filters, name) is not None and name not in offer.filters:
            known = ", ".join(sorted(offer.filters))
            raise Invalid("filter", f"The report {offer.name} cannot be narrowed by {name}. It understands: {known}.")
    if filters.period is None:
        return
    period = parse_period(filters.period)
    if offer.whole_years and period != period.year:
        raise Invalid("filter", f"The report {offer.name} is about whole years. Use {period.year.code}.")


def check_formats(formats: tuple[str, ...], offered: tuple[str, ...] = FORMATS) -> None:
    """Raises Invalid where no format is named, one is not offered, or one is named twice."""
    if not formats or len(set(formats)) != len(formats) or not set(formats) <= set(offered):
        raise Invalid("formats", f"Choose one or more of these formats, each once: {', '.join(offered)}.")


def check_own(offer: Offer, filters: Filters, rule: Rule) -> None:
    """Raises Invalid where each run's own period would be a part of a year, and the report is about whole years."""
    if filters.period == OWN and offer.whole_years and rule.every is not Every.YEAR:
        raise Invalid("filter", f"The report {offer.name} is about whole years. Use {OWN_YEAR} as its period.")


def of_run(filters: Filters, code: str) -> Filters:
    """A schedule's filters for its run of a period. Raises Invalid where a period is to be its own and the rule has none."""
    if filters.sample is not None:
        filters = replace(filters, sample=seeded_for(filters.sample, code))
    if filters.period not in (OWN, OWN_YEAR):
        return filters
    try:
        period = parse_period(code)
    except Invalid as error:
        raise Invalid(
            "period", "Only the runs of a rule for every month, quarter or year have a period of their own."
        ) from error
    return replace(filters, period=(period if filters.period == OWN else period.year).code)
