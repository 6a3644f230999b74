"""The doors of administrators to the outbox: which notices were sent, wait, or could not be sent; and to send one again."""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from grants.actions.listing import Page
from grants.actions.notices import outbox_page, send_again
from grants.domain.access import Deed
from grants.domain.notices import NoticeState
from grants.store.outbox import NoticeView
from grants.store.transaction import Gate
from grants.web.asking import After, Asked, Key, Limit, once


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


@post(
    "/outbox/{notice_id:uuid}/send-again",
    opt={"deed": Deed.MANAGE_PEOPLE},
    status_code=200,
    summary="Send a notice again",
)
async def send_notice_again(
    request: Asked, gate: NamedDependency[Gate], notice_id: FromPath[UUID], idempotency_key: Key = None
) -> NoticeView:
    """Puts a notice back to wait that `failed` or is `uncertain`: the service never does so by itself.

    An uncertain one may have arrived, and then it arrives twice. It is dropped if it is no longer true. 409 for a
    notice in another state, and for an invitation: make a new one.
    """
    return await once(request, gate, idempotency_key, NoticeView, partial(send_again, notice_id=notice_id))


ROUTES = [list_notices, send_notice_again]
