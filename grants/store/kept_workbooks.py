"""The workbooks behind figures: which return's version each is, what it is called, and whether it is still kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from grants.store.transaction import Db

Version = tuple[str, str, int]
"""An award, a period and the number of a version of that return."""


@dataclass(frozen=True)
class KeptWorkbook:
    """A version's workbook. `removed_on` is the day on which it had outlived its years; None: it is kept."""

    return_id: UUID
    filename: str
    sha256: str
    removed_on: date | None


_KEPT: Final = """
SELECT r.award, r.period, v.number, r.id AS return_id, v.filename, v.sha256, a.removed_on
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS wanted (award, period, number)
    JOIN spend_return r ON r.award = wanted.award AND r.period = wanted.period
    JOIN return_version v ON v.return_id = r.id AND v.number = wanted.number JOIN award a ON a.reference = r.award
"""


async def kept(db: Db, versions: Collection[Version]) -> dict[Version, KeptWorkbook]:
    """The workbooks of some versions; those that the reader may not see are left out."""
    wanted = sorted(set(versions))
    columns = [[one[place] for one in wanted] for place in range(3)]
    return {
        (row["award"], row["period"], row["number"]): KeptWorkbook(
            row["return_id"], row["filename"], row["sha256"], row["removed_on"]
        )
        for row in await db.fetch(_KEPT, *columns)
    }


async def decisions(db: Db, numbers: Collection[int]) -> dict[int, UUID]:
    """Decisions by their number; those that the reader may not see are left out."""
    rows = await db.fetch("SELECT number, id FROM decision WHERE number = ANY($1::bigint[])", sorted(set(numbers)))
    return {row["number"]: row["id"] for row in rows}
