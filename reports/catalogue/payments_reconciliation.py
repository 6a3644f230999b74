"""payments-reconciliation: what recipients of awards claimed, what of it was accepted, what they were paid, and the balance."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from grants.domain.figures import ALL_YEARS, Scope, award_scope, entry_figure, kind_of
from grants.domain.measures import Measure
from grants.domain.plan import BudgetKind
from grants.domain.schedules import Filters, Offer
from grants.store.standing import AwardAt, awards_at
from grants.store.standing.payments import PaymentAt, payments_at
from grants.store.transaction import Db
from reports.book import Cell, Column, Kind, Table
from reports.ground import Ground
from reports.grounds import Reach, grounds_at
from reports.parts import Parts
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

_M = Measure
_ALL_YEARS: Final = "All years"
_CLAIMS: Final = (_M.CLAIMED, _M.SPENT, _M.AWAITING, _M.DISALLOWED, _M.ACCRUED)
_MONEY: Final = (_M.AWARDED, *_CLAIMS, _M.PAID, _M.RECOVERED, _M.UNPAID, _M.PAID_AGAINST_SPENT, _M.HELD)
_GROUNDS: Final = frozenset({_M.AWARDED, _M.PAID, _M.SPENT, _M.RECOVERED, _M.CLAIMED, _M.AWAITING, _M.DISALLOWED, _M.ACCRUED})  # fmt: skip
_HEADINGS: Final = {_M.SPENT: "Eligible", _M.AWAITING: "Awaiting review", _M.HELD: "Balance"}
_NOTES: Final = {
    _M.SPENT: "Claimed and accepted as eligible: the spend that accepted returns account for.",
    _M.ACCRUED: f"Part of what is eligible. {_M.ACCRUED.meaning}",
}
_KINDS: Final = "Resource and capital money are never added together: an award that holds both has two rows."
_IN_WORDS: Final = (
    "With the recipient: it holds money that is not accounted for. Owed to the recipient: it accounts for more than it was paid, less what "
    "it paid back. Settled: neither."
)


def _column(measure: Measure) -> Column:
    return Column(
        key=measure.value,
        heading=_HEADINGS.get(measure, measure.label),
        kind=Kind.PENCE,
        note=_NOTES.get(measure, measure.meaning),
        figure=measure.value,
    )


_AWARD: Final = (
    Column(key="programme", heading="Programme"),
    Column(key="line", heading="Funding line"),
    Column(key="award", heading="Award", width=24),
    Column(key="recipient", heading="Recipient", width=40),
)
_KIND: Final = Column(key="budget_kind", heading="Budget kind", width=28)
_MARKINGS: Final = Column(key="markings", heading="Markings", width=40)
_COLUMNS: Final = (
    *_AWARD,
    Column(key="state", heading="State of the award"),
    Column(key="basis", heading="Payment basis"),
    Column(key="time", heading="Financial year"),
    _KIND,
    *(_column(measure) for measure in _MONEY),
    Column(key="stands", heading="Where the balance stands", width=24, note=_IN_WORDS),
    _MARKINGS,
)
_OF_CLAIMS: Final = (
    *_AWARD,
    Column(key="period", heading="Period"),
    _KIND,
    *(_column(measure) for measure in _CLAIMS),
    _MARKINGS,
)
_OF_PAYMENTS: Final = (
    *_AWARD,
    Column(key="number", heading="Payment", kind=Kind.WHOLE, note="Counted by award, in the order of the ledger."),
    Column(key="on", heading="Paid on", kind=Kind.DATE),
    Column(key="year", heading="Financial year"),
    _KIND,
    Column(key="amount", heading="Amount", kind=Kind.PENCE, note="Below zero where a payment was undone."),
    Column(key="entry", heading="Entry", kind=Kind.WHOLE),
    Column(key="figure", heading="Figure", width=24, note="figures/(figure)/trace leads to the entry."),
    _MARKINGS,
)
_Times = dict[str, set[tuple[str, BudgetKind]]]
"""Of each award the times and budget kinds in which it has money."""


@dataclass(frozen=True)
class _Found:
    awards: dict[str, AwardAt]
    parts: Parts


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    within = Filters(filters.programme, filters.funding_line, filters.recipient)
    awards = {award.reference: award for award in await awards_at(db, place.at, within)}
    grounds = await grounds_at(db, place.at, Reach(_GROUNDS, within))
    counting = [ground for ground in grounds.found if filters.period in (None, ground.year)]
    found = _Found(awards, Parts(grounds))
    rows = list(_rows(found, _times(counting, filters.period or ALL_YEARS)))
    shown = [awards[str(row[2])] for row in rows]
    paid = [each for each in await payments_at(db, place.at) if filters.period in (None, each.year)]
    return Gathered(
        main=_table(
            "Reconciliation", "Claimed, accepted and paid, award by award", "One row for each award and budget kind."
        ),
        batches=one_batch(rows),
        shape=as_they_are,
        notes=(_KINDS,),
        more=(
            replace(
                _table(
                    "By year",
                    "Claimed, accepted and paid, by financial year",
                    "One row for each award, year and budget kind.",
                ),
                rows=list(_rows(found, _times(counting))),
            ),
            _claims(found, counting),
            _payments(place, awards, [each for each in paid if each.award in awards]),
        ),
        is_example=any(award.is_example for award in shown),
        is_private=any(award.do_not_publish for award in shown),
    )


def _times(grounds: Iterable[Ground], time: str | None = None) -> _Times:
    times: _Times = defaultdict(set)
    for ground in grounds:
        if ground.award is not None:
            times[ground.award].add((time or ground.year, ground.budget_kind))
    return times


def _table(sheet: str, title: str, introduction: str) -> Table:
    return Table(
        sheet=sheet,
        title=title,
        introduction=f"{introduction} Claimed is eligible, awaiting review and disallowed. The balance is paid less eligible less recovered.",
        columns=_COLUMNS,
        scope=lambda row: award_scope(str(row[2]), ALL_YEARS if row[6] == _ALL_YEARS else str(row[6]), kind_of(row[7])),
    )


def _rows(found: _Found, times: _Times) -> Iterator[tuple[Cell, ...]]:
    for award in found.awards.values():
        for time, kind in sorted(times.get(award.reference, ())):
            pence = _pence(found, award, time, kind, _MONEY)
            if any(pence.values()):
                yield (
                    *_front(award),
                    award.state.value.replace("_", " ").capitalize(),
                    f"In {award.terms.payment_basis.value}",
                    _ALL_YEARS if time == ALL_YEARS else time,
                    kind.label,
                    *pence.values(),
                    _stands(pence[_M.HELD]),
                    markings(award.is_example, award.do_not_publish),
                )


def _pence(found: _Found, award: AwardAt, time: str, kind: BudgetKind, of: Iterable[Measure]) -> dict[Measure, int]:
    scope = Scope("award", award.reference, time, kind)
    return {measure: found.parts.pence(measure, scope) for measure in of}


def _stands(held: int) -> str:
    if not held:
        return "Settled"
    return "With the recipient" if held > 0 else "Owed to the recipient"


def _claims(found: _Found, grounds: Iterable[Ground]) -> Table:
    claimed: _Times = defaultdict(set)
    for ground in grounds:
        if ground.measure is _M.CLAIMED and ground.award and ground.fact and ground.fact.source:
            claimed[ground.award].add((ground.fact.source.period, ground.budget_kind))
    return Table(
        sheet="Claims",
        title="Claims, period by period",
        introduction=(
            "One row for each period that an award claimed for, and budget kind. Where an award reported a quarter and its months, the "
            "quarter holds its months."
        ),
        columns=_OF_CLAIMS,
        scope=lambda row: award_scope(str(row[2]), str(row[4]), kind_of(row[5])),
        rows=[
            (
                *_front(award),
                period,
                kind.label,
                *_pence(found, award, period, kind, _CLAIMS).values(),
                markings(award.is_example, award.do_not_publish),
            )
            for award in found.awards.values()
            for period, kind in sorted(claimed.get(award.reference, ()))
        ],
    )


def _payments(place: Place, awards: dict[str, AwardAt], paid: Iterable[PaymentAt]) -> Table:
    return Table(
        sheet="Payments",
        title="Payments, and payments undone",
        introduction="One row for each payment by the day on which it took effect, and for each that was undone, on the day on which it was.",
        columns=_OF_PAYMENTS,
        rows=[
            (
                *_front(awards[each.award]),
                each.number,
                each.effective_on,
                each.year,
                each.budget_kind.label,
                each.pence,
                each.entry_no,
                entry_figure(each.entry_no, place.at),
                markings(awards[each.award].is_example, awards[each.award].do_not_publish),
            )
            for each in paid
        ],
    )


def _front(award: AwardAt) -> tuple[Cell, ...]:
    return (award.programme, award.funding_line, award.reference, award.recipient_name)


REPORT: Final = Report(
    Offer(
        name="payments-reconciliation",
        title="Payments reconciliation",
        purpose="Holds what each award was paid against what its recipient claimed and had accepted, so that nothing is paid twice, and "
        "money that is owed, either way, is seen.",
        audience="Finance directors, programme leads and auditors",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
        whole_years=True,
    ),
    _gather,
)
