"""Where reports stand in the record: the place of a schedule's run before, and what a file was made from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from grants.domain.schedules import Filters
from grants.store.ledger import AsAt
from grants.store.reports import run_of_file
from grants.store.transaction import Db


async def place_before(db: Db, schedule_id: UUID, at: AsAt) -> AsAt | None:
    """The place of a schedule's newest run that stands before another place; None: there is none."""
    row = await db.fetchrow(
        "SELECT entry_no, journal_no FROM report_run WHERE schedule_id = $1 AND journal_no < $2 ORDER BY journal_no DESC LIMIT 1",
        schedule_id,
        at.journal_no,
    )
    return None if row is None else AsAt(row["entry_no"], row["journal_no"])


@dataclass(frozen=True)
class Origin:
    """What the service made: of which report, by which run of which schedule or by whose hand, when, and from which places."""

    report: str
    format: str
    filters: Filters
    at: AsAt | None
    since: AsAt | None
    run_id: UUID | None
    schedule: str | None
    period: str
    made_by: str
    made_at: datetime | None
    is_example: bool


async def origin_of(db: Db, sha256: str) -> Origin | None:
    """What a file is, by the SHA-256 of its bytes in hexadecimal; the earliest run, where several made the same."""
    found = await run_of_file(db, sha256)
    if found is None:
        return await _by_hand(db, sha256)
    run, file = found
    return Origin(
        report=run.report,
        format=file.format,
        filters=run.filters,
        at=run.at,
        since=run.since,
        run_id=run.id,
        schedule=run.schedule_title,
        period=run.period,
        made_by=run.requested_by,
        made_at=run.finished_at,
        is_example=run.is_example,
    )


class _Facts(msgspec.Struct):
    report: str
    format: str
    filters: Filters
    entry_no: int
    journal_no: int
    since: tuple[int, int] | None = None
    is_example: bool = False


async def _by_hand(db: Db, sha256: str) -> Origin | None:
    row = await db.fetchrow(
        "SELECT j.after::text AS after, j.at, p.name FROM journal j JOIN person p ON p.id = j.person_id "
        "WHERE j.subject_kind = 'report' AND j.after ->> 'sha256' = $1 ORDER BY j.number LIMIT 1",
        sha256,
    )
    if row is None:
        return None
    said = msgspec.json.decode(row["after"], type=_Facts)
    return Origin(
        report=said.report,
        format=said.format,
        filters=said.filters,
        at=AsAt(said.entry_no, said.journal_no),
        since=None if said.since is None else AsAt(*said.since),
        run_id=None,
        schedule=None,
        period="by hand",
        made_by=row["name"],
        made_at=row["at"],
        is_example=said.is_example,
    )
