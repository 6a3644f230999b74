"""The entries behind figures: which movements each measure of a funding line adds up, and the lines below an entry."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

import asyncpg

from grants.domain.plan import BudgetKind
from grants.store.ledger import AsAt
from grants.store.transaction import Db


@dataclass(frozen=True)
class EntrySource:
    """An entry, and what it adds to a measure of a funding line's year and budget kind; `pence` below zero takes away."""

    measure: str
    funding_line: str
    award: str | None
    year: str
    budget_kind: BudgetKind
    number: int
    kind: str
    source: str
    target: str
    pence: int
    category: str | None
    effective_on: date
    reverses: int | None
    decision_no: int | None
    decision_kind: str | None
    period: str | None
    version: int | None
    sha256: str | None
    line_count: int


@dataclass(frozen=True)
class ForecastSource:
    """What the newest accepted return of an award and year expects of the rest of it, in pence."""

    funding_line: str
    award: str
    year: str
    budget_kind: BudgetKind
    period: str
    version: int
    sha256: str
    pence: int


@dataclass(frozen=True)
class LineSource:
    """A line of a return's version, with the sheet and cell that it came from; `pence` is net plus irrecoverable VAT."""

    version_id: int
    row: int
    award: str
    period: str
    version: int
    sha256: str
    sheet: str
    cell: str
    reference: str
    category: str
    description: str
    payee: str
    spent_on: date
    budget_kind: str
    pence: int


# Money that comes to an account counts for it, money that leaves counts against; what is paid is what leaves an award.
_ENTRIES: Final = """
WITH side AS (
    SELECT number, target AS account, source AS other, pence AS change FROM entry WHERE number <= $1
    UNION ALL SELECT number, source, target, -pence FROM entry WHERE number <= $1
), named AS (
    SELECT *, split_part(account, ':', 1) AS kind, split_part(account, ':', 2) AS owner, split_part(account, ':', 3) AS of_year,
        split_part(other, ':', 1) AS other_kind FROM side
    WHERE $2::text[] IS NULL OR account = ANY($2)
), measured AS (
    SELECT *, CASE WHEN kind = 'line' AND other_kind IN ('source', 'line') THEN 'allocated'
        WHEN kind = 'award' AND other_kind = 'line' THEN 'awarded' WHEN kind = 'award' AND other_kind = 'held' THEN 'paid'
        WHEN kind = 'spent' THEN 'spent' END AS measure FROM named
)
SELECT m.measure, coalesce(a.funding_line, m.owner) AS funding_line, a.reference AS award, m.of_year AS year, e.budget_kind, e.number,
    e.kind, e.source, e.target, CASE m.measure WHEN 'paid' THEN -m.change ELSE m.change END AS pence, e.category, e.effective_on,
    e.reverses, d.number AS decision_no, d.kind AS decision_kind, s.period, v.number AS version, v.sha256,
    CASE WHEN v.id IS NULL THEN 0 ELSE v.line_count END AS line_count
FROM measured m JOIN entry e ON e.number = m.number LEFT JOIN award a ON m.kind <> 'line' AND a.reference = m.owner
    LEFT JOIN decision d ON d.id = e.decision_id LEFT JOIN return_version v ON v.id = e.return_version
    LEFT JOIN spend_return s ON s.id = v.return_id
WHERE m.measure IS NOT NULL AND ($3::text IS NULL OR e.budget_kind = $3) AND ($4::text[] IS NULL OR m.measure = ANY($4))
ORDER BY funding_line, year, budget_kind, measure, e.number
"""


async def entries_behind(
    db: Db,
    at: AsAt,
    *,
    accounts: Collection[str] | None = None,
    budget_kind: BudgetKind | None = None,
    measures: Collection[str] | None = None,
) -> list[EntrySource]:
    """The entries that the measures allocated, awarded, paid and spent add up, by line, year, kind, measure and number."""
    rows = await db.fetch(
        _ENTRIES,
        at.entry_no,
        None if accounts is None else sorted(accounts),
        budget_kind,
        None if measures is None else sorted(measures),
    )
    return [EntrySource(**{**dict(row), "budget_kind": BudgetKind(row["budget_kind"])}) for row in rows]


async def forecasts_behind(db: Db, at: AsAt, funding_line: str | None = None) -> list[ForecastSource]:
    """The forecasts in force: of each award, year and budget kind the one of the latest period."""
    rows = await db.fetch(
        "SELECT * FROM (SELECT DISTINCT ON (f.award, f.year, f.budget_kind, f.period) a.funding_line, f.award, f.year, f.budget_kind, "
        "f.period, v.number AS version, v.sha256, f.rest_pence AS pence FROM forecast f JOIN award a ON a.reference = f.award "
        "JOIN return_version v ON v.id = f.return_version WHERE f.journal_no <= $1 AND ($2::text IS NULL OR a.funding_line = $2) "
        "ORDER BY f.award, f.year, f.budget_kind, f.period, f.journal_no DESC, f.id DESC) newest WHERE pence IS NOT NULL ORDER BY award, year, budget_kind, period",
        at.journal_no,
        funding_line,
    )
    return [ForecastSource(**{**dict(row), "budget_kind": BudgetKind(row["budget_kind"])}) for row in rows]


_LINE: Final = """
SELECT x.version_id, x.row, s.award, s.period, v.number AS version, v.sha256, x.sheet, x.cell, x.reference, x.category, x.description,
    x.payee, x.spent_on, x.budget_kind, x.net_pence + x.vat_pence AS pence
FROM spend_line x JOIN return_version v ON v.id = x.version_id JOIN spend_return s ON s.id = v.return_id
"""


async def lines_of_entry(db: Db, number: int, after_row: int, limit: int) -> list[LineSource]:
    """The lines that an entry of spend adds up, in the order of the file, those after a row."""
    rows = await db.fetch(
        f"{_LINE} JOIN entry e ON e.return_version = x.version_id AND e.category = x.category AND e.budget_kind = x.budget_kind "
        "WHERE e.number = $1 AND x.row > $2 ORDER BY x.row LIMIT $3",
        number,
        after_row,
        limit,
    )
    return [LineSource(**dict(row)) for row in rows]


async def line(db: Db, version_id: int, row: int) -> LineSource | None:
    """One line."""
    found = await db.fetchrow(f"{_LINE} WHERE x.version_id = $1 AND x.row = $2", version_id, row)
    return None if found is None else LineSource(**dict(found))


async def entry_row(db: Db, number: int) -> asyncpg.Record | None:
    """An entry's own facts."""
    return await db.fetchrow("SELECT * FROM entry WHERE number = $1", number)
