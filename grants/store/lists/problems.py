"""The lists of what is wrong in an upload: each cell by itself, and the cells that share a message together."""

from typing import Final

import asyncpg

from grants.domain.returns import Severity
from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

_LETTERS: Final = "coalesce(substring(cell FROM '^[A-Z]+'), '')"
PROBLEMS: Final = ListQuery(
    f"""
SELECT number, code, sheet, cell, {_LETTERS} AS letters, value, message, coalesce(reason, '') AS reason
FROM return_problem WHERE version_id = $1 AND severity = $2
""",  # noqa: S608  our own text
    words=frozenset({"code", "sheet", "cell", "letters", "value", "message", "reason"}),
    values=frozenset({"number"}),
    unique="number",
)
GROUPS: Final = ListQuery(
    """
SELECT min(number) AS number, code, sheet, message, count(*) AS cells, (array_agg(cell ORDER BY number))[1:20] AS first_cells
FROM return_problem WHERE version_id = $1 AND severity = $2 GROUP BY code, sheet, message
""",
    words=frozenset({"code", "sheet", "message"}),
    values=frozenset({"number", "cells"}),
    unique="number",
)


async def problems(db: Db, wanted: Wanted, version_id: int, severity: Severity) -> Listed[asyncpg.Record]:
    """One page of a version's problems of one severity."""
    return await listed(db, PROBLEMS, wanted, (version_id, severity.value))


async def groups(db: Db, wanted: Wanted, version_id: int, severity: Severity) -> Listed[asyncpg.Record]:
    """One page of those problems, with the cells of one sheet that share a message as one; up to twenty cells of each are named."""
    return await listed(db, GROUPS, wanted, (version_id, severity.value))


async def choices(db: Db, version_id: int, severity: Severity) -> list[tuple[str, str, str]]:
    """Which sheets, columns and codes there are among them, in reading order."""
    rows = await db.fetch(
        f"SELECT sheet, {_LETTERS} AS letters, code FROM return_problem WHERE version_id = $1 AND severity = $2 "  # noqa: S608  our own text
        "GROUP BY 1, 2, 3 ORDER BY min(number)",
        version_id,
        severity.value,
    )
    return [(row["sheet"], row["letters"], row["code"]) for row in rows]
