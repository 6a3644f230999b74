"""Processes on a clock that the test moves, schedules, and reports that meet trouble."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from grants.actions.people import OPERATOR
from grants.actions.report_views import RunView, file_pieces, runs
from grants.actions.reports import NewSchedule, add_schedule
from grants.domain.access import Actor
from grants.domain.checkpoints import Signer
from grants.domain.schedules import Every, Filters, Offer, Rule
from grants.store.reports import FileRow
from grants.store.transaction import Db, Gate
from reports.book import Column, Kind, Row, Table
from reports.catalogue import offers
from reports.report import Gathered, Place, Report, as_they_are, one_batch
from reports.runs import wake
from tests.database import Database
from tests.grants.actions.cast import opened
from tests.patience import until
from tests.service import Service

DAILY = Rule(Every.DAY, working_day=0, hour=1, minute=30)
START = datetime(2025, 10, 20, 12, tzinfo=UTC)
FIRST = START.date()
SIGNER = Signer("tallystick/journal", bytes(32))


class Clock:
    """A clock that only the test moves."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def clocked(database: Database, clock: Clock) -> AsyncIterator[Gate]:
    """A process's own gate, on the test's clock."""
    async with opened(database) as gate:
        gate.clock = clock
        yield gate


async def scheduled(
    gate: Gate,
    rule: Rule = DAILY,
    starts_on: date = FIRST,
    report: str = "returns-tracker",
    formats: tuple[str, ...] = ("csv",),
) -> UUID:
    """A schedule of one report."""
    new = NewSchedule(report, "A title", rule, Filters(), formats, starts_on)
    async with gate.deed(OPERATOR) as tx:
        return (await add_schedule(tx, {**offers(), "troubled": TROUBLED_OFFER}, new)).id


async def all_runs(gate: Gate, **narrowed: object) -> list[RunView]:
    """Every run, oldest period first."""
    async with gate.reading(OPERATOR) as view:
        return sorted(await runs(view, 1000, None, narrowed), key=lambda found: found.period)


async def all_made(service: Service) -> None:
    """What is due is made: by this test or by the service's own alarm, which was nudged, whichever was first."""

    async def made() -> bool:
        await wake(service.gate, SIGNER)
        return not {"due", "running"} & {found.state for found in await all_runs(service.gate)}

    await until(made, "all is made")


async def done(service: Service, run_id: str, who: str = "auditor") -> Any:
    """A run, which must be done once all is made."""
    await all_made(service)
    found = await service.get(who, f"/report-runs/{run_id}")
    assert found["state"] == "done", found
    return found


async def rows_done(gate: Gate) -> int:
    """How far the only run is."""
    return sum(found.rows_done for found in await all_runs(gate))


async def has_done(gate: Gate, number: int) -> bool:
    """Whether so many runs are done."""
    return len(await all_runs(gate, state="done")) == number


TROUBLED_OFFER = Offer("troubled", "A report with troubles", "To be tried", "Testers", frozenset({"programme"}))


def troubled(trouble: Callable[[], Any], rows: Sequence[Row] = (("a", 1),)) -> dict[str, Report]:
    """A catalogue of one report, whose gathering first meets the trouble."""

    async def gather(db: Db, place: Place, filters: Filters) -> Gathered:
        found = trouble()
        if asyncio.iscoroutine(found):
            await found
        columns = (Column(key="name", heading="Name"), Column(key="count", heading="Count", kind=Kind.WHOLE))
        return Gathered(Table(sheet="Data", title="Data", columns=columns), one_batch(rows), as_they_are)

    return {"troubled": Report(TROUBLED_OFFER, gather)}


async def downloaded(gate: Gate, actor: Actor, run_id: UUID, of_format: str) -> tuple[FileRow, bytes]:
    """A finished file as somebody downloads it."""
    file, pieces = await file_pieces(gate, actor, offers(), run_id, of_format)
    return file, b"".join([piece async for piece in pieces])
