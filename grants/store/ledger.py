"""The single gate into the ledger, and positions at an entry number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from grants.domain.access import Deed
from grants.domain.awards import CostCategory
from grants.domain.errors import Conflict, Invalid, NotFound, RuleBroken
from grants.domain.leaves import LeafEntry
from grants.domain.ledger import (
    Cover,
    Entry,
    Holding,
    Move,
    MoveKind,
    account_named,
    check_limits,
    check_shape,
    touched,
)
from grants.domain.plan import BudgetKind
from grants.store.journal import Facts, Said, close, enter
from grants.store.transaction import Db, Tx


@dataclass(frozen=True)
class Cause:
    """Why money moves: a decision, or a version of a return that was accepted or reopened."""

    decision_id: UUID | None = None
    return_version: int | None = None


@dataclass(frozen=True)
class AsAt:
    """A place in the record: the newest entry and the newest journal record that count."""

    entry_no: int
    journal_no: int


@dataclass(frozen=True)
class PositionRow:
    """An account at an entry number: its balance, and what upstream has put in less what went back (see Position)."""

    account: str
    kind: str
    owner: str
    year: str
    budget_kind: BudgetKind
    balance_pence: int
    funded_pence: int


@dataclass(frozen=True)
class Posted:
    """What a deed put on the record."""

    journal_no: int
    entries: tuple[Entry, ...]


async def post(
    tx: Tx,
    deed: Deed | str,
    subject_kind: str,
    subject: str,
    cause: Cause,
    moves: Sequence[Move],
    *,
    before: Facts | None = None,
    after: Facts | None = None,
    reason: str | None = None,
) -> Posted:
    """Writes the deed into the journal and its moves into the ledger: the only way in.

    From the first lock to the end of the transaction no other deed can post, so the balances that are checked here are
    those that the entries meet. Raises RuleBroken for a move that no rule allows, Conflict for one that breaks a limit.
    """
    for move in moves:
        check_shape(move)
    said = Said(str(deed), subject_kind, subject, before, after, reason)
    # The journal's queue comes before the ledger's in every deed, so that no two can wait for each other.
    await close(tx)
    ahead = "ledger_queue()" if moves else "0"
    queued = await tx.db.fetchrow(f"SELECT number, {ahead} AS last_no FROM journal_queue() AS number")  # noqa: S608
    if queued is None:
        raise RuleBroken("no_journal", "The database has no journal. Run tallystick migrate.")
    if moves:
        await preview(tx.db, moves)
    entries = tuple(Entry(queued["last_no"] + place, move) for place, move in enumerate(moves, start=1))
    leaves = tuple(_leaf(entry, cause) for entry in entries)
    enter(tx, queued["number"], said, leaves)
    await tx.db.executemany(_INSERT, [_row(entry, cause, queued["number"], tx.now) for entry in entries])
    return Posted(queued["number"], entries)


async def preview(db: Db, moves: Sequence[Move]) -> None:
    """Raises what posting the moves now would raise."""
    for move in moves:
        check_shape(move)
    balances: dict[Holding, int] = {
        (row["account"], BudgetKind(row["budget_kind"])): row["balance_pence"]
        for row in await db.fetch(
            "SELECT account, budget_kind, balance_pence FROM position WHERE account = ANY($1::text[])",
            sorted(touched(moves)),
        )
    }
    owners = sorted({account.owner for move in moves for account in (move.source, move.target)})
    covers: dict[Holding, Cover] = {
        (row["award"], BudgetKind(row["budget_kind"])): Cover(row["awarded_pence"], row["spent_pence"])
        for row in await db.fetch(
            "SELECT award, budget_kind, awarded_pence, spent_pence FROM award_cover WHERE award = ANY($1::text[])",
            owners,
        )
    }
    check_limits(moves, balances, covers)


_INSERT = """
INSERT INTO entry (number, kind, source, target, pence, budget_kind, category, year, effective_on, recorded_at, decision_id,
    return_version, evidence, reverses, journal_no)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""


def _row(entry: Entry, cause: Cause, journal_no: int, now: datetime) -> tuple[object, ...]:
    move = entry.move
    return (
        entry.number,
        move.kind.value,
        move.source.name,
        move.target.name,
        move.pence,
        move.budget_kind.value,
        move.category.value if move.category else None,
        move.year,
        move.effective_on,
        now,
        cause.decision_id,
        cause.return_version,
        move.evidence,
        move.reverses,
        journal_no,
    )


def _leaf(entry: Entry, cause: Cause) -> LeafEntry:
    move = entry.move
    return LeafEntry(
        number=entry.number,
        kind=move.kind.value,
        source=move.source.name,
        target=move.target.name,
        pence=move.pence,
        budget_kind=move.budget_kind.value,
        category=move.category.value if move.category else None,
        year=move.year,
        effective_on=move.effective_on.isoformat(),
        decision_id=str(cause.decision_id) if cause.decision_id else None,
        return_version=cause.return_version,
        evidence=move.evidence,
        reverses=move.reverses,
    )


