"""Words of reports and their runs: states, what a run is narrowed to, and what it is called."""

from collections.abc import Mapping
from typing import Final

import msgspec

from grants.domain.samples import Sample
from grants.domain.schedules import OWN, OWN_YEAR, Filters
from grants.pages.tables import Tag
from grants.pages.words import period
from grants.store import plan, recipients
from grants.store.transaction import Db
from reports.catalogue import offers
from reports.pages.narrowing import METHODS, POPULATIONS

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


async def narrowed(db: Db, filters: Filters) -> list[tuple[str, str]]:
    """What a report is narrowed to, as labels and words with its code behind; nothing for everything."""
    found = []
    if filters.programme:
        titles = {one.code: one.title for one in await plan.programmes(db)}
        found.append(("Programme", _named(filters.programme, titles)))
    if filters.funding_line:
        titles = {one.code: one.title for one in await plan.funding_lines(db)}
        found.append(("Funding line", _named(filters.funding_line, titles)))
    if filters.recipient:
        found.append(("Recipient", _named(filters.recipient, await recipients.names_of(db, [filters.recipient]))))
    if filters.period:
        found.append(("Period", _OWN.get(filters.period) or period(filters.period)))
    if (sample := filters.sample) is not None:
        seed = f", seed {sample.seed}" if sample.seed else ""
        found.append(("Sample", f"{_drawn(sample)}. {dict(METHODS)[sample.method]}{seed}"))
    return found


def drawn_words(sample: str | None) -> str | None:
    """What a sample is of, from what its run is narrowed to: 25 of lines of accepted spend returns."""
    return _drawn(msgspec.json.decode(sample, type=Sample)) if sample else None


def _drawn(sample: Sample) -> str:
    return f"{sample.size:,} of {dict(POPULATIONS)[sample.population].lower()}"


def _named(code: str, titles: Mapping[str, str]) -> str:
    return f"{titles[code]} ({code})" if code in titles else code


def due_period(code: str) -> str:
    """The period of a schedule's run in words; where a day or a time names it, that."""
    day, _, time = code.partition("T")
    return f"{period(day)} at {time}" if time else period(code)
