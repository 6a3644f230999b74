"""The pages of the outbox: which notices were sent, wait, or could not be sent, and sending one again."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions.administration import notice_with_person, notices_listed
from grants.actions.notices import send_again
from grants.domain.access import Deed, may
from grants.domain.errors import Conflict, NotAllowed
from grants.domain.notices import MAY_GO_AGAIN, Notice, NoticeState
from grants.pages.forms import once
from grants.pages.layout import Asked, go, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices, Column, Kind, TableSpec, Tag, table_state
from grants.store.outbox import NoticeView
from grants.store.transaction import Gate
from grants.web.pages.service_words import TRANSPORTS

STATES: Final = {
    NoticeState.WAITING.value: Tag("Waits", "yellow"),
    NoticeState.SENDING.value: Tag("Being sent"),
    NoticeState.SENT.value: Tag("Sent", "green"),
    NoticeState.FAILED.value: Tag("Failed", "red"),
    NoticeState.UNCERTAIN.value: Tag("Uncertain", "orange"),
    NoticeState.DROPPED.value: Tag("Dropped", "grey"),
}
MEANINGS: Final = {
    NoticeState.WAITING: "It is sent when its turn comes.",
    NoticeState.SENDING: "It is being handed over now.",
    NoticeState.SENT: "It was handed over.",
    NoticeState.FAILED: "It was given up. Correct what stood in the way, and send it again.",
    NoticeState.UNCERTAIN: "It was handed over, and nobody can say whether it was taken. Sent again, it may arrive twice.",
    NoticeState.DROPPED: "It was no longer true, or no longer for this person, when its turn came.",
}
WHAT: Final = {
    Notice.RETURN_DUE.value: Tag("A return is due"),
    Notice.REMINDER.value: Tag("Reminder of a return"),
    Notice.SIGN_OFF.value: Tag("A return to certify"),
    Notice.DECLINED.value: Tag("Declined by the certifier"),
    Notice.CHANGES_REQUESTED.value: Tag("Changes were requested"),
    Notice.ACCEPTED.value: Tag("A return was accepted"),
    Notice.REOPENED.value: Tag("A return was reopened"),
    Notice.INFECTED.value: Tag("A file has a virus"),
    Notice.INVITATION.value: Tag("Invitation"),
    Notice.REPORT_READY.value: Tag("A report is ready"),
    Notice.REPORT_FAILED.value: Tag("A report failed"),
}
NOTICES: Final = TableSpec(
    "mail",
    "Notices",
    (
        Column(
            "what",
            "Notice",
            filter=Choices.of(WHAT),
            href=lambda row: f"/mail/{row['id']}",
            words=lambda row: WHAT[row["what"]].words,
        ),
        Column("person", "To", filter="text", href=lambda row: f"/people/{row['person_id']}"),
        Column("address", "Address", on_page=False),
        Column("state", "State", Kind.TAG, tags=STATES, filter=Choices.of(STATES)),
        Column("attempts", "Attempts", Kind.NUMBER),
        Column("queued_at", "Queued", Kind.MOMENT),
        Column("ended_at", "Ended", Kind.MOMENT, empty="Not yet"),
        Column("failure", "Why the last attempt failed", sortable=False, empty="None did"),
    ),
    sort="-queued_at",
    empty="No notice has been queued yet. Notices follow what happens: a round that opens, a return that is certified, a report that is made.",
)
_TOLD: Final = {"again": "The notice waits again, and is sent when its turn comes."}


@get("/mail", opt={"deed": Deed.SEE_PEOPLE}, include_in_schema=False)
async def mail(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The outbox, the newest first."""
    state = table_state(request, NOTICES)
    async with gate.reading(request.user) as view:
        found = await notices_listed(view, state.wanted)
    if state.download:
        return await table_file(request, state, found)
    return page(request, "mail", "Mail", listed=shown(state, found))


@get("/mail/{notice_id:uuid}", opt={"deed": Deed.SEE_PEOPLE}, include_in_schema=False)
async def one_notice(request: Asked, gate: NamedDependency[Gate], notice_id: FromPath[UUID]) -> Response[Any]:
    """One notice, and whether it can be sent again."""
    return await _notice(request, gate, notice_id)


async def _notice(
    request: Asked, gate: Gate, notice_id: UUID, errors: dict[str, str] | None = None, status: int = 200
) -> Response[Any]:
    async with gate.reading(request.user) as view:
        notice, person = await notice_with_person(view, notice_id)
    may_go_again = notice.state in MAY_GO_AGAIN and notice.what is not Notice.INVITATION
    return page(
        request,
        "mail_notice",
        WHAT[notice.what].words,
        status=status,
        errors=errors,
        told=_TOLD,
        crumbs=(("Mail", "/mail"),),
        notice=notice,
        person=person,
        state=STATES[notice.state],
        meaning=MEANINGS[notice.state],
        transport=TRANSPORTS.get(notice.transport or "", notice.transport),
        is_invitation=notice.what is Notice.INVITATION,
        may_go_again=may_go_again and may(request.user, Deed.MANAGE_PEOPLE),
    )


@post("/mail/{notice_id:uuid}/send-again", opt={"deed": Deed.MANAGE_PEOPLE}, include_in_schema=False, status_code=200)
async def send_notice_again(request: Asked, gate: NamedDependency[Gate], notice_id: FromPath[UUID]) -> Response[Any]:
    """Puts a notice back to wait."""
    try:
        await once(request, gate, NoticeView, partial(send_again, notice_id=notice_id))
    except (Conflict, NotAllowed) as refused:
        status = 409 if isinstance(refused, Conflict) else 403
        return await _notice(request, gate, notice_id, {"": refused.message}, status)
    return go(f"/mail/{notice_id}", done="again")


ROUTES: list[Any] = [mail, one_notice, send_notice_again]
