"""The items of a run's sample with all that is needed to test each: drawn again from the run's own place, and remembered."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from grants.actions.people import SCHEDULER
from grants.domain.errors import Conflict
from grants.domain.samples import Sample
from grants.store.reports import RunRow
from grants.store.transaction import Gate
from reports.populations import drawn, in_batches

_REMEMBERED_MAX: Final = 5


@dataclass(frozen=True)
class SampleItem:
    """An item that was drawn. `figure` is the identifier of its trace; None for an award, and for a line that came to nothing."""

    position: int
    item: str
    pence: int
    award: str
    recipient: str
    description: str
    payee: str
    day: date
    period: str
    version: int | None
    reference: str
    evidence: str
    attached: str
    sheet: str
    cell: str
    sha256: str
    figure: str | None


@dataclass(frozen=True)
class DrawnItems:
    """A sample: its items in the order of the draw, how it was drawn, and what the population comes to."""

    items: tuple[SampleItem, ...]
    sample: Sample
    population: int
    population_pence: int
    is_example: bool


_remembered: Final[OrderedDict[UUID, DrawnItems]] = OrderedDict()


async def sample_of(gate: Gate, run: RunRow) -> DrawnItems:
    """The sample of a finished run. Ask first whether who wants it may see the run.

    Raises Conflict where the run has no place in the record yet.
    """
    if run.at is None:
        raise Conflict("not_done", "This run is not done yet: it has no sample to test.")
    if run.id not in _remembered:
        _remembered[run.id] = await _drawn(gate, run)
        while len(_remembered) > _REMEMBERED_MAX:
            _remembered.popitem(last=False)
    _remembered.move_to_end(run.id)
    return _remembered[run.id]


async def _drawn(gate: Gate, run: RunRow) -> DrawnItems:
    assert run.at is not None  # noqa: S101 – asked before
    items: list[SampleItem] = []
    async with gate.reading(SCHEDULER) as view:
        found = await drawn(view.db, run.at, run.filters)
        for picks in in_batches(found.picks):
            details = await found.source.details([pick.item for pick in picks])
            for pick, of in zip(picks, details, strict=True):
                items.append(
                    SampleItem(
                        position=len(items) + 1,
                        item=pick.item.key,
                        pence=pick.item.pence,
                        award=of.award,
                        recipient=of.of.recipient_name,
                        description=of.description,
                        payee=of.payee or "",
                        day=of.day,
                        period=of.period or "",
                        version=of.version,
                        reference=of.reference or "",
                        evidence=of.evidence or "",
                        attached=of.attached or "",
                        sheet=of.sheet or "",
                        cell=of.cell or "",
                        sha256=of.sha256 or "",
                        figure=of.figure,
                    )
                )
    tally = found.draw.tally
    return DrawnItems(tuple(items), found.sample, tally.items, tally.pence, found.source.is_example)
