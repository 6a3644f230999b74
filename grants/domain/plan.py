"""The plan: programmes, their funding lines, milestones and dated history."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class BudgetKind(StrEnum):
    """Resource (RDEL) or capital (CDEL), programme or admin: never mixed in one figure.

    Source: HM Treasury, Consolidated Budgeting Guidance, departmental expenditure limits.
    """

    RDEL_PROGRAMME = "rdel_programme"
    RDEL_ADMIN = "rdel_admin"
    CDEL_PROGRAMME = "cdel_programme"
    CDEL_ADMIN = "cdel_admin"

    @property
    def capital(self) -> bool:
        """Whether the money may only buy or improve assets."""
        return self in (BudgetKind.CDEL_PROGRAMME, BudgetKind.CDEL_ADMIN)

    @property
    def label(self) -> str:
        """For people: Resource (RDEL), programme."""
        side = "Capital (CDEL)" if self.capital else "Resource (RDEL)"
        return f"{side}, {self.value.split('_')[1]}"


class YearBasis(StrEnum):
    """Whether the announcement names the financial year of a line, or this project assumes it."""

    STATED = "stated"
    ASSUMED = "assumed"


class Rag(StrEnum):
    """A rating in words; never a colour alone."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Milestone:
    """A date to be met beside the money."""

    code: str
    programme: str
    title: str
    baseline: date | None
    forecast: date | None = None
    actual: date | None = None
    rag: Rag | None = None
    comment: str = ""


@dataclass(frozen=True)
class HistoryEvent:
    """Something that happened to the plan, with its source. `amount_pence` is what it announced, not what is allocated."""

    code: str
    programme: str
    on: date
    text: str
    source: str
    amount_pence: int | None = None
    funding_line: str | None = None
    month_only: bool = False


@dataclass(frozen=True)
class FundingLine:
    """Money with one purpose. `announced_pence` is the announcement's figure; what is allocated is in the ledger."""

    code: str
    programme: str
    title: str
    purpose: str
    announced_pence: int
    year: str
    year_basis: YearBasis
    budget_kind: BudgetKind
    do_not_publish: str | None
    source: str


@dataclass(frozen=True)
class Programme:
    """Funding lines that are led together."""

    code: str
    title: str
    announced_on: date
    source: str


@dataclass(frozen=True)
class Plan:
    """The whole plan, as its file says it."""

    programmes: tuple[Programme, ...]
    funding_lines: tuple[FundingLine, ...]
    milestones: tuple[Milestone, ...]
    history: tuple[HistoryEvent, ...]


LINE_AMBER_PERCENT: Final = 5
LINE_RED_PERCENT: Final = 10
"""Of what is awarded from a funding line. A default: each award has thresholds of its own, a line has none."""


def rate_variance(variance_pence: int, budget_pence: int, amber_percent: int, red_percent: int) -> Rag:
    """The RAG of a variance (forecast or actual minus budget), by its size in per cent of the budget.

    Over and under are rated alike: money that lapses is as much lost to its purpose as money overspent.
    """
    size = abs(variance_pence) * 100
    if budget_pence == 0:
        return Rag.GREEN if variance_pence == 0 else Rag.RED
    if size >= red_percent * budget_pence:
        return Rag.RED
    return Rag.AMBER if size >= amber_percent * budget_pence else Rag.GREEN


def rate_if_any(variance_pence: int, budget_pence: int, amber_percent: int, red_percent: int) -> Rag | None:
    """As rate_variance; None where there is neither a budget nor a variance, so that there is nothing to rate."""
    if not (variance_pence or budget_pence):
        return None
    return rate_variance(variance_pence, budget_pence, amber_percent, red_percent)
