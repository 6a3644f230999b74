"""Notices: which there are, what they follow and to whom they go, and whether they still hold when they are sent."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from grants.domain.access import MAY, Deed, Role
from grants.domain.errors import Conflict
from grants.domain.reminders import Reminders, newest_reminder
from grants.domain.returns import ReturnDeed, ReturnState


class Notice(StrEnum):
    """What people are told."""

    RETURN_DUE = "return_due"
    REMINDER = "reminder"
    SIGN_OFF = "sign_off"
    DECLINED = "certifier_declined"
    CHANGES_REQUESTED = "changes_requested"
    ACCEPTED = "accepted"
    REOPENED = "reopened"
    INFECTED = "infected"
    INVITATION = "invitation"
    REPORT_READY = "report_ready"
    REPORT_FAILED = "report_failed"


class NoticeState(StrEnum):
    """Where a notice stands. `uncertain`: handed over, and nobody can say whether it was taken, so it is not sent again.
    `dropped`: it was no longer true, or no longer for this person, when its turn came.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"


MAY_GO_AGAIN: Final = frozenset({NoticeState.FAILED, NoticeState.UNCERTAIN})


def check_may_go_again(notice: Notice, state: NoticeState) -> None:
    """Raises Conflict for a notice that is not, or cannot be, sent again because somebody says so."""
    if state not in MAY_GO_AGAIN:
        raise Conflict(
            "notice_state",
            "Only a notice that failed, or of which nobody knows whether it was taken, is sent again.",
            state=state.value,
        )
    if notice is Notice.INVITATION:
        raise Conflict("invitation", "The link of this invitation was not kept. Make a new invitation.")


_N, _S, _D = Notice, ReturnState, ReturnDeed
_OFFICERS: Final = (Role.FINANCE_OFFICER,)
_CERTIFIERS: Final = (Role.CERTIFIER,)
_BOTH: Final = (*_OFFICERS, *_CERTIFIERS)
TOLD: Final[dict[Notice, tuple[Role, ...]]] = {
    _N.RETURN_DUE: _OFFICERS,
    _N.REMINDER: _BOTH,
    _N.SIGN_OFF: _CERTIFIERS,
    _N.DECLINED: _OFFICERS,
    _N.CHANGES_REQUESTED: _BOTH,
    _N.ACCEPTED: _BOTH,
    _N.REOPENED: _BOTH,
    _N.INFECTED: _BOTH,
}
"""Who is told what of a return, among those who act for its recipient."""
AFTER: Final[dict[str, Notice]] = {
    "opened": _N.RETURN_DUE,
    _D.CHECKED_GOOD: _N.SIGN_OFF,
    _D.DECLINE: _N.DECLINED,
    _D.REQUEST_CHANGES: _N.CHANGES_REQUESTED,
    _D.ACCEPT: _N.ACCEPTED,
    _D.REOPEN: _N.REOPENED,
}
"""What follows a step in a return's life."""
_TRUE_WHILE: Final = {
    _N.SIGN_OFF: _S.READY,
    _N.DECLINED: _S.CERTIFIER_DECLINED,
    _N.CHANGES_REQUESTED: _S.CHANGES_REQUESTED,
    _N.ACCEPTED: _S.ACCEPTED,
    _N.REOPENED: _S.REOPENED,
}


def which_version(notice: Notice, version: int) -> str:
    """What tells a notice of one version of a return from that of another; empty where there is one for all versions."""
    return f"v{version}" if notice in _TRUE_WHILE else ""


def reminded(state: ReturnState) -> tuple[Role, ...]:
    """Who is reminded of a return that was never submitted: its certifiers too, once it waits for them."""
    return _BOTH if state is _S.READY else _OFFICERS


@dataclass(frozen=True)
class AboutReturn:
    """What a notice may tell of a return. `ready_on`: since when it has waited for its certifier, if it does.

    `collected`: its round is open and its award takes returns.
    """

    award: str
    recipient_name: str
    period: str
    due_on: date
    opened_on: date
    ready_on: date | None
    state: ReturnState
    version: int
    ever_submitted: bool
    collected: bool
    reminders: Reminders


@dataclass(frozen=True)
class AboutInvitation:
    """What a notice tells of an invitation: its link is the one secret that is ever sent."""

    purpose: str
    link: str
    expires_at: datetime


@dataclass(frozen=True)
class AboutRun:
    """What a notice may tell of a report's run: no figure of it. `failure`: why the last attempt failed, in our own words."""

    id: UUID
    report: str
    period: str
    programme: str | None
    is_example: bool
    state: str
    failure: str | None
    given_up: bool


GIVEN_UP: Final = "given up"
"""Tells the notice that a report is not tried any more from the first one, that it failed."""
OF_REPORTS: Final[dict[Notice, tuple[Role, ...]]] = {
    _N.REPORT_READY: tuple(sorted(MAY[Deed.SEE_REPORTS])),
    _N.REPORT_FAILED: (Role.ADMINISTRATOR,),
}
"""Who may be told what of a report: those who see it, and those who look after the service."""


def run_holds(notice: Notice, about: AboutRun) -> bool:
    """Whether a notice of a report is still true: a failure that was made good since is told to nobody."""
    return (about.state == "done") is (notice is _N.REPORT_READY)


def still_holds(notice: Notice, which: str, about: AboutReturn, today: date) -> bool:
    """Whether a notice that was queued is still true: nobody who has submitted is reminded, nor of a day gone by."""
    if notice in _TRUE_WHILE:
        return about.state is _TRUE_WHILE[notice] and which == which_version(notice, about.version)
    if notice is _N.INFECTED or about.ever_submitted or not about.collected:
        return notice is _N.INFECTED
    if notice is _N.REMINDER:
        return which == newest_reminder(about.reminders, about.due_on, about.opened_on, today)
    return notice is _N.RETURN_DUE


def reminders_due(about: AboutReturn, today: date) -> list[tuple[str, Role]]:
    """Which reminder today is for, and who gets it. A certifier is reminded of days since they were asked to certify."""
    if about.ever_submitted or not about.collected:
        return []
    found = []
    for role in reminded(about.state):
        since = about.opened_on if role is Role.FINANCE_OFFICER else about.ready_on or today
        which = newest_reminder(about.reminders, about.due_on, max(since, about.opened_on), today)
        found += [] if which is None else [(which, role)]
    return found
