"""Facts that figures count beside entries: the plan's announcements, awards' budgets and instalments, what returns claim."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from grants.domain.awards import CostCategory
from grants.domain.measures import Measure
from grants.domain.periods import parse_period, show_day
from grants.domain.plan import BudgetKind
from grants.domain.profiles import shares_of_profile
from grants.domain.returns import SUBMITTED, CategoryTotal, ReturnDeed, ReturnState
from grants.domain.schedules import Filters
from grants.store import sources
from grants.store.ledger import AsAt
from grants.store.spend_lines import versions_in_force
from grants.store.standing import AwardAt, ReturnAt, VersionAt, awards_at, lines_at, returns_at
from grants.store.transaction import Db
from reports.ground import Fact, Ground, OfReturn

_OF_TERMS: Final = frozenset({Measure.BUDGET, Measure.PROFILE})
_OF_CLAIMS: Final = frozenset({Measure.CLAIMED, Measure.AWAITING, Measure.DISALLOWED})
_CELLS_NAMED: Final = 5


@dataclass(frozen=True)
class _Asked:
    db: Db
    at: AsAt
    within: Filters
    award: str | None


async def facts_of(db: Db, at: AsAt, measures: frozenset[Measure], within: Filters, award: str | None) -> list[Ground]:
    """The facts of the measures. Raises RuleBroken where `db` may not see all."""
    asked, found = _Asked(db, at, within, award), list[Ground]()
    if Measure.ANNOUNCED in measures:
        found += await _announced(asked)
    if measures & _OF_TERMS:
        for each in await awards_at(db, at, within):
            found += [
                ground for ground in _of_terms(each) if ground.measure in measures and award in (None, ground.award)
            ]
    if measures & _OF_CLAIMS:
        for claim in await returns_at(db, at, within):
            found += [
                ground for ground in _of_claim(claim) if ground.measure in measures and award in (None, ground.award)
            ]
    if Measure.ACCRUED in measures:
        found += await _accrued(asked)
    return found


async def _announced(asked: _Asked) -> Iterable[Ground]:
    return [
        Ground(
            measure=Measure.ANNOUNCED,
            pence=line.announced_pence,
            funding_line=line.code,
            programme=line.programme,
            year=line.year,
            budget_kind=line.budget_kind,
            fact=Fact(f"announced:{line.code}", f"Announced: {line.source}"),
        )
        for line in await lines_at(asked.db, asked.at, asked.within)
    ]


def _of_award(award: AwardAt) -> dict[str, Any]:
    return {
        "funding_line": award.funding_line,
        "programme": award.programme,
        "award": award.reference,
        "recipient": award.recipient_id,
    }


def _of_terms(award: AwardAt) -> Iterator[Ground]:
    terms, common = award.terms, _of_award(award)
    made = (award.decision_no, award.decision_kind.value)
    for line in terms.budget:
        key = f"budget:{award.reference}:{line.year}:{line.budget_kind}:{line.category}"
        what = f"Budget for {line.category.label} in version {award.terms_version} of the terms of {award.reference}"
        yield Ground(
            measure=Measure.BUDGET,
            pence=line.pence,
            year=line.year,
            budget_kind=line.budget_kind,
            category=line.category,
            fact=Fact(key, what, made),
            **common,
        )
    shares = shares_of_profile(terms)
    for part in terms.profile:
        key = f"profile:{award.reference}:{part.number}"
        what = f"Instalment {part.number} of {award.reference}, due on {show_day(part.due_on)}"
        for category, pence in shares[part.number].items():
            yield Ground(
                measure=Measure.PROFILE,
                pence=pence,
                year=part.year,
                day=part.due_on,
                budget_kind=part.budget_kind,
                category=category,
                fact=Fact(key, what, made),
                **common,
            )


def claim_of(found: ReturnAt) -> VersionAt | None:
    """What a recipient claimed: the first version that was certified since the return was opened, or last reopened."""
    last = max((event.journal_no for event in found.events if event.deed == ReturnDeed.REOPEN), default=0)
    certified = [e.version for e in found.events if e.deed == ReturnDeed.CERTIFY and e.journal_no > last]
    return next((version for version in found.versions if certified and version.number == certified[0]), None)


def _of_claim(found: ReturnAt) -> Iterator[Ground]:
    claim = claim_of(found)
    if claim is None:
        return
    stands = found.newest if found.state in SUBMITTED else None
    yield from _totals(found, claim, Measure.CLAIMED, 1)
    if stands is not None and found.state is not ReturnState.ACCEPTED:
        yield from _totals(found, stands, Measure.AWAITING, 1)
    if stands is None or stands.number != claim.number:
        yield from _totals(found, claim, Measure.DISALLOWED, 1)
        if stands is not None:
            yield from _totals(found, stands, Measure.DISALLOWED, -1)


def _totals(found: ReturnAt, version: VersionAt, measure: Measure, sign: int) -> Iterator[Ground]:
    source = OfReturn(found.award.reference, found.period, version.number, version.sha256)
    period = parse_period(found.period)
    for total in version.totals:
        yield Ground(
            measure=measure,
            pence=sign * total.pence,
            year=period.year.code,
            day=period.last,
            budget_kind=total.budget_kind,
            category=total.category,
            fact=Fact(f"{measure}:{_key(found, version, total)}", _words(total, measure, sign), source=source),
            **_of_award(found.award),
        )


def _key(found: ReturnAt, version: VersionAt, total: CategoryTotal) -> str:
    return f"{found.id}:{version.number}:{total.category}:{total.budget_kind}"


def _words(total: CategoryTotal, measure: Measure, sign: int) -> str:
    if measure is not Measure.DISALLOWED:
        return f"Claimed for {total.category.label}"
    return f"{'Claimed first' if sign > 0 else 'Claimed again, or accepted,'} for {total.category.label}"


async def _accrued(asked: _Asked) -> list[Ground]:
    versions = {
        version.id: version
        for version in await versions_in_force(asked.db, asked.at, asked.within)
        if asked.award in (None, version.award)
    }
    found = []
    for part in await sources.accruals_of(asked.db, versions):
        of = versions[part.version_id]
        if not of.counted((part.category, part.budget_kind))[0]:
            continue
        category, more = CostCategory(part.category), part.line_count - _CELLS_NAMED
        what = f"Accruals among the lines for {category.label}: {part.line_count:,}"
        key = f"accrued:{of.id}:{part.category}:{part.budget_kind}"
        cells = ", ".join(part.cells) + (f" and {more:,} more" if more > 0 else "")
        source = OfReturn(of.award, of.period, of.number, of.sha256)
        found.append(
            Ground(
                measure=Measure.ACCRUED,
                pence=part.pence,
                funding_line=of.funding_line,
                programme=of.programme,
                award=of.award,
                recipient=of.recipient_id,
                year=of.year,
                day=parse_period(of.period).last,
                budget_kind=BudgetKind(part.budget_kind),
                category=category,
                fact=Fact(key, what, source=source, sheet=part.sheet, cell=cells),
            )
        )
    return found
