"""The entries behind figures: which movements each measure of a funding line adds up, and the lines below an entry."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

import asyncpg
import msgspec

from grants.domain.periods import parse_period
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryForecast
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
    evidence: str
    line_count: int


@dataclass(frozen=True)
class ForecastSource:
    """What an accepted return of an award and year expects of the rest of it, in pence, and the cells in which it was typed."""

    funding_line: str
    award: str
    year: str
    budget_kind: BudgetKind
    period: str
    version: int
    sha256: str
    pence: int
    typed: tuple[CategoryForecast, ...]


@dataclass(frozen=True)
class AccrualSource:
    """Lines of one version, category and budget kind that are marked as accruals, in pence; the first of their cells."""

    version_id: int
    category: str
    budget_kind: str
    pence: int
    line_count: int
    sheet: str
    cells: list[str]


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
        WHEN kind = 'spent' THEN 'spent' WHEN kind = 'held' AND other_kind = 'returned' THEN 'recovered' END AS measure FROM named
)
SELECT m.measure, coalesce(a.funding_line, m.owner) AS funding_line, a.reference AS award, m.of_year AS year, e.budget_kind, e.number,
    e.kind, e.source, e.target, CASE WHEN m.measure IN ('paid', 'recovered') THEN -m.change ELSE m.change END AS pence, e.category,
    e.effective_on, e.reverses, d.number AS decision_no, d.kind AS decision_kind, s.period, v.number AS version, v.sha256, e.evidence,
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
    """The entries that the measures allocated, awarded, paid, spent and recovered add up, by line, year, kind, measure and number.

    What is recovered has no year in the ledger: its `year` is empty.
    """
    rows = await db.fetch(
        _ENTRIES,
        at.entry_no,
        None if accounts is None else sorted(accounts),
        budget_kind,
        None if measures is None else sorted(measures),
    )
    return [EntrySource(**{**dict(row), "budget_kind": BudgetKind(row["budget_kind"])}) for row in rows]


_FORECASTS: Final = """
SELECT n.funding_line, n.award, n.year, n.budget_kind, n.period, v.number AS version, v.sha256, n.rest_pence AS pence, v.forecasts::text AS typed
FROM (
    SELECT DISTINCT ON (f.award, f.year, f.budget_kind, f.period) a.funding_line, f.* FROM forecast f JOIN award a ON a.reference = f.award
    WHERE f.journal_no <= $1 AND ($2::text[] IS NULL OR f.award = ANY($2))
    ORDER BY f.award, f.year, f.budget_kind, f.period, f.journal_no DESC, f.id DESC
) n JOIN return_version v ON v.id = n.return_version
WHERE n.rest_pence IS NOT NULL ORDER BY n.award, n.year, n.budget_kind, n.period
"""


async def forecasts_behind(db: Db, at: AsAt, awards: Collection[str] | None = None) -> list[ForecastSource]:
    """The forecasts in force: of each award, year and budget kind the one of the latest period; of some awards alone, None: of all."""
    newest: dict[tuple[str, str, str], ForecastSource] = {}
    for row in await db.fetch(_FORECASTS, at.journal_no, None if awards is None else sorted(awards)):
        kind = BudgetKind(row["budget_kind"])
        typed = msgspec.json.decode(row["typed"], type=list[CategoryForecast])
        own = tuple(each for each in typed if each.budget_kind is kind)
        found = ForecastSource(**{**dict(row), "budget_kind": kind, "typed": own})
        key = (found.award, found.year, found.budget_kind)
        if key not in newest or parse_period(newest[key].period).last < parse_period(found.period).last:
            newest[key] = found
    return list(newest.values())


async def accruals_of(db: Db, version_ids: Collection[int]) -> list[AccrualSource]:
    """The lines of the versions that are marked as accruals, by version, category and budget kind."""
    rows = await db.fetch(
        "SELECT version_id, category, budget_kind, sum(net_pence + vat_pence)::bigint AS pence, count(*) AS line_count, min(sheet) AS sheet, "
        "(array_agg(cell ORDER BY row))[1:5] AS cells FROM spend_line WHERE accrual AND version_id = ANY($1::bigint[]) "
        "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        sorted(version_ids),
    )
    return [AccrualSource(**dict(row)) for row in rows]


async def accounts_of(db: Db, owners: Collection[str]) -> list[str]:
    """The accounts of funding lines and awards that money ever went through."""
    rows = await db.fetch("SELECT DISTINCT account FROM position WHERE owner = ANY($1::text[])", sorted(owners))
    return [row["account"] for row in rows]


async def awards_behind(
    db: Db, *, award: str | None = None, line: str | None = None, recipient: str | None = None
) -> dict[str, tuple[str, str, str]]:
    """Of each award its funding line, that line's programme, and its recipient: none of them ever changes."""
    rows = await db.fetch(
        "SELECT a.reference, a.funding_line, l.programme, a.recipient_id FROM award a JOIN funding_line l ON l.code = a.funding_line "
        "WHERE ($1::text IS NULL OR a.funding_line = $1) AND ($2::text IS NULL OR a.recipient_id = $2) AND ($3::text IS NULL OR a.reference = $3)",
        line,
        recipient,
        award,
    )
    return {row["reference"]: (row["funding_line"], row["programme"], row["recipient_id"]) for row in rows}


_LINE: Final = """
SELECT x.version_id, x.row, s.award, s.period, v.number AS version, v.sha256, x.sheet, x.cell, x.reference, x.category, x.description,
    x.payee, x.spent_on, x.budget_kind, x.net_pence + x.vat_pence AS pence
FROM spend_line x JOIN return_version v ON v.id = x.version_id JOIN spend_return s ON s.id = v.return_id
"""


_LINES_OF: Final = """
SELECT e.number AS entry_no, below.* FROM entry e CROSS JOIN LATERAL (
    SELECT_LINES WHERE x.version_id = e.return_version AND x.category = e.category AND x.budget_kind = e.budget_kind AND x.row > $2
    ORDER BY x.row LIMIT $3
) below WHERE e.number = ANY($1::bigint[]) AND e.kind = 'spend'
""".replace("SELECT_LINES", _LINE)


async def lines_of_entries(db: Db, numbers: Collection[int], after_row: int, limit: int) -> dict[int, list[LineSource]]:
    """The lines that entries of spend add up, by the entry's number, in the order of the file: the first after a row."""
    found: dict[int, list[LineSource]] = {number: [] for number in numbers}
    for row in await db.fetch(_LINES_OF, sorted(numbers), after_row, limit):
        facts = dict(row)
        found[facts.pop("entry_no")].append(LineSource(**facts))
    return found


async def line(db: Db, version_id: int, row: int) -> LineSource | None:
    """One line."""
    found = await db.fetchrow(f"{_LINE} WHERE x.version_id = $1 AND x.row = $2", version_id, row)
    return None if found is None else LineSource(**dict(found))


async def entry_row(db: Db, number: int) -> asyncpg.Record | None:
    """An entry's own facts."""
    return await db.fetchrow("SELECT * FROM entry WHERE number = $1", number)
