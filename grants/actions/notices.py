"""Notices on their way: reminders queued when their day comes, each notice looked at again before it is sent, and what then became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from grants.actions.listing import Page, decode_moment, moment_key, page
from grants.domain import second_factor
from grants.domain.access import MAY, Deed, Role, require, require_genuine
from grants.domain.errors import Conflict
from grants.domain.letters import Letter, Letterhead, key_of, words_of
from grants.domain.notices import (
    OF_REPORTS,
    TOLD,
    AboutInvitation,
    Notice,
    NoticeState,
    check_may_go_again,
    reminded,
    reminders_due,
    run_holds,
    still_holds,
)
from grants.domain.reminders import reminding_day
from grants.store import outbox, report_notices
from grants.store.journal import record
from grants.store.outbox import NoticeView, Unclear, Waiting
from grants.store.transaction import Tx, View

LEASE: Final = timedelta(minutes=5)
"""How long a notice may be on its way; whoever hands it over ends long before, or does not begin."""
MAX_ATTEMPTS: Final = 12
FIRST_DELAY: Final = timedelta(minutes=1)
LONGEST_DELAY: Final = timedelta(hours=12)
"""A mail server may be away from Friday to Monday: twelve attempts take more than three days."""
ASKED_FOR: Final = timedelta(days=6)
"""How long a transport may be asked for what it was given. Source: GOV.UK Notify keeps messages for seven days."""
NO_LONGER: Final = "It was no longer true, or no longer for this person, when its turn came."
UNCERTAIN: Final = "It was handed over, and whether it was taken cannot be found out. It is not sent again."


@dataclass(frozen=True)
class Errand:
    """A letter to hand over now, by a transport. The claim on it is durable already."""

    notice: UUID
    what: Notice
    fence: int
    attempt: int
    transport: str
    letter: Letter


@dataclass(frozen=True)
class Desk:
    """What letters are written with: the letterhead, the key that opens sealed links, and which transport takes them.

    `lease` is how long a letter may be on its way; `sights` what one must be allowed to see a report, by its name, beside
    reports as such.
    """

    head: Letterhead
    key: bytes
    usual: str
    for_examples: str
    lease: timedelta = LEASE
    sights: Mapping[str, Deed] = field(default_factory=dict)


async def queue_reminders(tx: Tx) -> int:
    """Queues the reminders that today is for, of returns that were never submitted; how many were not there yet."""
    today = reminding_day(tx.now)
    due: dict[tuple[str, Role], list[UUID]] = {}
    for return_id, about in (await outbox.about_returns(tx.db)).items():
        for reminder in reminders_due(about, today):
            due.setdefault(reminder, []).append(return_id)
    return sum(
        [await outbox.queue(tx, Notice.REMINDER, returns, which, [role]) for (which, role), returns in due.items()]
    )


async def take(tx: Tx, desk: Desk) -> Errand | None:
    """The next letter to hand over, once the deed is committed; None where nothing waits.

    What is no longer true, or for somebody who left, is dropped on the way.
    """
    while (waiting := await outbox.next_waiting(tx)) is not None:
        letter = await _letter(tx, waiting, desk)
        if letter is None:
            await outbox.drop(tx, waiting.id, NO_LONGER)
            continue
        transport = desk.for_examples if waiting.is_example else desk.usual
        fence = await outbox.begin(tx, waiting, transport, tx.now + desk.lease)
        return Errand(waiting.id, waiting.what, fence, waiting.attempts + 1, transport, letter)
    return None


async def _letter(tx: Tx, waiting: Waiting, desk: Desk) -> Letter | None:
    """The notice in words, from what is true now; None where it no longer is."""
    if not waiting.active:
        return None
    today = reminding_day(tx.now)
    if waiting.what is Notice.INVITATION:
        invitation = await _invitation(tx, waiting, desk.key)
        words = None if invitation is None else words_of(waiting.what, invitation, desk.head, today)
    elif waiting.what in OF_REPORTS:
        words = await _of_report(tx, waiting, desk)
    else:
        words = await _of_return(tx, waiting, desk.head)
    if words is None:
        return None
    key = key_of(waiting.what, waiting.id, waiting.queued_at, waiting.again)
    return Letter(key, waiting.address, *words, service=desk.head.service)


async def _invitation(tx: Tx, waiting: Waiting, key: bytes) -> AboutInvitation | None:
    found = await outbox.open_invitation(tx.db, waiting.about, tx.now)
    if found is None or waiting.sealed is None:
        return None
    try:
        return AboutInvitation(found[0], second_factor.opened(key, waiting.about, waiting.sealed), found[1])
    except Conflict:  # the service has another key now: a new invitation must be made
        return None


async def _of_report(tx: Tx, waiting: Waiting, desk: Desk) -> tuple[str, str] | None:
    about = await report_notices.about_run(tx.db, waiting.about)
    if about is None or not run_holds(waiting.what, about):
        return None
    is_ready = waiting.what is Notice.REPORT_READY
    if is_ready and not await report_notices.is_receiver(tx.db, waiting.about, waiting.person):
        return None
    sight = desk.sights.get(about.report) if is_ready else None
    told = await report_notices.held_over(
        tx.db,
        [waiting.person],
        about.programme if is_ready else None,
        OF_REPORTS[waiting.what],
        MAY[sight] if sight else None,
        with_examples=about.is_example,
    )
    return words_of(waiting.what, about, desk.head, reminding_day(tx.now)) if told else None


async def _of_return(tx: Tx, waiting: Waiting, head: Letterhead) -> tuple[str, str] | None:
    about = (await outbox.about_returns(tx.db, waiting.about)).get(waiting.about)
    today = reminding_day(tx.now)
    if about is None or not still_holds(waiting.what, waiting.which, about, today):
        return None
    roles = reminded(about.state) if waiting.what is Notice.REMINDER else TOLD[waiting.what]
    if not await outbox.is_told(tx.db, waiting.about, waiting.person, roles):
        return None
    return words_of(waiting.what, about, head, today)


async def sent(tx: Tx, errand: Errand) -> bool:
    """The transport took it."""
    return await outbox.end(tx, errand.notice, errand.fence, NoticeState.SENT)


async def refused(tx: Tx, errand: Errand, why: str) -> bool:
    """The transport will never take it."""
    return await outbox.end(tx, errand.notice, errand.fence, NoticeState.FAILED, why)


async def not_taken(tx: Tx, errand: Errand, why: str) -> bool:
    """The transport certainly did not take it: another attempt after a while, or no more."""
    if errand.attempt >= MAX_ATTEMPTS:
        why = f"{why} It was given up after {errand.attempt} attempts."
        return await outbox.end(tx, errand.notice, errand.fence, NoticeState.FAILED, why)
    return await outbox.wait(tx, errand.notice, errand.fence, why, tx.now + delay_after(errand.attempt))


def delay_after(attempt: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(FIRST_DELAY * (1 << 2 * (attempt - 1)), LONGEST_DELAY)


async def unclear(tx: Tx, errand: Errand, why: str, *, can_be_asked: bool, lease: timedelta = LEASE) -> bool:
    """Nobody knows whether the transport took it: it is asked in a while, where it can be."""
    if can_be_asked:
        return await outbox.ask_later(tx, errand.notice, errand.fence, why, tx.now + lease)
    return await outbox.end(tx, errand.notice, errand.fence, NoticeState.UNCERTAIN, UNCERTAIN)


async def next_unclear(tx: Tx, lease: timedelta = LEASE) -> Unclear | None:
    """Claims a notice whose sender stopped in the middle, or did not learn how it went."""
    return await outbox.next_unclear(tx, tx.now + lease)


def may_be_asked(found: Unclear, now: datetime) -> bool:
    """Whether a transport that keeps what it was given still knows of it."""
    return now - found.handed_over_at < ASKED_FOR


async def cleared(tx: Tx, found: Unclear, was_taken: bool | None) -> bool:
    """What became of it after all: sent, or to be sent again; None: that cannot be found out."""
    if was_taken:
        return await outbox.end(tx, found.id, found.fence, NoticeState.SENT)
    if was_taken is None:
        return await outbox.end(tx, found.id, found.fence, NoticeState.UNCERTAIN, UNCERTAIN)
    if found.attempts >= MAX_ATTEMPTS:
        return await outbox.end(tx, found.id, found.fence, NoticeState.FAILED, "It was never taken.")
    return await outbox.wait(tx, found.id, found.fence, "Its sender stopped before it was taken.", tx.now)


async def forget(tx: Tx, days: int) -> None:
    """Removes the addresses of notices that ended so many days ago."""
    await outbox.forget_addresses(tx, tx.now - timedelta(days=days))


async def send_again(tx: Tx, notice_id: UUID) -> NoticeView:
    """Has a notice that failed, or is uncertain, sent again: whoever asks answers for it that it may arrive twice.

    Nothing is sent that is no longer true. Raises NotFound, NotAllowed, and Conflict for what is in another state.
    """
    require(tx.actor, Deed.MANAGE_PEOPLE)
    found = await outbox.find(tx.db, notice_id)
    require_genuine(tx.actor, found.is_example)
    check_may_go_again(found.what, found.state)
    if not await outbox.send_again(tx, notice_id):
        raise Conflict("notice_state", "This notice has changed in the meantime. Look at it again.")
    before, after = {"state": found.state.value}, {"what": found.what.value, "again": found.again + 1}
    await record(tx, Deed.MANAGE_PEOPLE, "notice", str(notice_id), before=before, after=after)
    return await outbox.find(tx.db, notice_id)


async def outbox_page(view: View, state: NoticeState | None, after: str | None, limit: int) -> Page[NoticeView]:
    """Notices, the newest first."""
    require(view.actor, Deed.SEE_PEOPLE)
    found = await outbox.page_of(view.db, state, decode_moment(after), limit + 1)
    return page(found, limit, lambda notice: moment_key(notice.queued_at, notice.id))
