"""variations-and-virements: every decision that moved agreed money or changed an award's budget, heading by heading."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from grants.domain.awards import AwardTerms, CostCategory
from grants.domain.decisions import Allocate, AmendLine, CarryForward, Reduce, Vary, Vire, Withdraw
from grants.domain.figures import entry_figure
from grants.domain.money import share
from grants.domain.periods import london_day, parse_period, parse_year
from grants.domain.plan import BudgetKind
from grants.domain.schedules import Filters, Offer
from grants.store import sources
from grants.store.sources import EntrySource
from grants.store.standing import AwardAt, DecisionAt, awards_at, decisions_at, lines_at
from grants.store.standing.terms import terms_by_version
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

LINE_PERCENT: Final = 10
"""Of a funding line's allocation. A default of this service; awards have thresholds of their own in their terms."""

_HEADING: Final = (
    "The heading that the amount leaves; where it comes from elsewhere, the heading that it comes to. For an award a heading is a "
    "cost category of a financial year and budget kind, for a funding line its allocation for the year."
)
_PERCENT: Final = "The amount as a share of what the heading held before. Empty where it held nothing."
_THRESHOLD: Final = (
    f"For an award the share that its terms let a recipient move without a decision; for a funding line {LINE_PERCENT}%. "
    "Money that comes to a heading which held nothing is over it."
)
_COLUMNS: Final = (
    Column(key="decision", heading="Decision", kind=Kind.WHOLE),
    Column(key="kind", heading="Kind", width=18),
    Column(key="state", heading="State"),
    Column(key="programme", heading="Programme"),
    Column(key="subject", heading="Award or funding line", width=28),
    Column(key="recipient", heading="Recipient", width=36),
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="from", heading="From", width=36),
    Column(key="to", heading="To", width=36),
    Column(key="amount", heading="Amount", kind=Kind.PENCE, note="How much moves: always above zero."),
    Column(key="before", heading="Heading before", kind=Kind.PENCE, note=_HEADING),
    Column(key="percent", heading="Share of heading", kind=Kind.PERCENT, note=_PERCENT),
    Column(key="threshold", heading="Threshold", kind=Kind.PERCENT, note=_THRESHOLD),
    Column(key="over", heading="Over threshold"),
    Column(key="proposer", heading="Proposed by", width=28),
    Column(key="proposed", heading="Proposed on", kind=Kind.DATE),
    Column(key="approver", heading="Decided by", width=28),
    Column(key="decided", heading="Decided on", kind=Kind.DATE),
    Column(key="reason", heading="Reason", width=44),
    Column(key="answer", heading="Reason of the decision", width=44),
    Column(key="entries", heading="Entries", width=18),
    Column(key="figure", heading="Figures", width=24, note="Identifiers: figures/(figure)/trace leads to each entry."),
    Column(key="markings", heading="Markings", width=40),
)
_KINDS: Final = {
    "vire": "Virement",
    "carry_forward": "Carry-forward",
    "allocate": "Allocation",
    "reduce": "Reduction",
    "vary": "Variation",
    "withdraw": "Withdrawal",
    "amend_line": "Correction of the year",
}
_OTHERS: Final = "Other headings of the award"


@dataclass(frozen=True)
class _Move:
    """What one decision moves between two headings. Amounts in pence; `before` is what the heading held."""

    year: str
    budget_kind: BudgetKind
    origin: str
    target: str
    pence: int
    before: int
    percent_allowed: int

    @property
    def share(self) -> float | None:
        return share(self.pence, self.before)

    @property
    def is_over(self) -> bool:
        return self.pence * 100 > self.before * self.percent_allowed


_Heading = tuple[str, str, str, BudgetKind]
"""Measure, line or award, financial year and budget kind."""


