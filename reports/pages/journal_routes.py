"""The pages of the journal: searched by subject, kind, person, days and text; one record whole; and the signed head to take away."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import date
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions.checkpoints import checkpoint
from grants.actions.downloads import headers_for
from grants.actions.extracts import extract
from grants.actions.journal import WholeRecord, one_record, records_listed
from grants.domain.access import Deed
from grants.domain.checkpoints import Signer
from grants.domain.errors import NotFound
from grants.domain.periods import london_day
from grants.pages.forms import Sent
from grants.pages.layout import Asked, page
from grants.pages.table_downloads import table_file
from grants.pages.table_view import shown
from grants.pages.tables import Choices as Offered
from grants.pages.tables import Column, Kind, TableSpec, TableState, table_state
from grants.pages.words import sentence
from grants.store.transaction import Gate
from reports.pages.narrowing import Mistyped
from reports.pages.rule_words import day_in

CRUMBS: Final = (("Journal", "/journal"),)
_SEEN: Final[dict[str, Any]] = {"opt": {"deed": Deed.SEE_JOURNAL}, "include_in_schema": False}
_NUMBER_DIGITS: Final = 18
_SUBJECTS: Final = (
    *(
        "award",
        "decision",
        "evidence",
        "invitation",
        "matching",
        "notice",
        "person",
        "plan",
        "recipient",
        "register_load",
    ),
    *("report", "report_run", "report_schedule", "return", "round", "session", "token"),
)
_DEEDS: Final = tuple(sorted({*(deed.value for deed in Deed), "scan"}))
_LEADS: Final = {
    "award": "/awards/{}",
    "decision": "/decisions/{}",
    "recipient": "/recipients/{}",
    "report_run": "/reports/{}",
    "report_schedule": "/report-schedules/{}",
}
_IDENTIFIER: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_GENERAL: Final = frozenset({"register", "service"})
"""Subjects that stand for many things at once, and have no page."""


def _offered(codes: tuple[str, ...]) -> Offered:
    return Offered((code, sentence(code)) for code in codes)


RECORDS: Final = TableSpec(
    "records",
    "Records of the journal",
    (
        Column("number", "Record", Kind.NUMBER, href=lambda one: f"/journal/{one.number}"),
        Column("at", "When", Kind.MOMENT),
        Column("person", "Who", filter="text"),
        Column("deed", "What", filter=_offered(_DEEDS), words=lambda one: sentence(one.deed)),
        Column(
            "subject_kind",
            "About",
            filter=_offered(_SUBJECTS),
            label="Kind of subject",
            words=lambda one: sentence(one.subject_kind),
        ),
        Column(
            "subject",
            "Subject",
            filter="text",
            href=lambda one: subject_address(one.subject_kind, one.subject),
            words=lambda one: _shortened(one.subject),
        ),
        Column("reason", "Reason", sortable=False),
        Column("role", "In the role", on_page=False),
        Column("before", "Before", sortable=False, on_page=False),
        Column("after", "After", sortable=False, on_page=False),
        Column("request_id", "Request", sortable=False, on_page=False),
    ),
    sort="-number",
    empty="Nothing is on the record on these days. Choose other days.",
    search=("subject", "reason", "before", "after"),
    search_label="Text in the subject, the reason, before or after",
)


def _shortened(subject: str) -> str | None:
    """The beginning of an identifier that says nothing to people; None for what they know by its name."""
    return f"{subject[:8]}…" if _IDENTIFIER.fullmatch(subject) else None


def subject_address(kind: str, subject: str) -> str | None:
    """The page of what a record is about; None where it has none."""
    lead = _LEADS.get(kind)
    return lead.format(subject) if lead and subject not in _GENERAL else None


@get("/journal", **_SEEN)
async def journal(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The records, newest first, of some days or of all."""
    typed, errors, days = _days(request)
    state = _without_days(table_state(request, RECORDS), typed)
    async with gate.reading(request.user) as view:
        listed = await records_listed(view, state.wanted, *days)
    if state.download:
        return await table_file(request, state, listed)
    return page(
        request,
        "journal",
        "Journal",
        status=400 if errors else 200,
        errors=errors,
        typed=typed,
        others=state.own(state.sort, narrowed=True),
        listed=shown(state, listed),
    )


def _days(request: Asked) -> tuple[dict[str, str], dict[str, str], tuple[date | None, date | None]]:
    """What was typed for the first and the last day, what is wrong with it, and the days."""
    typed = {name: " ".join(request.query_params.get(name, "").split())[:20] for name in ("from", "to")}
    form, errors, found = Sent({name: [value] for name, value in typed.items()}, {}), dict[str, str](), []
    for name, words in (("from", "The first day"), ("to", "The last day")):
        try:
            found.append(day_in(form, name, words))
        except Mistyped as wrong:
            errors |= wrong.errors
            found.append(None)
    return typed, errors, (found[0], found[1])


def _without_days(state: TableState, typed: dict[str, str]) -> TableState:
    """The links of the table keep the days, unless none were typed."""
    return replace(state, others=tuple((name, value) for name, value in state.others if typed.get(name, value)))


@get("/journal/{record:str}", **_SEEN)
async def one(request: Asked, gate: NamedDependency[Gate], record: FromPath[str]) -> Response[Any]:
    """One record: who, when, what, before and after, its place and its hash."""
    number = _number(record)
    async with gate.reading(request.user) as view:
        found = await one_record(view, number)
    return page(
        request,
        "journal_record",
        f"Record {found.number:,} of the journal",
        crumbs=CRUMBS,
        record=found,
        address=subject_address(found.subject_kind, found.subject),
        changes=_changes(found),
    )


def _number(typed: str) -> int:
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _NUMBER_DIGITS else 0
    if not number:
        raise NotFound("record", "The journal has no record of this number.")
    return number


def _changes(found: WholeRecord) -> list[tuple[str, str, str]]:
    """Each fact by name, as it was before and after."""
    before, after = (json.loads(text) if text else {} for text in (found.before, found.after))
    names = sorted({*before, *after})
    return [(sentence(name), _said(before.get(name)), _said(after.get(name))) for name in names]


def _said(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


@get("/journal/checkpoint", **_SEEN)
async def signed_head(request: Asked, gate: NamedDependency[Gate], signer: NamedDependency[Signer]) -> Response[bytes]:
    """The journal's signed head as a file to keep elsewhere."""
    async with gate.reading(request.user) as view:
        found = await checkpoint(view, signer)
    content = found.note.encode()
    filename = f"checkpoint-{london_day(found.at)}-{found.size}.txt"
    headers = headers_for(filename, hashlib.sha256(content).hexdigest())
    return Response(content, media_type="application/octet-stream", headers=headers)


@get("/journal/proof", **_SEEN)
async def proof(request: Asked, gate: NamedDependency[Gate], signer: NamedDependency[Signer]) -> Response[bytes]:
    """A record with its proof, as a file for the single-file verifier; the first, where none is named."""
    number = _number(request.query_params.get("record", "1"))
    async with gate.reading(request.user) as view:
        found = await extract(view, signer, record=number)
    content = msgspec.json.format(msgspec.json.encode(found), indent=1)
    headers = headers_for(f"journal-record-{number}.json", hashlib.sha256(content).hexdigest())
    return Response(content, media_type="application/octet-stream", headers=headers)


ROUTES: list[Any] = [journal, signed_head, proof, one]
