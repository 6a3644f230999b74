"""The list of the lines of spend below one entry of the ledger, each with the cell that it came from."""

from typing import Final

import asyncpg

from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

_TEXT: Final = """
SELECT x.version_id, x.row, x.sheet, x.cell, x.reference, x.description, x.payee, x.spent_on,
    (CASE WHEN e.reverses IS NULL THEN 1 ELSE -1 END) * (x.net_pence + x.vat_pence) AS pence
FROM entry e JOIN spend_line x ON x.version_id = e.return_version AND x.category = e.category AND x.budget_kind = e.budget_kind
WHERE e.number = $1 AND e.kind = 'spend'
"""
LINES: Final = ListQuery(
    _TEXT,
    words=frozenset({"sheet", "cell", "reference", "description", "payee"}),
    values=frozenset({"version_id", "row", "spent_on", "pence"}),
    unique="row",
)


async def lines(db: Db, wanted: Wanted, entry: int) -> Listed[asyncpg.Record]:
    """One page of the lines that an entry adds up; `pence` is what each adds to it. Ask first whether the entry may be seen."""
    return await listed(db, LINES, wanted, [entry])
