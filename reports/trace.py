"""From a figure back to where it came from: entries, decisions, returns, and the sheet and cell of a recipient's workbook."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from msgspec import Meta, Struct

from grants.actions.listing import decode_number, encode_cursor
from grants.actions.report_scope import NOT_FOUND, check_over
from grants.domain.access import Deed, narrowed_to, require
from grants.domain.errors import NotFound
from grants.domain.ledger import MoveKind
from grants.store import plan, sources
from grants.store.ledger import AsAt
from grants.store.sources import EntrySource, ForecastSource, LineSource
from grants.store.transaction import Db, View
from reports.figures import FigureId, Measure, behind, entry_figure, line_figure, parse_figure, place_of

LINES_SHOWN: Final = 20
"""Lines shown with each entry; the entry's own figure leads to all of them."""


class DecisionSource(Struct, frozen=True):
    """The decision that an entry carries out."""

    number: int
    kind: str


class ReturnSource(Struct, frozen=True):
    """The version of a return that an entry accounts for, and the SHA-256 of the workbook as it came."""

    award: str
    period: Annotated[str, Meta(examples=["2025-26-Q2"])]
    version: int
    sha256: str


class TraceLine(Struct, frozen=True):
    """A line of spend and the cell that it came from. `pence` is what it adds to the figure."""

    figure: Annotated[str, Meta(examples=["line:5:17@812"])]
    source: ReturnSource
    sheet: Annotated[str, Meta(examples=["Spend"])]
    cell: Annotated[str, Meta(examples=["G17"])]
    reference: str
    category: str
    description: str
    payee: str
    spent_on: date
    pence: int


class TraceEntry(Struct, frozen=True):
    """An entry of the ledger. `pence` is what it adds to the figure, below zero where it takes away; `entry_pence` is its own amount.

    `lines` are the first lines below it; `figure` leads to all of them.
    """

    figure: Annotated[str, Meta(examples=["entry:37@812"])]
    number: int
    kind: Annotated[str, Meta(examples=["spend"])]
    source_account: Annotated[str, Meta(examples=["held:LI-OLDHAM-01"])]
    target_account: Annotated[str, Meta(examples=["spent:LI-OLDHAM-01:2025-26"])]
    pence: int
    entry_pence: int
    category: str | None
    effective_on: date
    reverses: int | None
    decision: DecisionSource | None
    source: ReturnSource | None
    lines: list[TraceLine]


class TraceFact(Struct, frozen=True):
    """What a figure counts that is no entry: an announcement, or a return's forecast of the rest of its year."""

    what: str
    pence: int
    source: ReturnSource | None


class Trace(Struct, frozen=True):
    """A figure, in pence, and what it adds up: over all pages, the pence of entries, facts and lines come to `pence`.

    `within` is the entry that a line, or a page of lines, belongs to. `next` leads to the next page, as `?after=`.
    """

    figure: Annotated[str, Meta(examples=["spent:LOCAL-INQUIRIES:2025-26:rdel_programme@812"])]
    meaning: str
    pence: int
    entry_no: int
    journal_no: int
    entries: list[TraceEntry] = []
    facts: list[TraceFact] = []
    lines: list[TraceLine] = []
    within: TraceEntry | None = None
    next: str | None = None


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
    if parsed.measure is not None:
        return await _trace_measure(view, asked, parsed.measure)
    return await (_trace_entry(view, asked) if parsed.kind == "entry" else _trace_line(view, asked))


