"""Commands about the outbox: which notices could not be sent, and to send one again."""

import sys
from typing import Annotated
from uuid import UUID

import typer

from grants.actions import notices
from grants.actions.people import OPERATOR
from grants.domain.notices import NoticeState
from grants.domain.periods import show_instant
from grants.installation import with_gate
from grants.settings import Settings
from grants.store.outbox import NoticeView
from grants.store.transaction import Gate

outbox = typer.Typer(no_args_is_help=True, help="Notices: sent, waiting, failed.")


@outbox.command("list")
def outbox_list(
    state: Annotated[NoticeState | None, typer.Option(help="Those that stand there; left out: all.")] = None,
    most: Annotated[int, typer.Option(min=1, max=1000, help="So many, the newest first.")] = 50,
) -> None:
    """List notices: to whom, when, and why the last attempt failed; never their words."""

    async def work(gate: Gate) -> list[NoticeView]:
        async with gate.reading(OPERATOR) as view:
            return (await notices.outbox_page(view, state, None, most)).items

    for notice in with_gate(Settings(), work):
        to, failure = notice.to or "address not kept", notice.failure or ""
        queued = show_instant(notice.queued_at)
        print(f"{notice.id}  {notice.state}  {notice.what}  {to}  {queued}  {failure}".rstrip())


@outbox.command("send-again")
def outbox_send_again(
    notice: Annotated[UUID, typer.Argument(help="Its identifier, as outbox list shows it.")],
) -> None:
    """Send a notice again that failed, or is uncertain: that one may then arrive twice."""

    async def work(gate: Gate) -> NoticeView:
        async with gate.deed(OPERATOR) as tx:
            return await notices.send_again(tx, notice)

    print(f"{with_gate(Settings(), work).what} is sent again when the service next looks.", file=sys.stderr)
