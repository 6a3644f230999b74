"""Returns as people see them: what is due, its versions, totals, problems, lines and history."""

from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from grants.actions.listing import Page, decode_cursor, decode_number, encode_cursor
from grants.domain.access import Deed, narrowed_to, require
from grants.domain.errors import Conflict, NotFound
from grants.domain.periods import london_day
from grants.domain.return_documents import Asset, Declaration, Documents, MilestoneReport
from grants.domain.returns import SUBMITTED, CategoryForecast, CategoryTotal, ReturnState
from grants.store import returns as stored
from grants.store.returns import ReturnRow
from grants.store.transaction import View


class VersionView(Struct, frozen=True):
    """One upload of a return. Pence are net plus irrecoverable VAT. An extract names the matching that it was read by."""

    number: int
    state: ReturnState
    filename: str
    sha256: str
    size_bytes: int
    note: str
    uploaded_by: str
    uploaded_at: datetime
    template_version: str
    parser_version: str
    line_count: int
    total_pence: int
    errors: int
    warnings: int
    warnings_without_reason: int
    certified_by: str | None
    certified_name: str | None
    certified_role: str | None
    certified_at: datetime | None
    matching_id: UUID | None = None


class EventView(Struct, frozen=True):
    """A step in a return's life."""

    deed: str
    state: ReturnState
    version: int
    person: str
    at: datetime
    message: str


class ProblemView(Struct, frozen=True):
    """A problem of an upload: where it is, what was typed, what to type. `reason` answers a warning."""

    number: int
    code: str
    severity: str
    sheet: str
    cell: str
    value: str
    message: str
    reason: str | None


class NoticeView(Struct, frozen=True):
    """How the newest upload was read, where that is not obvious. Nobody has to answer it."""

    code: str
    sheet: str
    cell: str
    message: str
    value: str = ""


class LineView(Struct, frozen=True):
    """One line of a return's newest version, with its sheet and cell."""

    row: int
    sheet: str
    cell: str
    reference: str
    category: str
    description: str
    payee: str
    spent_on: date
    budget_kind: str
    net_pence: int
    vat_pence: int
    accrual: bool
    evidence: str


class ReturnSummary(Struct, frozen=True):
    """A return in a list. `days_late` counts from the day after it was due until it was submitted, or until today."""

    id: UUID
    award: str
    recipient_id: str
    recipient_name: str
    period: str
    period_label: str
    state: ReturnState
    due_on: date
    days_late: int
    version: int
    is_example: bool


class ReturnView(ReturnSummary, frozen=True):
    """One return, whole. `problems` holds the newest version's first hundred; the rest are at /problems.

    Milestones, assets and declarations are the newest version's, once it has no errors. `basis` is that of its amounts.
    `notices` tell how the newest version was read. `queue_place`, while it is being checked: 1 is the upload that has
    waited longest of all.
    """

    totals: list[CategoryTotal]
    total_pence: int
    forecasts: list[CategoryForecast]
    problems: list[ProblemView]
    versions: list[VersionView]
    history: list[EventView]
    milestones: list[MilestoneReport] = []
    assets: list[Asset] = []
    declarations: list[Declaration] = []
    basis: str = ""
    notices: list[NoticeView] = []
    queue_place: int | None = None


_SHOWN_PROBLEMS = 100

_VERSIONS = """
SELECT v.id, v.number, v.state, v.filename, v.sha256, v.size_bytes, v.note, v.uploaded_at, v.template_version, v.parser_version,
    v.line_count, v.total_pence, v.certified_name, v.certified_role, v.certified_at, v.matching_id, v.totals::text AS totals_text,
    v.forecasts::text AS forecasts_text, v.documents::text AS documents_text,
    (v.header -> 'notices')::text AS notices_text, p.name AS uploader, q.name AS certifier,
    count(b.number) FILTER (WHERE b.severity = 'error') AS errors,
    count(b.number) FILTER (WHERE b.severity = 'warning') AS warnings,
    count(b.number) FILTER (WHERE b.severity = 'warning' AND b.reason IS NULL) AS unexplained
FROM return_version v JOIN person p ON p.id = v.uploaded_by LEFT JOIN person q ON q.id = v.certified_by
    LEFT JOIN return_problem b ON b.version_id = v.id
WHERE v.return_id = $1 GROUP BY v.id, p.name, q.name ORDER BY v.number
"""


async def return_view(view: View, return_id: UUID) -> ReturnView:
    """One return. Raises NotFound."""
    return await view_of(view, await seen(view, return_id))


async def view_of(view: View, found: ReturnRow) -> ReturnView:
    """A return that the actor may see, which stands as it was found."""
    versions = await view.db.fetch(_VERSIONS, found.id)
    newest = versions[-1] if versions else None
    events = await view.db.fetch(
        "SELECT e.deed, e.state, e.version, p.name AS person, e.at, e.message FROM return_event e JOIN person p ON p.id = e.person_id "
        "WHERE e.return_id = $1 ORDER BY e.journal_no",
        found.id,
    )
    has_problems = newest is not None and newest["errors"] + newest["warnings"] > 0
    shown = await stored.problems(view.db, newest["id"], 0, _SHOWN_PROBLEMS) if newest and has_problems else []
    submitted_at = min((event["at"] for event in events if event["state"] == ReturnState.CERTIFIED), default=None)
    summary = _summary(view, found, submitted_at)
    told = newest["documents_text"] if newest else None
    noticed = newest["notices_text"] if newest else None
    waits = newest if found.state is ReturnState.CHECKING else None
    documents = msgspec.json.decode(told, type=Documents) if told else Documents()
    return ReturnView(
        **msgspec.structs.asdict(summary),
        totals=msgspec.json.decode(newest["totals_text"], type=list[CategoryTotal]) if newest else [],
        total_pence=newest["total_pence"] if newest else 0,
        forecasts=msgspec.json.decode(newest["forecasts_text"], type=list[CategoryForecast]) if newest else [],
        problems=[_problem(row) for row in shown],
        versions=[_version(row) for row in versions],
        history=[EventView(**{**dict(row), "state": ReturnState(row["state"])}) for row in events],
        milestones=list(documents.milestones),
        assets=list(documents.assets),
        declarations=list(documents.declarations),
        basis=documents.basis,
        notices=msgspec.json.decode(noticed, type=list[NoticeView]) if noticed else [],
        queue_place=await view.db.fetchval("SELECT queue_place($1)", waits["id"]) if waits else None,
    )


