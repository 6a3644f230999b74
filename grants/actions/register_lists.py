"""Loaded registers and payment files as people look at them: lists, and what somebody may do with one now."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from grants.actions import register_loads
from grants.actions.register_loads import RegisterLoadView
from grants.domain.access import Deed, Scope, may, require
from grants.domain.decisions import DecisionState
from grants.domain.registers import LoadState, Outcome, RegisterKind
from grants.store import register_loads as stored
from grants.store.listing_query import Listed, Wanted
from grants.store.lists import register_loads as lists
from grants.store.transaction import View


class LoadLine(Struct, frozen=True):
    """A load in a list. Counts are of rows: all, those without a match, and those whose decision waits for a second person."""

    id: UUID
    number: int
    kind: RegisterKind
    state: LoadState
    filename: str
    loaded_by: str
    loaded_at: datetime
    problems: int
    rows: int
    unmatched: int
    waiting: int
    is_example: bool


class RowLine(Struct, frozen=True):
    """A row of a load: what became of it, and the decision that it is about, where the viewer may see that."""

    number: int
    sheet: str
    row: int
    cell: str
    outcome: Outcome
    message: str
    reference: str
    pence: int
    award: str | None
    paid_on: date | None
    transaction: str
    decision: int | None
    decision_id: UUID | None
    decision_state: DecisionState | None


class LoadAsSeen(Struct, frozen=True):
    """A load as somebody sees it. `waiting` are decisions that it proposed and that nobody has decided yet.

    `approves`: whether the viewer may be their second person; `is_own` says that they loaded the file themselves.
    """

    view: RegisterLoadView
    waiting: int
    approves: bool
    is_own: bool


async def loads_listed(view: View, wanted: Wanted) -> Listed[LoadLine]:
    """One page of the loads that the actor may see. Raises NotAllowed."""
    require(view.actor, Deed.SEE_DECISIONS)
    found = await lists.loads(view.db, wanted)
    names = set(LoadLine.__struct_fields__) - {"kind", "state"}
    return found.with_rows(
        LoadLine(**{name: row[name] for name in names}, kind=RegisterKind(row["kind"]), state=LoadState(row["state"]))
        for row in found.rows
    )


async def rows_listed(view: View, load_id: UUID, wanted: Wanted) -> Listed[RowLine]:
    """One page of the rows of a load. Raises NotFound."""
    await register_loads.one_load(view, load_id)
    found = await lists.rows(view.db, load_id, wanted)
    names = set(RowLine.__struct_fields__) - {"outcome", "decision_state"}
    return found.with_rows(
        RowLine(
            **{name: row[name] for name in names},
            outcome=Outcome(row["outcome"]),
            decision_state=DecisionState(row["decision_state"]) if row["decision_state"] else None,
        )
        for row in found.rows
    )


async def load_as_seen(view: View, load_id: UUID) -> LoadAsSeen:
    """A load, and what the actor may do with it. Raises NotFound."""
    shown = await register_loads.one_load(view, load_id)
    found = await stored.find(view.db, load_id)
    waiting = await stored.proposed_by_load(view.db, load_id)
    is_own = found.loader == view.actor.id
    is_theirs = may(view.actor, Deed.DECIDE) and all(
        may(view.actor, Deed.DECIDE, Scope(programme)) for programme in found.programmes
    )
    return LoadAsSeen(shown, len(waiting), bool(waiting) and is_theirs and not is_own, is_own)
