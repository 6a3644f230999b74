"""Whose eyes an earlier state is read with: it is told by the whole journal, which hardly anybody may read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import astuple
from typing import Final

import asyncpg

from grants.domain.access import Actor
from grants.domain.errors import RuleBroken
from grants.store.row_security import CHANGE, told_of
from grants.store.transaction import Db, View

_SEES_ALL: Final = "SELECT is_over_all('programmes') AND is_able('see_journal')"


@asynccontextmanager
async def seeing_all(view: View, overseer: Actor) -> AsyncIterator[Db]:
    """The same moment as somebody sees it who may read everything: ask first whether the viewer may know the answer."""
    await view.db.fetchrow(CHANGE, *astuple(told_of(overseer)))
    try:
        yield view.db
    finally:
        with suppress(asyncpg.InFailedSQLTransactionError):  # then nobody reads anything any more
            await view.db.fetchrow(CHANGE, *astuple(told_of(view.actor)))


async def require_sight(db: Db) -> None:
    """Raises RuleBroken for a reader whom a part of the record is kept from: what they were told would be another state."""
    if not await db.fetchval(_SEES_ALL):
        raise RuleBroken("sight", "An earlier state is read by those who may read all of the journal.")
