"""A recipient's workbook becomes a version of its return: kept as it came, with its problems or its lines."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from grants.actions.return_views import ReturnView, view_of
from grants.domain.access import Actor, Deed, Scope, narrowed_to, require, require_genuine
from grants.domain.awards import check_open
from grants.domain.periods import london_day, parse_period
from grants.domain.return_documents import Documents
from grants.domain.returns import (
    TAKES_UPLOAD,
    CategoryForecast,
    CategoryTotal,
    Problem,
    ReturnContext,
    ReturnDeed,
    ReturnState,
    Severity,
    move,
)
from grants.store import awards, return_versions
from grants.store import returns as stored
from grants.store.journal import record
from grants.store.people_register import names_of
from grants.store.return_versions import UNCHECKED, Arrival, Outcome
from grants.store.returns import ReturnRow
from grants.store.transaction import Tx, View

CHECKING_LEASE = timedelta(minutes=2)
"""How long nothing may be heard of a check before another process may take it over."""
LEASE_KEPT = CHECKING_LEASE / 4
"""How often whoever makes a check says that it goes on."""


@dataclass(frozen=True)
class Upload:
    """A file as it came. `note` is what the sender says about it."""

    filename: str
    content: bytes
    note: str = ""
    sha256: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha256", hashlib.sha256(self.content).hexdigest())


@dataclass(frozen=True)
class Checked:
    """What the check of a file came to. `lines` is PostgreSQL's COPY text of `line_columns`; empty where an error stops the return."""

    problems: tuple[Problem, ...]
    totals: tuple[CategoryTotal, ...]
    forecasts: tuple[CategoryForecast, ...]
    header: dict[str, Any]
    lines: bytes
    line_columns: tuple[str, ...]
    line_count: int
    parser_version: str
    template_version: str
    documents: Documents | None = None
    matching_id: UUID | None = None

    @property
    def is_good(self) -> bool:
        """Whether nothing stops the return; warnings do not."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)

    @property
    def deed(self) -> ReturnDeed:
        """How the check ended."""
        return ReturnDeed.CHECKED_GOOD if self.is_good else ReturnDeed.CHECKED_BAD

    @property
    def state(self) -> ReturnState:
        """What the return is after the check."""
        return move(ReturnState.CHECKING, self.deed)

    @property
    def outcome(self) -> Outcome:
        """What is kept with the version."""
        return Outcome(
            line_count=self.line_count,
            total_pence=sum(part.pence for part in self.totals),
            totals=self.totals,
            forecasts=self.forecasts,
            header=self.header,
            parser_version=self.parser_version,
            template_version=self.template_version,
            documents=self.documents,
            matching_id=self.matching_id,
        )


async def context_for_upload(view: View, award: str, period: str) -> ReturnContext:
    """What an upload is checked against. Raises NotFound, NotAllowed, or Conflict where the return takes no upload now."""
    found = await _found(view, award, period, Deed.UPLOAD_RETURN)
    if found.state not in TAKES_UPLOAD:
        move(found.state, ReturnDeed.UPLOAD)
    context = await stored.context(view.db, await awards.find(view.db, award), found.period, found.id, _today(view))
    return await as_uploader(view, context, view.actor)


async def as_uploader(view: View, context: ReturnContext, uploader: Actor) -> ReturnContext:
    """The context with the recipients that the uploader acts for, whose names a file may hold."""
    _, recipients = narrowed_to(uploader, Deed.UPLOAD_RETURN)
    names = await names_of(view.db, recipients or {context.recipient_id})
    return msgspec.structs.replace(context, acts_for=tuple(sorted(names.items())))


async def context_for_template(view: View, award: str, period: str) -> ReturnContext:
    """What a template is prefilled with. Raises NotFound."""
    found = await _found(view, award, period, Deed.SEE_RETURN)
    return await stored.context(view.db, await awards.find(view.db, award), found.period, found.id)


async def context_for_check(view: View, award: str, period: str) -> ReturnContext:
    """What a return would be checked against, whether or not one is due. Raises NotFound, Invalid."""
    found = await awards.find(view.db, award)
    require(view.actor, Deed.SEE_RETURN, found.scope, sight=Deed.SEE_RETURN)
    return_id = await view.db.fetchval(
        "SELECT id FROM spend_return WHERE award = $1 AND period = $2", award, parse_period(period).code
    )
    return await stored.context(view.db, found, parse_period(period), return_id, _today(view))


def _today(view: View) -> date:
    return london_day(view.now)


async def _found(view: View, award: str, period: str, deed: Deed) -> ReturnRow:
    found = await stored.find_for(view.db, award, parse_period(period).code)
    require(view.actor, deed, found.scope, sight=Deed.SEE_RETURN)
    return found


async def submit(tx: Tx, award: str, period: str, upload: Upload, checked: Checked) -> ReturnView:
    """Keeps a checked upload as the return's newest version. Raises Conflict where the return takes none now."""
    found, arrival = await _arrive(tx, award, period, upload)
    version_id = await return_versions.add(tx, arrival, checked.state, checked.outcome, lease_until=None)
    return await view_of(tx, await _keep(tx, found, version_id, arrival.number, upload.sha256, checked))


