"""Doors of collection rounds and of returns, but for the upload, which is the importers'."""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from grants.actions import return_views, returns, rounds, version_changes
from grants.actions.downloads import headers_for
from grants.actions.evidence import EvidenceRules, check_workbook_let_out
from grants.actions.listing import Page
from grants.actions.return_views import LineView, ProblemView, ReturnSummary, ReturnView
from grants.actions.returns import Certificate
from grants.actions.rounds import NewRound, RoundView
from grants.actions.version_changes import ChangesView
from grants.domain.access import Deed
from grants.domain.returns import ReturnState
from grants.domain.rounds import RoundState
from grants.store.transaction import Gate
from grants.web.asking import After, Asked, Key, Limit, once
from grants.web.bodies import AcceptanceBody, MessageBody, ReasonsBody

MOST_VERSIONS = 2**31 - 1
Version = Annotated[int | None, QueryParameter(ge=1, description="Which upload. Left out: the newest.")]

Earlier = Annotated[
    int | None,
    QueryParameter(name="from", ge=1, le=MOST_VERSIONS, description="The earlier. Left out: the one before the later."),
]
Later = Annotated[
    int | None, QueryParameter(name="to", ge=1, le=MOST_VERSIONS, description="The later. Left out: the newest.")
]


@get("/collection-rounds", opt={"deed": Deed.SEE_PLAN}, summary="Collection rounds")
async def list_rounds(
    request: Asked, gate: NamedDependency[Gate], limit: Limit = 50, after: After = None
) -> Page[RoundView]:
    """Rounds in order of period, with how many of the expected returns are accepted."""
    async with gate.reading(request.user) as view:
        return await rounds.rounds_page(view, after, limit)


@post("/collection-rounds", opt={"deed": Deed.MANAGE_ROUNDS}, summary="Plan a collection round")
async def add_round(
    request: Asked, gate: NamedDependency[Gate], data: JSONBody[NewRound], idempotency_key: Key = None
) -> RoundView:
    """Plans a round; on its day it opens by itself and creates the returns that are due."""
    return await once(request, gate, idempotency_key, RoundView, partial(rounds.add_round, new=data))


@post(
    "/collection-rounds/{round_id:uuid}/open", opt={"deed": Deed.MANAGE_ROUNDS}, status_code=200, summary="Open a round"
)
async def open_round(
    request: Asked, gate: NamedDependency[Gate], round_id: FromPath[UUID], idempotency_key: Key = None
) -> RoundView:
    """Opens a round now, and creates the returns that are due."""
    action = partial(rounds.move_round, round_id=round_id, target=RoundState.OPEN)
    return await once(request, gate, idempotency_key, RoundView, action)


@post(
    "/collection-rounds/{round_id:uuid}/close",
    opt={"deed": Deed.MANAGE_ROUNDS},
    status_code=200,
    summary="Close a round",
)
async def close_round(
    request: Asked, gate: NamedDependency[Gate], round_id: FromPath[UUID], idempotency_key: Key = None
) -> RoundView:
    """Closes a round: awards that become active later get no return from it."""
    action = partial(rounds.move_round, round_id=round_id, target=RoundState.CLOSED)
    return await once(request, gate, idempotency_key, RoundView, action)


@get("/returns", opt={"deed": Deed.SEE_RETURN}, summary="Returns")
async def list_returns(
    request: Asked,
    gate: NamedDependency[Gate],
    return_state: Annotated[ReturnState | None, QueryParameter(name="state")] = None,
    award: FromQuery[str | None] = None,
    period: FromQuery[str | None] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[ReturnSummary]:
    """What is due, late, in review and accepted, in order of award and period."""
    filters = {"state": return_state, "award": award, "period": period}
    async with gate.reading(request.user) as view:
        return await return_views.returns_page(view, {**filters}, after, limit)


@get("/returns/{return_id:uuid}", opt={"deed": Deed.SEE_RETURN}, summary="One return")
async def one_return(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> ReturnView:
    """A return with its totals, its versions, its newest problems and its history. Poll it while its state is `checking`."""
    async with gate.reading(request.user) as view:
        return await return_views.return_view(view, return_id)


@get("/returns/{return_id:uuid}/problems", opt={"deed": Deed.SEE_RETURN}, summary="Problems of a return")
async def problems(
    request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID], limit: Limit = 50, after: After = None
) -> Page[ProblemView]:
    """Every problem of the newest upload: sheet, cell, what was typed and what to type."""
    async with gate.reading(request.user) as view:
        return await return_views.problems_page(view, return_id, after, limit)


@get("/returns/{return_id:uuid}/lines", opt={"deed": Deed.SEE_RETURN}, summary="Lines of a return")
async def lines(
    request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID], limit: Limit = 50, after: After = None
) -> Page[LineView]:
    """The newest upload's lines, each with its sheet and cell."""
    async with gate.reading(request.user) as view:
        return await return_views.lines_page(view, return_id, after, limit)


