"""The first page."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from grants.domain.access import Deed
from grants.pages.layout import Asked, page, roles_in_words
from grants.store.transaction import Gate


@get("/", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def front(request: Asked, gate: NamedDependency[Gate]) -> Response[str]:
    """What this is; for whoever is signed in, who they are and what they may do."""
    actor = request.scope.get("user")
    roles = await roles_in_words(gate, actor) if actor is not None else []
    return page(request, "front", "Tallystick", roles=roles)


ROUTES: list[Any] = [front]
