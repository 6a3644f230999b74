"""Queries of spend returns: their state, versions, lines, and what they are checked against."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from grants.domain.access import Scope
from grants.domain.awards import AwardState, AwardTerms
from grants.domain.errors import NotFound
from grants.domain.periods import Period, parse_period
from grants.domain.plan import BudgetKind
from grants.domain.returns import ReturnContext, ReturnDeed, ReturnState, Severity
from grants.store import outbox
from grants.store.awards import AwardRow
from grants.store.earlier_returns import ACCEPTED, known_before
from grants.store.transaction import Db, Tx

NO_RETURN: Final = "There is no return for that award and period that you can see. Check the reference and the period."


@dataclass(frozen=True)
class ReturnRow:
    """A return as it stands."""

    id: UUID
    award: str
    recipient_id: str
    recipient_name: str
    programme: str
    period_code: str
    due_on: date
    state: ReturnState
    version: int
    award_state: AwardState
    is_example: bool

    @property
    def period(self) -> Period:
        """The quarter or month that it accounts for."""
        return parse_period(self.period_code)

    @property
    def scope(self) -> Scope:
        """What a deed on this return is about."""
        return Scope(self.programme, self.recipient_id)

    @property
    def name(self) -> str:
        """LI-OLDHAM-01/2025-26-Q2."""
        return f"{self.award}/{self.period_code}"


_RETURN: Final = """
SELECT r.id, r.award, a.recipient_id, c.name AS recipient_name, l.programme, r.period AS period_code, r.due_on, r.state, r.version, a.state AS award_state,
    r.is_example
FROM spend_return r JOIN award a ON a.reference = r.award JOIN recipient c ON c.id = a.recipient_id
    JOIN funding_line l ON l.code = a.funding_line
"""


async def find(db: Db, return_id: UUID) -> ReturnRow:
    """One return. Raises NotFound."""
    return _row(await db.fetchrow(f"{_RETURN} WHERE r.id = $1", return_id))


async def find_for(db: Db, award: str, period: str) -> ReturnRow:
    """The return of an award for a period. Raises NotFound."""
    return _row(await db.fetchrow(f"{_RETURN} WHERE r.award = $1 AND r.period = $2", award, period))


async def lock(tx: Tx, award: str, period: str) -> ReturnRow:
    """The return of an award for a period, which nobody else changes until the deed ends. Raises NotFound."""
    await tx.db.execute("SELECT FROM spend_return WHERE award = $1 AND period = $2 FOR NO KEY UPDATE", award, period)
    return await find_for(tx.db, award, period)


async def lock_one(tx: Tx, return_id: UUID) -> ReturnRow:
    """One return, which nobody else changes until the deed ends. Raises NotFound."""
    await tx.db.execute("SELECT FROM spend_return WHERE id = $1 FOR NO KEY UPDATE", return_id)
    return await find(tx.db, return_id)


def _row(row: asyncpg.Record | None) -> ReturnRow:
    if row is None:
        raise NotFound("return", NO_RETURN)
    return ReturnRow(**{**dict(row), "state": ReturnState(row["state"]), "award_state": AwardState(row["award_state"])})


async def page_of(
    db: Db,
    filters: dict[str, str | None],
    after: str,
    limit: int,
    programmes: frozenset[str] | None,
    recipients: frozenset[str] | None,
) -> list[ReturnRow]:
    """Returns in order of award and period; `filters` by state, award and period; narrowed as awards are."""
    rows = await db.fetch(
        f"{_RETURN} WHERE r.award || '/' || r.period > $1 AND ($3::text[] IS NULL OR l.programme = ANY($3) OR $4::text[] IS NULL "
        "OR a.recipient_id = ANY($4)) AND ($5::text IS NULL OR r.state = $5) AND ($6::text IS NULL OR r.award = $6) "
        "AND ($7::text IS NULL OR r.period = $7) ORDER BY r.award || '/' || r.period LIMIT $2",
        after,
        limit,
        None if programmes is None else sorted(programmes),
        None if recipients is None else sorted(recipients),
        filters.get("state"),
        filters.get("award"),
        filters.get("period"),
    )
    return [_row(row) for row in rows]


async def submitted_at(db: Db, return_ids: list[UUID]) -> dict[UUID, datetime]:
    """When returns were first certified; those that never were are left out."""
    rows = await db.fetch(
        "SELECT return_id, min(at) AS at FROM return_event WHERE return_id = ANY($1::uuid[]) AND state = 'certified' GROUP BY 1",
        return_ids,
    )
    return {row["return_id"]: row["at"] for row in rows}


_ADD_EVENT: Final = """
INSERT INTO return_event (return_id, journal_no, deed, state, version, person_id, at, message)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_STEP: Final = f"WITH moved AS (UPDATE spend_return SET state = $4, version = $5 WHERE id = $1) {_ADD_EVENT}"  # noqa: S608  our own text


