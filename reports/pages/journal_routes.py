"""The pages of the journal: searched by subject, kind, person, days and text; one record whole; and the signed head to take away."""

import hashlib
import json
from collections.abc import Mapping
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
from grants.actions.journal import Record, WholeRecord, one_record, records_listed, subjects_known
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
from grants.store.journal_subjects import Known, Subject
from grants.store.transaction import Gate
from reports.pages.journal_words import facts_in, subject_address, subject_words
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


class _Row(Record, frozen=True):
    """A record in the list, with what its subject is called and where that leads."""

    called: str
    address: str | None


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
            label="Subject’s reference or identifier",
            href=lambda one: one.address,
            words=lambda one: one.called,
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


@get("/journal", **_SEEN)
async def journal(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The records, newest first, of some days or of all."""
    typed, errors, days = _days(request)
    state = _without_days(table_state(request, RECORDS), typed)
    async with gate.reading(request.user) as view:
        listed = await records_listed(view, state.wanted, *days)
        known = {} if state.download else await subjects_known(view, listed.rows)
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
        listed=shown(state, listed.with_rows(_row(one, known) for one in listed.rows)),
    )


def _row(one: Record, known: Mapping[Subject, Known]) -> _Row:
    called = subject_words(one.subject_kind, one.subject, known)
    return _Row(
        **msgspec.structs.asdict(one), called=called, address=subject_address(one.subject_kind, one.subject, known)
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
        known = await subjects_known(view, [found])
    return page(
        request,
        "journal_record",
        f"Record {found.number:,} of the journal",
        crumbs=CRUMBS,
        record=found,
        called=subject_words(found.subject_kind, found.subject, known),
        address=subject_address(found.subject_kind, found.subject, known),
        changes=_changes(found),
    )


def _number(typed: str) -> int:
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _NUMBER_DIGITS else 0
    if not number:
        raise NotFound("record", "The journal has no record of this number.")
    return number


def _changes(found: WholeRecord) -> list[tuple[str, str, str]]:
    """Each fact by name, as it was before and after."""
    before, after = (dict(facts_in(json.loads(text))) if text else {} for text in (found.before, found.after))
    return [(name, before.get(name, ""), after.get(name, "")) for name in dict.fromkeys((*before, *after))]


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
