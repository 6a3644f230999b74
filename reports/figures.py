"""Figures with names: what each measure of a funding line comes to at a place in the record, and what it adds up."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from grants.domain.errors import Invalid
from grants.domain.periods import parse_period
from grants.domain.plan import BudgetKind, FundingLine, Rag, rate_variance
from grants.domain.plan_figures import Figures
from grants.domain.schedules import Filters
from grants.store import plan
from grants.store.ledger import AsAt, as_at, head
from grants.store.sources import EntrySource, ForecastSource
from grants.store.transaction import Db

AMBER_PERCENT: Final = 5
RED_PERCENT: Final = 10
"""Of what is awarded. A default: each award has thresholds of its own, a line has none."""


class Measure(StrEnum):
    """The money figures of a funding line in one financial year and budget kind."""

    ANNOUNCED = "announced"
    ALLOCATED = "allocated"
    AWARDED = "awarded"
    PAID = "paid"
    SPENT = "spent"
    FORECAST = "forecast"
    UNAWARDED = "unawarded"
    UNSPENT = "unspent"

    @property
    def meaning(self) -> str:
        """What the figure is, for people."""
        return _MEANINGS[self]


_MEANINGS: Final = {
    Measure.ANNOUNCED: "The amount in the announcement of the funding line: a fact of the plan, not money in the ledger.",
    Measure.ALLOCATED: "Money that came to the funding line, less what was taken back or moved to another line or year.",
    Measure.AWARDED: "Money promised to recipients, less what variations and withdrawals gave back.",
    Measure.PAID: "Payments to recipients. Money recovered from them later is not taken off.",
    Measure.SPENT: "Spend that accepted returns account for.",
    Measure.FORECAST: "Forecast outturn: for each award its accepted spend plus what its newest accepted return expects for the rest "
    "of the year; where no return has been accepted for the year, what was awarded.",
    Measure.UNAWARDED: "Allocated minus awarded: what is left on the funding line.",
    Measure.UNSPENT: "Awarded minus spent: promised, and not yet accounted for by accepted returns.",
}
SUMS: Final = {
    Measure.ALLOCATED: {Measure.ALLOCATED: 1},
    Measure.AWARDED: {Measure.AWARDED: 1},
    Measure.PAID: {Measure.PAID: 1},
    Measure.SPENT: {Measure.SPENT: 1},
    Measure.UNAWARDED: {Measure.ALLOCATED: 1, Measure.AWARDED: -1},
    Measure.UNSPENT: {Measure.AWARDED: 1, Measure.SPENT: -1},
    Measure.FORECAST: {Measure.AWARDED: 1, Measure.SPENT: 1},
}
"""What a measure adds up or takes away, of those that entries make. A forecast takes either for each award, never both."""


@dataclass(frozen=True)
class Position:
    """A funding line in one financial year and budget kind. `announced_pence` is None where another year or kind was announced."""

    line: FundingLine
    year: str
    budget_kind: BudgetKind
    figures: Figures
    announced_pence: int | None
    is_example: bool

    def pence(self, measure: Measure) -> int | None:
        """The figure, in pence."""
        if measure is Measure.ANNOUNCED:
            return self.announced_pence
        if measure is Measure.UNSPENT:
            return self.figures.awarded_pence - self.figures.spent_pence
        found: int = getattr(self.figures, f"{measure.value}_pence")
        return found

    @property
    def variance_pence(self) -> int:
        """Forecast outturn minus awarded: above zero is over budget."""
        return self.figures.forecast_pence - self.figures.awarded_pence

    @property
    def rag(self) -> Rag | None:
        """The variance's rating; None where nothing is awarded, so that there is nothing to rate."""
        if not self.figures.awarded_pence and not self.variance_pence:
            return None
        return rate_variance(self.variance_pence, self.figures.awarded_pence, AMBER_PERCENT, RED_PERCENT)

    def figure(self, measure: Measure, at: AsAt) -> str:
        """The identifier that leads to what the figure adds up. A forecast can change without an entry, so it names both numbers."""
        place = f"{at.entry_no}.{at.journal_no}" if measure is Measure.FORECAST else f"{at.entry_no}"
        return f"{measure}:{self.line.code}:{self.year}:{self.budget_kind}@{place}"


async def positions_of(db: Db, at: AsAt, filters: Filters) -> list[Position]:
    """Every line, year and budget kind that has a figure, in the plan's order."""
    found = await plan.figures(db, at)
    programmes = None if filters.programme is None else frozenset({filters.programme})
    examples = {
        row["reference"] for row in await db.fetch("SELECT reference FROM award WHERE is_example ORDER BY reference")
    }
    marked = {(found.line_of_award[award], year, kind) for award, year, kind in found.awards if award in examples}
    return [
        _position(line, year, kind, found.lines.get((line.code, year, kind), Figures()), marked)
        for line in await plan.funding_lines(db, programmes)
        for year, kind in sorted(
            {(line.year, line.budget_kind)} | {key[1:] for key in found.lines if key[0] == line.code}
        )
        if filters.funding_line in (None, line.code) and filters.period in (None, year)
    ]