async def _trace_measure(view: View, asked: _Asked, measure: Measure) -> Trace:
    figure = asked.figure
    found = {line.code: line for line in await plan.funding_lines(asked.db)}.get(figure.funding_line)
    if found is None:
        raise NotFound("not_found", NOT_FOUND)
    check_over(view.actor, Deed.TRACE, found.programme)
    facts: list[TraceFact] = []
    counted: list[tuple[EntrySource, int]] = []
    if measure is Measure.ANNOUNCED:
        if (figure.year, figure.budget_kind) == (found.year, found.budget_kind):
            facts = [TraceFact(f"Announced: {found.source}", found.announced_pence, None)]
    else:
        counted, forecasts = behind(measure, *await _sources(asked))
        facts = [
            TraceFact(f"Expected for the rest of {one.year} by the return for {one.period}", one.pence, _return(one))
            for one in forecasts
        ]
    pence = sum(part for _, part in counted) + sum(fact.pence for fact in facts)
    page = [part for part in counted if part[0].number > asked.after][: asked.limit + 1]
    entries = [await _entry(asked, *part) for part in page[: asked.limit]]
    following = encode_cursor(str(entries[-1].number)) if len(page) > asked.limit else None
    return Trace(
        figure=figure.text,
        meaning=measure.meaning,
        pence=pence,
        entry_no=asked.at.entry_no,
        journal_no=asked.at.journal_no,
        entries=entries,
        facts=[] if asked.after else facts,
        next=following,
    )


async def _sources(asked: _Asked) -> tuple[list[EntrySource], list[ForecastSource]]:
    figure = asked.figure
    awards = await asked.db.fetch("SELECT reference FROM award WHERE funding_line = $1", figure.funding_line)
    accounts = [f"line:{figure.funding_line}:{figure.year}"]
    accounts += [f"{kind}:{row['reference']}:{figure.year}" for row in awards for kind in ("award", "spent")]
    entries = await sources.entries_behind(asked.db, asked.at, accounts=accounts, budget_kind=figure.budget_kind)
    forecasts = await sources.forecasts_behind(asked.db, asked.at, figure.funding_line)
    wanted = (figure.year, figure.budget_kind)
    return entries, [forecast for forecast in forecasts if (forecast.year, forecast.budget_kind) == wanted]


async def _entry(asked: _Asked, entry: EntrySource, pence: int, shown: int = LINES_SHOWN) -> TraceEntry:
    lines = []
    if entry.kind == MoveKind.SPEND and shown:
        lines = await _lines(asked, entry, 0, shown, sign=-1 if (pence < 0) != (entry.pence < 0) else 1)
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
        lines=lines,
    )


async def _lines(asked: _Asked, entry: EntrySource, after: int, limit: int, *, sign: int = 1) -> list[TraceLine]:
    """A reversal takes away what the entry that it mirrors had added."""
    towards = -sign if entry.reverses else sign
    found = await sources.lines_of_entry(asked.db, entry.number, after, limit)
    return [_line(asked, line, towards) for line in found]


async def _trace_entry(view: View, asked: _Asked) -> Trace:
    entry = await _seen_entry(view, asked, asked.figure.number)
    meaning = "What one entry of the ledger adds."
    if entry.kind != MoveKind.SPEND or not entry.line_count:
        amount = entry.pence if entry.kind == MoveKind.SPEND else abs(entry.pence)
        return _answer(asked, meaning, amount, entries=[await _entry(asked, entry, amount, 0)])
    lines = await _lines(asked, entry, asked.after, asked.limit + 1)
    following = (
        encode_cursor(lines[asked.limit - 1].figure.split(":")[2].split("@")[0]) if len(lines) > asked.limit else None
    )
    within = await _entry(asked, entry, entry.pence, 0)
    return _answer(asked, meaning, entry.pence, lines=lines[: asked.limit], within=within, next=following)


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
    within = await _entry(asked, entry, entry.pence, 0)
    meaning = "One line of an accepted spend return: its net amount plus the VAT that cannot be recovered."
    return _answer(asked, meaning, line.pence, lines=[_line(asked, line, 1)], within=within)


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


def _return(of: EntrySource | ForecastSource) -> ReturnSource | None:
    if of.period is None or of.version is None or of.sha256 is None or of.award is None:
        return None
    return ReturnSource(of.award, of.period, of.version, of.sha256)
