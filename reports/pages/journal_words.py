"""What a record of the journal is about, in words, and the page of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from grants.domain.money import show
from grants.pages.words import period, sentence
from grants.store.journal_subjects import Known, Subject
from reports.pages.report_words import due_period, title_of

_LEADS: Final = {
    "award": "/awards/{}",
    "decision": "/decisions/{}",
    "evidence": "/returns/{}/evidence",
    "matching": "/recipients/{}",
    "recipient": "/recipients/{}",
    "register_load": "/register-loads/{}",
    "report": "/reports?report={}#runs",
    "report_run": "/reports/{}",
    "report_schedule": "/report-schedules/{}",
    "return": "/returns/{}",
    "round": "/rounds/{}",
}
_GENERAL: Final = {"register": "The register of recipients", "service": "The service itself", "plan": "The whole plan"}
"""Subjects that stand for many things at once, and have no page."""
_OF_SOMEBODY: Final = {"invitation": "A link for {}", "session": "A session of {}", "token": "A token of {}"}
_SHORT: Final = 8
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def subject_words(kind: str, subject: str, known: Mapping[Subject, Known]) -> str:
    """What a subject is called; its kind with the beginning of its identifier, where nothing more is known of it."""
    if (found := known.get((kind, subject))) is not None:
        return _words(kind, found)
    if kind == "report":
        return title_of(subject)
    short = f"{sentence(kind)} {subject[:_SHORT]}…" if _IDENTIFIER.fullmatch(subject) else subject
    return _GENERAL.get(subject, short)


def _words(kind: str, found: Known) -> str:
    if kind in _OF_SOMEBODY:
        return _OF_SOMEBODY[kind].format(found.name)
    if kind == "decision":
        return f"Decision {found.about} ({found.name.replace('_', ' ')})"
    if kind == "evidence":
        return f"A file with {found.name}, {period(found.period or '')}"
    if kind == "matching":
        return f"Extracts of {found.name}"
    if kind == "report_run":
        return f"{title_of(found.name)}, {due_period(found.period)}" if found.period else title_of(found.name)
    return f"{found.name}, {period(found.period)}" if found.period else found.name


def subject_address(kind: str, subject: str, known: Mapping[Subject, Known]) -> str | None:
    """The page of what a record is about; None where it has none."""
    lead, found = _LEADS.get(kind), known.get((kind, subject))
    own = found.id if found else subject if kind in ("award", "report") else None
    return lead.format(own) if lead and own and subject not in _GENERAL else None


def facts_in(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The facts of a record by name, those within others by the way to them: "Terms, budget 1, year"."""
    if isinstance(value, dict):
        for key in value:
            yield from facts_in(value[key], f"{name}, {key.replace('_', ' ')}" if name else sentence(key))
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        for number, one in enumerate(value, start=1):
            yield from facts_in(one, f"{name} {number}")
    elif value not in (None, [], ""):
        yield name, _said(value, name)


def _said(value: Any, name: str) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int) and name.lower().endswith("pence"):
        return f"{value:,} pence, which is {show(value)}"
    return str(value)
