"""Queries of report schedules, their runs, each attempt, and the files."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from grants.domain.schedules import Filters, Rule, of_run
from grants.store.ledger import AsAt
from grants.store.tables import ReportRun, ReportSchedule
from grants.store.transaction import Db, Tx

Programmes = frozenset[str] | None
"""The programmes that a list is narrowed to; None: all, and what is about no programme in particular."""


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule as it stands."""

    id: UUID
    report: str
    title: str
    filters: Filters
    formats: tuple[str, ...]
    rule: Rule
    starts_on: date
    receivers: tuple[str, ...]
    state: str
    created_by: str
    created_at: datetime
    is_example: bool


@dataclass(frozen=True)
class RunRow:
    """A run as it stands. `fence` tells its claims apart; the place in the record is settled by the first of them."""

    id: UUID
    schedule_id: UUID | None
    schedule_title: str | None
    period: str
    report: str
    filters: Filters
    formats: tuple[str, ...]
    state: str
    attempts: int
    fence: int
    not_before: datetime
    entry_no: int | None
    journal_no: int | None
    since_entry_no: int | None
    since_journal_no: int | None
    rows_done: int
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    is_example: bool

    @property
    def at(self) -> AsAt | None:
        """The place in the record that the run is made from."""
        if self.entry_no is None or self.journal_no is None:
            return None
        return AsAt(self.entry_no, self.journal_no)

    @property
    def since(self) -> AsAt | None:
        """The place of the run before it, which its figures are compared with."""
        if self.since_entry_no is None or self.since_journal_no is None:
            return None
        return AsAt(self.since_entry_no, self.since_journal_no)


@dataclass(frozen=True)
class AttemptRow:
    """One try at a run."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    failure: str | None


@dataclass(frozen=True)
class FileRow:
    """The facts of a finished file."""

    format: str
    filename: str
    sha256: str
    size_bytes: int


_SCHEDULE: Final = """
SELECT s.id, s.report, s.title, s.filters::text AS filters, s.formats, s.rule::text AS rule, s.starts_on,
    ARRAY(SELECT r.email FROM person r WHERE r.id = ANY (s.receivers) ORDER BY r.email) AS receivers, s.state, p.name AS created_by, s.created_at, s.is_example
FROM report_schedule s JOIN person p ON p.id = s.created_by
"""
_RUN: Final = """
SELECT r.id, r.schedule_id, s.title AS schedule_title, r.period, r.report, r.filters::text AS filters, r.formats, r.state,
    r.attempts, r.fence, r.not_before, r.entry_no, r.journal_no, r.since_entry_no, r.since_journal_no, r.rows_done, p.name AS requested_by, r.requested_at,
    r.finished_at, r.is_example
