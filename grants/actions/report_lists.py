"""Report runs as a list that people sort, narrow and page, and the way from one period's run to the next."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from grants.actions.report_scope import lists_over
from grants.store import report_files
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import report_runs
from grants.store.transaction import View


class RunLine(Struct, frozen=True):
    """A run in a list. `about` is the period that it is about, None: no period in particular."""

    id: UUID
    report: str
    about: str | None
    programme: str | None
    schedule_id: str | None
    schedule: str | None
    state: str
    entry_no: int | None
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    sample: str | None
    is_example: bool


class Beside(Struct, frozen=True):
    """A run of the same schedule, of the period before or after."""

    id: UUID
    period: str


async def runs_listed(
    view: View, wanted: Wanted, *, report: str | None = None, schedule: UUID | None = None
) -> Listed[RunLine]:
    """One page of the runs that the actor may see; of one report or schedule, None: of all. Raises NotAllowed."""
    found = await report_runs.runs(view.db, wanted, lists_over(view.actor), report, schedule)
    return found.with_rows(_line(row) for row in found.rows)


async def periods_of_runs(view: View) -> list[str]:
    """The periods that those runs are about, the newest first. Raises NotAllowed."""
    return await report_runs.periods(view.db, lists_over(view.actor))


async def beside(view: View, schedule_id: UUID, period: str) -> tuple[Beside | None, Beside | None]:
    """The runs before and after a schedule's run; whoever sees the one sees them: a schedule is over one programme.

    Raises NotAllowed.
    """
    lists_over(view.actor)
    before, after = await report_runs.beside(view.db, schedule_id, period)
    return (Beside(**dict(before)) if before else None), (Beside(**dict(after)) if after else None)


def _line(row: Any) -> RunLine:
    return RunLine(**{name: row[name] for name in RunLine.__struct_fields__})


class Newest(Struct, frozen=True):
    """The newest finished run of a report. `about` is as in RunLine."""

    id: UUID
    about: str | None
    finished_at: datetime


async def newest_runs(view: View) -> dict[str, Newest]:
    """Of each report the newest finished run that the actor may see. Raises NotAllowed."""
    rows = await report_runs.newest(view.db, lists_over(view.actor))
    return {row["report"]: Newest(row["id"], row["about"], row["finished_at"]) for row in rows}


async def run_with_file(view: View, filename: str) -> tuple[UUID, str] | None:
    """The newest run that the actor may see with a file of this name, and the file's format. Raises NotAllowed."""
    return await report_files.named(view.db, filename, lists_over(view.actor))
