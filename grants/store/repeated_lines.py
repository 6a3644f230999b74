"""Lines of spend that stand more than once in what recipients had accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from grants.store.spend_lines import VersionInForce
from grants.store.transaction import Db


@dataclass(frozen=True)
class RepeatedLine:
    """A line, and the first one of the same recipient that has its reference, payee, date and amount; amounts in pence."""

    version_id: int
    row: int
    sheet: str
    cell: str
    category: str
    budget_kind: str
    spent_on: date
    pence: int
    first_version_id: int
    first_sheet: str
    first_cell: str


# Few lines are repeated: their fingerprints, which an index holds, tell which ones to look at.
_REPEATED: Final = """
WITH version AS (
    SELECT id, recipient, place FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS v(id, recipient, place)
), marked AS (
    SELECT v.recipient, l.fingerprint FROM version v JOIN spend_line l ON l.version_id = v.id GROUP BY 1, 2 HAVING count(*) > 1
), told AS (
    SELECT l.version_id, l.row, l.sheet, l.cell, l.category, l.budget_kind, l.spent_on, l.net_pence + l.vat_pence AS pence, v.place,
        first_value(l.version_id) OVER alike AS first_version_id, first_value(l.sheet) OVER alike AS first_sheet,
        first_value(l.cell) OVER alike AS first_cell, row_number() OVER alike AS number
    FROM version v JOIN spend_line l ON l.version_id = v.id JOIN marked m ON m.recipient = v.recipient AND m.fingerprint = l.fingerprint
    WINDOW alike AS (
        PARTITION BY v.recipient, l.fingerprint, lower(l.reference), lower(l.payee), l.spent_on, l.net_pence + l.vat_pence
        ORDER BY v.place, l.row
    )
)
SELECT version_id, row, sheet, cell, category, budget_kind, spent_on, pence, first_version_id, first_sheet, first_cell
FROM told WHERE number > 1 ORDER BY place, row
"""


async def repeated_lines(db: Db, versions: Sequence[VersionInForce]) -> list[RepeatedLine]:
    """The lines that repeat one of the same or an earlier version of the same recipient, in the order of the versions and of their files."""
    rows = await db.fetch(_REPEATED, [found.id for found in versions], [found.recipient_id for found in versions])
    return [RepeatedLine(**dict(row)) for row in rows]
