"""The door to an upload's annotated copy: the recipient's own workbook, with every problem marked at its cell."""

import hashlib
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from msgspec import structs

from grants.actions.annotated_copies import checked_file
from grants.actions.downloads import headers_for
from grants.actions.evidence import check_no_virus
from grants.domain.access import Actor, Deed
from grants.store.transaction import Gate
from importers.annotate import annotated_name
from importers.answer import Notice
from importers.background import Desk

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@get(
    "/returns/{return_id:uuid}/annotated",
    opt={"deed": Deed.SEE_RETURN},
    media_type=XLSX,
    summary="The workbook with its problems marked",
)
async def annotated(
    request: Request[Actor, Any, Any],
    gate: NamedDependency[Gate],
    desk: NamedDependency[Desk],
    return_id: FromPath[UUID],
    version: Annotated[int | None, QueryParameter(ge=1, description="Which upload. Left out: the newest.")] = None,
) -> Response[bytes]:
    """The uploaded workbook with a note and a border at each problem, and a first sheet that lists them all and says how it was read.

    Always XLSX; an ODS comes back as a copy of its values. The same upload gives the same bytes. 409 while the upload
    is still being checked, and where a virus was found in it; 422 for an upload that could not be read.
    """
    async with gate.reading(request.user) as view:
        found = await checked_file(view, return_id, version)
        await check_no_virus(view, return_id, found.file.sha256)
    notices = tuple(Notice(**structs.asdict(one)) for one in found.notices)
    copy = await desk.annotated(found.file.content, found.problems, notices)
    headers = headers_for(annotated_name(found.file.filename), hashlib.sha256(copy).hexdigest())
    return Response(copy, media_type=XLSX, headers=headers)


ROUTES = [annotated]
