"""The figures of the plan: what positions and forecasts come to for each funding line, financial year and budget kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from grants.domain.ledger import AccountKind
from grants.domain.periods import parse_period
from grants.domain.plan import LINE_AMBER_PERCENT, LINE_RED_PERCENT, BudgetKind, Rag, rate_if_any

FigureKey = tuple[str, str, BudgetKind]
"""A funding line's code, or an award's reference; a financial year; a budget kind."""


class AccountPosition(Protocol):
    """An account as an entry left it, in pence. `funded_pence`: what upstream has put in less what went back there."""

    @property
    def kind(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def year(self) -> str: ...
    @property
    def budget_kind(self) -> BudgetKind: ...
    @property
    def balance_pence(self) -> int: ...
    @property
    def funded_pence(self) -> int: ...


@dataclass(frozen=True)
class ForecastInForce:
    """What the accepted return of a period expects to be spent in the rest of its year, in pence."""

    award: str
    year: str
    budget_kind: BudgetKind
    period: str
    rest_pence: int


@dataclass(frozen=True)
class Figures:
    """The money of one financial year and budget kind, in pence.

    Allocated: what came to the line. Awarded: what was promised to recipients. Paid: what they were sent, recoveries not
    taken off. Spent: what accepted returns account for. Forecast: the outturn that recipients expect by the year's end, or
    what was awarded where no return has been accepted. Unawarded: what is left on the line.
    """

    allocated_pence: int = 0
    awarded_pence: int = 0
    paid_pence: int = 0
    spent_pence: int = 0
    forecast_pence: int = 0
    unawarded_pence: int = 0

    @property
    def variance_pence(self) -> int:
        """Forecast outturn minus awarded: above zero is over budget."""
        return self.forecast_pence - self.awarded_pence

    def rag(self, amber_percent: int = LINE_AMBER_PERCENT, red_percent: int = LINE_RED_PERCENT) -> Rag | None:
        """The rating of the variance; None where nothing is awarded, so that there is nothing to rate."""
        return rate_if_any(self.variance_pence, self.awarded_pence, amber_percent, red_percent)

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.allocated_pence + other.allocated_pence,
            self.awarded_pence + other.awarded_pence,
            self.paid_pence + other.paid_pence,
            self.spent_pence + other.spent_pence,
            self.forecast_pence + other.forecast_pence,
            self.unawarded_pence + other.unawarded_pence,
        )


def award_figures(
    positions: Iterable[AccountPosition], forecasts: Iterable[ForecastInForce]
) -> dict[FigureKey, Figures]:
    """The figures of each award, by year and budget kind. `forecasts` may hold several periods of a year: the last one counts."""
    rest: dict[FigureKey, ForecastInForce] = {}
    for forecast in forecasts:
        key = (forecast.award, forecast.year, forecast.budget_kind)
        if key not in rest or parse_period(rest[key].period).last < parse_period(forecast.period).last:
            rest[key] = forecast
    awarded: dict[FigureKey, int] = defaultdict(int)
    paid: dict[FigureKey, int] = defaultdict(int)
    spent: dict[FigureKey, int] = defaultdict(int)
    for position in positions:
        key = (position.owner, position.year, position.budget_kind)
        if position.kind == AccountKind.AWARD:
            awarded[key] += position.funded_pence
            paid[key] += position.funded_pence - position.balance_pence
        elif position.kind == AccountKind.SPENT:
            spent[key] += position.balance_pence
    return {
        key: Figures(
            awarded_pence=awarded[key],
            paid_pence=paid[key],
            spent_pence=spent[key],
            forecast_pence=spent[key] + rest[key].rest_pence if key in rest else awarded[key],
        )
        for key in sorted(awarded.keys() | spent.keys() | rest.keys())
    }


def line_figures(
    positions: Iterable[AccountPosition], line_of_award: Mapping[str, str], forecasts: Iterable[ForecastInForce]
) -> dict[FigureKey, Figures]:
    """The figures of each funding line, by year and budget kind, in that order.

    `line_of_award` names the funding line of every award that has a position.
    """
    held = list(positions)
    return with_awards(held, line_of_award, award_figures(held, forecasts))


def with_awards(
    positions: Iterable[AccountPosition], line_of_award: Mapping[str, str], awards: Mapping[FigureKey, Figures]
) -> dict[FigureKey, Figures]:
    """As line_figures, of figures of awards that are known."""
    totals: dict[FigureKey, Figures] = defaultdict(Figures)
    for position in positions:
        if position.kind == AccountKind.LINE:
            key = (position.owner, position.year, position.budget_kind)
            totals[key] += Figures(allocated_pence=position.funded_pence, unawarded_pence=position.balance_pence)
    for (award, year, kind), figures in awards.items():
        totals[line_of_award[award], year, kind] += figures
    return {key: totals[key] for key in sorted(totals)}
