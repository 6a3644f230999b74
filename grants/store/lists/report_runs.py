"""The list of report runs: each with what it is about, who asked for it, and how far it is."""

from typing import Final
from uuid import UUID

import asyncpg

from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

# A report made by hand is about the period that it was narrowed to; one of a schedule, about the period that it was due for,
# also where each of them is narrowed to the same year.
_ABOUT: Final = "CASE WHEN r.schedule_id IS NULL THEN r.filters ->> 'period' ELSE r.period END"
_TEXT: Final = f"""
SELECT r.id, r.report, {_ABOUT} AS about, coalesce(g.title, r.filters ->> 'programme') AS programme, r.schedule_id::text AS schedule_id, s.title AS schedule,
    r.state, r.entry_no, p.name AS requested_by, r.requested_at, r.finished_at, r.filters ->> 'sample' AS sample, r.is_example
FROM report_run r JOIN person p ON p.id = r.requested_by LEFT JOIN report_schedule s ON s.id = r.schedule_id
    LEFT JOIN programme g ON g.code = r.filters ->> 'programme'
WHERE ($1::text[] IS NULL OR r.filters ->> 'programme' = ANY($1)) AND ($2::text IS NULL OR r.report = $2)
    AND ($3::uuid IS NULL OR r.schedule_id = $3)
"""  # noqa: S608  our own text
RUNS: Final = ListQuery(
    _TEXT,
    words=frozenset({"report", "about", "programme", "schedule_id", "schedule", "state", "requested_by", "sample"}),
    values=frozenset({"id", "entry_no", "requested_at", "finished_at", "is_example"}),
    unique="id",
    nullable=frozenset({"about", "programme", "schedule_id", "schedule", "entry_no", "finished_at", "sample"}),
)


async def runs(
    db: Db, wanted: Wanted, programmes: frozenset[str] | None, report: str | None = None, schedule: UUID | None = None
) -> Listed[asyncpg.Record]:
    """One page of the runs over the programmes, None: over all; of one report or schedule, None: of all."""
    arguments = [None if programmes is None else sorted(programmes), report, schedule]
    return await listed(db, RUNS, wanted, arguments)


async def periods(db: Db, programmes: frozenset[str] | None) -> list[str]:
    """What those runs are about, the newest period first."""
    rows = await db.fetch(
        f"SELECT DISTINCT {_ABOUT} AS about FROM report_run r WHERE ($1::text[] IS NULL OR r.filters ->> 'programme' = ANY($1)) "  # noqa: S608
        f"AND {_ABOUT} IS NOT NULL ORDER BY 1 DESC LIMIT 200",
        None if programmes is None else sorted(programmes),
    )
    return [row["about"] for row in rows]


async def beside(db: Db, schedule_id: UUID, period: str) -> tuple[asyncpg.Record | None, asyncpg.Record | None]:
    """A schedule's runs of the period before and of the one after, by id and period; None where there is none.

    The codes of a rule's periods sort as its periods do.
    """
    one = "SELECT id, period FROM report_run WHERE schedule_id = $1 AND period"
    before = await db.fetchrow(f'{one} COLLATE "C" < $2 ORDER BY period COLLATE "C" DESC LIMIT 1', schedule_id, period)
    after = await db.fetchrow(f'{one} COLLATE "C" > $2 ORDER BY period COLLATE "C" LIMIT 1', schedule_id, period)
    return before, after


async def newest(db: Db, programmes: frozenset[str] | None) -> list[asyncpg.Record]:
    """Of each report over the programmes the finished run that stands furthest on the record: report, id, period, when it was finished."""
    found: list[asyncpg.Record] = await db.fetch(
        f"SELECT DISTINCT ON (r.report) r.report, r.id, {_ABOUT} AS about, r.finished_at FROM report_run r "  # noqa: S608
        "WHERE r.state = 'done' AND ($1::text[] IS NULL OR r.filters ->> 'programme' = ANY($1)) "
        "ORDER BY r.report, r.journal_no DESC, r.finished_at DESC, r.id",
        None if programmes is None else sorted(programmes),
    )
    return found
