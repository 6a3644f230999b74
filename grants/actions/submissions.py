"""A recipient's workbook becomes a version of its return: kept as it came, with its problems or its lines."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from grants.actions.return_views import ReturnView, return_view
from grants.domain.access import Deed, Scope, require
from grants.domain.errors import NotFound
from grants.domain.periods import parse_period
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
from grants.store import awards
from grants.store import returns as stored
from grants.store.journal import record
from grants.store.returns import ReturnRow
from grants.store.tables import ReturnVersion, Workbook
from grants.store.transaction import Tx, View

CHECKING_LEASE = timedelta(minutes=5)
"""How long a check may take before another process may take it over."""


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

    @property
    def is_good(self) -> bool:
        """Whether nothing stops the return; warnings do not."""
        return not any(problem.severity is Severity.ERROR for problem in self.problems)


async def context_for_upload(view: View, award: str, period: str) -> ReturnContext:
    """What an upload is checked against. Raises NotFound, NotAllowed, or Conflict where the return takes no upload now."""
    found = await _found(view, award, period, Deed.UPLOAD_RETURN)
    if found.state not in TAKES_UPLOAD:
        move(found.state, ReturnDeed.UPLOAD)
    return await stored.context(view.db, await awards.find(view.db, award), found.period, found.id)


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
    return await stored.context(view.db, found, parse_period(period), return_id)


async def _found(view: View, award: str, period: str, deed: Deed) -> ReturnRow:
    found = await stored.find_for(view.db, award, parse_period(period).code)
    require(view.actor, deed, found.scope, sight=Deed.SEE_RETURN)
    return found


async def submit(tx: Tx, award: str, period: str, upload: Upload, checked: Checked) -> ReturnView:
    """Keeps a checked upload as the return's newest version. Raises Conflict where the return takes none now."""
    found, version_id, number = await _begin(tx, award, period, upload)
    await _finish(tx, found, version_id, number, upload.sha256, checked)
    return await return_view(tx, found.id)


async def begin(tx: Tx, award: str, period: str, upload: Upload) -> ReturnView:
    """Keeps an upload that is to be checked in the background: what was sent is not lost, whatever happens next."""
    found, _, number = await _begin(tx, award, period, upload)
    state = move(found.state, ReturnDeed.UPLOAD)
    await stored.set_state(tx, found, state, number)
    after = {"version": number, "sha256": upload.sha256, "state": state}
    journal_no = await record(tx, Deed.UPLOAD_RETURN, "return", found.name, after=after)
    await stored.add_event(tx, found.id, journal_no, ReturnDeed.UPLOAD, state, number, upload.note)
    return await return_view(tx, found.id)


async def _begin(tx: Tx, award: str, period: str, upload: Upload) -> tuple[ReturnRow, int, int]:
    found = await stored.lock(tx, award, parse_period(period).code)
    require(tx.actor, Deed.UPLOAD_RETURN, found.scope, sight=Deed.SEE_RETURN)
    state = move(found.state, ReturnDeed.UPLOAD)
    row = ReturnVersion(
        return_id=found.id,
        number=found.version + 1,
        state=state.value,
        filename=upload.filename,
        sha256=upload.sha256,
        size_bytes=len(upload.content),
        parser_version="",
        template_version="",
        note=upload.note,
        uploaded_by=tx.actor.id,
        uploaded_at=tx.now,
        lease_until=tx.now + CHECKING_LEASE,
        line_count=0,
        total_pence=0,
        totals=[],
        forecasts=[],
        header={},
    )
    await tx.add(row)
    if row.id is None:
        raise NotFound("version", "The version was not kept.")
    await tx.add(Workbook(version_id=row.id, content=upload.content))
    return found, row.id, row.number


async def finish(tx: Tx, return_id: UUID, number: int, checked: Checked) -> None:
    """Ends a background check. Does nothing where another process ended it first, or a newer version came."""
    found = await stored.lock_one(tx, return_id)
    row = await tx.db.fetchrow(
        "SELECT id, sha256, state FROM return_version WHERE return_id = $1 AND number = $2", return_id, number
    )
    if row is not None and row["state"] == ReturnState.CHECKING and found.version == number:
        await _finish(tx, found, row["id"], number, row["sha256"], checked)


async def give_up(tx: Tx, return_id: UUID, number: int, refusal: Problem) -> None:
    """Ends a background check of a file that could not be read as a return: the refusal is its one problem."""
    empty = Checked((refusal,), (), (), {}, b"", (), 0, "", "")
    await finish(tx, return_id, number, empty)


async def _finish(tx: Tx, found: ReturnRow, version_id: int, number: int, sha256: str, checked: Checked) -> None:
    deed = ReturnDeed.CHECKED_GOOD if checked.is_good else ReturnDeed.CHECKED_BAD
    state = move(ReturnState.CHECKING, deed)
    total = sum(part.pence for part in checked.totals)
    await tx.db.execute(
        "UPDATE return_version SET state = $2, checked_at = $3, lease_until = NULL, line_count = $4, total_pence = $5, "
        "totals = $6::jsonb, forecasts = $7::jsonb, header = $8::jsonb, parser_version = $9, template_version = $10 WHERE id = $1",
        version_id,
        state.value,
        tx.now,
        checked.line_count,
        total,
        stored.to_json(checked.totals),
        stored.to_json(checked.forecasts),
        stored.to_json(checked.header),
        checked.parser_version,
        checked.template_version,
    )
    await stored.add_problems(tx, version_id, checked.problems)
    if checked.is_good:
        await stored.copy_lines(tx, version_id, checked.lines, checked.line_columns)
    await stored.set_state(tx, found, state, number)
    after = {
        "version": number,
        "sha256": sha256,
        "state": state,
        "lines": checked.line_count,
        "total_pence": total,
        "problems": len(checked.problems),
    }
    journal_no = await record(tx, Deed.UPLOAD_RETURN, "return", found.name, after=after)
    await stored.add_event(tx, found.id, journal_no, deed, state, number)


@dataclass(frozen=True)
class Waiting:
    """An upload whose check was cut off, to be taken over."""

    return_id: UUID
    number: int
    filename: str
    content: bytes
    uploader: UUID
    context: ReturnContext


async def take_over(tx: Tx) -> Waiting | None:
    """The oldest upload whose check was cut off, leased to the caller; None where there is none."""
    require(tx.actor, Deed.REVIEW_RETURN, Scope())
    row = await tx.db.fetchrow(
        "SELECT v.id, v.return_id, v.number, v.filename, v.uploaded_by, w.content FROM return_version v JOIN workbook w "
        "ON w.version_id = v.id WHERE v.state = 'checking' AND v.lease_until < $1 ORDER BY v.id LIMIT 1 FOR UPDATE OF v SKIP LOCKED",
        tx.now,
    )
    if row is None:
        return None
    await tx.db.execute("UPDATE return_version SET lease_until = $2 WHERE id = $1", row["id"], tx.now + CHECKING_LEASE)
    found = await stored.find(tx.db, row["return_id"])
    context = await stored.context(tx.db, await awards.find(tx.db, found.award), found.period, found.id)
    return Waiting(row["return_id"], row["number"], row["filename"], bytes(row["content"]), row["uploaded_by"], context)


def problem_of_refusal(code: str, message: str, sheet: str = "", cell: str = "", value: str = "") -> Problem:
    """A refusal of a whole file, as the one problem of its version."""
    return msgspec.convert(
        {"code": code, "severity": "error", "sheet": sheet, "cell": cell, "message": message, "value": value},
        type=Problem,
    )
