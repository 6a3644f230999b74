"""Whether the service is well, in words, and the limits that are in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from grants.domain.diary import Noted
from grants.domain.periods import show_instant
from grants.pages.tables import Tag
from grants.pages.words import count
from grants.settings import Settings
from grants.store.service_state import ServiceState, Waiting

WELL, LOOK, BROKEN = Tag("Well", "green"), Tag("Look at it", "yellow"), Tag("Not well", "red")
_LONG: Final = timedelta(minutes=10)
_KILOBYTE: Final = 1_000
TRANSPORTS: Final = {"folder": "A folder of files", "smtp": "A mail server", "notify": "GOV.UK Notify"}
"""What takes notices, in words."""


@dataclass(frozen=True)
class Part:
    """One part of the service: its name, how it is, and that in words with what to do."""

    name: str
    tag: Tag
    words: str


@dataclass(frozen=True)
class Checkpoint:
    """The newest kept checkpoint: how many records of the journal it covers, and when it was kept."""

    size: int
    kept_at: datetime


def parts(
    state: ServiceState, checkpoint: Checkpoint | None, noted: Sequence[Noted], now: datetime, settings: Settings
) -> list[Part]:
    """How each part is."""
    return [
        _database(state),
        _journal(state, checkpoint, settings),
        _uploads(state.checking, now, settings),
        _reports(state, now),
        _post(state, now),
        *(_work(each, now, settings) for each in noted),
    ]


def _database(state: ServiceState) -> Part:
    if state.schema != state.schema_newest:
        words = f"Its schema is {state.schema}, and this program wants {state.schema_newest}. Run tallystick migrate."
        return Part("Database", BROKEN, words)
    return Part("Database", WELL, f"PostgreSQL {state.postgresql} answers, with the newest schema ({state.schema}).")


def _journal(state: ServiceState, checkpoint: Checkpoint | None, settings: Settings) -> Part:
    newest = f", the newest of {show_instant(state.journal_at)}" if state.journal_at else ""
    head = f"{count(state.journal_no, 'record')}{newest}; {count(state.entry_no, 'entry', 'entries')} in the ledger. "
    if checkpoint is None:
        return Part("Journal", LOOK, head + "No checkpoint has been kept: check the folder of checkpoints.")
    behind = state.journal_no - checkpoint.size
    kept = f"The last checkpoint was kept on {show_instant(checkpoint.kept_at)} and covers {count(checkpoint.size, 'record')}"
    if behind <= 0:
        return Part("Journal", WELL, f"{head}{kept}: all of them.")
    again = timedelta(seconds=2 * settings.checkpoint_seconds)
    is_late = state.journal_at is not None and state.journal_at - checkpoint.kept_at > again
    return Part("Journal", LOOK if is_late else WELL, f"{head}{kept}; {behind:,} came after it.")


def _uploads(checking: Waiting, now: datetime, settings: Settings) -> Part:
    seats = count(settings.readers, "workbook") if settings.readers else "As many workbooks as this machine has cores"
    at_once = f"{seats} can be read at once."
    return _waiting("Uploads", checking, now, "upload", f"No upload waits to be checked. {at_once}", at_once)


def _reports(state: ServiceState, now: datetime) -> Part:
    if state.reports_failed.number:
        number = count(state.reports_failed.number, "report")
        return Part("Reports", LOOK, f"{number} could not be made yet. They are tried again by themselves.")
    return _waiting("Reports", state.reports_due, now, "report", "No report is due that is not made.")


def _post(state: ServiceState, now: datetime) -> Part:
    if state.notices_stuck.number:
        number = count(state.notices_stuck.number, "notice")
        return Part("Mail", LOOK, f"{number} of the last 30 days could not be sent, or nobody knows whether it was.")
    return _waiting("Mail", state.notices_due, now, "notice", "Every notice whose turn has come was sent.")


def _waiting(name: str, waiting: Waiting, now: datetime, one: str, none: str, more: str = "") -> Part:
    if not waiting.number or waiting.since is None:
        return Part(name, WELL, none)
    is_long = now - waiting.since > _LONG
    words = f"{count(waiting.number, one)} in the queue, the oldest since {show_instant(waiting.since)}. {more}"
    return Part(name, LOOK if is_long else WELL, words.strip())


def _work(noted: Noted, now: datetime, settings: Settings) -> Part:
    name = f"Background work: {noted.name}"
    if noted.failed_at is not None:
        before = f" It last went well on {show_instant(noted.ended_at)}." if noted.ended_at else ""
        return Part(
            name, BROKEN, f"It failed on {show_instant(noted.failed_at)} ({noted.failure}) and is tried again.{before}"
        )
    if noted.ended_at is None:
        return Part(name, WELL, "It has not had its turn yet since this process started.")
    is_late = now - noted.ended_at > max(_LONG, timedelta(seconds=3 * settings.wake_seconds))
    return Part(name, LOOK if is_late else WELL, f"It last went well on {show_instant(noted.ended_at)}.")


def limits(settings: Settings) -> list[tuple[str, str]]:
    """The limits in force, each with its value in words."""
    a_minute = f"{settings.requests_a_minute:,} a person" if settings.requests_a_minute else "No limit"
    return [
        ("Largest workbook", _size(settings.upload_bytes)),
        ("Largest file of evidence", _size(settings.evidence_bytes)),
        ("Cells in a workbook", f"{settings.workbook_cells:,}"),
        ("Time to read a workbook", f"{settings.reader_wall_seconds:g} seconds"),
        ("Memory to read a workbook", _size(settings.reader_memory_bytes)),
        ("Requests in a minute", a_minute),
        ("A session ends without use after", f"{settings.session_idle_minutes} minutes"),
        ("A session ends in all after", f"{settings.session_hours} hours"),
        ("The outbox knows addresses for", f"{settings.address_days} days"),
        ("Due reports and rounds are looked for every", f"{settings.wake_seconds:g} seconds"),
        ("Files are scanned for viruses", "Yes" if settings.clamd else "No"),
        (
            "Notices go by",
            TRANSPORTS[settings.mail],
        ),
    ]


def _size(of: int) -> str:
    return f"{of / _KILOBYTE**2:,.0f}MB" if of >= _KILOBYTE**2 else f"{of:,} bytes"
