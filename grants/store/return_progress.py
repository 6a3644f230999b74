"""How far the collection of returns was at a place in the record, and how far that of each award is."""

from typing import Final

from grants.domain.schedules import Filters
from grants.store.ledger import AsAt
from grants.store.transaction import Db


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


_NOW: Final = "SELECT award, period, state FROM spend_return"
_THEN: Final = """
SELECT DISTINCT ON (e.return_id) s.award, s.period, e.state FROM return_event e JOIN spend_return s ON s.id = e.return_id
WHERE e.journal_no <= $1 ORDER BY e.return_id, e.journal_no DESC
"""


async def progress_of_awards(db: Db, at: AsAt | None = None) -> dict[tuple[str, str], tuple[int, int]]:
    """For each award and financial year: how many returns were accepted by then, and how many were expected. None: now."""
    rows = await db.fetch(
        "SELECT award, left(period, 7) AS year, count(*) FILTER (WHERE state = 'accepted') AS accepted, count(*) AS expected "  # noqa: S608  our own text
        f"FROM ({_NOW if at is None else _THEN}) returns GROUP BY 1, 2",
        *([] if at is None else [at.journal_no]),
    )
    return {(row["award"], row["year"]): (row["accepted"], row["expected"]) for row in rows}
