"""Doors of those who test samples: what testing an item came to, recorded against the run that drew it."""

from functools import partial
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED

from grants.actions import sample_results as deeds
from grants.actions.listing import Page
from grants.actions.sample_results import NewResult, ResultView
from grants.domain.access import Deed
from grants.store.transaction import Gate
from reports.asking import After, Asked, Key, Limit, once
from reports.tested_items import items_of


@get("/report-runs/{run_id:uuid}/results", opt={"deed": Deed.SEE_REPORTS}, summary="Results of testing a sample")
async def list_results(
    request: Asked,
    gate: NamedDependency[Gate],
    run_id: FromPath[UUID],
    limit: Limit = 50,
    after: After = None,
) -> Page[ResultView]:
    """What testing a run's sample came to, in the order in which it was recorded; of several results of one item, the last counts."""
    async with gate.reading(request.user) as view:
        return await deeds.results(view, run_id, limit, after)


@post(
    "/report-runs/{run_id:uuid}/results",
    opt={"deed": Deed.RECORD_RESULT},
    summary="Record what testing an item came to",
    status_code=HTTP_201_CREATED,
)
async def record_result(
    request: Asked,
    gate: NamedDependency[Gate],
    run_id: FromPath[UUID],
    data: JSONBody[NewResult],
    idempotency_key: Key = None,
) -> ResultView:
    """Records a result against an item of an audit sample. It is never changed: a later one of the same item takes its place."""
    async with gate.reading(request.user) as view:
        found = await deeds.run_to_test(view, run_id)
    items = await items_of(gate, found)
    action = partial(deeds.record_result, run_id=run_id, new=data, items=items)
    return await once(request, gate, idempotency_key, ResultView, action)


ROUTES = [list_results, record_result]