async def begin(tx: Tx, award: str, period: str, upload: Upload, prepared_by: str = "") -> ReturnView:
    """Keeps an upload that is to be checked in the background: what was sent is not lost, whatever happens next.

    `prepared_by` is for whoever makes the check: it counts for a file that does not say so itself.
    """
    found, arrival = await _arrive(tx, award, period, upload)
    state, number = ReturnState.CHECKING, arrival.number
    unchecked = replace(UNCHECKED, header={"prepared_by": prepared_by} if prepared_by else {})
    await return_versions.add(tx, arrival, state, unchecked, lease_until=tx.now + CHECKING_LEASE)
    after = {"version": number, "sha256": upload.sha256, "state": state}
    journal_no = await record(tx, Deed.UPLOAD_RETURN, "return", found.name, after=after)
    return await view_of(tx, await stored.step(tx, found, journal_no, ReturnDeed.UPLOAD, state, number, upload.note))


async def _arrive(tx: Tx, award: str, period: str, upload: Upload) -> tuple[ReturnRow, Arrival]:
    found = await stored.lock(tx, award, parse_period(period).code)
    require(tx.actor, Deed.UPLOAD_RETURN, found.scope, sight=Deed.SEE_RETURN)
    require_genuine(tx.actor, found.is_example)
    check_open(found.award_state)
    move(found.state, ReturnDeed.UPLOAD)
    return found, Arrival(found.id, found.version + 1, upload.filename, upload.sha256, upload.note, upload.content)


async def finish(tx: Tx, return_id: UUID, number: int, checked: Checked) -> None:
    """Ends a background check. Does nothing where another process ended it first, or a newer version came."""
    found = await stored.lock_one(tx, return_id)
    row = await tx.db.fetchrow(
        "SELECT id, sha256, state FROM return_version WHERE return_id = $1 AND number = $2", return_id, number
    )
    if row is not None and row["state"] == ReturnState.CHECKING and found.version == number:
        await return_versions.settle(tx, row["id"], checked.state, checked.outcome)
        await _keep(tx, found, row["id"], number, row["sha256"], checked)


async def give_up(tx: Tx, return_id: UUID, number: int, refusal: Problem) -> None:
    """Ends a background check of a file that could not be read as a return: the refusal is its one problem."""
    empty = Checked((refusal,), (), (), {}, b"", (), 0, "", "")
    await finish(tx, return_id, number, empty)


async def _keep(tx: Tx, found: ReturnRow, version_id: int, number: int, sha256: str, checked: Checked) -> ReturnRow:
    await return_versions.add_problems(tx, version_id, checked.problems)
    if checked.is_good:
        await return_versions.copy_lines(tx, checked.lines, checked.line_columns)
    after = {
        "version": number,
        "sha256": sha256,
        "state": checked.state,
        "lines": checked.line_count,
        "total_pence": checked.outcome.total_pence,
        "problems": len(checked.problems),
    }
    journal_no = await record(tx, Deed.UPLOAD_RETURN, "return", found.name, after=after)
    return await stored.step(tx, found, journal_no, checked.deed, checked.state, number)


@dataclass(frozen=True)
class Waiting:
    """An upload whose check was cut off, to be taken over."""

    return_id: UUID
    number: int
    filename: str
    content: bytes
    uploader: UUID
    context: ReturnContext
    prepared_by: str


async def keep_lease(tx: Tx, return_id: UUID, number: int) -> None:
    """Says that a check goes on, so that nobody takes it over."""
    require(tx.actor, Deed.REVIEW_RETURN, Scope())
    await tx.db.execute(
        "UPDATE return_version SET lease_until = $3 WHERE return_id = $1 AND number = $2 AND state = 'checking'",
        return_id,
        number,
        tx.now + CHECKING_LEASE,
    )


async def take_over(tx: Tx) -> Waiting | None:
    """The oldest upload whose check was cut off, leased to the caller; None where there is none."""
    require(tx.actor, Deed.REVIEW_RETURN, Scope())
    row = await tx.db.fetchrow(
        "SELECT v.id, v.return_id, v.number, v.filename, v.uploaded_by, v.uploaded_at, coalesce(v.header ->> 'prepared_by', '') AS prepared_by, w.content FROM return_version v JOIN workbook w "
        "ON w.version_id = v.id WHERE v.state = 'checking' AND v.lease_until < $1 ORDER BY v.id LIMIT 1 FOR UPDATE OF v SKIP LOCKED",
        tx.now,
    )
    if row is None:
        return None
    await tx.db.execute("UPDATE return_version SET lease_until = $2 WHERE id = $1", row["id"], tx.now + CHECKING_LEASE)
    found = await stored.find(tx.db, row["return_id"])
    award = await awards.find(tx.db, found.award)
    context = await stored.context(tx.db, award, found.period, found.id, london_day(row["uploaded_at"]))
    told = (row["uploaded_by"], context, row["prepared_by"])
    return Waiting(row["return_id"], row["number"], row["filename"], bytes(row["content"]), *told)


def problem_of_refusal(code: str, message: str, sheet: str = "", cell: str = "", value: str = "") -> Problem:
    """A refusal of a whole file, as the one problem of its version."""
    return msgspec.convert(
        {"code": code, "severity": "error", "sheet": sheet, "cell": cell, "message": message, "value": value},
        type=Problem,
    )
