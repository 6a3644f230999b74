"""The list of returns: each with its state, when it is due and how late it is."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import asyncpg

from grants.domain.returns import SUBMITTED
from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.lists.sight import Sight
from grants.store.transaction import Db

# Until it was certified for the first time each day past the due date makes it later. All of these days at once: the planner
# leaves them out where nothing asks for them, and one by one they would cost more as soon as a list is sorted by them.
_LATE: Final = "CASE WHEN r.state = ANY($4) THEN s.submitted_on ELSE $3::date END - r.due_on"
_TEXT: Final = f"""
SELECT r.id, r.award, a.recipient_id, c.name AS recipient_name, l.programme, a.funding_line, r.period, r.due_on, r.state, r.version,
    greatest({_LATE}, 0) AS days_late,
    CASE WHEN r.state = ANY($4) THEN CASE WHEN {_LATE} > 0 THEN 'submitted_late' ELSE 'in_time' END
        WHEN r.due_on < $3::date THEN 'overdue' ELSE 'not_yet_due' END AS lateness,
    r.award || '/' || r.period AS name, r.is_example
FROM spend_return r JOIN award a ON a.reference = r.award JOIN recipient c ON c.id = a.recipient_id
    JOIN funding_line l ON l.code = a.funding_line
    LEFT JOIN (SELECT return_id, (min(at) AT TIME ZONE 'Europe/London')::date AS submitted_on FROM return_event
        WHERE state = 'certified' GROUP BY return_id) s ON s.return_id = r.id
WHERE ($1::text[] IS NULL OR l.programme = ANY($1) OR $2::text[] IS NULL OR a.recipient_id = ANY($2))
"""  # noqa: S608  our own text
RETURNS: Final = ListQuery(
    _TEXT,
    words=frozenset(
        {
            "award",
            "recipient_id",
            "recipient_name",
            "programme",
            "funding_line",
            "period",
            "state",
            "lateness",
            "name",
        }
    ),
    values=frozenset({"id", "due_on", "version", "days_late", "is_example"}),
    unique="name",
)


async def returns(db: Db, wanted: Wanted, sight: Sight, today: date) -> Listed[asyncpg.Record]:
    """One page of the returns of the awards that may be seen; `today` is London's."""
    return await listed(db, RETURNS, wanted, (*sight.arguments, today, sorted(SUBMITTED)))


_ERRORS: Final = """
(SELECT count(*) FROM return_problem b JOIN return_version v ON v.id = b.version_id
 WHERE v.return_id = r.id AND v.number = r.version AND b.severity = {severity} AND b.reason IS NULL)
"""
_WAITING: Final = f"""
WITH r AS ({_TEXT}), waiting AS (
    SELECT r.*, CASE WHEN r.state = 'has_problems' THEN {_ERRORS.format(severity="'error'")} ELSE 0 END AS errors,
        CASE WHEN r.state = 'ready_to_certify' THEN {_ERRORS.format(severity="'warning'")} ELSE 0 END AS unexplained
    FROM r WHERE r.state = ANY($5::text[])
)
SELECT *, count(*) OVER () AS rows_in_all FROM waiting
WHERE state <> 'ready_to_certify' OR (unexplained > 0) = $6 ORDER BY due_on, name LIMIT $7
"""  # noqa: S608  our own text


async def waiting(
    db: Db, sight: Sight, today: date, states: Iterable[str], most: int, *, unexplained: bool
) -> list[asyncpg.Record]:
    """The first returns in these states, the longest due first, each with how many there are in all, and with its newest errors.

    Of those that are ready to certify: those whose warnings still want a reason, or those whose do not.
    """
    found: list[asyncpg.Record] = await db.fetch(
        _WAITING, *sight.arguments, today, sorted(SUBMITTED), sorted(states), unexplained, most
    )
    return found


async def periods(db: Db, sight: Sight) -> list[str]:
    """The codes of the periods that returns were asked for, the newest first."""
    rows = await db.fetch(
        "SELECT DISTINCT r.period FROM spend_return r JOIN award a ON a.reference = r.award JOIN funding_line l ON l.code = a.funding_line "
        "WHERE ($1::text[] IS NULL OR l.programme = ANY($1) OR $2::text[] IS NULL OR a.recipient_id = ANY($2)) ORDER BY 1 DESC",
        *sight.arguments,
    )
    return [row["period"] for row in rows]
