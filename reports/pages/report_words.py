"""Words of reports and their runs: states, what a run is narrowed to, and what it is called."""

from typing import Final

from grants.domain.errors import Invalid
from grants.domain.periods import parse_period
from grants.domain.schedules import OWN, OWN_YEAR, Filters
from grants.pages.tables import Tag
from grants.pages.words import period
from reports.catalogue import offers

RUN_STATES: Final = {
    "due": Tag("Waiting", "grey"),
    "running": Tag("Being made", "blue"),
    "done": Tag("Done", "green"),
    "failed": Tag("Failed", "red"),
}
SCHEDULE_STATES: Final = {"active": Tag("Active", "green"), "paused": Tag("Paused", "yellow")}
_OWN: Final = {OWN: "Each run’s own period", OWN_YEAR: "The financial year of each run’s period"}
BY_HAND: Final = "by hand"


def title_of(report: str) -> str:
    """What a report is called; its name where this version of the service has no such report."""
    offer = offers().get(report)
    return offer.title if offer else report


def narrowed(filters: Filters) -> list[tuple[str, str]]:
    """What a report is narrowed to, as labels and words; nothing for everything."""
    found = []
    for name, label in (("programme", "Programme"), ("funding_line", "Funding line"), ("recipient", "Recipient")):
        if value := getattr(filters, name):
            found.append((label, value))
    if filters.period:
        found.append(("Period", _OWN.get(filters.period) or period(filters.period)))
    if (sample := filters.sample) is not None:
        seed = f", seed {sample.seed}" if sample.seed else ""
        found.append(("Sample", f"{sample.method.value}, {sample.size:,} of {sample.population.value}{seed}"))
    return found


def due_period(code: str) -> str:
    """The period of a schedule's run: in words where it is one of the financial year's, else the day or time that names it."""
    try:
        return parse_period(code).label
    except Invalid:
        return code.replace("T", " at ")