FROM report_run r JOIN person p ON p.id = r.requested_by LEFT JOIN report_schedule s ON s.id = r.schedule_id
"""


async def schedule(db: Db, schedule_id: UUID) -> ScheduleRow | None:
    """One schedule."""
    row = await db.fetchrow(f"{_SCHEDULE} WHERE s.id = $1", schedule_id)
    return None if row is None else _schedule(row)


async def lock_schedule(tx: Tx, schedule_id: UUID) -> ScheduleRow | None:
    """One schedule, which nobody else changes until the deed ends."""
    await tx.db.execute("SELECT FROM report_schedule WHERE id = $1 FOR NO KEY UPDATE", schedule_id)
    return await schedule(tx.db, schedule_id)


async def schedules(
    db: Db, programmes: Programmes, limit: int | None, after: UUID | None = None, *, active: bool = False
) -> list[ScheduleRow]:
    """Schedules, oldest first, those after the given one."""
    rows = await db.fetch(
        f"{_SCHEDULE} WHERE ($1::text[] IS NULL OR s.filters ->> 'programme' = ANY($1)) AND (NOT $2 OR s.state = 'active') "
        "AND ($3::timestamptz IS NULL OR (s.created_at, s.id) > ($3, $4)) ORDER BY s.created_at, s.id LIMIT $5",
        None if programmes is None else sorted(programmes),
        active,
        after and await db.fetchval("SELECT created_at FROM report_schedule WHERE id = $1", after),
        after,
        limit,
    )
    return [_schedule(row) for row in rows]


async def add_schedule(tx: Tx, row: ReportSchedule) -> None:
    """Keeps a new schedule."""
    await tx.add(row)


async def set_schedule(tx: Tx, schedule_id: UUID, state: str, starts_on: date) -> None:
    """Pauses or resumes a schedule."""
    await tx.db.execute(
        "UPDATE report_schedule SET state = $2, starts_on = $3 WHERE id = $1", schedule_id, state, starts_on
    )


async def change_schedule(tx: Tx, changed: ScheduleRow, receivers: list[UUID] | None) -> None:
    """Keeps what was changed of a schedule: its title, rule, filters, formats, start, and receivers where they change."""
    await tx.db.execute(
        "UPDATE report_schedule SET title = $2, rule = $3::jsonb, filters = $4::jsonb, formats = $5, starts_on = $6, receivers = coalesce($7, receivers) WHERE id = $1",
        changed.id,
        changed.title,
        msgspec.json.encode(changed.rule).decode(),
        msgspec.json.encode(changed.filters).decode(),
        list(changed.formats),
        changed.starts_on,
        receivers,
    )


def _schedule(row: asyncpg.Record) -> ScheduleRow:
    facts = dict(row)
    return ScheduleRow(
        **{
            **facts,
            "filters": msgspec.json.decode(facts["filters"], type=Filters),
            "rule": msgspec.json.decode(facts["rule"], type=Rule),
            "formats": tuple(facts["formats"]),
            "receivers": tuple(facts["receivers"]),
        }
    )


async def run(db: Db, run_id: UUID) -> RunRow | None:
    """One run."""
    row = await db.fetchrow(f"{_RUN} WHERE r.id = $1", run_id)
    return None if row is None else _run(row)


async def run_for_period(tx: Tx, schedule_id: UUID, period: str) -> RunRow | None:
    """The run of a schedule for a period, which nobody else changes until the deed ends."""
    found = await tx.db.fetchval(
        "SELECT id FROM report_run WHERE schedule_id = $1 AND period = $2 FOR UPDATE", schedule_id, period
    )
    return None if found is None else await run(tx.db, found)


async def run_of_file(db: Db, sha256: str) -> tuple[RunRow, FileRow] | None:
    """The run that made a file, by the SHA-256 of its bytes; the earliest, where several made the same."""
    row = await db.fetchrow(
        "SELECT f.run_id, f.format, f.filename, f.sha256, f.size_bytes FROM report_file f JOIN report_run r ON r.id = f.run_id "
        "WHERE f.sha256 = $1 ORDER BY r.finished_at, r.id, f.format LIMIT 1",
        sha256,
    )
    if row is None:
        return None
    facts = dict(row)
    made = await run(db, facts.pop("run_id"))
    return None if made is None else (made, FileRow(**facts))


async def runs(
    db: Db,
    programmes: Programmes,
    limit: int,
    after: UUID | None = None,
    *,
    narrowed: Mapping[str, object] | None = None,
) -> list[RunRow]:
    """Runs, newest first, those before the given one; `narrowed` by schedule, report and state."""
    wanted = narrowed or {}
    rows = await db.fetch(
        f"{_RUN} WHERE ($1::text[] IS NULL OR r.filters ->> 'programme' = ANY($1)) "
        "AND ($2::timestamptz IS NULL OR (r.requested_at, r.id) < ($2, $3)) AND ($5::uuid IS NULL OR r.schedule_id = $5) "
        "AND ($6::text IS NULL OR r.report = $6) AND ($7::text IS NULL OR r.state = $7) ORDER BY r.requested_at DESC, r.id DESC LIMIT $4",
        None if programmes is None else sorted(programmes),
        after and await db.fetchval("SELECT requested_at FROM report_run WHERE id = $1", after),
        after,
        limit,
        wanted.get("schedule"),
        wanted.get("report"),
        wanted.get("state"),
    )
    return [_run(row) for row in rows]


def _run(row: asyncpg.Record) -> RunRow:
    facts = dict(row)
    filters = msgspec.json.decode(facts["filters"], type=Filters)
    return RunRow(**{**facts, "filters": filters, "formats": tuple(facts["formats"])})


async def add_run(tx: Tx, row: ReportRun) -> None:
    """Keeps a run that somebody asked for. Raises Conflict where its schedule has one for the period."""
    await tx.add(row)


async def known_periods(db: Db, since: datetime | None = None) -> dict[UUID, set[str]]:
    """The periods that each schedule has runs for; with `since`, all that fell due from then on and were not made before."""
    known: dict[UUID, set[str]] = defaultdict(set)
    which = "schedule_id IS NOT NULL AND ($1::timestamptz IS NULL OR not_before >= $1)"
    for row in await db.fetch(f"SELECT schedule_id, period FROM report_run WHERE {which}", since):  # noqa: S608  our own
        known[row["schedule_id"]].add(row["period"])
    return known


async def add_due(tx: Tx, of: ScheduleRow, periods: Iterable[tuple[str, datetime]]) -> None:
    """Adds runs for periods that have fallen due; nothing for those that another process added first."""
    await tx.db.executemany(
        "INSERT INTO report_run (id, schedule_id, period, report, filters, formats, state, attempts, fence, not_before, rows_done, "
        "requested_by, requested_at, is_example) VALUES (gen_random_uuid(), $1, $2, $3, $4::jsonb, $5, 'due', 0, 0, $6, 0, $7, $8, $9) "
        "ON CONFLICT (schedule_id, period) DO NOTHING",
        [
            (
                of.id,
                period,
                of.report,
                msgspec.json.encode(of_run(of.filters, period)).decode(),
                list(of.formats),
                due,
                tx.actor.id,
                tx.now,
                of.is_example,
            )
            for period, due in periods
        ],
    )


async def try_again(tx: Tx, run_id: UUID) -> None:
    """Makes a run that failed due at once, however often it was tried."""
    await tx.db.execute("UPDATE report_run SET state = 'due', not_before = $2 WHERE id = $1", run_id, tx.now)
