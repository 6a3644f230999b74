"""Queries of the plan: its facts, and its figures at a place in the record."""

from dataclasses import dataclass

import asyncpg

from grants.domain.plan import BudgetKind, FundingLine, HistoryEvent, Milestone, Programme, Rag, YearBasis
from grants.domain.plan_figures import FigureKey, Figures, ForecastInForce, award_figures, with_awards
from grants.store.ledger import AsAt, head, positions
from grants.store.transaction import Db


@dataclass(frozen=True)
class PlanFigures:
    """The figures of funding lines and of awards, by year and budget kind, at one place in the record."""

    lines: dict[FigureKey, Figures]
    awards: dict[FigureKey, Figures]
    line_of_award: dict[str, str]


async def programmes(db: Db, visible: frozenset[str] | None = None) -> list[Programme]:
    """Programmes in order of code; those that may be seen, None: all."""
    rows = await db.fetch(
        "SELECT * FROM programme WHERE ($1::text[] IS NULL OR code = ANY($1)) ORDER BY code", _list(visible)
    )
    return [Programme(**dict(row)) for row in rows]


async def funding_lines(db: Db, visible: frozenset[str] | None = None) -> list[FundingLine]:
    """Funding lines in the plan's order, of the programmes that may be seen; None: all."""
    rows = await db.fetch(
        "SELECT * FROM funding_line WHERE ($1::text[] IS NULL OR programme = ANY($1)) ORDER BY place, code",
        _list(visible),
    )
    return [_line(row) for row in rows]


async def milestones(db: Db, visible: frozenset[str] | None = None) -> list[Milestone]:
    """Milestones of the programmes that may be seen, those with the earliest baseline first."""
    rows = await db.fetch(
        "SELECT * FROM milestone WHERE ($1::text[] IS NULL OR programme = ANY($1)) ORDER BY baseline NULLS LAST, code",
        _list(visible),
    )
    return [Milestone(**{**dict(row), "rag": row["rag"] and Rag(row["rag"])}) for row in rows]


async def history(db: Db, visible: frozenset[str] | None = None) -> list[HistoryEvent]:
    """Events of the programmes that may be seen, oldest first."""
    rows = await db.fetch(
        "SELECT * FROM history_event WHERE ($1::text[] IS NULL OR programme = ANY($1)) ORDER BY on_day, code",
        _list(visible),
    )
    return [_event(row) for row in rows]


def _list(visible: frozenset[str] | None) -> list[str] | None:
    return None if visible is None else sorted(visible)


def _line(row: asyncpg.Record) -> FundingLine:
    facts = dict(row)
    del facts["place"]
    return FundingLine(
        **{**facts, "year_basis": YearBasis(facts["year_basis"]), "budget_kind": BudgetKind(facts["budget_kind"])}
    )


def _event(row: asyncpg.Record) -> HistoryEvent:
    facts = dict(row)
    return HistoryEvent(on=facts.pop("on_day"), **facts)


async def figures(db: Db, at: AsAt) -> PlanFigures:
    """The figures at a place in the record. What they cost does not grow with the number of spend lines."""
    newest = await head(db)
    held = await positions(db, None if at.entry_no == newest.entry_no else at)
    lines = await line_of_award(db)
    forecasts = await forecasts_in_force(db, at.journal_no)
    awards = award_figures(held, forecasts)
    return PlanFigures(with_awards(held, lines, awards), awards, lines)


async def line_of_award(db: Db) -> dict[str, str]:
    """The funding line of every award: an award never moves to another."""
    return {
        row["reference"]: row["funding_line"] for row in await db.fetch("SELECT reference, funding_line FROM award")
    }


async def forecasts_in_force(db: Db, journal_no: int) -> list[ForecastInForce]:
    """For each award, year, budget kind and period the forecast that stood at a journal number, where one did."""
    rows = await db.fetch(
        "SELECT * FROM (SELECT DISTINCT ON (award, year, budget_kind, period) award, year, budget_kind, period, rest_pence "
        "FROM forecast WHERE journal_no <= $1 ORDER BY award, year, budget_kind, period, journal_no DESC, id DESC) newest "
        "WHERE rest_pence IS NOT NULL",
        journal_no,
    )
    return [ForecastInForce(**{**dict(row), "budget_kind": BudgetKind(row["budget_kind"])}) for row in rows]


async def lines_with_examples(db: Db) -> frozenset[str]:
    """The codes of the funding lines with an example award, or with money that an example decision moved: no real figures."""
    rows = await db.fetch(
        "SELECT funding_line AS code FROM award WHERE is_example UNION "
        "SELECT split_part(account, ':', 2) FROM decision d JOIN entry e ON e.decision_id = d.id, "
        "LATERAL (VALUES (e.source), (e.target)) AS touched (account) WHERE d.is_example AND account LIKE 'line:%'"
    )
    return frozenset(row["code"] for row in rows)
