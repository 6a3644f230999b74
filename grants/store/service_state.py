"""Queries of whether the service is well: the database, the journal's head, and what waits for a turn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from grants.store import ledger, tree
from grants.store.migrate import newest
from grants.store.transaction import Db


@dataclass(frozen=True)
class Waiting:
    """How many of something wait, and since when the oldest does; None where none waits."""

    number: int
    since: datetime | None


@dataclass(frozen=True)
class ServiceState:
    """The state of the database and of the work in it. `schema_newest`: what this program's schema is called."""

    postgresql: str
    schema: str
    schema_newest: str
    journal_no: int
    journal_at: datetime | None
    entry_no: int
    checking: Waiting
    reports_due: Waiting
    reports_failed: Waiting
    notices_due: Waiting
    notices_stuck: Waiting


_WAITING: Final = {
    "checking": "SELECT count(*), min(uploaded_at) FROM return_version WHERE state = 'checking'",
    "reports_due": "SELECT count(*), min(not_before) FROM report_run WHERE state IN ('due', 'running') AND not_before <= $1",
    "reports_failed": "SELECT count(*), min(requested_at) FROM report_run WHERE state = 'failed'",
    "notices_due": "SELECT count(*), min(not_before) FROM outbox WHERE state IN ('waiting', 'sending') AND not_before <= $1",
    "notices_stuck": "SELECT count(*), min(queued_at) FROM outbox WHERE state IN ('failed', 'uncertain') AND queued_at > $1::timestamptz - interval '30 days'",
}


async def service_state(db: Db, now: datetime) -> ServiceState:
    """How it is, as one moment."""
    at = await ledger.head(db)
    waiting = {}
    for name, query in _WAITING.items():
        row = await db.fetchrow(query, *([now] if "$1" in query else []))
        waiting[name] = Waiting(row[0], row[1]) if row else Waiting(0, None)
    return ServiceState(
        postgresql=await db.fetchval("SHOW server_version"),
        schema=await db.fetchval("SELECT version_num FROM alembic_version"),
        schema_newest=newest(),
        journal_no=at.journal_no,
        journal_at=await tree.time_of(db, at.journal_no),
        entry_no=at.entry_no,
        **waiting,
    )
