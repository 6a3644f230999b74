"""The rules that exceptions are exceptions to, and where each was broken: returns, decisions, forecasts and lines held against them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from grants.domain.decisions import Pay
from grants.domain.figures import line_figure
from grants.domain.measures import Measure
from grants.domain.periods import london_day
from grants.domain.plan import BudgetKind, Rag
from grants.domain.returns import ReturnDeed, ReturnState
from grants.store.ledger import AsAt
from grants.store.repeated_lines import RepeatedLine
from grants.store.spend_lines import VersionInForce
from grants.store.standing import AwardAt, DecisionAt, ReturnAt, VersionAt
from reports.monitoring import Standing

_REVIEW: Final = frozenset({ReturnDeed.START_REVIEW, ReturnDeed.REQUEST_CHANGES, ReturnDeed.ACCEPT, ReturnDeed.REOPEN})


class Rule(StrEnum):
    """What an exception is an exception to."""

    SEGREGATION = "Segregation of duties"
    LATE = "Late return"
    OVER_THRESHOLD = "Forecast over threshold"
    OVER_BUDGET = "Spend over a heading's budget"
    UNEXPLAINED = "Unexplained variance"
    DUPLICATE = "Duplicate line"
    CHANGED = "Changed after acceptance"

    @property
    def words(self) -> str:
        """The rule."""
        return _WORDS[self][0]

    @property
    def source(self) -> str:
        """Where it comes from."""
        return _WORDS[self][1]


_STANDARD: Final = "Government Functional Standard for Grants, minimum requirement"
_WORDS: Final = {
    Rule.SEGREGATION: (
        "Who proposes a decision does not decide it; who prepares a return neither certifies nor reviews it, nor does its certifier review "
        "it; and neither of them proposes or decides the payment of its claim.",
        f"{_STANDARD} 7: risk, controls and assurance",
    ),
    Rule.LATE: (
        "A return is certified by the day on which it is due.",
        f"{_STANDARD} 8: performance and monitoring; the day is that of the collection round",
    ),
    Rule.OVER_THRESHOLD: (
        "The forecast outturn of a cost category stays nearer to its budget, over or under, than the red threshold.",
        "The award's terms: its red threshold",
    ),
    Rule.OVER_BUDGET: (
        "Without a variation, spend on a cost category goes over its budget by no more than the share that the recipient may move.",
        "The award's terms: its virement threshold",
    ),
    Rule.UNEXPLAINED: (
        "A forecast outturn that differs from its budget by the amber threshold or more has a reason.",
        "The award's terms: its amber threshold",
    ),
    Rule.DUPLICATE: (
        "No cost is claimed twice: no two accepted lines of a recipient have the same reference, payee, date and amount.",
        "The certificate of every return: no other government grant is claimed for the cost",
    ),
    Rule.CHANGED: (
        "An accepted return is locked: what changes it afterwards is known, with its reason.",
        f"{_STANDARD} 9: annual review and reconciliation",
    ),
}


@dataclass(frozen=True)
class Breach:
    """Where a rule was broken: of which award, in what, since when. `pence` is of the line, or by how much a total was changed.

    `subject` is the funding line of what is of no award; `also` another award that is named. `figure` leads to the line;
    `standing` is the heading of an award.
    """

    rule: Rule
    subject: AwardAt | str
    programme: str
    where: str
    what: str
    since: date
    is_example: bool
    pence: int | None = None
    figure: str | None = None
    budget_kind: BudgetKind | None = None
    standing: Standing | None = None
    also: AwardAt | None = None

    @property
    def do_not_publish(self) -> str | None:
        """The reason of an award that it is of, or names."""
        named = [award for award in (self.subject, self.also) if isinstance(award, AwardAt)]
        return next((award.do_not_publish for award in named if award.do_not_publish), None)


def of_returns(returns: Iterable[ReturnAt], today: date) -> Iterator[Breach]:
    """Late, certified or reviewed by whom it may not be, or reopened. `today` is the day that what is not submitted is late by."""
    for found in returns:
        if days := found.days_late(today):
            said = f"Submitted {_days(days)} late" if found.submitted_at else f"Overdue by {_days(days)}"
            yield _of_return(Rule.LATE, found, found.version, said, found.due_on)
        yield from _segregated(found)
        yield from _reopened(found)


def _days(count: int) -> str:
    return f"{count} day" if count == 1 else f"{count:,} days"


def _of_return(
    rule: Rule,
    found: ReturnAt,
    version: int,
    what: str,
    since: date,
    pence: int | None = None,
    kind: BudgetKind | None = None,
) -> Breach:
    where = f"Return {found.award.reference}/{found.period}" + (f", version {version}" if version else "")
    return Breach(
        rule, found.award, found.award.programme, where, what, since, found.is_example, pence, budget_kind=kind
    )


def _people(found: ReturnAt, until: int) -> tuple[set[UUID], set[UUID]]:
    """Who prepared and who certified a return, in any of its versions up to one."""
    versions = [version for version in found.versions if version.number <= until]
    return {v.uploader_id for v in versions}, {v.certifier_id for v in versions if v.certifier_id}


def _segregated(found: ReturnAt) -> Iterator[Breach]:
    for version in found.versions:
        if version.certified_at and version.certifier_id in _people(found, version.number)[0]:
            said = f"{version.certifier} prepared and certified it"
            yield _of_return(Rule.SEGREGATION, found, version.number, said, london_day(version.certified_at))
    for event in found.events:
        if event.deed in _REVIEW and event.person_id in set().union(*_people(found, event.version)):
            said = f"{event.person} had a part in preparing it, and then: {event.deed.replace('_', ' ')}"
            yield _of_return(Rule.SEGREGATION, found, event.version, said, london_day(event.at))


def _reopened(found: ReturnAt) -> Iterator[Breach]:
    """Each reopening, and by how much what was accepted next differs, by budget kind."""
    numbers = {version.number: version for version in found.versions}
    for place, event in enumerate(found.events):
        if event.deed != ReturnDeed.REOPEN:
            continue
        following = (later for later in found.events[place + 1 :] if later.state is ReturnState.ACCEPTED)
        again = next(following, None)
        said = f"Reopened by {event.person}: {event.message}"
        if again is None:
            yield _of_return(
                Rule.CHANGED, found, event.version, f"{said}. Not accepted again yet", london_day(event.at)
            )
            continue
        said += f". Accepted again as version {again.version}"
        changes = _by_kind(numbers[again.version])
        changes.subtract(_by_kind(numbers[event.version]))
        kinds: list[BudgetKind | None] = [kind for kind in sorted(changes) if changes[kind]]
        for kind in kinds or [None]:
            pence = changes[kind] if kind else None
            yield _of_return(Rule.CHANGED, found, event.version, said, london_day(event.at), pence, kind)


def _by_kind(version: VersionAt) -> Counter[BudgetKind]:
    totals: Counter[BudgetKind] = Counter()
    for total in version.totals:
        totals[total.budget_kind] += total.pence
    return totals


def of_decisions(
    decisions: Iterable[DecisionAt], awards: Mapping[str, AwardAt], returns: Iterable[ReturnAt]
) -> Iterator[Breach]:
    """Decided by whoever proposed it, or a payment by somebody who prepared or certified its claim."""
    claims: dict[tuple[str, str], set[UUID]] = defaultdict(set)
    for found in returns:
        claims[found.award.reference, found.period] = set().union(*_people(found, found.version))
    for decision in decisions:
        said = []
        if decision.decider == decision.proposer:
            said.append((f"{decision.proposed_by} proposed and decided it", decision.decided_at))
        if isinstance(decision.terms, Pay) and decision.terms.claim:
            people = claims[decision.terms.award, decision.terms.claim]
            if decision.proposer in people:
                said.append((f"{decision.proposed_by} prepared or certified the claim, and proposed its payment", None))
            if decision.decider in people:
                said.append(
                    (
                        f"{decision.decided_by} prepared or certified the claim, and decided its payment",
                        decision.decided_at,
                    )
                )
        for what, at in said:
            yield Breach(
                Rule.SEGREGATION,
                awards.get(decision.subject, decision.subject),
                decision.programme,
                f"Decision {decision.number}",
                what,
                london_day(at or decision.proposed_at),
                decision.is_example,
            )


def of_headings(standings: Iterable[Standing]) -> Iterator[Breach]:
    """Forecasts beyond a threshold, or without their reason, and spend beyond what a recipient may move by itself."""
    for found in standings:
        told, category, terms = found.told, found.category, found.award.terms
        if told is None or category is None:
            continue
        budget, variance = found.pence(Measure.BUDGET), found.pence(Measure.VARIANCE)
        if found.rag is Rag.RED:
            yield _of_heading(Rule.OVER_THRESHOLD, found, f"Red from {terms.red_percent}% of the budget")
        if (found.pence(Measure.SPENT) - budget) * 100 > budget * terms.virement_percent:
            yield _of_heading(Rule.OVER_BUDGET, found, f"{terms.virement_percent}% of the budget may be moved to it")
        unexplained = variance and abs(variance) * 100 >= terms.amber_percent * budget
        if unexplained and not told.reasons.get((category, found.budget_kind)):
            yield _of_heading(Rule.UNEXPLAINED, found, f"A reason is needed from {terms.amber_percent}% of the budget")


def _of_heading(rule: Rule, found: Standing, what: str) -> Breach:
    assert found.told is not None  # noqa: S101 – only headings that a return told of are looked at
    award, told = found.award, found.told
    return Breach(
        rule,
        award,
        award.programme,
        f"Return {award.reference}/{told.name}",
        what,
        london_day(told.of.events[-1].at),
        award.is_example or told.of.is_example,
        budget_kind=found.budget_kind,
        standing=found,
    )


def of_lines(
    lines: Iterable[RepeatedLine],
    versions: Mapping[int, VersionInForce],
    awards: Mapping[str, AwardAt],
    at: AsAt,
) -> Iterator[Breach]:
    """Lines that stand twice. What does not count, since its part of the return is not in the ledger yet, is left out."""
    for line in lines:
        version, first = versions[line.version_id], versions[line.first_version_id]
        if not version.counted((line.category, line.budget_kind))[0]:
            continue
        yield Breach(
            Rule.DUPLICATE,
            awards[version.award],
            version.programme,
            f"{line.sheet}!{line.cell} of return {version.award}/{version.period}, version {version.number}",
            f"The same as {line.first_sheet}!{line.first_cell} of return {first.award}/{first.period}, version {first.number}",
            line.spent_on,
            version.is_example,
            line.pence,
            line_figure(line.version_id, line.row, at),
            BudgetKind(line.budget_kind),
            also=awards[first.award],
        )
