"""The page of awards: all that the viewer may see."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from grants.actions.lists import awards_listed, lines_with_awards
from grants.domain.access import Deed, may
from grants.pages.layout import Asked, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import table_state
from grants.store.transaction import Gate
from grants.web.pages.award_list import AWARDS


@get("/awards", opt={"deed": Deed.SEE_AWARD}, include_in_schema=False)
async def awards(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The awards."""
    spec = AWARDS if may(request.user, Deed.SEE_PLAN) else AWARDS.unlinked("line_title")
    async with gate.reading(request.user) as view:
        state = table_state(request, spec, {"funding_line": await lines_with_awards(view)})
        found = await awards_listed(view, state.wanted)
    if state.download:
        return await table_file(request, state, found)
    return page(
        request,
        "awards",
        "Awards",
        listed=shown(state, found),
        sees_registers=may(request.user, Deed.SEE_DECISIONS),
    )


ROUTES: list[Any] = [awards]
