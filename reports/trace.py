"""From a figure back to where it came from: entries, decisions, returns, and the sheet and cell of a recipient's workbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from grants.actions.listing import decode_number, encode_cursor
from grants.actions.people import SCHEDULER
from grants.actions.report_scope import NOT_FOUND, check_over
from grants.domain.access import Deed, narrowed_to, require
from grants.domain.errors import NotFound
from grants.domain.figures import FigureId, Scope, entry_figure, line_figure, parse_figure
from grants.domain.ledger import MoveKind
from grants.domain.measures import Measure, grounds_of
from grants.domain.schedules import Filters
from grants.store import plan, sources
from grants.store.ledger import AsAt, place_of
from grants.store.sources import EntrySource, LineSource
from grants.store.standing import seeing_all
from grants.store.transaction import Db, View
from reports.ground import Fact
from reports.grounds import Reach, grounds_at
from reports.parts import Part, Parts
from reports.trace_views import DecisionSource, ReturnSource, Trace, TraceEntry, TraceFact, TraceLine

LINES_SHOWN: Final = 20
"""Lines shown with each entry; the entry's own figure leads to all of them."""


@dataclass(frozen=True)
class _Asked:
    db: Db
    figure: FigureId
    at: AsAt
    limit: int
    after: int


async def trace(view: View, figure: str, limit: int = 50, after: str | None = None) -> Trace:
    """What a figure adds up, a page at a time. Raises Invalid for no identifier, NotFound for what is unknown or foreign."""
    require(view.actor, Deed.TRACE)
    parsed = parse_figure(figure)
    at = await place_of(view.db, parsed.entry_no, parsed.journal_no)
    asked = _Asked(view.db, parsed, at, limit, decode_number(after))
    if parsed.measure is not None and parsed.scope is not None:
        return await _trace_measure(view, asked, parsed.measure, parsed.scope)
    return await (_trace_line(view, asked) if parsed.row else _trace_entry(view, asked))


async def _trace_measure(view: View, asked: _Asked, measure: Measure, scope: Scope) -> Trace:
    parts = (await parts_behind(view, asked.at, measure, scope)).of(measure, scope)
    page = parts[asked.after : asked.after + asked.limit]
    more = len(parts) > asked.after + asked.limit
    return Trace(
        figure=asked.figure.text,
        meaning=measure.meaning,
        pence=sum(part.pence for part in parts),
        entry_no=asked.at.entry_no,
        journal_no=asked.at.journal_no,
        entries=await _entries(asked, page),
        facts=[_fact(part.pence, part.ground.fact) for part in page if part.ground.fact],
        next=encode_cursor(str(asked.after + asked.limit)) if more else None,
    )


async def parts_behind(view: View, at: AsAt, measure: Measure, scope: Scope) -> Parts:
    """All that a figure, and the figures that it is made of, add up. Raises NotFound for a scope that is unknown or foreign."""
    require(view.actor, Deed.TRACE)
    await _check_scope(view, scope)
    within = Filters(
        scope.programme,
        scope.name if scope.of == "line" else scope.funding_line,
        scope.name if scope.of == "recipient" else scope.recipient,
    )
    wanted = grounds_of(measure, of_category=scope.category is not None)
    reach = Reach(wanted, within, scope.name if scope.of == "award" else None)
    # What the figure is of, its reader may know all of; how that stood, the whole journal tells.
    return Parts(await grounds_at(view.db, at, reach, partial(seeing_all, view, SCHEDULER)))


async def _check_scope(view: View, scope: Scope) -> None:
    """Raises NotFound where the actor may not see all that the figure is of: the sum of a part of it is another figure."""
    lines = {line.code: line.programme for line in await plan.funding_lines(view.db)}
    if scope.of == "award":
        awards = await sources.awards_behind(view.db, award=scope.name)
        line = awards[scope.name][0] if awards else None
    else:
        line = scope.name if scope.of == "line" else scope.funding_line
    known = await view.db.fetchval(
        "SELECT ($1::text IS NULL OR EXISTS (SELECT FROM recipient WHERE id = $1)) "
        "AND ($2::text IS NULL OR EXISTS (SELECT FROM programme WHERE code = $2))",
        scope.name if scope.of == "recipient" else scope.recipient,
        scope.programme,
    )
    if not known or (line is None and scope.of in ("award", "line")) or (line is not None and line not in lines):
        raise NotFound("not_found", NOT_FOUND)
    programme = scope.programme if line is None else lines[line]
    if scope.programme not in (None, programme):
        raise NotFound("not_found", NOT_FOUND)
    check_over(view.actor, Deed.TRACE, programme)


async def _entries(asked: _Asked, parts: Sequence[Part]) -> list[TraceEntry]:
    """Entries with the first lines below each, all read at once."""
    found = [(part.ground.entry, part.pence) for part in parts if part.ground.entry]
    spend = [entry.number for entry, _ in found if entry.kind == MoveKind.SPEND]
    below = await sources.lines_of_entries(asked.db, spend, 0, LINES_SHOWN)
    return [_entry(asked, entry, pence, below.get(entry.number, [])) for entry, pence in found]


