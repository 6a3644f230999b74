"""Queries of what differs between the lines, and between the problems, of two versions of a return."""

from typing import Any, Final

import asyncpg

from grants.store.transaction import Db

_COMPARED: Final = (
    "reference",
    "category",
    "description",
    "payee",
    "spent_on",
    "budget_kind",
    "net_pence",
    "vat_pence",
    "accrual",
    "evidence",
)
_SHOWN: Final = ("row", "sheet", "cell", *_COMPARED)

# Each step pairs what the steps before it left over; lines that are alike pair in the order of their rows.
# The fingerprint is of reference, payee, date and amount, so that a repeated reference finds its own line first.
_PAIRED: Final = """
WITH was AS MATERIALIZED (
    SELECT row, fingerprint, lower(reference) AS reference, lower(payee) AS payee, spent_on, net_pence + vat_pence AS pence,
        row_number() OVER (PARTITION BY fingerprint ORDER BY row) AS place FROM spend_line WHERE version_id = $1
), now AS MATERIALIZED (
    SELECT row, fingerprint, lower(reference) AS reference, lower(payee) AS payee, spent_on, net_pence + vat_pence AS pence,
        row_number() OVER (PARTITION BY fingerprint ORDER BY row) AS place FROM spend_line WHERE version_id = $2
), alike AS MATERIALIZED (
    SELECT w.row AS was, n.row AS now FROM was w JOIN now n USING (fingerprint, place)
), was_2 AS MATERIALIZED (
    SELECT w.*, row_number() OVER (PARTITION BY reference ORDER BY row) AS again FROM was w
    WHERE NOT EXISTS (SELECT FROM alike a WHERE a.was = w.row)
), now_2 AS MATERIALIZED (
    SELECT n.*, row_number() OVER (PARTITION BY reference ORDER BY row) AS again FROM now n
    WHERE NOT EXISTS (SELECT FROM alike a WHERE a.now = n.row)
), referred AS MATERIALIZED (
    SELECT w.row AS was, n.row AS now FROM was_2 w JOIN now_2 n USING (reference, again) WHERE reference <> ''
), was_3 AS MATERIALIZED (
    SELECT w.*, row_number() OVER (PARTITION BY payee, spent_on, pence ORDER BY row) AS once_more FROM was_2 w
    WHERE NOT EXISTS (SELECT FROM referred r WHERE r.was = w.row)
), now_3 AS MATERIALIZED (
    SELECT n.*, row_number() OVER (PARTITION BY payee, spent_on, pence ORDER BY row) AS once_more FROM now_2 n
    WHERE NOT EXISTS (SELECT FROM referred r WHERE r.now = n.row)
), known AS (
    SELECT w.row AS was, n.row AS now, 'payee, date and amount' AS matched_by
    FROM was_3 w FULL JOIN now_3 n USING (payee, spent_on, pence, once_more)
    UNION ALL SELECT was, now, 'reference' FROM referred
    UNION ALL SELECT was, now, 'reference, payee, date and amount' FROM alike
), changes AS MATERIALIZED (
    SELECT k.was, k.now, CASE WHEN k.was IS NULL OR k.now IS NULL THEN '' ELSE k.matched_by END AS matched_by,
        CASE WHEN k.was IS NULL THEN 'added' WHEN k.now IS NULL THEN 'removed'
            WHEN ROW({before}) IS DISTINCT FROM ROW({after}) THEN 'changed' ELSE 'same' END AS change,
        coalesce(k.now, k.was)::bigint * 2 + (k.now IS NOT NULL)::int AS number
    FROM known k LEFT JOIN spend_line b ON b.version_id = $1 AND b.row = k.was
        LEFT JOIN spend_line a ON a.version_id = $2 AND a.row = k.now
), counted AS (
    SELECT count(*) FILTER (WHERE change = 'added') AS added, count(*) FILTER (WHERE change = 'removed') AS removed,
        count(*) FILTER (WHERE change = 'changed') AS changed, count(*) FILTER (WHERE change = 'same') AS same FROM changes
), page AS (
    SELECT * FROM changes WHERE change <> 'same' AND number > $3 ORDER BY number LIMIT $4
)
SELECT c.added, c.removed, c.changed, c.same, p.number, p.change, p.matched_by, {columns}
FROM counted c LEFT JOIN page p ON true LEFT JOIN spend_line b ON b.version_id = $1 AND b.row = p.was
    LEFT JOIN spend_line a ON a.version_id = $2 AND a.row = p.now ORDER BY p.number
"""
_LINES: Final = _PAIRED.format(
    before=", ".join(f"b.{name}" for name in _COMPARED),
    after=", ".join(f"a.{name}" for name in _COMPARED),
    columns=", ".join(f"{side}.{name} AS {side}_{name}" for side in "ba" for name in _SHOWN),
)


async def changed_lines(db: Db, before: int, after: int, past: int, limit: int) -> list[asyncpg.Record]:
    """The differences between two versions' lines with numbers above `past`, in the order of the later version's rows.

    Every row holds all counts too; where nothing differs, there is one row and its `number` is null.
    """
    rows: list[asyncpg.Record] = await db.fetch(_LINES, before, after, past, limit)
    return rows


def line_before(row: asyncpg.Record) -> dict[str, Any] | None:
    """The line as the earlier version has it; none where it was added."""
    return _side(row, "b")


def line_after(row: asyncpg.Record) -> dict[str, Any] | None:
    """The line as the later version has it; none where it was removed."""
    return _side(row, "a")


def _side(row: asyncpg.Record, side: str) -> dict[str, Any] | None:
    return None if row[f"{side}_row"] is None else {name: row[f"{side}_{name}"] for name in _SHOWN}


def differing(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    """The columns in which two lines differ; where they stand does not count."""
    return [name for name in _COMPARED if before and after and before[name] != after[name]]


# A problem stays the same wherever its cell has moved to: what was wrong, with what, and how many times.
_PROBLEMS: Final = """
WITH was AS (
    SELECT *, row_number() OVER (PARTITION BY code, sheet, value, message ORDER BY number) AS place
    FROM return_problem WHERE version_id = $1
), now AS (
    SELECT *, row_number() OVER (PARTITION BY code, sheet, value, message ORDER BY number) AS place
    FROM return_problem WHERE version_id = $2
), gone AS (
    SELECT * FROM {first} f WHERE NOT EXISTS (
        SELECT FROM {second} s
        WHERE (s.code, s.sheet, s.value, s.message, s.place) = (f.code, f.sheet, f.value, f.message, f.place))
)
SELECT *, (SELECT count(*) FROM gone) AS of FROM gone ORDER BY number LIMIT $3
"""
_GONE: Final = _PROBLEMS.format(first="was", second="now")
_NEW: Final = _PROBLEMS.format(first="now", second="was")


async def gone_problems(db: Db, before: int, after: int, limit: int) -> list[asyncpg.Record]:
    """Problems that the earlier version alone has, in reading order; each row holds how many there are."""
    rows: list[asyncpg.Record] = await db.fetch(_GONE, before, after, limit)
    return rows


async def new_problems(db: Db, before: int, after: int, limit: int) -> list[asyncpg.Record]:
    """Problems that the later version alone has, in reading order; each row holds how many there are."""
    rows: list[asyncpg.Record] = await db.fetch(_NEW, before, after, limit)
    return rows
