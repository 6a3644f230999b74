"""Doors of the service itself: whether it is well, and the journal."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from grants.actions.journal import journal_page
from grants.actions.listing import Page
from grants.domain.access import Deed
from grants.store.journal import JournalLine
from grants.store.migrate import newest
from grants.store.transaction import Gate
from grants.web.asking import After, Asked, Limit
from grants.web.problems import problem


@get("/health/live", opt={"deed": Deed.ANYONE}, include_in_schema=False, sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@get("/health/ready", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def ready(request: Request[Any, Any, Any], gate: NamedDependency[Gate]) -> Response[Any]:
    """The database answers and has the newest schema."""
    async with gate.glance() as db:
        at = await db.fetchval("SELECT version_num FROM alembic_version")
    if at != newest():
        return problem(request, 503, "schema", "The database's schema is not the newest. Run tallystick migrate.")
    return Response({"status": "ready", "schema": at})


@get("/journal", opt={"deed": Deed.SEE_JOURNAL}, summary="The journal")
async def journal(
    request: Asked,
    gate: NamedDependency[Gate],
    subject: FromQuery[str | None] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[JournalLine]:
    """Who did what, in order: a record for each deed."""
    async with gate.reading(request.user) as view:
        return await journal_page(view, subject, after, limit)


OUTSIDE = [live, ready]
ROUTES = [journal]
