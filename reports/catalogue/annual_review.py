"""annual-review: each award's year looked back on: what it came to, what is to be paid back, and what was decided about it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from grants.domain.awards import AwardState
from grants.domain.decisions import DecisionState, ReviewAward
from grants.domain.figures import ALL_YEARS, Scope, award_scope, kind_of
from grants.domain.measures import Measure
from grants.domain.periods import london_day, parse_period, parse_year
from grants.domain.plan import BudgetKind
from grants.domain.returns import ReturnState
from grants.domain.schedules import Filters, Offer
from grants.store.standing import AwardAt, DecisionAt, ReturnAt, awards_at, decisions_at, returns_at
from grants.store.transaction import Db
from reports.book import Cell, Column, Kind, Table
from reports.grounds import Reach, grounds_at
from reports.parts import Parts
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

_M = Measure
_MONEY: Final = (_M.AWARDED, _M.PAID, _M.SPENT, _M.UNSPENT, _M.RECOVERED)
_GROUNDS: Final = frozenset({_M.AWARDED, _M.PAID, _M.SPENT, _M.RECOVERED})
_HEADINGS: Final = {_M.SPENT: "Outturn", _M.UNSPENT: "Underspend"}
_ENDING: Final = frozenset(
    {
        *(AwardState.FINAL_RETURN_DUE, AwardState.TERMINATED_EARLY, AwardState.WITHDRAWN),
        *(AwardState.RECONCILED, AwardState.CLOSED),
    }
)
_DUE: Final = (
    "What the recipient holds of all years and does not account for: paid minus spent minus recovered. It stands in the newest year of "
    "an award whose dates are over, or that is ending or has ended; before that, money that is held can still be spent."
)
_RETURNS: Final = "The outturn is whole once all returns of the year are accepted."
_OUTCOME: Final = "Continue, discontinue or amend. A review that is proposed has not been approved yet."
_RULE: Final = (
    "Each award is reviewed at least once a year, and what it was paid is reconciled with what it spent. Source: Government Functional "
    "Standard for Grants, minimum requirement 9."
)


def _recovery_scope(row: tuple[Cell, ...]) -> str | None:
    return award_scope(str(row[2]), ALL_YEARS, kind_of(row[6])) if row[6] else None


_COLUMNS: Final = (
    Column(key="programme", heading="Programme"),
    Column(key="line", heading="Funding line"),
    Column(key="award", heading="Award", width=24),
    Column(key="recipient", heading="Recipient", width=40),
    Column(key="state", heading="State of the award"),
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    *(
        Column(
            key=measure.value,
            heading=_HEADINGS.get(measure, measure.label),
            kind=Kind.PENCE,
            note=measure.meaning,
            figure=measure.value,
        )
        for measure in _MONEY
    ),
    Column(key="due", heading="Recovery due", kind=Kind.PENCE, note=_DUE, figure=_M.HELD.value, scope=_recovery_scope),
    Column(key="returns", heading="Returns accepted", note=_RETURNS),
    Column(key="review", heading="Review"),
    Column(key="outcome", heading="Outcome", note=_OUTCOME),
    Column(key="reviewer", heading="Reviewed by", width=28),
    Column(key="approver", heading="Approved by", width=28),
    Column(key="approved", heading="Approved on", kind=Kind.DATE),
    Column(key="reason", heading="What the review found", width=50),
    Column(key="decision", heading="Decision", kind=Kind.WHOLE),
    Column(key="markings", heading="Markings", width=40),
)
_Year = tuple[str, str]
"""An award's reference and a financial year."""


@dataclass(frozen=True)
class _Known:
    """What the years are looked back on with. `years` of each award, in order, are those with money, by its `kinds`, or a review."""

    parts: Parts
    years: Mapping[str, Sequence[str]]
    kinds: Mapping[_Year, Sequence[BudgetKind]]
    reviews: Mapping[_Year, DecisionAt]
    returns: Mapping[_Year, Counter[bool]]
    today: date

    def is_reviewed(self, key: _Year) -> bool:
        """Whether somebody approved a review of the year."""
        return key in self.reviews and self.reviews[key].state is DecisionState.APPROVED


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    within = Filters(filters.programme, filters.funding_line, filters.recipient)
    awards = await awards_at(db, place.at, within)
    known = await _known(db, place, within)
    rows = [row for award in awards for row in _rows(award, known) if filters.period in (None, row[5])]
    years = {(str(row[2]), str(row[5])) for row in rows}
    over = {key for key in years if parse_year(key[1]).last < known.today}
    reviewed = sum(known.is_reviewed(key) for key in over)
    shown = {row[2] for row in rows}
    return Gathered(
        main=Table(
            sheet="Annual review",
            title="Awards, year by year, and their annual reviews",
            introduction="One row for each award, financial year and budget kind. An underspend above zero was awarded and is not spent.",
            empty="An empty cell means that there is none: no review, nothing to be paid back, or a year without money.",
            columns=_COLUMNS,
            scope=lambda row: award_scope(str(row[2]), str(row[5]), kind_of(row[6])) if row[6] else None,
        ),
        batches=one_batch(rows),
        shape=as_they_are,
        notes=(_RULE,),
        facts=(("Reviews", f"{reviewed} of {len(over)} award years that are over have an approved review"),),
        is_example=any(award.is_example for award in awards if award.reference in shown),
        is_private=any(award.do_not_publish for award in awards if award.reference in shown),
    )


