"""Queries of what auditors found in the items of samples."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from grants.domain.samples import Outcome
from grants.store.ledger import AsAt
from grants.store.tables import SampleResult
from grants.store.transaction import Db, Tx


@dataclass(frozen=True)
class ResultRow:
    """A result. `pence` is the amount that was found, where it is another than the item's."""

    id: UUID
    run_id: UUID
    item: str
    outcome: Outcome
    finding: str
    pence: int | None
    recorded_by: str
    recorded_at: datetime
    journal_no: int


_RESULT: Final = """
SELECT t.id, t.run_id, t.item, t.outcome, t.finding, t.pence, p.name AS recorded_by, t.recorded_at, t.journal_no
FROM sample_result t JOIN person p ON p.id = t.recorded_by
"""


async def add(tx: Tx, row: SampleResult) -> None:
    """Keeps a result."""
    await tx.add(row)


async def of_run(db: Db, run_id: UUID, limit: int, after: int = 0) -> list[ResultRow]:
    """Results of a run in the order in which they were recorded, those after the given journal record; earlier ones of an item too."""
    rows = await db.fetch(
        f"{_RESULT} WHERE t.run_id = $1 AND t.journal_no > $2 ORDER BY t.journal_no LIMIT $3", run_id, after, limit
    )
    return [_result(row) for row in rows]


async def results_at(db: Db, at: AsAt, items: Sequence[str]) -> dict[str, ResultRow]:
    """The newest result of each of the items that was on the record by then, whichever run drew it."""
    rows = await db.fetch(
        f"{_RESULT} WHERE t.journal_no <= $1 AND t.item = ANY($2::text[]) ORDER BY t.journal_no",
        at.journal_no,
        list(items),
    )
    return {row["item"]: _result(row) for row in rows}


def _result(row: asyncpg.Record) -> ResultRow:
    return ResultRow(**{**dict(row), "outcome": Outcome(row["outcome"])})
