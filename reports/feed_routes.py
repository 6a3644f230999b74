"""The doors of feeds: each report's main table, live, for a spreadsheet's or a tool's "get data from web"."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_304_NOT_MODIFIED

from grants.domain.access import Actor, Deed
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.feeds import Feed, feed_of, written

_BLOCK_BYTES: Final = 1 << 18
_MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@get(
    "/feeds/{feed:str}",
    opt={"deed": Deed.SEE_REPORTS, "files": ("text/csv", "application/json")},
    summary="A report's main table, live",
)
async def read_feed(
    request: Request[Actor, Any, Any],
    gate: NamedDependency[Gate],
    feed: FromPath[str],
    programme: Annotated[str | None, QueryParameter(max_length=40, description="This programme only.")] = None,
    funding_line: Annotated[str | None, QueryParameter(max_length=40, description="This funding line only.")] = None,
    recipient: Annotated[str | None, QueryParameter(max_length=80, description="This recipient only.")] = None,
    period: Annotated[str | None, QueryParameter(max_length=12, description="Like 2025-26 or 2025-26-Q2.")] = None,
    if_none_match: Annotated[
        str | None,
        HeaderParameter(name="If-None-Match", required=False, max_length=200, description="The `ETag` that you have."),
    ] = None,
) -> Response[Any]:
    """The main table of a report as it stands now: `allocation-position.csv`, or `.json` with amounts in whole pence.

    The address stays the same. `ETag` changes whenever the table could; an answer of 304 says that it has not.
    """
    filters = Filters(programme, funding_line, recipient, period)
    found = await feed_of(gate, request.user, feed, filters, request.app.state.publisher)
    headers = {"ETag": f'"{found.tag}"', "Cache-Control": "private, no-cache"}
    if if_none_match is not None and found.tag in if_none_match:
        return Response(b"", status_code=HTTP_304_NOT_MODIFIED, media_type="text/plain", headers=headers)
    content = _blocks(gate, found)
    first = await anext(content)
    return Stream(_then(first, content), media_type=_MEDIA_TYPES[found.format], headers=headers)


async def _blocks(gate: Gate, found: Feed) -> AsyncIterator[bytes]:
    async with written(gate, found) as content:
        while block := await asyncio.to_thread(content.read, _BLOCK_BYTES):
            yield block


async def _then(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The whole table is written before the first block: what goes wrong until then is still an answer of its own."""
    yield first
    async for block in rest:
        yield block


ROUTES = [read_feed]