class _Held:
    """What a line had been allocated or an award awarded before an entry, in pence."""

    def __init__(self, entries: Iterable[EntrySource]) -> None:
        self._numbers: dict[_Heading, list[int]] = defaultdict(list)
        self._sums: dict[_Heading, list[int]] = defaultdict(lambda: [0])
        for entry in sorted(entries, key=lambda entry: entry.number):
            heading = entry.measure, _owner(entry), entry.year, entry.budget_kind
            self._numbers[heading].append(entry.number)
            self._sums[heading].append(self._sums[heading][-1] + entry.pence)

    def before(self, heading: _Heading, decision: DecisionAt) -> int:
        """Before a decision's own entries; now, where nothing has come of it."""
        sums = self._sums[heading]
        return sums[bisect_left(self._numbers[heading], decision.entries[0])] if decision.entries else sums[-1]


@dataclass(frozen=True)
class _Known:
    """What decisions are read against."""

    awards: Mapping[str, AwardAt]
    terms: Mapping[tuple[str, int], AwardTerms]
    posted: Mapping[int | None, Sequence[EntrySource]]
    held: _Held
    kept_back: Mapping[str, str | None]


def _owner(entry: EntrySource) -> str:
    return entry.award or entry.funding_line


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    entries = await sources.entries_behind(db, place.at, measures=["allocated", "awarded"])
    posted: dict[int | None, list[EntrySource]] = defaultdict(list)
    for entry in entries:
        posted[entry.decision_no].append(entry)
    known = _Known(
        {award.reference: award for award in await awards_at(db, place.at)},
        await terms_by_version(db),
        posted,
        _Held(entries),
        {line.code: line.do_not_publish for line in await lines_at(db, place.at)},
    )
    found = [
        (decision, move)
        for decision in await decisions_at(db, place.at, filters)
        for move in _moves(decision, known)
        if filters.period is None or _within(decision.decided_at or decision.proposed_at, filters.period)
    ]
    return Gathered(
        main=Table(
            sheet="Decisions",
            title="Variations and virements, decision by decision and heading by heading",
            introduction=(
                "One row for each heading that a decision moves money from or to. Decisions that wait or were declined stand "
                "beside those that were approved: the state says which. A variation without a change of its budget has no row."
            ),
            empty="An empty cell means that there is none: no recipient, nobody who has decided yet, or a heading that held nothing.",
            columns=_COLUMNS,
        ),
        batches=one_batch([_row(place, decision, move, known) for decision, move in found]),
        shape=as_they_are,
        is_example=any(decision.is_example for decision, _ in found),
        is_private=any(_kept_back(decision, known) for decision, _ in found),
    )


def _within(moment: datetime, period: str) -> bool:
    asked = parse_period(period)
    return asked.first <= london_day(moment) <= asked.last


def _moves(decision: DecisionAt, known: _Known) -> Iterator[_Move]:
    terms = decision.terms
    if isinstance(terms, Vire):
        yield _of_line(decision, known, terms, terms.from_line, terms.to_line)
    elif isinstance(terms, CarryForward):
        following = parse_year(terms.year).next().code
        yield _of_line(decision, known, terms, terms.funding_line, f"{terms.funding_line} in {following}")
    elif isinstance(terms, Allocate):
        yield _of_line(decision, known, terms, "New money", terms.funding_line)
    elif isinstance(terms, Reduce):
        yield _of_line(decision, known, terms, terms.funding_line, "Taken back")
    elif isinstance(terms, Vary):
        yield from _varied(decision, terms, known)
    elif isinstance(terms, AmendLine | Withdraw):
        yield from _posted(decision, known)


def _of_line(
    decision: DecisionAt, known: _Known, terms: Vire | CarryForward | Allocate | Reduce, origin: str, target: str
) -> _Move:
    heading = target if isinstance(terms, Allocate) else origin
    before = known.held.before(("allocated", heading, terms.year, terms.budget_kind), decision)
    return _Move(terms.year, terms.budget_kind, origin, target, terms.pence, before, LINE_PERCENT)


