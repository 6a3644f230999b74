"""Doors of extracts: what a table's columns are taken for, and the matching that a recipient confirms for it."""

from functools import partial
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, HeaderParameter, JSONBody, QueryParameter
from msgspec import Struct

from grants.actions import matchings
from grants.actions.listing import MAX_LIMIT, Page
from grants.actions.matchings import MatchingView
from grants.domain.access import Actor, Deed
from grants.domain.matchings import Matching
from grants.store.transaction import Gate
from importers.background import Desk
from importers.matching.suggestion import Suggestion

Asked = Request[Actor, Any, Any]


class ExtractForm(Struct):
    """A table of transactions as the finance system gives it: XLSX, ODS or CSV."""

    workbook: UploadFile


@post(
    "/awards/{reference:str}/returns/{period:str}/matching",
    opt={"deed": Deed.UPLOAD_RETURN},
    status_code=200,
    summary="Match an extract",
)
async def match(
    request: Asked,
    gate: NamedDependency[Gate],
    desk: NamedDependency[Desk],
    reference: FromPath[str],
    period: FromPath[str],
    data: Annotated[ExtractForm, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Suggestion:
    """What the columns of an extract are taken for, with sample lines, and what is left to decide. Nothing is kept.

    Correct its `matching` and send that to the award's matchings; then upload the extract as the return.
    """
    content = await data.workbook.read()
    async with gate.reading(request.user) as view:
        context = await matchings.context_for_matching(view, reference, period)
    return await desk.suggestion(content, context)


@post("/awards/{reference:str}/matchings", opt={"deed": Deed.UPLOAD_RETURN}, summary="Confirm a matching")
async def confirm(
    request: Asked,
    gate: NamedDependency[Gate],
    reference: FromPath[str],
    data: JSONBody[Matching],
    idempotency_key: Annotated[
        str | None, HeaderParameter(name="Idempotency-Key", required=False, max_length=200)
    ] = None,
) -> MatchingView:
    """Keeps how extracts of one shape are read for the award's recipient. It supersedes what was confirmed before.

    422 where it leaves something to decide. A code without a meaning may stay so: its lines are problems of the upload.
    """
    asked = request.url.path.encode() + b"\n" + await request.body()
    deed = partial(matchings.confirm, award=reference, matching=data)
    return await gate.once(request.user, idempotency_key, asked, MatchingView, deed)


@get("/awards/{reference:str}/matchings", opt={"deed": Deed.SEE_RETURN}, summary="Matchings")
async def list_matchings(
    request: Asked,
    gate: NamedDependency[Gate],
    reference: FromPath[str],
    limit: Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="How many items at the most.")] = 50,
    after: Annotated[
        str | None, QueryParameter(max_length=500, description="The value of `next` from the page before.")
    ] = None,
) -> Page[MatchingView]:
    """The matchings of the award's recipient, those in force and those that they superseded: a return's version names its own."""
    async with gate.reading(request.user) as view:
        return await matchings.matchings_page(view, reference, after, limit)


ROUTES = [match, confirm, list_matchings]
