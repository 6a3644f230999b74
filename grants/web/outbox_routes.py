"""The door of administrators to the outbox: which notices were sent, wait, or could not be sent."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from grants.actions.listing import Page
from grants.actions.notices import outbox_page
from grants.domain.access import Deed
from grants.domain.notices import NoticeState
from grants.store.outbox import NoticeView
from grants.store.transaction import Gate
from grants.web.asking import After, Asked, Limit


@get("/outbox", opt={"deed": Deed.SEE_PEOPLE}, summary="Notices that were sent, wait, or could not be sent")
async def list_notices(
    request: Asked,
    gate: NamedDependency[Gate],
    notice_state: Annotated[
        NoticeState | None, QueryParameter(name="state", description="Notices that stand there.")
    ] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[NoticeView]:
    """Notices, the newest first: to whom, when, after how many attempts and why the last one failed; never their words.

    `failed` was given up; `uncertain` was handed over, and nobody can say whether it was taken, so that it is not sent
    again; `dropped` was no longer true, or no longer for this person, when its turn came.
    """
    async with gate.reading(request.user) as view:
        return await outbox_page(view, notice_state, after, limit)


ROUTES = [list_notices]
