"""What changed between two versions of a return, as its officer and its reviewer see it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from grants.actions.listing import decode_number, encode_cursor
from grants.actions.return_views import LineView, ProblemView, seen
from grants.domain.document_changes import DocumentChanges, changed_documents
from grants.domain.errors import Invalid, NotFound
from grants.domain.return_documents import Documents
from grants.domain.returns import CategoryForecast, CategoryTotal, ReturnState
from grants.domain.version_changes import (
    FieldChange,
    ForecastChange,
    TotalChange,
    changed_fields,
    changed_forecasts,
    changed_totals,
)
from grants.store import version_changes as stored
from grants.store.transaction import View


class VersionFacts(Struct, frozen=True):
    """One of the two versions. `has_lines` is whether its lines were kept, or there were none to keep."""

    number: int
    state: ReturnState
    filename: str
    sha256: str
    uploaded_by: str
    uploaded_at: datetime
    line_count: int
    total_pence: int
    has_lines: bool


class LineChange(Struct, frozen=True):
    """A line that was added, removed or changed. `fields` are those that differ; `matched_by` is how the two were paired."""

    change: str
    matched_by: str
    fields: list[str]
    before: LineView | None
    after: LineView | None


class LineCounts(Struct, frozen=True):
    """How many lines differ, and how many are the same in both."""

    added: int
    removed: int
    changed: int
    same: int


class ChangesView(Struct, frozen=True):
    """What differs between two versions.

    `note` says why lines are not compared, where they are not: `counts` is null then, and totals alone are compared.
    `problems_gone` and `problems_new` hold the first hundred each. `next` leads to further lines, as `?after=`.
    `documents` is null where a version has none: they are kept of one without errors.
    """

    before: VersionFacts
    after: VersionFacts
    totals: list[TotalChange]
    forecasts: list[ForecastChange]
    fields: list[FieldChange]
    problems_gone: list[ProblemView]
    problems_gone_count: int
    problems_new: list[ProblemView]
    problems_new_count: int
    note: str
    counts: LineCounts | None
    lines: list[LineChange]
    next: str | None = None
    documents: DocumentChanges | None = None


_SHOWN_PROBLEMS = 100
_VERSION = """
SELECT v.id, v.number, v.state, v.filename, v.sha256, v.uploaded_at, v.line_count, v.total_pence, p.name AS uploaded_by,
    v.totals::text AS totals_text, v.forecasts::text AS forecasts_text, v.header::text AS header_text,
    v.documents::text AS documents_text, a.removed_on,
    v.state <> 'checking' AND (v.line_count = 0 OR EXISTS (SELECT FROM spend_line s WHERE s.version_id = v.id)) AS has_lines
FROM return_version v JOIN person p ON p.id = v.uploaded_by JOIN spend_return r ON r.id = v.return_id
    JOIN award a ON a.reference = r.award
WHERE v.return_id = $1 AND v.number = $2
"""


async def changes(
    view: View, return_id: UUID, earlier: int | None, later: int | None, after: str | None, limit: int
) -> ChangesView:
    """What differs between two versions; left out: the newest, and the one before the later.

    Raises NotFound where there are no two such versions, and Invalid where the earlier is not before the later.
    """
    found = await seen(view, return_id)
    second = later or found.version
    first = earlier or second - 1
    if earlier is not None and first >= second:
        raise Invalid("versions", f"Compare an earlier version with a later one: {first} is not before {second}.")
    was, now = await _version(view, return_id, first), await _version(view, return_id, second)
    gone = await stored.gone_problems(view.db, was["id"], now["id"], _SHOWN_PROBLEMS)
    new = await stored.new_problems(view.db, was["id"], now["id"], _SHOWN_PROBLEMS)
    note = _note(was, now)
    counts, lines, cursor = (None, [], None) if note else await _lines(view, was["id"], now["id"], after, limit)
    return ChangesView(
        before=_facts(was),
        after=_facts(now),
        totals=changed_totals(*_both(was, now, "totals_text", list[CategoryTotal])),
        forecasts=changed_forecasts(*_both(was, now, "forecasts_text", list[CategoryForecast])),
        fields=changed_fields(*_both(was, now, "header_text", dict[str, Any])),
        problems_gone=[_problem(row) for row in gone],
        problems_gone_count=gone[0]["of"] if gone else 0,
        problems_new=[_problem(row) for row in new],
        problems_new_count=new[0]["of"] if new else 0,
        note=note,
        counts=counts,
        lines=lines,
        next=cursor,
        documents=_documents(was, now),
    )


def _documents(was: asyncpg.Record, now: asyncpg.Record) -> DocumentChanges | None:
    if was["documents_text"] is None or now["documents_text"] is None:
        return None
    return changed_documents(*_both(was, now, "documents_text", Documents))


async def _version(view: View, return_id: UUID, number: int) -> asyncpg.Record:
    row = await view.db.fetchrow(_VERSION, return_id, number)
    if row is None:
        raise NotFound("version", f"This return has no version {number}, so there is nothing to compare.")
    return row


async def _lines(
    view: View, before: int, after: int, cursor: str | None, limit: int
) -> tuple[LineCounts, list[LineChange], str | None]:
    rows = await stored.changed_lines(view.db, before, after, decode_number(cursor), limit + 1)
    counts = LineCounts(*(rows[0][name] for name in LineCounts.__struct_fields__))
    shown = [row for row in rows if row["number"] is not None][:limit]
    return counts, [_line(row) for row in shown], encode_cursor(str(shown[-1]["number"])) if len(rows) > limit else None


def _line(row: asyncpg.Record) -> LineChange:
    before, after = stored.line_before(row), stored.line_after(row)
    return LineChange(
        change=row["change"],
        matched_by=row["matched_by"],
        fields=stored.differing(before, after),
        before=LineView(**before) if before else None,
        after=LineView(**after) if after else None,
    )


def _both(was: asyncpg.Record, now: asyncpg.Record, column: str, kind: Any) -> tuple[Any, Any]:
    before, after = (msgspec.json.decode(row[column], type=kind) for row in (was, now))
    return before, after


def _facts(row: asyncpg.Record) -> VersionFacts:
    return VersionFacts(
        **{**{name: row[name] for name in VersionFacts.__struct_fields__}, "state": ReturnState(row["state"])}
    )


def _problem(row: asyncpg.Record) -> ProblemView:
    return ProblemView(**{name: row[name] for name in ProblemView.__struct_fields__})


def _note(*versions: asyncpg.Record) -> str:
    without = [row for row in versions if not row["has_lines"]]
    if not without:
        return ""
    if any(row["state"] == ReturnState.CHECKING for row in without):
        return "A version is still being checked: its lines and totals are not known yet."
    if any(row["removed_on"] for row in without):
        return "Lines of this award were removed under retention: totals alone are compared."
    named = " and ".join(str(row["number"]) for row in without)
    which, whose = (f"Version {named}", "its") if len(without) == 1 else (f"Versions {named}", "their")
    return f"{which} had errors, so {whose} lines were not kept: totals alone are compared."
