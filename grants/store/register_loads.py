"""Queries of loaded registers and payment files, and of what their rows are matched to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from grants.domain.awards import AwardState
from grants.domain.decisions import DecisionState, DecisionTerms, Pay
from grants.domain.errors import NotFound
from grants.domain.expected_payments import Expected, Ground, Known, Standing, left_to_pay
from grants.domain.plan import BudgetKind
from grants.domain.registers import LoadState, Outcome, RegisterKind, RowResult, Told
from grants.domain.returns import Problem
from grants.store import awards
from grants.store.tables import RegisterFile, RegisterLoad
from grants.store.transaction import Db, Tx

NO_LOAD: Final = "There is no such load that you can see."
_ONE_AT_A_TIME: Final = 7_461_229_021
REFERENCES_MAX: Final = 20_000
"""So many awards are looked through for one whose reference is nearly that of a payment."""


@dataclass(frozen=True)
class LoadRow:
    """A load as it is kept."""

    id: UUID
    number: int
    kind: RegisterKind
    state: LoadState
    filename: str
    sha256: str
    size_bytes: int
    parser_version: str
    problems: tuple[Problem, ...]
    notices: tuple[Told, ...]
    loader: UUID
    loaded_by: str
    loaded_at: datetime
    is_example: bool
    programmes: frozenset[str]
    counts: dict[str, int]


@dataclass(frozen=True)
class Newest:
    """The newest decision about an award's terms."""

    number: int
    state: DecisionState
    terms: DecisionTerms


async def queue(tx: Tx) -> None:
    """Waits until no other file is being loaded: the same one twice at once would be proposed twice."""
    await tx.db.execute("SELECT pg_advisory_xact_lock($1)", _ONE_AT_A_TIME)


_NEWEST: Final = """
SELECT DISTINCT ON (subject) subject, number, state, terms::text AS terms FROM decision
WHERE kind IN ('award', 'vary') AND subject = ANY($1::text[]) ORDER BY subject, number DESC
"""


async def newest_decisions(db: Db, references: list[str]) -> dict[str, Newest]:
    """The newest decision about the terms of each award, whether or not the award is there yet."""
    rows = await db.fetch(_NEWEST, references)
    return {
        row["subject"]: Newest(
            row["number"], DecisionState(row["state"]), msgspec.json.decode(row["terms"], type=DecisionTerms)
        )
        for row in rows
    }


_KNOWN: Final = """
SELECT d.number, d.state, d.terms::text AS terms,
    EXISTS (SELECT FROM payment p JOIN entry r ON r.reverses = p.entry_no WHERE p.decision_id = d.id) AS reversed,
    (SELECT coalesce(array_agg(DISTINCT w.transaction), '{}') FROM register_row w WHERE w.decision = d.number AND w.transaction <> ''
        AND w.outcome IN ('proposed', 'waiting', 'unchanged', 'declined')) AS transactions
FROM decision d WHERE d.kind = 'pay' AND d.subject = ANY($1::text[]) ORDER BY d.number
"""
_CLAIMS: Final = """
SELECT r.award, r.period, e.budget_kind, sum(CASE WHEN e.target LIKE 'spent:%' THEN e.pence ELSE -e.pence END)::bigint AS pence
FROM entry e JOIN return_version v ON v.id = e.return_version JOIN spend_return r ON r.id = v.return_id
WHERE e.kind = 'spend' AND r.award = ANY($1::text[]) AND r.state = 'accepted' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


async def ground(db: Db, references: list[str], seen: list[str]) -> Ground:
    """What payments of these awards are matched to. `seen` are all references that whoever loads may see."""
    found = await awards.several(db, references)
    known: dict[str, list[Known]] = {}
    for row in await db.fetch(_KNOWN, sorted(found)):
        terms = msgspec.json.decode(row["terms"], type=Pay)
        known.setdefault(terms.award, []).append(_known(row, terms))
    worth = [
        Expected(award.reference, one.year, one.budget_kind, one.pence, one.number, None, one.due_on)
        for award in found.values()
        for one in award.terms.profile
    ]
    for row in await db.fetch(_CLAIMS, [name for name, award in found.items() if not award.terms.profile]):
        period: str = row["period"]
        worth.append(Expected(row["award"], period[:7], BudgetKind(row["budget_kind"]), row["pence"], None, period))
    states: dict[str, AwardState] = {name: award.state for name, award in found.items()}
    return Ground(states, left_to_pay(worth, known), known, seen)


def _known(row: asyncpg.Record, terms: Pay) -> Known:
    standing = {
        DecisionState.PROPOSED: Standing.WAITING,
        DecisionState.DECLINED: Standing.DECLINED,
        DecisionState.APPROVED: Standing.REVERSED if row["reversed"] else Standing.PAID,
    }[DecisionState(row["state"])]
    return Known(
        row["number"],
        standing,
        terms.award,
        terms.year,
        terms.budget_kind,
        terms.pence,
        terms.paid_on,
        terms.instalment,
        terms.claim,
        frozenset(row["transactions"]),
    )


async def references(db: Db) -> list[str]:
    """The references of all awards that whoever asks may see."""
    rows = await db.fetch("SELECT reference FROM award ORDER BY reference LIMIT $1", REFERENCES_MAX)
    return [row["reference"] for row in rows]


_ADD_ROWS: Final = """
INSERT INTO register_row (load_id, number, sheet, row, cell, outcome, message, reference, pence, award, paid_on, transaction, decision)
SELECT $1, place, x.sheet, x.row, x.cell, x.outcome, x.message, x.reference, x.pence, x.award, x.paid_on, x.transaction, x.decision
FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS (
    sheet text, row bigint, cell text, outcome text, message text, reference text, pence bigint, award text, paid_on date, transaction text,
    decision bigint)) WITH ORDINALITY AS x (sheet, row, cell, outcome, message, reference, pence, award, paid_on, transaction, decision, place)