async def seen(view: View, return_id: UUID) -> ReturnRow:
    """A return that the actor may see. Raises NotFound for any other."""
    found = await stored.find(view.db, return_id)
    require(view.actor, Deed.SEE_RETURN, found.scope, sight=Deed.SEE_RETURN)
    return found


def _summary(view: View, found: ReturnRow, submitted_at: datetime | None) -> ReturnSummary:
    until = london_day(submitted_at if submitted_at and found.state in SUBMITTED else view.now)
    return ReturnSummary(
        id=found.id,
        award=found.award,
        recipient_id=found.recipient_id,
        recipient_name=found.recipient_name,
        period=found.period_code,
        period_label=found.period.label,
        state=found.state,
        due_on=found.due_on,
        days_late=max(0, (until - found.due_on).days),
        version=found.version,
        is_example=found.is_example,
    )


def _version(row: asyncpg.Record) -> VersionView:
    same = [name for name in VersionView.__struct_fields__ if name in row.keys()]  # noqa: SIM118  a Record is no dict
    return VersionView(
        **{
            **{name: row[name] for name in same},
            "state": ReturnState(row["state"]),
            "uploaded_by": row["uploader"],
            "certified_by": row["certifier"],
            "warnings_without_reason": row["unexplained"],
        }
    )


def _problem(row: asyncpg.Record) -> ProblemView:
    return ProblemView(**{name: row[name] for name in ProblemView.__struct_fields__})


async def returns_page(
    view: View, filters: dict[str, str | None], after: str | None, limit: int
) -> Page[ReturnSummary]:
    """Returns that the actor may see, in order of award and period."""
    require(view.actor, Deed.SEE_RETURN)
    programmes, recipients = narrowed_to(view.actor, Deed.SEE_RETURN)
    found = await stored.page_of(view.db, filters, decode_cursor(after), limit + 1, programmes, recipients)
    submitted = await stored.submitted_at(view.db, [row.id for row in found])
    items = [_summary(view, row, submitted.get(row.id)) for row in found[:limit]]
    return Page(items, encode_cursor(found[limit - 1].name) if len(found) > limit else None)


async def problems_page(view: View, return_id: UUID, after: str | None, limit: int) -> Page[ProblemView]:
    """The problems of a return's newest version, in reading order."""
    version_id, _ = await newest_version(view, return_id)
    rows = await stored.problems(view.db, version_id, decode_number(after), limit + 1)
    items = [_problem(row) for row in rows[:limit]]
    return Page(items, encode_cursor(str(items[-1].number)) if len(rows) > limit else None)


async def lines_page(view: View, return_id: UUID, after: str | None, limit: int) -> Page[LineView]:
    """The lines of a return's newest version, in the workbook's order."""
    version_id, _ = await newest_version(view, return_id)
    names = ", ".join(LineView.__struct_fields__)
    rows = await view.db.fetch(
        f"SELECT {names} FROM spend_line WHERE version_id = $1 AND row > $2 ORDER BY row LIMIT $3",  # noqa: S608  our own names
        version_id,
        decode_number(after),
        limit + 1,
    )
    items = [LineView(**dict(row)) for row in rows[:limit]]
    return Page(items, encode_cursor(str(items[-1].row)) if len(rows) > limit else None)


async def newest_version(view: View, return_id: UUID) -> tuple[int, asyncpg.Record]:
    """The newest version of a return that the actor may see. Raises NotFound where there is none yet."""
    found = await seen(view, return_id)
    row = await view.db.fetchrow(
        "SELECT * FROM return_version WHERE return_id = $1 AND number = $2", found.id, found.version
    )
    if row is None:
        raise NotFound("version", "No workbook has been uploaded for this return yet.")
    return row["id"], row


class WorkbookFile(Struct, frozen=True):
    """A workbook exactly as it was uploaded."""

    filename: str
    sha256: str
    content: bytes


async def workbook(view: View, return_id: UUID, version: int | None) -> WorkbookFile:
    """The bytes of a version as they came; None: the newest. Raises NotFound, or Conflict where they have outlived their years."""
    found = await seen(view, return_id)
    row = await view.db.fetchrow(
        "SELECT v.filename, v.sha256, w.content, a.removed_on FROM return_version v JOIN workbook w ON w.version_id = v.id "
        "JOIN spend_return r ON r.id = v.return_id JOIN award a ON a.reference = r.award WHERE v.return_id = $1 AND v.number = $2",
        found.id,
        version or found.version,
    )
    if row is None:
        raise NotFound("version", "There is no such version of this return.")
    if removed_on := row["removed_on"]:
        said = f"This file was removed under retention on {removed_on.day} {removed_on:%B %Y}. Its figures are kept."
        raise Conflict("removed", said, removed_on=removed_on.isoformat(), sha256=row["sha256"])
    return WorkbookFile(row["filename"], row["sha256"], bytes(row["content"]))
