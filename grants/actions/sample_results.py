"""Results of testing a sample: auditors record them against the items that a run drew, and add to them, but never change one."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from grants.actions.listing import Page, decode_number, page
from grants.actions.report_scope import check_over
from grants.actions.report_views import seen_run
from grants.domain.access import Deed, require, require_genuine
from grants.domain.errors import Conflict, Invalid
from grants.domain.samples import Outcome, check_result
from grants.store import sample_results as stored
from grants.store.journal import record
from grants.store.reports import RunRow
from grants.store.sample_results import ResultRow
from grants.store.tables import SampleResult
from grants.store.transaction import Tx, View

REPORT: Final = "audit-sample"
"""The report whose runs have results."""
Pence = Annotated[int, Meta(ge=-(10**15), le=10**15)]


class NewResult(Struct, frozen=True, forbid_unknown_fields=True):
    """What testing one item came to. Without agreement, `finding` says what was found; `pence` is the amount found, if another."""

    item: Annotated[str, Meta(max_length=80, description="As the sample's column Item has it.", examples=["line:5:17"])]
    outcome: Outcome
    finding: Annotated[str, Meta(max_length=4000, examples=["The invoice is for £410.00"])] = ""
    pence: Annotated[Pence, Meta(examples=[41_000])] | None = None


class ResultView(Struct, frozen=True):
    """A result as it was recorded. Of several for one item, the last counts."""

    id: UUID
    item: str
    outcome: Outcome
    finding: str
    pence: int | None
    recorded_by: str
    recorded_at: datetime


async def run_to_test(view: View, run_id: UUID) -> RunRow:
    """A run whose results the actor may record. Raises NotFound, NotAllowed; Invalid where it drew no sample, Conflict before it is done."""
    require(view.actor, Deed.RECORD_RESULT)
    found = await seen_run(view, run_id)
    check_over(view.actor, Deed.RECORD_RESULT, found.filters.programme)
    require_genuine(view.actor, found.is_example)
    if found.report != REPORT:
        raise Invalid("run", f"Results belong to runs of the report {REPORT}. This is a run of {found.report}.")
    if found.state != "done":
        raise Conflict("not_done", "This run is not done yet: it has no sample to test.")
    return found


async def record_result(tx: Tx, run_id: UUID, new: NewResult, items: Collection[str]) -> ResultView:
    """Records what testing one of the run's `items` came to. Raises as `run_to_test`, and Invalid for what says too little or too much."""
    found = await run_to_test(tx, run_id)
    if new.item not in items:
        raise Invalid("item", "This item is not in the run's sample. Use an identifier from its column Item.")
    finding = new.finding.strip()
    check_result(new.outcome, finding, new.pence)
    after = {"item": new.item, "outcome": new.outcome, "pence": new.pence}
    journal_no = await record(tx, Deed.RECORD_RESULT, "report_run", str(found.id), after=after)
    row = SampleResult(
        run_id=found.id,
        item=new.item,
        outcome=new.outcome,
        finding=finding,
        pence=new.pence,
        recorded_by=tx.actor.id,
        recorded_at=tx.now,
        journal_no=journal_no,
    )
    await stored.add(tx, row)
    return ResultView(row.id, new.item, new.outcome, finding, new.pence, tx.actor.name, tx.now)


async def results(view: View, run_id: UUID, limit: int, after: str | None) -> Page[ResultView]:
    """A run's results, in the order in which they were recorded. Raises NotFound."""
    found = await seen_run(view, run_id)
    rows = await stored.of_run(view.db, found.id, limit + 1, decode_number(after))
    shown = {str(row.id): row for row in rows}
    return page([_view(row) for row in rows], limit, lambda view: str(shown[str(view.id)].journal_no))


def _view(row: ResultRow) -> ResultView:
    return ResultView(row.id, row.item, row.outcome, row.finding, row.pence, row.recorded_by, row.recorded_at)