async def step(
    tx: Tx,
    found: ReturnRow,
    journal_no: int,
    deed: ReturnDeed,
    state: ReturnState,
    version: int,
    message: str = "",
) -> ReturnRow:
    """Moves a return, adds the step to its life, and queues the notice that follows it; the return as it stands then."""
    await tx.db.execute(_STEP, *_event(tx, found.id, journal_no, deed, state, version, message))
    await outbox.tell_of(tx, found.id, str(deed), version)
    return replace(found, state=state, version=version)


async def add_event(tx: Tx, return_id: UUID, journal_no: int, deed: str, state: ReturnState, version: int) -> None:
    """Adds a step that moves nothing to a return's life, and queues the notice that follows it."""
    await tx.db.execute(_ADD_EVENT, *_event(tx, return_id, journal_no, deed, state, version, ""))
    await outbox.tell_of(tx, return_id, deed, version)


def _event(
    tx: Tx, return_id: UUID, journal_no: int, deed: str, state: ReturnState, version: int, message: str
) -> tuple[object, ...]:
    return return_id, journal_no, str(deed), state.value, version, tx.actor.id, tx.now, message


async def problems(db: Db, version_id: int, after: int, limit: int) -> list[asyncpg.Record]:
    """A version's problems with numbers above `after`."""
    found: list[asyncpg.Record] = await db.fetch(
        "SELECT * FROM return_problem WHERE version_id = $1 AND number > $2 ORDER BY number LIMIT $3",
        version_id,
        after,
        limit,
    )
    return found


async def unexplained(db: Db, version_id: int) -> int:
    """How many warnings of a version still want a reason."""
    count: int = await db.fetchval(
        "SELECT count(*) FROM return_problem WHERE version_id = $1 AND severity = $2 AND reason IS NULL",
        version_id,
        Severity.WARNING.value,
    )
    return count


async def accepted_pence(db: Db, return_id: UUID, kind: BudgetKind) -> int:
    """What a return has accounted for in the ledger, of one budget kind."""
    rows = await db.fetch(f"{ACCEPTED} AND r.id = $1 AND e.budget_kind = $2 GROUP BY 1, 2", return_id, kind.value)
    return sum(row["pence"] for row in rows)


async def context(
    db: Db, award: AwardRow, period: Period, return_id: UUID | None, today: date | None = None
) -> ReturnContext:
    """All that a return of the award for the period is checked against; against the calendar too, where it is `today`."""
    terms: AwardTerms = award.terms
    of, recipient = award.reference, award.recipient_id
    known = await known_before(db, of, recipient, period, return_id, is_example=award.is_example)
    return ReturnContext(
        award=award.reference,
        recipient_id=award.recipient_id,
        recipient_name=award.recipient_name,
        delivery_body=terms.delivery_body,
        period=period.code,
        award_start=terms.start,
        award_end=terms.end,
        budget=tuple(line for line in terms.budget if line.year == period.year.code),
        accepted=known.accepted,
        ineligible=terms.ineligible,
        virement_percent=terms.virement_percent,
        amber_percent=terms.amber_percent,
        earlier=known.returns,
        is_example=award.is_example,
        matchings=known.matchings,
        detail=terms.detail,
        asset_threshold_pence=terms.asset_threshold_pence,
        evidence_from_pence=terms.evidence_from_pence,
        milestones=terms.milestones,
        before=known.documents,
        forecasts=known.forecasts,
        today=today,
    )


async def forecast_in_force(tx: Tx, version_id: int, journal_no: int, rows: list[tuple[Any, ...]]) -> None:
    """Adds forecasts: (award, year, budget kind, period, pence or None)."""
    await tx.db.executemany(
        "INSERT INTO forecast (award, year, budget_kind, period, rest_pence, return_version, journal_no) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [(*row, version_id, journal_no) for row in rows],
    )


async def end_forecasts(tx: Tx, award: str, journal_no: int) -> None:
    """Takes back what an award's returns expect for the rest of their years: nothing more is spent of it."""
    await tx.db.execute(
        "INSERT INTO forecast (award, year, budget_kind, period, rest_pence, return_version, journal_no) "
        "SELECT award, year, budget_kind, period, NULL, return_version, $2 FROM ("
        "SELECT DISTINCT ON (year, budget_kind, period) * FROM forecast WHERE award = $1 "
        "ORDER BY year, budget_kind, period, journal_no DESC, id DESC) newest WHERE rest_pence IS NOT NULL",
        award,
        journal_no,
    )
