"""Evidence of a return as pages: what is attached and whether it was scanned; a file added, downloaded, withdrawn."""

import asyncio
from functools import partial
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from grants.actions import evidence
from grants.actions.downloads import headers_for
from grants.actions.evidence import Attached, EvidenceRules, EvidenceView
from grants.actions.return_views import return_view
from grants.domain.access import Deed, Scope, may
from grants.domain.errors import NotAllowed, NotFound, TallystickError
from grants.domain.returns import ReturnState
from grants.pages.forms import Sent, once, sent
from grants.pages.layout import Asked, go, page
from grants.store.evidence_files import Line
from grants.store.transaction import Gate
from importers.pages.file_limits import limits_of, refuse_too_large, too_large_errors
from importers.pages.record_routes import RETURN, crumbs_of

EVIDENCE: Final = f"{RETURN}/evidence"
ONE_FILE: Final = f"{EVIDENCE}/{{file_id:uuid}}"
REFERENCE_MAX: Final = 200
TOLD: Final = {
    "attached": "The file is attached.",
    "there": "The same file was attached before, so nothing was added.",
    "withdrawn": "The file is withdrawn. It stays on the record.",
}
_POSTED: Final[dict[str, Any]] = {
    "opt": {"deed": Deed.ATTACH_EVIDENCE},
    "include_in_schema": False,
    "status_code": 200,
}


@get(EVIDENCE, opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def evidence_of(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
) -> Response[str]:
    """All files of a return, and the form to attach one."""
    errors = too_large_errors(request, "file", evidence_rules.bytes_max)
    return await _page(request, gate, evidence_rules, return_id, errors=errors)


@post(EVIDENCE, exception_handlers={413: refuse_too_large}, **_POSTED)
async def attach(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
) -> Response[Any]:
    """Keeps a file with the return, or with the line that is named."""
    async with gate.reading(request.user) as view:
        await evidence.check_may_attach(view, return_id)
    form = await sent(request)
    file, reference = form.files.get("file"), form.text("line")
    if wrong := _wrong(form):
        return await _page(request, gate, evidence_rules, return_id, form, wrong, 422)
    try:
        arrived = await asyncio.to_thread(
            evidence.look_at,
            file.filename if file else "",
            BytesIO(file.content if file else b""),
            evidence_rules.bytes_max,
        )
        line = Line(reference or None, None, None)
        action = partial(evidence.attach, return_id=return_id, arrived=arrived, line=line, rules=evidence_rules)
        answer = await once(request, gate, Attached, action)
    except TallystickError as refused:
        where = "line" if refused.code == "line" else "file"
        return await _page(request, gate, evidence_rules, return_id, form, {where: refused.message}, 422)
    if evidence_rules.is_scanning:
        request.app.state.waker.nudge()
    return go(f"/returns/{return_id}/evidence", done="attached" if answer.is_new else "there")


def _wrong(form: Sent) -> dict[str, str]:
    if "file" not in form.files:
        return {"file": "Select a file"}
    if len(form.text("line")) > REFERENCE_MAX:
        return {"line": f"A line's reference can hold {REFERENCE_MAX} characters"}
    return {}


@get(ONE_FILE, opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def download(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
    file_id: FromPath[UUID],
) -> Stream:
    """The very bytes, always as an attachment."""
    found = await evidence.download(gate, request.user, return_id, file_id, evidence_rules)
    facts = {
        "Content-Length": str(found.size_bytes),
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Virus-Scan": found.scan.value,
    }
    headers = {**headers_for(found.filename, found.sha256), **facts}
    return Stream(found.pieces, media_type="application/octet-stream", headers=headers)


@post(f"{ONE_FILE}/withdraw", **_POSTED)
async def withdraw(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
    file_id: FromPath[UUID],
) -> Response[Any]:
    """Marks a wrong file as withdrawn, with the reason."""
    form = await sent(request)
    field, reason = f"reason-{file_id}", form.text(f"reason-{file_id}")
    if not reason or len(reason) > 2_000:
        wrong = {field: "Say why the file is withdrawn, in up to 2,000 characters"}
        return await _page(request, gate, evidence_rules, return_id, form, wrong, 422)
    action = partial(evidence.withdraw, return_id=return_id, file_id=file_id, reason=reason, rules=evidence_rules)
    try:
        await once(request, gate, EvidenceView, action)
    except (NotFound, NotAllowed):
        raise
    except TallystickError as refused:
        return await _page(request, gate, evidence_rules, return_id, form, {"": refused.message}, 409)
    return go(f"/returns/{return_id}/evidence", done="withdrawn")


async def _page(
    request: Asked,
    gate: Gate,
    rules: EvidenceRules,
    return_id: UUID,
    form: Sent | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    async with gate.reading(request.user) as view:
        found, files = await return_view(view, return_id), await evidence.evidence(view, return_id, rules)
    attaches = may(request.user, Deed.ATTACH_EVIDENCE, Scope(None, found.recipient_id)) and (
        found.state is not ReturnState.ACCEPTED
    )
    return page(
        request,
        "return_evidence",
        "Evidence",
        status=status,
        errors=errors,
        told=TOLD,
        crumbs=crumbs_of(found),
        found=found,
        files=files.files,
        workbooks=files.workbooks,
        attaches=attaches,
        **limits_of(request, rules.bytes_max),
        typed=form,
    )


ROUTES: Final[list[Any]] = [download, withdraw]
FILE_ROUTES: Final[list[Any]] = [evidence_of, attach]
