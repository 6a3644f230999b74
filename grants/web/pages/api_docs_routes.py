"""The API's description as pages, made by the server: no script, and nothing from elsewhere."""

import asyncio
from typing import Any

from litestar import Litestar, Response, get
from litestar.params import FromPath
from litestar.routes import HTTPRoute

from grants import __version__
from grants.domain.access import Deed
from grants.domain.errors import NotFound
from grants.pages.layout import Asked, page
from grants.web.api_parts import PREFIX, Part, parts

_CRUMBS = (("The API", "/api-docs"),)


async def _parts(request: Asked) -> dict[str, Part]:
    """Made when somebody asks first: nobody should wait for it at the start."""
    if "api_parts" not in request.app.state:
        request.app.state.api_parts = await asyncio.to_thread(_made, request)
    found: dict[str, Part] = request.app.state.api_parts
    return found


def _made(request: Asked) -> dict[str, Part]:
    app: Litestar = request.app
    config = app.openapi_config
    if config is None:
        raise NotFound("api", "This service has no description of its API.")
    description = config.render_plugins[0].render(request, app.openapi_schema.to_schema())
    deeds = {
        (method.lower(), route.path_format): handler.opt["deed"]
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path.startswith(PREFIX)
        for handler in route.route_handlers
        if "deed" in handler.opt
        for method in handler.http_methods
    }
    return parts(description, deeds)


@get("/api-docs", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def api_docs(request: Asked) -> Response[Any]:
    """What the API is, and all of its doors by what they are about."""
    return page(request, "api_docs", "The API", parts=list((await _parts(request)).values()), version=__version__)


@get("/api-docs/{part:str}", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def api_docs_part(request: Asked, part: FromPath[str]) -> Response[Any]:
    """The doors of one part, each with its parameters, bodies and answers."""
    found = (await _parts(request)).get(part)
    if found is None:
        raise NotFound("part", "There is no such part of the API.")
    return page(request, "api_docs_part", found.title, crumbs=_CRUMBS, part=found)


ROUTES: list[Any] = [api_docs, api_docs_part]