async def mirrors(tx: Tx, numbers: Sequence[int], on: date) -> list[Move]:
    """The moves that undo the entries, in the order that undoes the newest first.

    Raises NotFound for a number that the ledger does not have, Conflict for an entry that is reversed already.
    """
    rows = await tx.db.fetch(
        "SELECT e.*, r.number AS undone_by FROM entry e LEFT JOIN entry r ON r.reverses = e.number WHERE e.number = ANY($1::bigint[])",
        list(numbers),
    )
    if len(rows) != len(set(numbers)):
        raise NotFound("entry", "There is no entry with that number.")
    for row in rows:
        if row["undone_by"] is not None:
            raise Conflict("reversed", f"Entry {row['number']} has been reversed already, by entry {row['undone_by']}.")
    newest_first = sorted(rows, key=lambda row: -row["number"])
    return [_move(row).mirror(row["number"], on) for row in newest_first]


def _move(row: asyncpg.Record) -> Move:
    return Move(
        kind=MoveKind(row["kind"]),
        source=account_named(row["source"]),
        target=account_named(row["target"]),
        pence=row["pence"],
        budget_kind=BudgetKind(row["budget_kind"]),
        effective_on=row["effective_on"],
        category=CostCategory(row["category"]) if row["category"] else None,
        evidence=row["evidence"],
        reverses=row["reverses"],
    )


async def entry(db: Db, number: int) -> Entry:
    """One entry. Raises NotFound."""
    row = await db.fetchrow("SELECT * FROM entry WHERE number = $1", number)
    if row is None:
        raise NotFound("entry", "There is no entry with that number.")
    return Entry(number, _move(row))


async def head(db: Db) -> AsAt:
    """The newest entry and the newest journal record."""
    row = await db.fetchrow("SELECT l.last_no AS entry_no, j.last_no AS journal_no FROM ledger_head l, journal_head j")
    if row is None:
        raise RuleBroken("no_ledger", "The database has no ledger. Run tallystick migrate.")
    return AsAt(row["entry_no"], row["journal_no"])


async def as_at(db: Db, entry_no: int | None) -> AsAt:
    """The place in the record that an entry number names: for ever the same. None: now.

    Raises Invalid for a number that the ledger does not have.
    """
    newest = await head(db)
    if entry_no is None:
        return newest
    if not 0 <= entry_no <= newest.entry_no:
        raise Invalid("as_at", f"Use an entry number from 0 to {newest.entry_no}.", newest=newest.entry_no)
    found = await db.fetchval("SELECT entry_place($1)", entry_no)  # also of an entry that is not the reader's
    return AsAt(entry_no, found or 0)


async def place_of(db: Db, entry_no: int, journal_no: int | None) -> AsAt:
    """The place in the record that two numbers name; without a journal number, that of the entry's own deed.

    Raises Invalid where the two do not belong together.
    """
    at = await as_at(db, entry_no)
    if journal_no is None:
        return at
    following = await db.fetchval("SELECT entry_place($1)", entry_no + 1)
    newest = (await head(db)).journal_no
    # The next entry may be of the same deed; then the place lies inside it.
    if not at.journal_no <= journal_no <= newest or (
        following is not None and journal_no > max(following - 1, at.journal_no)
    ):
        raise Invalid("as_at", f"Journal number {journal_no} does not belong to entry {entry_no}.")
    return AsAt(entry_no, journal_no)


_NOW = "SELECT account, kind, owner, year, budget_kind, balance_pence, funded_pence FROM position"
REPLAYED = """
WITH side AS (
    SELECT source AS account, target AS other, budget_kind, -pence AS change FROM entry WHERE number <= $1
    UNION ALL SELECT target, source, budget_kind, pence FROM entry WHERE number <= $1
), named AS (
    SELECT *, split_part(account, ':', 1) AS kind, split_part(other, ':', 1) AS other_kind FROM side
)
SELECT account, kind, split_part(account, ':', 2) AS owner, split_part(account, ':', 3) AS year, budget_kind,
    sum(change)::bigint AS balance_pence,
    coalesce(sum(change) FILTER (WHERE CASE kind WHEN 'line' THEN other_kind IN ('source', 'line')
        WHEN 'award' THEN other_kind = 'line' WHEN 'held' THEN other_kind = 'award' ELSE true END), 0)::bigint AS funded_pence
FROM named GROUP BY account, kind, budget_kind
"""
"""Positions reckoned from the entries up to a number."""


async def positions(db: Db, at: AsAt | None = None) -> list[PositionRow]:
    """Every account as an entry left it; None: as the newest did."""
    rows = await db.fetch(_NOW) if at is None else await db.fetch(REPLAYED, at.entry_no)
    return sorted(
        (PositionRow(**{**dict(row), "budget_kind": BudgetKind(row["budget_kind"])}) for row in rows),
        key=lambda row: (row.account, row.budget_kind),
    )
