"""Doors of programme leads' files: registers of awards and payment files, what became of each row, and the file back."""

import asyncio
import hashlib
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, HeaderParameter, JSONBody, QueryParameter
from msgspec import Meta, Struct

from grants.actions import register_loads
from grants.actions.downloads import headers_for
from grants.actions.listing import MAX_LIMIT, Page
from grants.actions.register_loads import ApprovedLoad, RegisterLoadView
from grants.actions.submissions import Upload
from grants.domain.access import Actor, Deed, require
from grants.domain.registers import Outcome, RegisterKind, RowResult
from grants.store.transaction import Gate
from importers.annotate import annotated_name
from importers.background import Desk
from importers.registers.templates import register_template, template_name

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Asked = Request[Actor, Any, Any]
Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key", required=False, max_length=200)]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="How many items at the most.")]
After = Annotated[str | None, QueryParameter(max_length=500, description="The value of `next` from the page before.")]


class RegisterForm(Struct):
    """A register of awards as the template has it, or payments as the finance system gives them: XLSX, ODS or CSV."""

    workbook: UploadFile


class LoadApproval(Struct, frozen=True, forbid_unknown_fields=True):
    """Why all that a file proposed is approved."""

    reason: Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S", description="Why, in words.")]


async def _template(kind: RegisterKind) -> Response[bytes]:
    built = await asyncio.to_thread(register_template, kind)
    headers = headers_for(template_name(kind), hashlib.sha256(built).hexdigest())
    return Response(built, media_type=XLSX, headers=headers)


@get(
    "/award-registers/template",
    opt={"deed": Deed.SEE_DECISIONS},
    media_type=XLSX,
    summary="The workbook of a register of awards",
)
async def awards_template(request: Asked) -> Response[bytes]:
    """The workbook to fill in: sheets for awards and for the instalments of those that are paid in advance."""
    require(request.user, Deed.SEE_DECISIONS)
    return await _template(RegisterKind.AWARDS)


@get("/payment-files/template", opt={"deed": Deed.SEE_DECISIONS}, media_type=XLSX, summary="The workbook of payments")
async def payments_template(request: Asked) -> Response[bytes]:
    """The workbook to fill in, where no finance system gives such a table."""
    require(request.user, Deed.SEE_DECISIONS)
    return await _template(RegisterKind.PAYMENTS)


async def _load(
    request: Asked, gate: Gate, desk: Desk, form: RegisterForm, kind: RegisterKind, key: str | None
) -> RegisterLoadView:
    require(request.user, Deed.PROPOSE)
    content = await form.workbook.read()
    file = Upload((form.workbook.filename or "workbook")[:200], content)
    asked = f"{request.url.path}\n{file.sha256}".encode()
    answer = await gate.answered(request.user, key, asked, RegisterLoadView)
    if answer is None:
        read = await desk.register(content, kind)
        deed = partial(register_loads.load, file=file, read=read)
        answer = await gate.once(request.user, key, asked, RegisterLoadView, deed)
    return answer


