"""The lists of the ledger's entries that people sort, narrow and page: those of a funding line, and those of an award."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from grants.domain.access import Deed, Scope, require
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import entries as stored
from grants.store.transaction import View


class EntryLine(Struct, frozen=True):
    """An entry in a list. `reverses` is the number of the entry that it mirrors; one of the two causes is None."""

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
    is_example: bool


async def entries_of_line(view: View, wanted: Wanted, code: str, programme: str) -> Listed[EntryLine]:
    """One page of the entries that touched a funding line, or an award made from it. Raises NotFound."""
    require(view.actor, Deed.SEE_PLAN, Scope(programme), sight=Deed.SEE_PLAN)
    return await _listed(view, wanted, await stored.accounts_of_line(view.db, code))


async def entries_of_award(view: View, wanted: Wanted, reference: str, scope: Scope) -> Listed[EntryLine]:
    """One page of the entries that touched an award. Raises NotFound."""
    require(view.actor, Deed.SEE_AWARD, scope, sight=Deed.SEE_AWARD)
    return await _listed(view, wanted, await stored.accounts_of_award(view.db, reference))


async def _listed(view: View, wanted: Wanted, accounts: list[str]) -> Listed[EntryLine]:
    found = await stored.entries(view.db, wanted, accounts)
    return found.with_rows(EntryLine(**{name: row[name] for name in EntryLine.__struct_fields__}) for row in found.rows)