@get("/returns/{return_id:uuid}/changes", opt={"deed": Deed.SEE_RETURN}, summary="What changed between versions")
async def changes(
    request: Asked,
    gate: NamedDependency[Gate],
    return_id: FromPath[UUID],
    earlier: Earlier = None,
    later: Later = None,
    limit: Limit = 50,
    after: After = None,
) -> ChangesView:
    """Lines added, removed and changed, totals, forecasts and problems, from one version to a later one.

    Lines are paired if reference, payee, date and amount are alike; then by reference; then by payee, date and amount.
    """
    async with gate.reading(request.user) as view:
        return await version_changes.changes(view, return_id, earlier, later, after, limit)


@get(
    "/returns/{return_id:uuid}/workbook",
    opt={"deed": Deed.SEE_RETURN},
    media_type="application/octet-stream",
    summary="The workbook as it came",
)
async def workbook(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
    version: Version = None,
) -> Response[bytes]:
    """The very bytes that were uploaded; 409 where a virus was found in them, or they are still to be scanned."""
    async with gate.reading(request.user) as view:
        file = await return_views.workbook(view, return_id, version)
        await check_workbook_let_out(view, return_id, file.sha256, evidence_rules)
    return Response(
        file.content, media_type="application/octet-stream", headers=headers_for(file.filename, file.sha256)
    )


@post(
    "/returns/{return_id:uuid}/explanations",
    opt={"deed": Deed.UPLOAD_RETURN},
    status_code=200,
    summary="Explain warnings",
)
async def explain(
    request: Asked,
    gate: NamedDependency[Gate],
    return_id: FromPath[UUID],
    data: JSONBody[ReasonsBody],
    idempotency_key: Key = None,
) -> ReturnView:
    """Gives a reason in words for each warning; they stay with the return."""
    action = partial(returns.explain, return_id=return_id, reasons=data.reasons)
    return await once(request, gate, idempotency_key, ReturnView, action)


@post(
    "/returns/{return_id:uuid}/certify", opt={"deed": Deed.CERTIFY_RETURN}, status_code=200, summary="Certify a return"
)
async def certify(
    request: Asked,
    gate: NamedDependency[Gate],
    return_id: FromPath[UUID],
    data: JSONBody[Certificate],
    idempotency_key: Key = None,
) -> ReturnView:
    """The certifier signs, and the return is submitted."""
    action = partial(returns.certify, return_id=return_id, certificate=data)
    return await once(request, gate, idempotency_key, ReturnView, action)


@post(
    "/returns/{return_id:uuid}/decline-to-certify",
    opt={"deed": Deed.CERTIFY_RETURN},
    status_code=200,
    summary="Decline to certify",
)
async def decline_to_certify(
    request: Asked,
    gate: NamedDependency[Gate],
    return_id: FromPath[UUID],
    data: JSONBody[MessageBody],
    idempotency_key: Key = None,
) -> ReturnView:
    """The certifier refuses, and says why."""
    action = partial(returns.decline_to_certify, return_id=return_id, message=data.message)
    return await once(request, gate, idempotency_key, ReturnView, action)


@post(
    "/returns/{return_id:uuid}/start-review",
    opt={"deed": Deed.REVIEW_RETURN},
    status_code=200,
    summary="Start a review",
)
async def start_review(
    request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID], idempotency_key: Key = None
) -> ReturnView:
    """A reviewer takes a certified return up."""
    return await once(request, gate, idempotency_key, ReturnView, partial(returns.start_review, return_id=return_id))


@post(
    "/returns/{return_id:uuid}/request-changes",
    opt={"deed": Deed.REVIEW_RETURN},
    status_code=200,
    summary="Request changes",
)
async def request_changes(
    request: Asked,
    gate: NamedDependency[Gate],
    return_id: FromPath[UUID],
    data: JSONBody[MessageBody],
    idempotency_key: Key = None,
) -> ReturnView:
    """The reviewer sends a return back, and says what to change."""
    action = partial(returns.request_changes, return_id=return_id, message=data.message)
    return await once(request, gate, idempotency_key, ReturnView, action)


@post("/returns/{return_id:uuid}/accept", opt={"deed": Deed.REVIEW_RETURN}, status_code=200, summary="Accept a return")
async def accept(
    request: Asked,
    gate: NamedDependency[Gate],
    return_id: FromPath[UUID],
    data: JSONBody[AcceptanceBody],
    idempotency_key: Key = None,
) -> ReturnView:
    """The reviewer accepts: the spend enters the ledger and the return is locked."""
    action = partial(returns.accept, return_id=return_id, message=data.message, version=data.version)
    return await once(request, gate, idempotency_key, ReturnView, action)


@post("/returns/{return_id:uuid}/reopen", opt={"deed": Deed.REVIEW_RETURN}, status_code=200, summary="Reopen a return")
async def reopen(
    request: Asked,
    gate: NamedDependency[Gate],
    return_id: FromPath[UUID],
    data: JSONBody[MessageBody],
    idempotency_key: Key = None,
) -> ReturnView:
    """Takes an accepted return out of the ledger by its mirror, so that a corrected one can follow."""
    action = partial(returns.reopen, return_id=return_id, reason=data.message)
    return await once(request, gate, idempotency_key, ReturnView, action)


ROUTES = [
    list_rounds,
    add_round,
    open_round,
    close_round,
    list_returns,
    one_return,
    problems,
    lines,
    changes,
    workbook,
    explain,
    certify,
    decline_to_certify,
    start_review,
    request_changes,
    accept,
    reopen,
]
