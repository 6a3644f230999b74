"""The plan as people see it: programmes, funding lines and their years, with every figure at one entry number."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from grants.actions.kept_answers import kept
from grants.domain.access import Actor, Deed, narrowed_to, require
from grants.domain.errors import NotFound
from grants.domain.periods import parse_year, show_day
from grants.domain.plan import BudgetKind, FundingLine, HistoryEvent, Milestone, Programme, Rag, YearBasis
from grants.domain.plan_figures import Figures
from grants.store import plan as stored
from grants.store.ledger import AsAt, as_at
from grants.store.plan import PlanFigures
from grants.store.transaction import Gate, View

MIXES_YEARS: Final = "The funding lines belong to different financial years, so a sum over all of them mixes years."

ShownPence = Annotated[int, Meta(description="Whole pence.", examples=[250_000_000])]


class YearFigures(Struct, frozen=True):
    """The money of a funding line in one financial year and budget kind, in pence (see domain.plan_figures.Figures)."""

    year: Annotated[str, Meta(examples=["2025-26"])]
    year_label: Annotated[str, Meta(examples=["2025 to 2026"])]
    budget_kind: BudgetKind
    budget_label: str
    allocated_pence: ShownPence
    awarded_pence: ShownPence
    paid_pence: ShownPence
    spent_pence: ShownPence
    forecast_pence: ShownPence
    unawarded_pence: ShownPence


class LineView(Struct, frozen=True):
    """A funding line. `do_not_publish` is the reason why its recipients appear in no open data; null: they may."""

    code: Annotated[str, Meta(examples=["LOCAL-INQUIRIES"])]
    programme: str
    title: str
    purpose: str
    announced_pence: ShownPence
    year: str
    year_basis: YearBasis
    budget_kind: BudgetKind
    do_not_publish: str | None
    source: str
    has_example_data: bool
    financial_years: list[YearFigures]


class MilestoneView(Struct, frozen=True):
    """A date to be met beside the money."""

    code: str
    title: str
    baseline: date | None
    forecast: date | None
    actual: date | None
    rag: Rag | None
    comment: str


class EventView(Struct, frozen=True):
    """Something that happened to the plan. `amount_pence` is what was announced then, not what is allocated."""

    code: str
    on: date
    when: Annotated[str, Meta(examples=["16 January 2025", "August 2025"])]
    text: str
    source: str
    amount_pence: int | None
    funding_line: str | None


class ProgrammeView(Struct, frozen=True):
    """Funding lines that are led together. `announced_note` is empty where `announced_pence` is of one financial year."""

    code: str
    title: str
    announced_on: date
    source: str
    announced_pence: ShownPence
    announced_note: str
    funding_lines: list[LineView]
    milestones: list[MilestoneView]
    history: list[EventView]


class PlanView(Struct, frozen=True):
    """The whole plan that a person may see, at an entry number: its figures then are the same for ever.

    `note` says what a sum over all funding lines would mix; empty where they are of one year.
    """

    entry_no: int
    note: str
    has_example_data: bool
    programmes: list[ProgrammeView]


async def plan_view(view: View, entry_no: int | None = None) -> PlanView:
    """The plan at an entry number; None: now. Words and dates are always today's. Raises Invalid, NotAllowed."""
    require(view.actor, Deed.SEE_PLAN)
    at = await as_at(view.db, entry_no)
    return await plan_with(view, at, await stored.figures(view.db, at))


async def plan_with(view: View, at: AsAt, found: PlanFigures) -> PlanView:
    """As plan_view, of figures that are known. Raises NotAllowed."""
    require(view.actor, Deed.SEE_PLAN)
    visible, _ = narrowed_to(view.actor, Deed.SEE_PLAN)
    lines = await _with_figures(view, await stored.funding_lines(view.db, visible), found)
    programmes = await stored.programmes(view.db, visible)
    milestones = await stored.milestones(view.db, visible)
    events = await stored.history(view.db, visible)
    return PlanView(
        entry_no=at.entry_no,
        note=_year_note(lines),
        has_example_data=any(line.has_example_data for line in lines),
        programmes=[
            _programme(
                programme,
                [line for line in lines if line.programme == programme.code],
                [item for item in milestones if item.programme == programme.code],
                [event for event in events if event.programme == programme.code],
            )
            for programme in programmes
        ],
    )


async def line_view(view: View, code: str, entry_no: int | None = None) -> LineView:
    """One funding line at an entry number; None: now. Raises NotFound, Invalid, NotAllowed."""
    require(view.actor, Deed.SEE_PLAN)
    visible, _ = narrowed_to(view.actor, Deed.SEE_PLAN)
    found = [line for line in await stored.funding_lines(view.db, visible) if line.code == code]
    if not found:
        raise NotFound("funding_line", "There is no funding line with that code that you can see. Check the code.")
    figures = await stored.figures(view.db, await as_at(view.db, entry_no))
    return (await _with_figures(view, found, figures))[0]


async def _with_figures(view: View, lines: list[FundingLine], found: PlanFigures) -> list[LineView]:
    figures = found.lines
    examples = await stored.lines_with_examples(view.db)
    return [
        LineView(
            **asdict(line),
            has_example_data=line.code in examples,
            financial_years=[
                _year(year, kind, figures.get((line.code, year, kind), Figures()))
                for year, kind in sorted(
                    {(line.year, line.budget_kind)}
                    | {(year, kind) for code, year, kind in figures if code == line.code}
                )
            ],
        )
        for line in lines
    ]


def _year(year: str, kind: BudgetKind, figures: Figures) -> YearFigures:
    return YearFigures(year, parse_year(year).label, kind, kind.label, **asdict(figures))


def _year_note(lines: list[LineView]) -> str:
    return MIXES_YEARS if len({line.year for line in lines}) > 1 else ""


def _programme(
    programme: Programme, lines: list[LineView], milestones: list[Milestone], events: list[HistoryEvent]
) -> ProgrammeView:
    return ProgrammeView(
        **asdict(programme),
        announced_pence=sum(line.announced_pence for line in lines),
        announced_note=_year_note(lines),
        funding_lines=lines,
        milestones=[
            MilestoneView(item.code, item.title, item.baseline, item.forecast, item.actual, item.rag, item.comment)
            for item in milestones
        ],
        history=[_event(event) for event in events],
    )


def _event(event: HistoryEvent) -> EventView:
    when = f"{event.on:%B %Y}" if event.month_only else show_day(event.on)
    return EventView(event.code, event.on, when, event.text, event.source, event.amount_pence, event.funding_line)


async def plan_json(gate: Gate, actor: Actor, entry_no: int | None = None, *, journal_no: int | None = None) -> bytes:
    """The plan as JSON, exactly as `plan_view` has it now; made anew only after a deed. Raises Invalid, NotAllowed.

    `journal_no` is the newest journal record's, from a caller who has just read it: it spares a query.
    """
    require(actor, Deed.SEE_PLAN)
    key = ("plan", narrowed_to(actor, Deed.SEE_PLAN)[0], entry_no)

    async def made(view: View) -> bytes:
        return msgspec.json.encode(await plan_view(view, entry_no))

    return await kept(gate, actor, key, made, journal_no=journal_no)