def _position(
    line: FundingLine, year: str, kind: BudgetKind, figures: Figures, marked: set[tuple[str, str, BudgetKind]]
) -> Position:
    announced = line.announced_pence if (year, kind) == (line.year, line.budget_kind) else None
    return Position(line, year, kind, figures, announced, (line.code, year, kind) in marked)


@dataclass(frozen=True)
class FigureId:
    """A parsed identifier. `kind` is a measure, or "entry" with `number`, or "line" with the version's `number` and `row`."""

    text: str
    kind: str
    entry_no: int
    journal_no: int | None = None
    funding_line: str = ""
    year: str = ""
    budget_kind: BudgetKind = BudgetKind.RDEL_PROGRAMME
    number: int = 0
    row: int = 0

    @property
    def measure(self) -> Measure | None:
        """The measure, where the figure is one of a funding line."""
        return Measure(self.kind) if self.kind in set(Measure) else None


_PLACE: Final = r"@(?P<entry>\d{1,15})(?:\.(?P<journal>\d{1,15}))?"
_FORMS: Final = [
    re.compile(form + _PLACE, re.ASCII)
    for form in (
        rf"(?P<kind>{'|'.join(Measure)}):(?P<line>[A-Z0-9][A-Z0-9-]{{1,39}}):(?P<year>\d{{4}}-\d\d):(?P<budget>{'|'.join(BudgetKind)})",
        r"(?P<kind>entry):(?P<number>\d{1,15})",
        r"(?P<kind>line):(?P<number>\d{1,15}):(?P<row>\d{1,9})",
    )
]


def parse_figure(text: str) -> FigureId:
    """spent:LOCAL-INQUIRIES:2025-26:rdel_programme@812, entry:37@812 or line:5:17@812, a journal number perhaps after it.

    Raises Invalid for anything else.
    """
    for form in _FORMS:
        if match := form.fullmatch(text):
            named = match.groupdict()
            return FigureId(
                text=text,
                kind=named["kind"],
                entry_no=int(named["entry"]),
                journal_no=int(named["journal"]) if named["journal"] else None,
                funding_line=named.get("line") or "",
                year=named.get("year") or "",
                budget_kind=BudgetKind(named.get("budget") or BudgetKind.RDEL_PROGRAMME),
                number=int(named.get("number") or 0),
                row=int(named.get("row") or 0),
            )
    raise Invalid(
        "figure",
        "Use a figure's identifier as a report gives it, like spent:LOCAL-INQUIRIES:2025-26:rdel_programme@812.",
    )


def entry_figure(number: int, at: AsAt) -> str:
    """The identifier of what one entry adds."""
    return f"entry:{number}@{at.entry_no}"


def line_figure(version_id: int, row: int, at: AsAt) -> str:
    """The identifier of one spend line."""
    return f"line:{version_id}:{row}@{at.entry_no}"


async def place_of(db: Db, entry_no: int, journal_no: int | None) -> AsAt:
    """The place in the record that two numbers name; without a journal number, that of the entry's own deed.

    Raises Invalid where the two do not belong together.
    """
    at = await as_at(db, entry_no)
    if journal_no is None:
        return at
    following = await db.fetchval("SELECT journal_no FROM entry WHERE number = $1", entry_no + 1)
    newest = (await head(db)).journal_no
    # The next entry may be of the same deed; then the place lies inside it.
    if not at.journal_no <= journal_no <= newest or (
        following is not None and journal_no > max(following - 1, at.journal_no)
    ):
        raise Invalid("as_at", f"Journal number {journal_no} does not belong to entry {entry_no}.")
    return AsAt(entry_no, journal_no)


def behind(
    measure: Measure, entries: Iterable[EntrySource], forecasts: Iterable[ForecastSource]
) -> tuple[list[tuple[EntrySource, int]], list[ForecastSource]]:
    """What a figure adds up: entries, each with the pence that it adds, and forecasts of the rest of a year.

    `entries` and `forecasts` are those of one funding line, year and budget kind.
    """
    signs = SUMS.get(measure, {})
    rest = newest_of(forecasts) if measure is Measure.FORECAST else {}
    counted = []
    for entry in entries:
        sign = signs.get(Measure(entry.measure), 0)
        if measure is Measure.FORECAST:
            sign = int((entry.measure == Measure.SPENT) == (entry.award in rest)) if sign else 0
        if sign:
            counted.append((entry, sign * entry.pence))
    return sorted(counted, key=lambda found: found[0].number), list(rest.values())


def newest_of(forecasts: Iterable[ForecastSource]) -> dict[str, ForecastSource]:
    """Of each award the forecast of the latest period: the one that counts."""
    newest: dict[str, ForecastSource] = {}
    for forecast in forecasts:
        known = newest.get(forecast.award)
        if known is None or parse_period(known.period).last < parse_period(forecast.period).last:
            newest[forecast.award] = forecast
    return newest
