"""The page that a notice of a report leads to: the run, its files and its history, for whoever may see it when they come."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from grants.actions.downloads import headers_for
from grants.actions.report_views import file_pieces, run
from grants.domain.access import Deed
from grants.pages.layout import Asked, page
from grants.store.transaction import Gate

REPORT: Final = "/reports/{run_id:uuid}"
FORMATS: Final = ("xlsx", "ods", "csv", "json")


@get(REPORT, opt={"deed": Deed.SEE_REPORTS}, include_in_schema=False)
async def report(request: Asked, gate: NamedDependency[Gate], run_id: FromPath[UUID]) -> Response[str]:
    """One run. What is unknown and what is somebody else's look the same."""
    async with gate.reading(request.user) as view:
        found = await run(view, run_id)
    offer = request.app.state.offers.get(found.report)
    return page(request, "report", offer.title if offer else found.report, run=found, purpose=offer and offer.purpose)


@get([f"{REPORT}/{each}" for each in FORMATS], opt={"deed": Deed.SEE_REPORTS}, include_in_schema=False)
async def download(request: Asked, gate: NamedDependency[Gate], run_id: FromPath[UUID]) -> Stream:
    """A file as it was made, byte for byte, always as an attachment."""
    of_format = request.url.path.rpartition("/")[2]
    file, pieces = await file_pieces(gate, request.user, request.app.state.offers, run_id, of_format)
    facts = {"Content-Type": "application/octet-stream", "Content-Length": str(file.size_bytes)}
    return Stream(pieces, headers={**headers_for(file.filename, file.sha256), **facts})


ROUTES: list[Any] = [report, download]
