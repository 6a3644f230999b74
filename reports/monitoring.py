"""How awards stand against their budgets and payment profiles: what the quarterly monitoring shows, award by award and heading by heading."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from grants.domain.awards import CostCategory, Frequency
from grants.domain.figures import Scope
from grants.domain.measures import Measure
from grants.domain.periods import Period, london_day, parse_period, parse_year
from grants.domain.plan import BudgetKind, Rag, rate_if_any
from grants.domain.schedules import Filters
from grants.store.standing import AwardAt, ReturnAt, VersionAt, awards_at, returns_at
from grants.store.transaction import Db
from grants.store.variance_reasons import reasons_of
from reports.grounds import Reach, grounds_at
from reports.parts import Parts
from reports.report import Place

_M = Measure
MEASURES: Final = frozenset({_M.AWARDED, _M.BUDGET, _M.PROFILE, _M.SPENT, _M.EXPECTED})
"""What all figures of the monitoring are made of."""
_MAKES_A_ROW: Final = (_M.AWARDED, _M.BUDGET, _M.SPENT, _M.FORECAST)
_ORDER: Final = {Rag.GREEN: 0, Rag.AMBER: 1, Rag.RED: 2}


_Heading = tuple[str, BudgetKind, CostCategory | None]
"""A financial year, a budget kind and a cost category; None: all of them."""


@dataclass(frozen=True)
class Told:
    """The newest accepted return of an award and financial year, and its reasons for variances."""

    of: ReturnAt
    version: VersionAt
    reasons: Mapping[tuple[CostCategory, BudgetKind], str]

    @property
    def name(self) -> str:
        """2025-26-Q2, version 1."""
        return f"{self.of.period}, version {self.version.number}"

    @property
    def delivery(self) -> Rag | None:
        """The worst rating among the milestones that it tells of; None where it tells of none."""
        found = self.version.documents.milestones if self.version.documents else ()
        return max((each.rag for each in found if each.rag), key=_ORDER.__getitem__, default=None)


@dataclass(frozen=True)
class Standing:
    """An award in a financial year, of one budget kind; or one of its cost categories. Amounts in pence.

    `to_date` is the year up to the end of its newest part that is over; None where none is, so that nothing is to date yet.
    """

    award: AwardAt
    year: str
    budget_kind: BudgetKind
    category: CostCategory | None
    to_date: str | None
    told: Told | None
    parts: Parts

    @property
    def of_year(self) -> Scope:
        """What its figures of the whole year are of."""
        return Scope("award", self.award.reference, self.year, self.budget_kind, self.category)

    @property
    def of_date(self) -> Scope | None:
        """What its figures to date are of."""
        return None if self.to_date is None else replace(self.of_year, time=self.to_date)

    def pence(self, measure: Measure) -> int:
        """A figure of the whole year."""
        return self.parts.pence(measure, self.of_year)

    def pence_to_date(self, measure: Measure) -> int | None:
        """A figure to date. None where nothing is, or where it needs a profile and the award, paid in arrears, has none."""
        if self.of_date is None or (measure is not _M.SPENT and not self.award.terms.profile):
            return None
        return self.parts.pence(measure, self.of_date)

    @property
    def budget_measure(self) -> Measure:
        """What its forecast is held against: an award's against what is awarded, a category's against its budget."""
        return _M.AWARDED if self.category is None else _M.BUDGET

    @property
    def rag(self) -> Rag | None:
        """The rating of the forecast's variance. None: neither budget nor forecast."""
        return self._rated(self.pence(_M.VARIANCE), self.pence(self.budget_measure))

    @property
    def rag_to_date(self) -> Rag | None:
        """The rating of the variance to date. None: no profile, or nothing due and nothing spent."""
        variance, profile = self.pence_to_date(_M.VARIANCE_TO_DATE), self.pence_to_date(_M.PROFILE)
        return None if variance is None or profile is None else self._rated(variance, profile)

    def _rated(self, variance: int, budget: int) -> Rag | None:
        terms = self.award.terms
        return rate_if_any(variance, budget, terms.amber_percent, terms.red_percent)

    @property
    def has_money(self) -> bool:
        """Whether any of its figures is there to be shown."""
        return any(
            self.pence(measure) for measure in _MAKES_A_ROW if self.category is None or measure is not _M.AWARDED
        )


@dataclass(frozen=True)
class Monitoring:
    """Every award, and every cost category of each, in the order of the plan; and what their figures count."""

    awards: Sequence[Standing]
    categories: Sequence[Standing]
    parts: Parts
    today: date


async def monitoring_of(db: Db, place: Place, filters: Filters) -> Monitoring:
    """How the awards of the filters stand; a period narrows to its year, and to what was to date at its end.

    Raises RuleBroken for a reader who may not see all.
    """
    asked = parse_period(filters.period) if filters.period else None
    within = Filters(filters.programme, filters.funding_line, filters.recipient)
    awards = await awards_at(db, place.at, within)
    grounds = await grounds_at(db, place.at, Reach(MEASURES, within))
    told = await _told(db, await returns_at(db, place.at, within), asked)
    headings: dict[str | None, set[_Heading]] = defaultdict(set)
    for ground in grounds.found:
        if asked is None or ground.year == asked.year.code:
            headings[ground.award] |= {
                (ground.year, ground.budget_kind, category) for category in (None, ground.category)
            }
    parts, today = Parts(grounds), london_day(place.when)

    def standing(award: AwardAt, year: str, kind: BudgetKind, category: CostCategory | None) -> Standing:
        until = _to_date(award, year, today, asked)
        return Standing(award, year, kind, category, until, told.get((award.reference, year)), parts)

    found = [standing(award, *key) for award in awards for key in _in_order(headings[award.reference])]
    rows = [each for each in found if each.has_money]
    return Monitoring(
        [each for each in rows if each.category is None], [each for each in rows if each.category], parts, today
    )


def _in_order(headings: Iterable[_Heading]) -> list[_Heading]:
    """Years and budget kinds, each with the whole first and its cost categories after it."""
    return sorted(headings, key=lambda heading: (heading[0], heading[1], heading[2] or ""))


def _to_date(award: AwardAt, year: str, today: date, asked: Period | None) -> str | None:
    """The year up to the end of the part that was asked for; otherwise of its newest quarter, or month, that is over."""
    if asked is not None and asked != asked.year:
        return f"to-{asked.code}"
    start = parse_year(year).start_year
    if award.terms.frequency is Frequency.MONTHLY:
        candidates = [Period(start, month=number) for number in range(1, 13)]
    else:
        candidates = [Period(start, quarter=number) for number in range(1, 5)]
    over = [part.code for part in candidates if part.last < today]
    return f"to-{over[-1]}" if over else None


async def _told(db: Db, returns: Sequence[ReturnAt], asked: Period | None) -> dict[tuple[str, str], Told]:
    newest: dict[tuple[str, str], tuple[ReturnAt, VersionAt]] = {}
    for found in returns:
        period = parse_period(found.period)
        if found.accepted is None or (asked is not None and period.last > asked.last):
            continue
        key = (found.award.reference, period.year.code)
        if key not in newest or parse_period(newest[key][0].period).last < period.last:
            newest[key] = (found, found.accepted)
    reasons = await reasons_of(db, [version.id for _, version in newest.values()])
    return {key: Told(found, version, reasons.get(version.id, {})) for key, (found, version) in newest.items()}
