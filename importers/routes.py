"""Doors of the finance officer: the prefilled template, and the upload that becomes a version of the return."""

import asyncio
from functools import partial
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, HeaderParameter
from msgspec import Struct

from grants.actions import submissions
from grants.actions.downloads import headers_for
from grants.actions.return_views import ReturnView
from grants.actions.submissions import Upload
from grants.domain.access import Actor, Deed
from grants.domain.errors import Invalid
from grants.domain.returns import ReturnState
from grants.store.transaction import Gate, answered
from importers.background import Desk
from importers.template import build_template

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Asked = Request[Actor, Any, Any]


class UploadForm(Struct):
    """A filled-in workbook, a note to go with it, and who prepared it: for a CSV, which has no cell for that."""

    workbook: UploadFile
    note: str = ""
    prepared_by: str = ""


@get(
    "/awards/{reference:str}/returns/{period:str}/template",
    opt={"deed": Deed.SEE_RETURN},
    media_type=XLSX,
    summary="The prefilled workbook",
)
async def template(
    request: Asked, gate: NamedDependency[Gate], reference: FromPath[str], period: FromPath[str]
) -> Response[bytes]:
    """The workbook to fill in: award, recipient, period, budget and spend to date are there already."""
    async with gate.reading(request.user) as view:
        context = await submissions.context_for_template(view, reference, period)
    built = await asyncio.to_thread(build_template, context)
    filename = f"spend-return-{reference}-{context.period}.xlsx"
    return Response(built, media_type=XLSX, headers=headers_for(filename, Upload(filename, built).sha256))


@post(
    "/awards/{reference:str}/returns/{period:str}",
    opt={"deed": Deed.UPLOAD_RETURN},
    summary="Upload a return",
)
async def upload(
    request: Asked,
    gate: NamedDependency[Gate],
    desk: NamedDependency[Desk],
    reference: FromPath[str],
    period: FromPath[str],
    data: Annotated[UploadForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    idempotency_key: Annotated[
        str | None, HeaderParameter(name="Idempotency-Key", required=False, max_length=200)
    ] = None,
    prefer: Annotated[
        str | None,
        HeaderParameter(
            name="Prefer", required=False, description="respond-async: answer at once, and check in the background."
        ),
    ] = None,
) -> Response[ReturnView]:
    """Checks a workbook and keeps it as the return's newest version, with every problem at once.

    201 when it has been checked. 202 when the check goes on in the background: poll the return until its state is no
    longer `checking`. 422 for a file that is no return for this award and period: nothing is kept.
    """
    content = await data.workbook.read()
    if len(data.note) > 2000:
        raise Invalid("note", "A note can hold 2,000 characters.")
    if len(data.prepared_by) > 200:
        raise Invalid("prepared_by", "A name can hold 200 characters.")
    file = Upload((data.workbook.filename or "workbook")[:200], content, data.note)
    asked = f"{request.url.path}\n{file.sha256}\n{file.note}\n{data.prepared_by}".encode()
    async with gate.reading(request.user) as view:
        earlier = await answered(view, idempotency_key, asked, ReturnView) if idempotency_key else None
        known = earlier or await submissions.context_for_upload(view, reference, period)
    if isinstance(known, ReturnView):
        answer = known
    else:
        once = partial(gate.once, request.user, idempotency_key, asked, ReturnView)
        at_once = "respond-async" in (prefer or "")
        answer = await desk.take(request.user, file, known, once, prepared_by=data.prepared_by, at_once=at_once)
    status = 202 if answer.state is ReturnState.CHECKING else 201
    return Response(answer, status_code=status, headers={"Location": f"/api/v1/returns/{answer.id}"})


ROUTES = [template, upload]
