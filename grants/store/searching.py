"""Queries of the search: each finds some of one kind of thing, of those that PostgreSQL shows to whoever asks."""

from datetime import date
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from grants.store.listing_query import pattern
from grants.store.lists.decisions import ABOUT
from grants.store.transaction import Db

MOST: Final = 10
"""Hits of one kind that are shown; one more is looked for, to know whether there are more."""


class FoundAward(Struct, frozen=True):
    """An award."""

    reference: str
    recipient_name: str
    funding_line: str
    state: str


class FoundNamed(Struct, frozen=True):
    """A recipient or a funding line."""

    id: str
    name: str


class FoundReturn(Struct, frozen=True):
    """A return."""

    id: UUID
    award: str
    period: str
    recipient_name: str
    state: str
    due_on: date


class FoundDecision(Struct, frozen=True):
    """A decision."""

    id: UUID
    number: int
    kind: str
    about: str
    state: str


class FoundEntry(Struct, frozen=True):
    """An entry of the ledger, in pence."""

    number: int
    kind: str
    source: str
    target: str
    pence: int
    year: str


class FoundLine(Struct, frozen=True):
    """A line of the newest version of a return: net plus irrecoverable VAT, in pence."""

    return_id: UUID
    award: str
    period: str
    reference: str
    sheet: str
    cell: str
    spent_on: date
    pence: int


async def awards(db: Db, text: str) -> list[FoundAward]:
    """Awards whose reference, or whose recipient's name, has the text in it; the reference itself comes first."""
    rows = await db.fetch(
        "SELECT a.reference, c.name AS recipient_name, a.funding_line, a.state FROM award a JOIN recipient c ON c.id = a.recipient_id "
        'WHERE lower(a.reference COLLATE "C") LIKE $1 OR lower(c.name COLLATE "C") LIKE $1 '
        "ORDER BY upper(a.reference) <> upper($2), a.reference LIMIT $3",
        pattern(text),
        text,
        MOST + 1,
    )
    return [FoundAward(**dict(row)) for row in rows]


async def recipients(db: Db, text: str, only: frozenset[str] | None) -> list[FoundNamed]:
    """Recipients whose name or identifier has the text in it; `only` these, None: of all."""
    return await _named(db, "SELECT id, name FROM recipient", text, None if only is None else sorted(only))


async def funding_lines(db: Db, text: str) -> list[FoundNamed]:
    """Funding lines whose code or title has the text in it."""
    return await _named(db, "SELECT code AS id, title AS name FROM funding_line", text)


async def _named(db: Db, source: str, text: str, only: list[str] | None = None) -> list[FoundNamed]:
    rows = await db.fetch(
        f"SELECT id, name FROM ({source}) found "  # noqa: S608  our own text
        'WHERE (lower(name COLLATE "C") LIKE $1 OR lower(id COLLATE "C") LIKE $1) AND ($4::text[] IS NULL OR id = ANY($4)) '
        "ORDER BY upper(id) <> upper($2), name, id LIMIT $3",
        pattern(text),
        text,
        MOST + 1,
        only,
    )
    return [FoundNamed(**dict(row)) for row in rows]


async def returns(db: Db, text: str) -> list[FoundReturn]:
    """Returns whose award and period, "LI-OLDHAM-01 2025-26-Q2", have the text in them; the newest period first."""
    rows = await db.fetch(
        "SELECT r.id, r.award, r.period, c.name AS recipient_name, r.state, r.due_on FROM spend_return r "
        "JOIN award a ON a.reference = r.award JOIN recipient c ON c.id = a.recipient_id "
        "WHERE lower(r.award || ' ' || r.period COLLATE \"C\") LIKE $1 ORDER BY r.period DESC, r.award LIMIT $2",
        pattern(text.replace("/", " ")),
        MOST + 1,
    )
    return [FoundReturn(**dict(row)) for row in rows]


async def decisions(db: Db, text: str, number: int | None) -> list[FoundDecision]:
    """The decision with the number, and those that are about what has the text in its name; the newest first."""
    rows = await db.fetch(
        f"SELECT id, number, kind, about, state FROM (SELECT d.*, {ABOUT} AS about FROM decision d) found "  # noqa: S608  our own text
        'WHERE number = $2 OR lower(subject COLLATE "C") LIKE $1 OR lower(about COLLATE "C") LIKE $1 '
        "ORDER BY number IS DISTINCT FROM $2, number DESC LIMIT $3",
        pattern(text),
        number,
        MOST + 1,
    )
    return [FoundDecision(**dict(row)) for row in rows]


async def entry(db: Db, number: int) -> list[FoundEntry]:
    """The entry with the number."""
    rows = await db.fetch(
        "SELECT number, kind, source, target, pence, year FROM entry WHERE number = $1",
        number,
    )
    return [FoundEntry(**dict(row)) for row in rows]


# First the lines alone: beside the returns the planner would rather look through each version's lines.
# A reference as common as that of ten thousand lines tells nobody anything: of some of them the newest are shown.
_LINES: Final = """
WITH found AS MATERIALIZED (SELECT version_id, reference, sheet, cell, spent_on, row, net_pence + vat_pence AS pence FROM spend_line
    WHERE reference = $1 LIMIT 10000)
SELECT v.return_id, r.award, r.period, l.reference, l.sheet, l.cell, l.spent_on, l.pence
FROM found l JOIN return_version v ON v.id = l.version_id JOIN spend_return r ON r.id = v.return_id AND r.version = v.number
ORDER BY l.spent_on DESC, l.version_id DESC, l.row LIMIT $2
"""


async def lines(db: Db, reference: str) -> list[FoundLine]:
    """Lines of returns' newest versions with exactly this reference, the newest first."""
    rows = await _by_index(db, _LINES, reference, MOST + 1)
    return [FoundLine(**dict(row)) for row in rows]


async def _by_index(db: Db, query: str, *values: object) -> list[asyncpg.Record]:
    """The planner takes an index that leaves some pages to be looked through for one that leaves all of them."""
    await db.execute("SELECT set_config('enable_seqscan', 'off', true)")
    found: list[asyncpg.Record] = await db.fetch(query, *values)
    await db.execute("SELECT set_config('enable_seqscan', 'on', true)")
    return found


async def note_new_references(db: Db) -> None:
    """Has the lines that came lately found quickly, too."""
    await db.execute("SELECT note_new_references()")
