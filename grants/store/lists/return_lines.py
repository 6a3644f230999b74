"""The list of the lines of one version of a return, each with its cell."""

from typing import Final

import asyncpg

from grants.store.listing_query import Listed, ListQuery, Wanted, listed
from grants.store.transaction import Db

_TEXT: Final = """
SELECT row, sheet, cell, reference, category, description, payee, spent_on, budget_kind, net_pence, vat_pence,
    net_pence + vat_pence AS pence, accrual, evidence
FROM spend_line WHERE version_id = $1
"""
LINES: Final = ListQuery(
    _TEXT,
    words=frozenset({"sheet", "cell", "reference", "category", "description", "payee", "budget_kind", "evidence"}),
    values=frozenset({"row", "spent_on", "net_pence", "vat_pence", "pence", "accrual"}),
    unique="row",
)


async def return_lines(db: Db, wanted: Wanted, version_id: int) -> Listed[asyncpg.Record]:
    """One page of a version's lines. Ask first whether its return may be seen."""
    return await listed(db, LINES, wanted, [version_id])
