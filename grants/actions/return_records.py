"""What a return's record holds, as lists: the lines of its newest version."""

from uuid import UUID

import asyncpg

from grants.actions.return_views import newest_version, seen
from grants.store.listing_query import Listed, Wanted
from grants.store.lists.return_lines import return_lines
from grants.store.transaction import View

_NO_VERSION = 0


async def lines_listed(view: View, return_id: UUID, wanted: Wanted) -> Listed[asyncpg.Record]:
    """One page of the lines of a return's newest version; none where nothing was uploaded yet. Raises NotFound."""
    found = await seen(view, return_id)
    version_id = (await newest_version(view, return_id))[0] if found.version else _NO_VERSION
    return await return_lines(view.db, wanted, version_id)