"""


async def add(tx: Tx, row: RegisterLoad, content: bytes, rows: list[RowResult]) -> None:
    """Keeps a load with its file and its rows."""
    await tx.add(row)
    await tx.add(RegisterFile(load_id=row.id, content=content))
    if rows:
        await tx.db.execute(_ADD_ROWS, row.id, msgspec.json.encode(rows).decode())


_LOAD: Final = """
SELECT l.id, l.number, l.kind, l.state, l.filename, l.sha256, l.size_bytes, l.parser_version, l.problems::text, l.notices::text,
    l.loaded_by AS loader, p.name AS loaded_by, l.loaded_at, l.is_example, l.programmes,
    (SELECT coalesce(jsonb_object_agg(outcome, many), '{}') FROM (
        SELECT outcome, count(*) AS many FROM register_row w WHERE w.load_id = l.id GROUP BY 1) c)::text AS counts
FROM register_load l JOIN person p ON p.id = l.loaded_by
"""


def _load(row: asyncpg.Record) -> LoadRow:
    facts = dict(row)
    return LoadRow(
        **{
            **facts,
            "kind": RegisterKind(facts["kind"]),
            "state": LoadState(facts["state"]),
            "problems": msgspec.json.decode(facts["problems"], type=tuple[Problem, ...]),
            "notices": msgspec.json.decode(facts["notices"], type=tuple[Told, ...]),
            "programmes": frozenset(facts["programmes"]),
            "counts": msgspec.json.decode(facts["counts"], type=dict[str, int]),
        }
    )


async def find(db: Db, load_id: UUID) -> LoadRow:
    """One load. Raises NotFound."""
    row = await db.fetchrow(f"{_LOAD} WHERE l.id = $1", load_id)
    if row is None:
        raise NotFound("register_load", NO_LOAD)
    return _load(row)


async def of_bytes(db: Db, kind: RegisterKind, sha256: str) -> LoadRow | None:
    """The newest load of the same bytes."""
    row = await db.fetchrow(f"{_LOAD} WHERE l.kind = $1 AND l.sha256 = $2 ORDER BY l.number DESC LIMIT 1", kind, sha256)
    return row and _load(row)


async def page_of(db: Db, kind: RegisterKind | None, before: int, limit: int) -> list[LoadRow]:
    """Loads, the newest first; those with a number below `before`, where that is not 0."""
    rows = await db.fetch(
        f"{_LOAD} WHERE ($1::text IS NULL OR l.kind = $1) AND ($2::bigint = 0 OR l.number < $2) ORDER BY l.number DESC LIMIT $3",
        kind,
        before,
        limit,
    )
    return [_load(row) for row in rows]


_ROWS: Final = (
    "SELECT number, sheet, row, cell, outcome, message, reference, pence, award, paid_on, transaction, decision FROM register_row "
    "WHERE load_id = $1"
)


async def rows_of(
    db: Db, load_id: UUID, outcome: Outcome | None, after: int, limit: int
) -> list[tuple[int, RowResult]]:
    """Rows of a load in the file's order, each with its number."""
    query = f"{_ROWS} AND number > $2 AND ($3::text IS NULL OR outcome = $3) ORDER BY number LIMIT $4"
    return [(row["number"], _result(row)) for row in await db.fetch(query, load_id, after, outcome, limit)]


async def unmatched(db: Db, load_id: UUID) -> list[RowResult]:
    """Rows of a load of which somebody has to think."""
    missed = [Outcome.NEAR_MISS, Outcome.UNKNOWN, Outcome.DECLINED]
    rows = await db.fetch(f"{_ROWS} AND outcome = ANY($2::text[]) ORDER BY number", load_id, missed)
    return [_result(row) for row in rows]


def _result(row: asyncpg.Record) -> RowResult:
    facts: dict[str, Any] = {name: value for name, value in row.items() if name != "number"}
    return RowResult(**{**facts, "outcome": Outcome(facts["outcome"])})


async def content(db: Db, load_id: UUID) -> bytes:
    """The bytes of a load that is there."""
    found: bytes = await db.fetchval("SELECT content FROM register_file WHERE load_id = $1", load_id)
    return found


async def proposed_by_load(db: Db, load_id: UUID) -> list[UUID]:
    """The decisions that a load proposed and that still wait, in the file's order."""
    rows = await db.fetch(
        "SELECT d.id FROM register_row w JOIN decision d ON d.number = w.decision "
        "WHERE w.load_id = $1 AND w.outcome = 'proposed' AND d.state = 'proposed' ORDER BY w.number",
        load_id,
    )
    return [row["id"] for row in rows]
