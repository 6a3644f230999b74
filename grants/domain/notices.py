"""Notices: which there are, what they follow and to whom they go, whether they still hold when they are sent, and their words.

They name an award, a period and a day. What anybody typed into a return, or said of it, stays behind the link.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from grants.domain.access import Role
from grants.domain.errors import Conflict
from grants.domain.periods import parse_period, show_day, show_instant
from grants.domain.reminders import Reminders, newest_reminder
from grants.domain.returns import ReturnDeed, ReturnState

SERVICE: Final = "Tallystick"


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


def still_holds(notice: Notice, which: str, about: AboutReturn, today: date) -> bool:
    """Whether a notice that was queued is still true: nobody who has submitted is reminded, nor of a day gone by."""
    if notice in _TRUE_WHILE:
        return about.state is _TRUE_WHILE[notice] and which == which_version(notice, about.version)
    if notice is _N.INFECTED:
        return True
    if about.ever_submitted or not about.collected:
        return False
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


@dataclass(frozen=True)
class Letter:
    """A notice in words. `key` is the same whenever the same notice is sent: what a transport knows it by."""

    key: str
    to: str
    subject: str
    body: str


@dataclass(frozen=True)
class Letterhead:
    """What all letters share: the service's address, and whom to ask."""

    address: str
    contact: str

    @property
    def host(self) -> str:
        """The name of the service's host."""
        return urlsplit(self.address).hostname or "localhost"


def key_of(notice: Notice, number: UUID, queued_at: datetime, again: int = 0) -> str:
    """2025-11-03-reminder-0b6c…: names a file, a message and a reference, and nobody.

    It has another key each time that somebody has it sent `again`: a transport would say that it took the first.
    """
    return f"{queued_at:%Y-%m-%d}-{notice}{f'-{again + 1}' if again else ''}-{number}"


def words_of(notice: Notice, about: AboutReturn | AboutInvitation, head: Letterhead, today: date) -> tuple[str, str]:
    """Subject and body."""
    if isinstance(about, AboutInvitation):
        return _invitation(about, head)
    subject, text = _OF_RETURN[notice](about, today)
    name = f"{about.award}, {parse_period(about.period).label}"
    body = _body(
        *text,
        f"Award: {about.award}\nOrganisation: {about.recipient_name}\nPeriod: {parse_period(about.period).label}",
        f"Sign in to {SERVICE}:\n{head.address}/sign-in",
        f"You get this message because you act for {about.recipient_name} in {SERVICE}. Questions: {head.contact}.",
    )
    return f"{subject}: {name}", body


def _body(*paragraphs: str) -> str:
    return "\n\n".join(
        ("Hello", *paragraphs, f"{SERVICE}\nThis message was sent by a program. Please do not reply to it.\n")
    )


_Text = tuple[str, list[str]]


def _return_due(about: AboutReturn, today: date) -> _Text:
    return f"Spend return due {show_day(about.due_on)}", [
        f"A spend return is due on {show_day(about.due_on)}.",
        "Sign in to download its workbook. Fill it in and upload it: you are told at once what must be put right. "
        "It is submitted when your certifier has certified it.",
    ]


def _reminder(about: AboutReturn, today: date) -> _Text:
    waits = (
        "Its workbook was uploaded and is waiting to be certified."
        if about.state is _S.READY
        else "Its workbook must be uploaded without errors, and then certified."
    )
    day = show_day(about.due_on)
    if today > about.due_on:
        return "Spend return overdue", [f"A spend return was due on {day} and has not been submitted.", waits]
    when = "is due today" if today == about.due_on else f"is due on {day}"
    return f"Reminder: spend return due {day}", [f"A spend return {when} and has not been submitted yet.", waits]


def _sign_off(about: AboutReturn, today: date) -> _Text:
    return "Spend return ready to certify", [
        f"A spend return is ready for you to certify. It is due on {show_day(about.due_on)}.",
        "Look at its figures first: to certify it is to submit it. You can also decline, and say why.",
    ]


def _declined(about: AboutReturn, today: date) -> _Text:
    return "Certifier declined a spend return", [
        "The certifier has declined to certify a spend return.",
        "Sign in to read why, and upload a corrected workbook.",
    ]


def _changes_requested(about: AboutReturn, today: date) -> _Text:
    return "Changes requested to a spend return", [
        "The programme team has looked at a spend return and asks for changes.",
        "Sign in to read what to change, upload a corrected workbook, and have it certified again.",
    ]


def _accepted(about: AboutReturn, today: date) -> _Text:
    return "Spend return accepted", ["The programme team has accepted a spend return. There is nothing for you to do."]


def _reopened(about: AboutReturn, today: date) -> _Text:
    return "Spend return reopened", [
        "The programme team has reopened a spend return that it had accepted.",
        "Sign in to read why, upload a corrected workbook, and have it certified again.",
    ]


def _infected(about: AboutReturn, today: date) -> _Text:
    return "A file that was sent is infected", [
        "A file that was sent with a spend return holds a virus, as far as our scanner can tell. Nobody can download it here.",
        "Have the computer that it came from looked at. Then sign in, see which file it is, withdraw it where it is evidence, and "
        "send a clean one.",
    ]


_OF_RETURN: Final[dict[Notice, Callable[[AboutReturn, date], _Text]]] = {
    _N.RETURN_DUE: _return_due,
    _N.REMINDER: _reminder,
    _N.SIGN_OFF: _sign_off,
    _N.DECLINED: _declined,
    _N.CHANGES_REQUESTED: _changes_requested,
    _N.ACCEPTED: _accepted,
    _N.REOPENED: _reopened,
    _N.INFECTED: _infected,
}
_INVITED_TO: Final = {
    "join": (f"You are invited to {SERVICE}", f"You are invited to use {SERVICE}. Choose a password by this link:"),
    "password": (f"Choose a new password for {SERVICE}", "You can choose a new password by this link:"),
    "second_factor": (
        f"Remove your second factor from {SERVICE}",
        "You can remove the second factor that you lost by this link. Then sign in and set up another one.",
    ),
}


def _invitation(about: AboutInvitation, head: Letterhead) -> tuple[str, str]:
    subject, text = _INVITED_TO[about.purpose]
    return subject, _body(
        f"{text}\n{about.link}",
        f"It works once, until {show_instant(about.expires_at)}. Give it to nobody.",
        f"If you do not expect this message, do not use the link, and tell {head.contact}.",
    )