def _entry(asked: _Asked, entry: EntrySource, pence: int, lines: Sequence[LineSource] = ()) -> TraceEntry:
    """A reversal takes away what the entry that it mirrors had added; so do its lines."""
    sign = (-1 if (pence < 0) != (entry.pence < 0) else 1) * (-1 if entry.reverses else 1)
    return TraceEntry(
        figure=entry_figure(entry.number, asked.at),
        number=entry.number,
        kind=entry.kind,
        source_account=entry.source,
        target_account=entry.target,
        pence=pence,
        entry_pence=abs(entry.pence),
        category=entry.category,
        effective_on=entry.effective_on,
        reverses=entry.reverses,
        decision=DecisionSource(entry.decision_no, entry.decision_kind or "") if entry.decision_no else None,
        source=_return(entry),
        lines=[_line(asked, line, sign) for line in lines],
    )


def _fact(pence: int, fact: Fact) -> TraceFact:
    return TraceFact(
        what=fact.what,
        pence=pence,
        source=ReturnSource(*fact.source) if fact.source else None,
        decision=DecisionSource(*fact.decision) if fact.decision else None,
        sheet=fact.sheet,
        cell=fact.cell,
    )


async def _trace_entry(view: View, asked: _Asked) -> Trace:
    entry = await _seen_entry(view, asked, asked.figure.number)
    meaning = "What one entry of the ledger adds."
    if entry.kind != MoveKind.SPEND or not entry.line_count:
        amount = entry.pence if entry.kind == MoveKind.SPEND else abs(entry.pence)
        return _answer(asked, meaning, amount, entries=[_entry(asked, entry, amount)])
    found = (await sources.lines_of_entries(asked.db, [entry.number], asked.after, asked.limit + 1))[entry.number]
    lines = [_line(asked, line, -1 if entry.reverses else 1) for line in found[: asked.limit]]
    following = encode_cursor(str(found[asked.limit - 1].row)) if len(found) > asked.limit else None
    within = _entry(asked, entry, entry.pence)
    return _answer(asked, meaning, entry.pence, lines=lines, within=within, next=following)


async def _trace_line(view: View, asked: _Asked) -> Trace:
    line = await sources.line(asked.db, asked.figure.number, asked.figure.row)
    number = line and await asked.db.fetchval(
        "SELECT e.number FROM entry e LEFT JOIN entry r ON r.reverses = e.number AND r.number <= $4 WHERE e.kind = 'spend' "
        "AND e.reverses IS NULL AND e.return_version = $1 AND e.category = $2 AND e.budget_kind = $3 AND e.number <= $4 AND r.number IS NULL",
        line.version_id,
        line.category,
        line.budget_kind,
        asked.at.entry_no,
    )
    if line is None or not number:
        raise NotFound("not_found", NOT_FOUND)
    entry = await _seen_entry(view, asked, number)
    meaning = "One line of an accepted spend return: its net amount plus the VAT that cannot be recovered."
    return _answer(asked, meaning, line.pence, lines=[_line(asked, line, 1)], within=_entry(asked, entry, entry.pence))


def _answer(
    asked: _Asked,
    meaning: str,
    pence: int,
    *,
    entries: list[TraceEntry] | None = None,
    lines: list[TraceLine] | None = None,
    within: TraceEntry | None = None,
    next: str | None = None,  # noqa: A002 – the field's name in the answer
) -> Trace:
    at = asked.at
    return Trace(
        asked.figure.text, meaning, pence, at.entry_no, at.journal_no, entries or [], [], lines or [], within, next
    )


async def _seen_entry(view: View, asked: _Asked, number: int) -> EntrySource:
    """An entry that the actor may see: the programme of a line or award that it touches decides. Raises NotFound."""
    row = await sources.entry_row(asked.db, number)
    if row is None or number > asked.at.entry_no:
        raise NotFound("not_found", NOT_FOUND)
    found = await sources.entries_behind(asked.db, asked.at, accounts=[row["source"], row["target"]])
    own = [entry for entry in found if entry.number == number]
    over = narrowed_to(view.actor, Deed.TRACE)[0]
    visible = {line.code for line in await plan.funding_lines(asked.db, over)}
    if not any(entry.funding_line in visible for entry in own):
        raise NotFound("not_found", NOT_FOUND)
    return own[0]


def _line(asked: _Asked, line: LineSource, sign: int) -> TraceLine:
    return TraceLine(
        figure=line_figure(line.version_id, line.row, asked.at),
        source=ReturnSource(line.award, line.period, line.version, line.sha256),
        sheet=line.sheet,
        cell=line.cell,
        reference=line.reference,
        category=line.category,
        description=line.description,
        payee=line.payee,
        spent_on=line.spent_on,
        pence=sign * line.pence,
    )


def _return(of: EntrySource) -> ReturnSource | None:
    if of.period is None or of.version is None or of.sha256 is None or of.award is None:
        return None
    return ReturnSource(of.award, of.period, of.version, of.sha256)
