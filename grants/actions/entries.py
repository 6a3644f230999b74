"""Entries of the ledger as people see them."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from grants.actions.listing import Page, decode_number, page
from grants.domain.access import Deed, Scope, require
from grants.domain.errors import NotFound
from grants.store.transaction import View


class EntryView(Struct, frozen=True):
    """A movement of money, and its cause: a decision, or a version of a return."""

    number: int
    kind: str
    source: str
    target: str
    pence: int
    budget_kind: str
    category: str | None
    year: str
    effective_on: date
    recorded_at: datetime
    decision_id: UUID | None
    return_id: UUID | None
    evidence: str
    reverses: int | None
    reversed_by: int | None
    is_example: bool


_ENTRIES = """
SELECT e.number, e.kind, e.source, e.target, e.pence, e.budget_kind, e.category, e.year, e.effective_on, e.recorded_at,
    e.decision_id, v.return_id, e.evidence, e.reverses, r.number AS reversed_by,
    coalesce(d.is_example, s.is_example) AS is_example
FROM entry e LEFT JOIN return_version v ON v.id = e.return_version LEFT JOIN entry r ON r.reverses = e.number
    LEFT JOIN decision d ON d.id = e.decision_id LEFT JOIN spend_return s ON s.id = v.return_id
WHERE e.number > $2 AND (e.source = ANY($1::text[]) OR e.target = ANY($1::text[])) ORDER BY e.number LIMIT $3
"""
# An award may have the same name as a line of another programme.
_ACCOUNTS = """
SELECT DISTINCT account FROM position LEFT JOIN award ON reference = owner
WHERE CASE kind WHEN 'line' THEN owner ELSE funding_line END = $1
"""


async def entries_page(view: View, code: str, after: str | None, limit: int) -> Page[EntryView]:
    """Entries that touched a funding line, or an award made from it. Raises NotFound."""
    programme = await view.db.fetchval("SELECT programme FROM funding_line WHERE code = $1", code)
    if programme is None:
        raise NotFound("funding_line", "There is no funding line with that code that you can see. Check the code.")
    require(view.actor, Deed.SEE_PLAN, Scope(programme), sight=Deed.SEE_PLAN)
    accounts = [row["account"] for row in await view.db.fetch(_ACCOUNTS, code)]
    rows = await view.db.fetch(_ENTRIES, accounts, decode_number(after), limit + 1)
    return page([EntryView(**dict(row)) for row in rows], limit, lambda entry: str(entry.number))
