"""Letters: a notice in the words that people read.

They name an award, a period and a day. What anybody typed into a return, or said of it, stays behind the link.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from grants.domain.errors import Invalid
from grants.domain.notices import AboutInvitation, AboutReturn, AboutRun, Notice
from grants.domain.periods import parse_period, show_day, show_instant
from grants.domain.returns import ReturnState

SERVICE: Final = "Tallystick"


@dataclass(frozen=True)
class Letter:
    """A notice in words. `key` is the same whenever the same notice is sent: what a transport knows it by.

    `service` is what the service that sends it is called.
    """

    key: str
    to: str
    subject: str
    body: str
    service: str = SERVICE


@dataclass(frozen=True)
class Letterhead:
    """What all letters share: the service's address, whom to ask, and the service's name."""

    address: str
    contact: str
    service: str = SERVICE

    @property
    def host(self) -> str:
        """The name of the service's host."""
        return urlsplit(self.address).hostname or "localhost"


def key_of(notice: Notice, number: UUID, queued_at: datetime, again: int = 0) -> str:
    """2025-11-03-reminder-0b6c…: names a file, a message and a reference, and nobody.

    It has another key each time that somebody has it sent `again`: a transport would say that it took the first.
    """
    return f"{queued_at:%Y-%m-%d}-{notice}{f'-{again + 1}' if again else ''}-{number}"


def words_of(
    notice: Notice, about: AboutReturn | AboutInvitation | AboutRun, head: Letterhead, today: date
) -> tuple[str, str]:
    """Subject and body."""
    if isinstance(about, AboutInvitation):
        return _invitation(about, head)
    if isinstance(about, AboutRun):
        return _report(notice, about, head)
    subject, text = _OF_RETURN[notice](about, today)
    name = f"{about.award}, {parse_period(about.period).label}"
    body = _body(
        head,
        *text,
        f"Award: {about.award}\nOrganisation: {about.recipient_name}\nPeriod: {parse_period(about.period).label}",
        f"Sign in to {head.service}:\n{head.address}/sign-in",
        f"You get this message because you act for {about.recipient_name} in {head.service}. Questions: {head.contact}.",
    )
    return f"{subject}: {name}", body


def _body(head: Letterhead, *paragraphs: str) -> str:
    return "\n\n".join(
        ("Hello", *paragraphs, f"{head.service}\nThis message was sent by a program. Please do not reply to it.\n")
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
        if about.state is ReturnState.READY
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
    holds = "A file that was sent with a spend return holds a virus, as far as our scanner can tell. Nobody can download it here."
    then = "Have the computer that it came from looked at. Then sign in, see which file it is, withdraw it if it is evidence, and send"
    return "A file that was sent is infected", [holds, f"{then} a clean one."]


_OF_RETURN: Final[dict[Notice, Callable[[AboutReturn, date], _Text]]] = {
    Notice.RETURN_DUE: _return_due,
    Notice.REMINDER: _reminder,
    Notice.SIGN_OFF: _sign_off,
    Notice.DECLINED: _declined,
    Notice.CHANGES_REQUESTED: _changes_requested,
    Notice.ACCEPTED: _accepted,
    Notice.REOPENED: _reopened,
    Notice.INFECTED: _infected,
}
_INVITED_TO: Final = {
    "join": ("You are invited to {service}", "You are invited to use {service}. Choose a password by this link:"),
    "password": ("Choose a new password for {service}", "You can choose a new password by this link:"),
    "second_factor": (
        "Remove your second factor from {service}",
        "You can remove the second factor that you lost by this link. Then sign in and set up another one.",
    ),
}


def _invitation(about: AboutInvitation, head: Letterhead) -> tuple[str, str]:
    subject, text = (words.format(service=head.service) for words in _INVITED_TO[about.purpose])
    return subject, _body(
        head,
        f"{text}\n{about.link}",
        f"It works once, until {show_instant(about.expires_at)}. Give it to nobody.",
        f"If you do not expect this message, do not use the link, and tell {head.contact}.",
    )


def _report(notice: Notice, about: AboutRun, head: Letterhead) -> tuple[str, str]:
    """Neither has a figure: what the report says is behind the link, for whoever may see it when they follow it."""
    name = f"{about.report}, {_period(about.period)}"
    if notice is Notice.REPORT_READY:
        return f"Report ready: {name}", _body(
            head,
            f"A report that you receive has been made: {name}.",
            f"Sign in to see and download it:\n{head.address}/reports/{about.id}",
            f"You get this message because a schedule in {head.service} names you. Questions: {head.contact}.",
        )
    then = (
        "It was tried many times, and is not tried again by itself. Once the cause is gone, whoever may make the report has it made again."
        if about.given_up
        else "It is tried again by itself, ever later. You are told once more if it is given up."
    )
    return f"Report {'given up' if about.given_up else 'not made'}: {name}", _body(
        head,
        f"A report could not be made: {name}.",
        f"Why: {about.failure or 'that is not known.'}",
        then,
        f"The history of its run, {about.id}, has every attempt with its time and cause.",
        f"You get this message because you are an administrator of {head.service}.",
    )


def _period(code: str) -> str:
    try:
        return parse_period(code).label
    except Invalid:
        return code.replace("T", " at ")
