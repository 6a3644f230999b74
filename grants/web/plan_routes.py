"""Doors of the plan: positions, funding lines, their entries, and movements proposed on them."""

from functools import partial
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, QueryParameter

from grants.actions import decisions
from grants.actions.decisions import DecisionView
from grants.actions.entries import EntryView, entries_page
from grants.actions.listing import Page
from grants.actions.plan_view import LineView, PlanView, line_view, plan_json
from grants.domain.access import Deed
from grants.domain.decisions import Allocate, CarryForward, Reduce, Reverse, Vire
from grants.store.transaction import Gate
from grants.web.asking import After, Asked, Key, Limit, once
from grants.web.bodies import AllocationBody, ReversalBody, VirementBody

AsAtEntry = Annotated[
    int | None,
    QueryParameter(
        name="as_at", ge=0, description="An entry number: positions as that entry left them. Left out: now."
    ),
]
_MOVEMENTS: dict[str, type[Allocate | Reduce | CarryForward]] = {
    "allocate": Allocate,
    "reduce": Reduce,
    "carry_forward": CarryForward,
}


@get(
    "/plan",
    opt={"deed": Deed.SEE_PLAN},
    summary="The plan and its positions",
    responses={200: ResponseSpec(PlanView, generate_examples=False, description="The plan")},
)
async def plan(request: Asked, gate: NamedDependency[Gate], as_at: AsAtEntry = None) -> Response[bytes]:
    """Programmes, their funding lines, and each line's money by financial year and budget kind."""
    body = await plan_json(gate, request.user, as_at, journal_no=request.auth.journal_no)
    return Response(body, media_type="application/json")


@get("/funding-lines/{code:str}", opt={"deed": Deed.SEE_PLAN}, summary="One funding line")
async def funding_line(
    request: Asked, gate: NamedDependency[Gate], code: FromPath[str], as_at: AsAtEntry = None
) -> LineView:
    """A funding line with its money by financial year and budget kind."""
    async with gate.reading(request.user) as view:
        return await line_view(view, code, as_at)


@get("/funding-lines/{code:str}/entries", opt={"deed": Deed.SEE_PLAN}, summary="Movements of a funding line")
async def funding_line_entries(
    request: Asked, gate: NamedDependency[Gate], code: FromPath[str], limit: Limit = 50, after: After = None
) -> Page[EntryView]:
    """Every entry that touched the line or an award made from it, in the order of the ledger."""
    async with gate.reading(request.user) as view:
        return await entries_page(view, code, after, limit)


@post("/funding-lines/{code:str}/allocations", opt={"deed": Deed.PROPOSE}, summary="Propose a movement")
async def propose_allocation(
    request: Asked,
    gate: NamedDependency[Gate],
    code: FromPath[str],
    data: JSONBody[AllocationBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """Proposes to allocate money to a line, to reduce it, or to carry it forward. Nothing moves until somebody else approves."""
    terms = _MOVEMENTS[data.movement](funding_line=code, year=data.year, pence=data.pence, budget_kind=data.budget_kind)
    action = partial(decisions.propose, terms=terms, reason=data.reason)
    return await once(request, gate, idempotency_key, DecisionView, action)


@post("/virements", opt={"deed": Deed.PROPOSE}, summary="Propose a virement")
async def propose_virement(
    request: Asked, gate: NamedDependency[Gate], data: JSONBody[VirementBody], idempotency_key: Key = None
) -> DecisionView:
    """Proposes to move unawarded money from one funding line to another."""
    terms = Vire(data.from_line, data.to_line, data.year, data.pence, data.budget_kind)
    action = partial(decisions.propose, terms=terms, reason=data.reason)
    return await once(request, gate, idempotency_key, DecisionView, action)


@post("/entries/{number:int}/reversal", opt={"deed": Deed.PROPOSE}, summary="Propose a reversal")
async def propose_reversal(
    request: Asked,
    gate: NamedDependency[Gate],
    number: FromPath[int],
    data: JSONBody[ReversalBody],
    idempotency_key: Key = None,
) -> DecisionView:
    """Proposes to undo an entry by its mirror; the entry itself stays."""
    action = partial(decisions.propose, terms=Reverse(number), reason=data.reason)
    return await once(request, gate, idempotency_key, DecisionView, action)


ROUTES = [plan, funding_line, funding_line_entries, propose_allocation, propose_virement, propose_reversal]