async def _known(db: Db, place: Place, within: Filters) -> _Known:
    grounds = await grounds_at(db, place.at, Reach(_GROUNDS, within))
    reviews = _reviews(await decisions_at(db, place.at, within))
    kinds: dict[_Year, set[BudgetKind]] = defaultdict(set)
    for ground in grounds.found:
        if ground.award is not None:
            kinds[ground.award, ground.year].add(ground.budget_kind)
    years: dict[str, list[str]] = defaultdict(list)
    for award, year in sorted(kinds.keys() | reviews.keys()):
        years[award].append(year)
    return _Known(
        parts=Parts(grounds),
        years=years,
        kinds={key: sorted(found) for key, found in kinds.items()},
        reviews=reviews,
        returns=_returns(await returns_at(db, place.at, within)),
        today=london_day(place.when),
    )


def _reviews(decisions: Iterable[DecisionAt]) -> dict[_Year, DecisionAt]:
    """The approved review of each award and year; where there is none, the newest that waits."""
    found: dict[_Year, DecisionAt] = {}
    for decision in decisions:
        if not isinstance(decision.terms, ReviewAward) or decision.state is DecisionState.DECLINED:
            continue
        key = (decision.terms.award, decision.terms.year)
        if key not in found or found[key].state is not DecisionState.APPROVED:
            found[key] = decision
    return found


def _returns(returns: Iterable[ReturnAt]) -> dict[_Year, Counter[bool]]:
    found: dict[_Year, Counter[bool]] = defaultdict(Counter)
    for each in returns:
        year = parse_period(each.period).year.code
        found[each.award.reference, year][each.state is ReturnState.ACCEPTED] += 1
    return found


def _rows(award: AwardAt, known: _Known) -> Iterator[tuple[Cell, ...]]:
    years = known.years.get(award.reference, ())
    newest = {kind: year for year in years for kind in known.kinds.get((award.reference, year), ())}
    for year in years:
        key = (award.reference, year)
        for kind in known.kinds.get(key, (None,)):
            pence = _pence(award, year, kind, known)
            if any(pence) or key in known.reviews:
                yield (
                    *(award.programme, award.funding_line, award.reference, award.recipient_name),
                    award.state.value.replace("_", " ").capitalize(),
                    year,
                    kind.label if kind else None,
                    *pence,
                    _recovery(award, kind, known) if kind and newest[kind] == year else None,
                    _accepted(known.returns.get(key)),
                    *_review(known.reviews.get(key)),
                    markings(award.is_example, award.do_not_publish),
                )


def _pence(award: AwardAt, year: str, kind: BudgetKind | None, known: _Known) -> list[int | None]:
    if kind is None:
        return [None] * len(_MONEY)
    scope = Scope("award", award.reference, year, kind)
    return [known.parts.pence(measure, scope) for measure in _MONEY]


def _recovery(award: AwardAt, kind: BudgetKind, known: _Known) -> int | None:
    held = known.parts.pence(_M.HELD, Scope("award", award.reference, ALL_YEARS, kind))
    is_over = award.terms.end < known.today or award.state in _ENDING
    return held if is_over and held > 0 else None


def _accepted(counts: Counter[bool] | None) -> str | None:
    return f"{counts[True]} of {counts.total()}" if counts else None


def _review(found: DecisionAt | None) -> tuple[Cell, ...]:
    if found is None or not isinstance(found.terms, ReviewAward):
        return ("None yet", *(None,) * 6)
    return (
        found.state.value.capitalize(),
        found.terms.outcome.value.capitalize(),
        found.proposed_by,
        found.decided_by,
        london_day(found.decided_at) if found.decided_at else None,
        found.reason,
        found.number,
    )


REPORT: Final = Report(
    Offer(
        name="annual-review",
        title="Annual reviews of awards",
        purpose="Looks back on each award's year: what was awarded, paid and spent, what is to be paid back, and whether the award is to "
        "continue, discontinue or be amended, as decided by whom.",
        audience="Programme leads, finance directors and auditors",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
        whole_years=True,
    ),
    _gather,
)