@post("/award-registers", opt={"deed": Deed.PROPOSE}, summary="Load a register of awards")
async def load_awards(
    request: Asked,
    gate: NamedDependency[Gate],
    desk: NamedDependency[Desk],
    data: Annotated[RegisterForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    idempotency_key: Key = None,
) -> RegisterLoadView:
    """Proposes every award that is new, and a variation of each whose terms are other; a second person decides.

    With a single problem nothing is proposed, and every problem is told at its cell. The same terms again change nothing.
    422 for a file that is no register: nothing is kept.
    """
    return await _load(request, gate, desk, data, RegisterKind.AWARDS, idempotency_key)


@post("/payment-files", opt={"deed": Deed.PROPOSE}, summary="Load a payment file")
async def load_payments(
    request: Asked,
    gate: NamedDependency[Gate],
    desk: NamedDependency[Desk],
    data: Annotated[RegisterForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    idempotency_key: Key = None,
) -> RegisterLoadView:
    """Matches payments to instalments and claims by reference and amount: exact ones are proposed, a second person decides.

    What is nearly one, and what is none, is told with the reason, and never guessed; a payment that is on the record already
    is left alone, so that a file loaded twice does nothing. 422 for a file that is no such table: nothing is kept.
    """
    return await _load(request, gate, desk, data, RegisterKind.PAYMENTS, idempotency_key)


@get("/register-loads", opt={"deed": Deed.SEE_DECISIONS}, summary="Loaded registers and payment files")
async def list_loads(
    request: Asked,
    gate: NamedDependency[Gate],
    kind: Annotated[RegisterKind | None, QueryParameter(description="Of one kind only.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[RegisterLoadView]:
    """Files that were loaded, the newest first, with their problems and what their rows came to."""
    async with gate.reading(request.user) as view:
        return await register_loads.loads_page(view, kind, after, limit)


@get("/register-loads/{load_id:uuid}", opt={"deed": Deed.SEE_DECISIONS}, summary="One loaded file")
async def one_load(request: Asked, gate: NamedDependency[Gate], load_id: FromPath[UUID]) -> RegisterLoadView:
    """A file that was loaded: who, when, its problems, and how many of its rows came to what."""
    async with gate.reading(request.user) as view:
        return await register_loads.one_load(view, load_id)


@get("/register-loads/{load_id:uuid}/rows", opt={"deed": Deed.SEE_DECISIONS}, summary="What became of its rows")
async def load_rows(
    request: Asked,
    gate: NamedDependency[Gate],
    load_id: FromPath[UUID],
    outcome: Annotated[Outcome | None, QueryParameter(description="Rows that came to this only.")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[RowResult]:
    """Each row with its outcome and the reason, in the file's order. Of a register: one for each award."""
    async with gate.reading(request.user) as view:
        return await register_loads.load_rows(view, load_id, outcome, after, limit)


@get(
    "/register-loads/{load_id:uuid}/file",
    opt={"deed": Deed.SEE_DECISIONS},
    media_type="application/octet-stream",
    summary="The file as it came",
)
async def load_file(request: Asked, gate: NamedDependency[Gate], load_id: FromPath[UUID]) -> Response[bytes]:
    """The bytes that were loaded; their SHA-256 is on the record."""
    async with gate.reading(request.user) as view:
        found = await register_loads.loaded_file(view, load_id)
    headers = headers_for(found.filename, found.sha256)
    return Response(found.content, media_type="application/octet-stream", headers=headers)


@get(
    "/register-loads/{load_id:uuid}/annotated",
    opt={"deed": Deed.SEE_DECISIONS},
    media_type=XLSX,
    summary="The file with its problems marked",
)
async def load_annotated(
    request: Asked, gate: NamedDependency[Gate], desk: NamedDependency[Desk], load_id: FromPath[UUID]
) -> Response[bytes]:
    """The file with a note at each problem and a first sheet that lists them; of a load that was taken, a note at each row that was not matched.

    Always XLSX; an ODS or a CSV comes back as a copy of its values.
    """
    async with gate.reading(request.user) as view:
        found = await register_loads.loaded_file(view, load_id)
    copy = await desk.annotated(found.content, found.problems)
    headers = headers_for(annotated_name(found.filename), hashlib.sha256(copy).hexdigest())
    return Response(copy, media_type=XLSX, headers=headers)


@post(
    "/register-loads/{load_id:uuid}/approve",
    opt={"deed": Deed.DECIDE},
    status_code=200,
    summary="Approve what a file proposed",
)
async def approve_load(
    request: Asked,
    gate: NamedDependency[Gate],
    load_id: FromPath[UUID],
    data: JSONBody[LoadApproval],
    idempotency_key: Key = None,
) -> ApprovedLoad:
    """The second person agrees with all that the file proposed and that still waits: all of it is posted, or nothing is."""
    asked = request.url.path.encode() + b"\n" + await request.body()
    deed = partial(register_loads.approve_load, load_id=load_id, reason=data.reason)
    return await gate.once(request.user, idempotency_key, asked, ApprovedLoad, deed)


ROUTES = [
    awards_template,
    payments_template,
    load_awards,
    load_payments,
    list_loads,
    one_load,
    load_rows,
    load_file,
    load_annotated,
    approve_load,
]
