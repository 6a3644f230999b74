"""Doors of evidence files: attached one at a time, listed, downloaded and withdrawn."""

import asyncio
from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, JSONBody
from litestar.response import Stream
from msgspec import Meta, Struct

from grants.actions import evidence
from grants.actions.downloads import headers_for
from grants.actions.evidence import Attached, EvidenceList, EvidenceRules, EvidenceView
from grants.domain.access import Deed
from grants.domain.errors import Invalid
from grants.store.evidence_files import Line
from grants.store.transaction import Gate
from grants.web.asking import Asked, Key, once
from grants.web.bodies import WithdrawalBody

REFERENCE_MAX = 200
"""How long a line's reference may be."""


class EvidenceForm(Struct):
    """A file, and the line that it is about: by its reference, or by version and row; none of them: the whole return."""

    file: UploadFile
    line: str = ""
    version: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    row: Annotated[int, Meta(ge=1, le=2_000_000)] | None = None


@post("/returns/{return_id:uuid}/evidence", opt={"deed": Deed.ATTACH_EVIDENCE}, summary="Attach a file of evidence")
async def attach(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
    data: Annotated[EvidenceForm, Body(media_type=RequestEncodingType.MULTI_PART)],
    idempotency_key: Key = None,
) -> Response[EvidenceView]:
    """Keeps a PDF, PNG, JPEG or XLSX, told by its content, with a return that is not accepted. One file a request.

    201 when it is attached; 200 where the same bytes were attached to the same before. It is scanned for viruses where a
    scanner is configured: see `scan` in the list.
    """
    if len(data.line) > REFERENCE_MAX:
        raise Invalid("line", f"A line's reference can hold {REFERENCE_MAX} characters.")
    async with gate.reading(request.user) as view:
        await evidence.check_may_attach(view, return_id)
    line = Line(data.line.strip() or None, data.version, data.row)
    filename = data.file.filename or ""
    arrived = await asyncio.to_thread(evidence.look_at, filename, data.file.file, evidence_rules.bytes_max)
    asked = f"{request.url.path}\n{arrived.described}\n{line}".encode()
    action = partial(evidence.attach, return_id=return_id, arrived=arrived, line=line, rules=evidence_rules)
    answer = await gate.once(request.user, idempotency_key, asked, Attached, action)
    if evidence_rules.is_scanning:
        request.app.state.waker.nudge()
    location = f"/api/v1/returns/{return_id}/evidence/{answer.file.id}"
    return Response(answer.file, status_code=201 if answer.is_new else 200, headers={"Location": location})


@get("/returns/{return_id:uuid}/evidence", opt={"deed": Deed.SEE_RETURN}, summary="Evidence of a return")
async def list_evidence(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
) -> EvidenceList:
    """Every file, those that were withdrawn included, and whether it was scanned for viruses; the same of its workbooks."""
    async with gate.reading(request.user) as view:
        return await evidence.evidence(view, return_id, evidence_rules)


@get(
    "/returns/{return_id:uuid}/evidence/{file_id:uuid}",
    opt={"deed": Deed.SEE_RETURN},
    media_type="application/octet-stream",
    summary="One file of evidence",
)
async def download(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
    file_id: FromPath[UUID],
) -> Stream:
    """The very bytes that were attached. `Virus-Scan` says whether they were scanned.

    409 for a file in which a virus was found, and for one that is still to be scanned.
    """
    found = await evidence.download(gate, request.user, return_id, file_id, evidence_rules)
    headers = {
        **headers_for(found.filename, found.sha256),
        "Content-Length": str(found.size_bytes),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Virus-Scan": found.scan.value,
    }
    return Stream(found.pieces, media_type="application/octet-stream", headers=headers)


@post(
    "/returns/{return_id:uuid}/evidence/{file_id:uuid}/withdraw",
    opt={"deed": Deed.ATTACH_EVIDENCE},
    status_code=200,
    summary="Withdraw a file of evidence",
)
async def withdraw(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
    file_id: FromPath[UUID],
    data: JSONBody[WithdrawalBody],
    idempotency_key: Key = None,
) -> EvidenceView:
    """Marks a wrong file as withdrawn, with the reason. It is kept, and shown as withdrawn."""
    action = partial(evidence.withdraw, return_id=return_id, file_id=file_id, reason=data.reason, rules=evidence_rules)
    return await once(request, gate, idempotency_key, EvidenceView, action)


ROUTES = [attach, list_evidence, download, withdraw]
