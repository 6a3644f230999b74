"""The page of one return, for everybody who may see it, and the files that belong to it: the template, and each upload."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import structs

from grants.actions import return_views, submissions
from grants.actions.annotated_copies import checked_file
from grants.actions.downloads import headers_for
from grants.actions.evidence import EvidenceRules, check_no_virus, check_workbook_let_out
from grants.actions.return_deeds import ReturnAsSeen, return_as_seen
from grants.actions.return_money import return_money
from grants.actions.return_views import EventView, VersionView
from grants.domain.access import Deed
from grants.domain.errors import Conflict
from grants.domain.returns import SUBMITTED
from grants.pages.layout import Asked, go, page
from grants.pages.rows_at_hand import listed_at_hand
from grants.pages.state_words import RETURN_STATES
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Column, Kind, TableSpec, table_state
from grants.pages.words import count
from grants.store.transaction import Gate
from importers.annotate import annotated_name
from importers.answer import Notice
from importers.background import Desk
from importers.pages.return_tasks import MEANINGS, SENT_BACK, next_step, tasks
from importers.template import build_template

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Version = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1)]
RETURN: Final = "/returns/{return_id:uuid}"
TOLD: Final = {
    "uploaded": "Your file has been uploaded and checked. No errors were found in it.",
    "taken": "Your file has been uploaded.",
    "reasons": "Your reasons are kept with the return.",
    "certified": "The return is certified, and so submitted.",
    "declined": "You declined to certify the return. Whoever prepared it is told why.",
}
_VERSIONS: Final = TableSpec(
    "versions",
    "Versions",
    (
        Column("number", "Version", Kind.NUMBER),
        Column("filename", "File"),
        Column("uploaded_by", "Uploaded by"),
        Column("uploaded_at", "Uploaded", Kind.MOMENT),
        Column("errors", "Errors", Kind.NUMBER),
        Column("warnings", "Warnings", Kind.NUMBER),
        Column("line_count", "Lines", Kind.NUMBER),
        Column("total_pence", "Total", Kind.PENCE),
        Column("note", "Note", on_page=False),
        Column("sha256", "SHA-256", on_page=False),
    ),
    sort="-number",
    empty="Nothing has been uploaded yet.",
    rows_a_page=10,
    prefixed=True,
)


@get(RETURN, opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def one_return(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[Any]:
    """One return: what it is, where it stands, what the viewer does next, its money and its versions."""
    async with gate.reading(request.user) as view:
        seen = await return_as_seen(view, return_id)
        money = await return_money(view, return_id)
    state = table_state(request, _versions_of(return_id))
    versions = listed_at_hand(seen.view.versions, state.wanted, unique="number")
    if state.download:
        return await table_file(request, state, versions)
    return page(
        request,
        "return",
        f"Spend return for {seen.view.period_label}",
        crumbs=[("Returns", "/returns")],
        told=TOLD,
        seen=seen,
        is_sent=seen.view.state in SUBMITTED,
        late=_late(seen),
        said=f"{RETURN_STATES[seen.view.state].words}. {next_step(seen).words}",
        of=seen.view,
        tag=RETURN_STATES[seen.view.state],
        meaning=MEANINGS[seen.view.state],
        sent_back=SENT_BACK.get(seen.view.state),
        message=_last_message(seen.view.history) if seen.view.state in SENT_BACK else None,
        next=next_step(seen),
        tasks=tasks(seen),
        money=money,
        versions=shown(state, versions),
    )


@get(f"{RETURN}/template", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def template(request: Asked, gate: NamedDependency[Gate], return_id: FromPath[UUID]) -> Response[bytes]:
    """The workbook to fill in, as the API's door gives it."""
    async with gate.reading(request.user) as view:
        found = await return_views.seen(view, return_id)
        context = await submissions.context_for_template(view, found.award, found.period_code)
    built = await asyncio.to_thread(build_template, context)
    return _file(built, f"spend-return-{found.award}-{context.period}.xlsx")


@get(f"{RETURN}/workbook", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def workbook(
    request: Asked,
    gate: NamedDependency[Gate],
    evidence_rules: NamedDependency[EvidenceRules],
    return_id: FromPath[UUID],
    version: Version = None,
) -> Response[Any]:
    """An upload exactly as it came; one that may not leave is told of beside the evidence, where its scan stands."""
    async with gate.reading(request.user) as view:
        file = await return_views.workbook(view, return_id, version)
        try:
            await check_workbook_let_out(view, return_id, file.sha256, evidence_rules)
        except Conflict:
            return go(f"/returns/{return_id}/evidence")
    return Response(
        file.content, media_type="application/octet-stream", headers=headers_for(file.filename, file.sha256)
    )


@get(f"{RETURN}/annotated", opt={"deed": Deed.SEE_RETURN}, include_in_schema=False)
async def annotated(
    request: Asked,
    gate: NamedDependency[Gate],
    desk: NamedDependency[Desk],
    return_id: FromPath[UUID],
    version: Version = None,
) -> Response[bytes]:
    """An upload with its problems marked in it, as the API's door gives it."""
    async with gate.reading(request.user) as view:
        found = await checked_file(view, return_id, version)
        await check_no_virus(view, return_id, found.file.sha256)
    notices = tuple(Notice(**structs.asdict(one)) for one in found.notices)
    return _file(await desk.annotated(found.file.content, found.problems, notices), annotated_name(found.file.filename))


def _file(content: bytes, filename: str) -> Response[bytes]:
    headers = headers_for(filename, hashlib.sha256(content).hexdigest())
    return Response(content, media_type=XLSX, headers=headers)


def _versions_of(return_id: UUID) -> TableSpec:
    def as_it_came(one: VersionView) -> str:
        return f"/returns/{return_id}/workbook?version={one.number}"

    columns = (replace(one, href=as_it_came) if one.key == "filename" else one for one in _VERSIONS.columns)
    return replace(_VERSIONS, columns=tuple(columns))


def _late(seen: ReturnAsSeen) -> str:
    days = f"{count(seen.late_days, 'day')} late" if seen.late_days else "late"
    return f"Submitted {days}" if seen.view.state in SUBMITTED else days[0].upper() + days[1:]


def _last_message(history: list[EventView]) -> EventView | None:
    """The words with which the return was sent back: those of the step that brought it to where it stands."""
    return next((event for event in reversed(history) if event.state in SENT_BACK), None)


ROUTES: list[Any] = [one_return, template, workbook, annotated]