def _posted(decision: DecisionAt, known: _Known) -> Iterator[_Move]:
    """What is known by its entries alone: the unawarded money that a corrected year takes along, the unpaid that an award gives back."""
    for entry in known.posted.get(decision.number, ()):
        if entry.pence >= 0:
            continue
        before = known.held.before((entry.measure, _owner(entry), entry.year, entry.budget_kind), decision)
        year = decision.terms.facts.year if isinstance(decision.terms, AmendLine) else entry.year
        target = f"{entry.funding_line} in {year}"
        percent = known.awards[entry.award].terms.virement_percent if entry.award else LINE_PERCENT
        yield _Move(entry.year, entry.budget_kind, _owner(entry), target, -entry.pence, before, percent)


def _varied(decision: DecisionAt, vary: Vary, known: _Known) -> Iterator[_Move]:
    award = known.awards[vary.award]
    before = _budget(known.terms[vary.award, decision.based_on or 1])
    after = _budget(vary.terms)
    changes = {key: after.get(key, 0) - before.get(key, 0) for key in sorted(before.keys() | after.keys())}
    for (year, kind, category), change in changes.items():
        if not change:
            continue
        others = [other for (of_year, of_kind, _), other in changes.items() if (of_year, of_kind) == (year, kind)]
        elsewhere = _elsewhere(change, others, award.funding_line)
        origin, target = (category.label, elsewhere) if change < 0 else (elsewhere, category.label)
        held = before.get((year, kind, category), 0)
        yield _Move(year, kind, origin, target, abs(change), held, award.terms.virement_percent)


def _elsewhere(change: int, changes: Iterable[int], line: str) -> str:
    """Where an amount goes to or comes from: other headings of the award, as far as they take it, and its funding line."""
    against = sum(abs(other) for other in changes if other * change < 0)
    along = sum(abs(other) for other in changes if other * change > 0)
    if not against:
        return line
    return _OTHERS if against >= along else f"{_OTHERS}, and {line}"


def _budget(terms: AwardTerms) -> dict[tuple[str, BudgetKind, CostCategory], int]:
    return {(line.year, line.budget_kind, line.category): line.pence for line in terms.budget}


def _kept_back(decision: DecisionAt, known: _Known) -> str | None:
    """Why a decision must not be published: its award's reason, or that of a line which it names."""
    award = known.awards.get(decision.subject)
    if award is not None:
        return award.do_not_publish
    named = (decision.subject, decision.terms.to_line if isinstance(decision.terms, Vire) else "")
    return next((reason for name in named if (reason := known.kept_back.get(name))), None)


def _row(place: Place, decision: DecisionAt, move: _Move, known: _Known) -> Row:
    award = known.awards.get(decision.subject)
    return (
        decision.number,
        _KINDS[decision.kind],
        decision.state.value.capitalize(),
        decision.programme,
        decision.subject,
        award.recipient_name if award else None,
        move.year,
        move.budget_kind.label,
        move.origin,
        move.target,
        move.pence,
        move.before,
        move.share,
        move.percent_allowed / 100,
        "Yes" if move.is_over else "No",
        decision.proposed_by,
        london_day(decision.proposed_at),
        decision.decided_by,
        london_day(decision.decided_at) if decision.decided_at else None,
        decision.reason,
        decision.decision_reason,
        ", ".join(map(str, decision.entries)) or None,
        ", ".join(entry_figure(number, place.at) for number in decision.entries) or None,
        markings(decision.is_example, _kept_back(decision, known)),
    )


REPORT: Final = Report(
    Offer(
        name="variations-and-virements",
        title="Variations and virements",
        purpose="Lists every decision that moved money between funding lines, years or headings after it had been agreed, with how "
        "much of the heading it was, who proposed it, who decided it and why.",
        audience="Programme leads, finance directors and auditors",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
    ),
    _gather,
)
