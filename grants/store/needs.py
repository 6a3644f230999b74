"""What waits for somebody: counts of returns, decisions, people and notices that somebody must do something about."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from grants.domain.returns import ReturnState
from grants.store.people_register import SERVICE_ADDRESS
from grants.store.transaction import Db


@dataclass(frozen=True)
class OpenReturns:
    """How many returns of a programme and a recipient stand in a state.

    `overdue`: their day has passed, and nobody submitted them. `unexplained`: they are ready to certify but for reasons of warnings.
    """

    programme: str
    recipient: str
    state: ReturnState
    overdue: bool
    unexplained: bool
    number: int


async def open_returns(db: Db, today: date) -> list[OpenReturns]:
    """Returns that were not accepted, of those that may be seen; `today` is London's."""
    rows = await db.fetch(
        "SELECT l.programme, a.recipient_id, r.state, r.due_on < $1 AND r.state NOT IN ('certified', 'in_review') AS overdue, "
        "r.state = 'ready_to_certify' AND EXISTS (SELECT FROM return_problem b JOIN return_version v ON v.id = b.version_id "
        "WHERE v.return_id = r.id AND v.number = r.version AND b.severity = 'warning' AND b.reason IS NULL) AS unexplained, count(*) "
        "FROM spend_return r JOIN award a ON a.reference = r.award JOIN funding_line l ON l.code = a.funding_line "
        "WHERE r.state <> 'accepted' GROUP BY 1, 2, 3, 4, 5",
        today,
    )
    return [
        OpenReturns(
            row["programme"],
            row["recipient_id"],
            ReturnState(row["state"]),
            row["overdue"],
            row["unexplained"],
            row["count"],
        )
        for row in rows
    ]


async def proposals(db: Db, person: UUID) -> tuple[int, int]:
    """Decisions that wait for an answer, of those that may be seen: others' proposals, and the person's own."""
    row = await db.fetchrow(
        "SELECT count(*) FILTER (WHERE proposed_by <> $1), count(*) FILTER (WHERE proposed_by = $1) FROM decision WHERE state = 'proposed'",
        person,
    )
    return (row[0], row[1]) if row else (0, 0)


async def failed_reports(db: Db) -> int:
    """Runs that were given up."""
    found: int = await db.fetchval("SELECT count(*) FROM report_run WHERE state = 'failed'")
    return found


async def stuck_notices(db: Db, now: datetime) -> int:
    """Notices of the last month that were not sent, or of which nobody knows."""
    found: int = await db.fetchval(
        "SELECT count(*) FROM outbox WHERE state IN ('failed', 'uncertain') AND queued_at > $1",
        now - timedelta(days=30),
    )
    return found


async def never_here(db: Db) -> int:
    """People who were added and have never signed in: no example people, who need no password."""
    found: int = await db.fetchval(
        "SELECT count(*) FROM person p WHERE p.active AND NOT p.is_example AND p.email NOT LIKE '%' || $1 "
        "AND NOT EXISTS (SELECT FROM session s WHERE s.person_id = p.id)",
        SERVICE_ADDRESS,
    )
    return found
