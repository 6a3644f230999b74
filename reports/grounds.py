"""All that figures count at one place in the record, read in bulk: one query for each kind of source, however many figures."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from grants.domain.awards import CostCategory
from grants.domain.measures import OF_ENTRIES, Measure
from grants.domain.periods import parse_period, parse_year, year_of
from grants.domain.plan import BudgetKind
from grants.domain.schedules import EVERYTHING, Filters
from grants.store import sources
from grants.store.ledger import AsAt
from grants.store.sources import EntrySource, ForecastSource
from grants.store.transaction import Db
from reports.facts import facts_of
from reports.ground import Fact, Ground, OfReturn

Sight = Callable[[], AbstractAsyncContextManager[Db]]
"""Lends a connection that sees all, where an earlier state is read."""
Awards = Mapping[str, tuple[str, str, str]]
"""Of each award its funding line, programme and recipient."""
_FORECAST_SHEET: Final = "Forecast"


@dataclass(frozen=True)
class Grounds:
    """All that the figures asked for count. `forecast` holds the award, year and budget kind of each forecast in force."""

    at: AsAt
    found: list[Ground] = field(default_factory=list)
    forecast: set[tuple[str, str, BudgetKind]] = field(default_factory=set)


@dataclass(frozen=True)
class Reach:
    """What grounds are wanted for: the measures, and the filters and the award that they lie within."""

    measures: frozenset[Measure]
    within: Filters = EVERYTHING
    award: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether they lie within nothing in particular."""
        return self.award is None and self.within == EVERYTHING


async def grounds_at(db: Db, at: AsAt, reach: Reach, sight: Sight | None = None) -> Grounds:
    """The grounds of the measures at a place. `sight` lends what sees all, where `db` does not.

    Raises RuleBroken where neither does and a measure needs it.
    """
    of, within = Grounds(at), reach.within
    awards = await sources.awards_behind(db, award=reach.award, line=within.funding_line, recipient=within.recipient)
    if reach.measures & OF_ENTRIES:
        of.found.extend(await _entries(db, at, reach, awards))
    if Measure.EXPECTED in reach.measures:
        for found in await sources.forecasts_behind(db, at, None if reach.is_everything else awards):
            of.forecast.add((found.award, found.year, found.budget_kind))
            of.found.extend(_expected(found, awards[found.award]))
    if facts := reach.measures - OF_ENTRIES - {Measure.EXPECTED}:
        async with (sight or _lending(db))() as seeing:
            of.found.extend(await facts_of(seeing, at, facts, within, reach.award))
    return of


def _lending(db: Db) -> Sight:
    @asynccontextmanager
    async def lend() -> AsyncIterator[Db]:
        yield db

    return lend


async def _entries(db: Db, at: AsAt, reach: Reach, awards: Awards) -> list[Ground]:
    rows = await db.fetch("SELECT code, programme FROM funding_line")
    programmes: dict[str, str] = {row["code"]: row["programme"] for row in rows}
    entries = await sources.entries_behind(
        db,
        at,
        accounts=await _accounts(db, reach, awards, programmes),
        measures=[measure.value for measure in reach.measures & OF_ENTRIES],
    )
    return [
        _of_entry(entry, programmes[entry.funding_line], awards)
        for entry in entries
        if entry.award is None or entry.award in awards
    ]


async def _accounts(db: Db, reach: Reach, awards: Awards, programmes: Mapping[str, str]) -> Collection[str] | None:
    if reach.is_everything:
        return None
    within, lines = reach.within, list[str]()
    if reach.award is None and within.recipient is None:
        fitting = (code for code, programme in programmes.items() if within.programme in (None, programme))
        lines = [code for code in fitting if within.funding_line in (None, code)]
    owners = [award for award, (_, programme, _) in awards.items() if within.programme in (None, programme)]
    return await sources.accounts_of(db, [*lines, *owners])


def _of_entry(entry: EntrySource, programme: str, awards: Awards) -> Ground:
    """What was recovered is of no year in the ledger: it counts in that of the day on which it was."""
    return Ground(
        measure=Measure(entry.measure),
        pence=entry.pence,
        funding_line=entry.funding_line,
        programme=programme,
        award=entry.award,
        recipient=awards[entry.award][2] if entry.award else None,
        year=entry.year or year_of(entry.effective_on).code,
        day=parse_period(entry.period).last if entry.period else entry.effective_on,
        budget_kind=entry.budget_kind,
        category=CostCategory(entry.category) if entry.category else None,
        entry=entry,
    )


def _expected(found: ForecastSource, of: tuple[str, str, str]) -> Iterator[Ground]:
    what = (
        f"Expected for the rest of {parse_year(found.year).label} by the return for {parse_period(found.period).label}"
    )
    source = OfReturn(found.award, found.period, found.version, found.sha256)
    key = f"expected:{found.award}:{found.year}:{found.budget_kind}:{found.period}:{found.version}"
    facts: list[tuple[int, CostCategory | None, Fact]] = [
        (
            typed.pence,
            typed.category,
            Fact(
                f"{key}:{typed.category}:{typed.quarter}:{typed.cell}",
                f"{what}: {typed.category.label}, {parse_period(typed.quarter).label}",
                source=source,
                sheet=_FORECAST_SHEET,
                cell=typed.cell,
            ),
        )
        for typed in found.typed
    ]
    rest = found.pence - sum(pence for pence, _, _ in facts)
    if rest or not facts:
        facts.append((rest, None, Fact(key, what, source=source)))
    for pence, category, fact in facts:
        yield Ground(
            measure=Measure.EXPECTED,
            pence=pence,
            funding_line=of[0],
            programme=of[1],
            award=found.award,
            recipient=of[2],
            year=found.year,
            budget_kind=found.budget_kind,
            category=category,
            fact=fact,
        )
