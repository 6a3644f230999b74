"""Where every return stood at a place in the record: what is due, late, submitted, reviewed."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from grants.domain.schedules import Filters
from grants.store.ledger import AsAt
from grants.store.standing import awards_at
from grants.store.transaction import Db


@dataclass(frozen=True)
class ReturnStanding:
    """A return as its newest event by then left it. `open_queries` are those that wait for the recipient."""

    award: str
    funding_line: str
    programme: str
    recipient_id: str
    recipient_name: str
    period: str
    due_on: date
    state: str
    version: int
    certified_at: datetime | None
    certifier: str | None
    certifier_role: str | None
    reviewer: str | None
    open_queries: int
    is_example: bool
    do_not_publish: str | None


# A warning's reason is written over nothing, so that when it came is in the journal alone.
_STANDING: Final = """
WITH newest AS (
    SELECT DISTINCT ON (return_id) return_id, version, state FROM return_event WHERE journal_no <= $1
    ORDER BY return_id, journal_no DESC
), certified AS (
    SELECT DISTINCT ON (return_id) return_id, version, at FROM return_event WHERE journal_no <= $1 AND deed = 'certify'
    ORDER BY return_id, journal_no DESC
), reviewed AS (
    SELECT DISTINCT ON (e.return_id) e.return_id, e.version, p.name FROM return_event e JOIN person p ON p.id = e.person_id
    WHERE e.journal_no <= $1 AND e.deed IN ('start_review', 'request_changes', 'accept', 'reopen')
    ORDER BY e.return_id, e.journal_no DESC
), found AS (
    SELECT version_id, count(*) FILTER (WHERE severity = 'error') AS errors, count(*) FILTER (WHERE severity = 'warning') AS warnings
    FROM return_problem GROUP BY version_id
), explained AS (
    SELECT u.return_id, count(DISTINCT answer) AS answers
    FROM (SELECT return_id, max(journal_no) AS journal_no FROM return_event WHERE journal_no <= $1 AND deed = 'checked_good' GROUP BY 1) u
        JOIN spend_return s ON s.id = u.return_id
        JOIN journal j ON j.subject_kind = 'return' AND j.subject = s.award || '/' || s.period AND j.number BETWEEN u.journal_no AND $1
        CROSS JOIN LATERAL jsonb_array_elements_text(j.after -> 'explained') answer
    WHERE j.after ? 'explained' GROUP BY 1
)
SELECT a.reference AS award, l.code AS funding_line, l.programme, c.id AS recipient_id, c.name AS recipient_name, s.period, s.due_on,
    n.state, n.version, d.at AS certified_at, CASE WHEN d.at IS NOT NULL THEN v.certified_name END AS certifier,
    CASE WHEN d.at IS NOT NULL THEN v.certified_role END AS certifier_role, w.name AS reviewer,
    CASE n.state WHEN 'has_problems' THEN coalesce(f.errors, 0) WHEN 'changes_requested' THEN 1
        WHEN 'ready_to_certify' THEN greatest(coalesce(f.warnings, 0) - coalesce(x.answers, 0), 0) ELSE 0 END AS open_queries,
    a.is_example OR s.is_example OR c.is_example AS is_example
FROM newest n JOIN spend_return s ON s.id = n.return_id JOIN award a ON a.reference = s.award
    JOIN funding_line l ON l.code = a.funding_line JOIN recipient c ON c.id = a.recipient_id
    LEFT JOIN return_version v ON v.return_id = s.id AND v.number = n.version
    LEFT JOIN certified d ON d.return_id = s.id AND d.version = n.version
    LEFT JOIN reviewed w ON w.return_id = s.id AND w.version = n.version
    LEFT JOIN found f ON f.version_id = v.id LEFT JOIN explained x ON x.return_id = s.id
WHERE ($2::text IS NULL OR l.programme = $2) AND ($3::text IS NULL OR l.code = $3) AND ($4::text IS NULL OR c.id = $4)
    AND ($5::text IS NULL OR s.period = $5 OR starts_with(s.period, $5 || '-'))
ORDER BY l.programme, l.place, a.reference, s.period
"""


async def standings(db: Db, at: AsAt, filters: Filters) -> list[ReturnStanding]:
    """Every return that was expected by then, by programme, funding line, award and period.

    Raises RuleBroken for a reader who may not see all.
    """
    secret = {award.reference: award.do_not_publish for award in await awards_at(db, at, filters)}
    rows = await db.fetch(
        _STANDING, at.journal_no, filters.programme, filters.funding_line, filters.recipient, filters.period
    )
    return [ReturnStanding(**dict(row), do_not_publish=secret[row["award"]]) for row in rows]


async def accepted_of_expected(
    db: Db, at: AsAt, filters: Filters, awards: frozenset[str] | None = None
) -> tuple[int, int]:
    """How many returns were accepted by then, and how many were expected; of these awards only, unless None."""
    row = await db.fetchrow(
        "SELECT count(*) FILTER (WHERE state = 'accepted') AS accepted, count(*) AS expected FROM ("
        "SELECT DISTINCT ON (e.return_id) e.state FROM return_event e JOIN spend_return s ON s.id = e.return_id "
        "JOIN award a ON a.reference = s.award JOIN funding_line l ON l.code = a.funding_line WHERE e.journal_no <= $1 "
        "AND ($2::text IS NULL OR l.programme = $2) AND ($3::text IS NULL OR l.code = $3) AND ($4::text IS NULL OR a.recipient_id = $4) "
        "AND ($5::text IS NULL OR s.period = $5 OR starts_with(s.period, $5 || '-')) AND ($6::text[] IS NULL OR a.reference = ANY($6)) ORDER BY e.return_id, e.journal_no DESC) newest",
        at.journal_no,
        filters.programme,
        filters.funding_line,
        filters.recipient,
        filters.period,
        None if awards is None else sorted(awards),
    )
    return (0, 0) if row is None else (row["accepted"], row["expected"])
