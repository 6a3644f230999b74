"""section-70: what charities were given under section 70 of the Charities Act 2006, by financial year."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grants.domain.awards import LegalBasis
from grants.domain.figures import award_scope, kind_of, recipient_scope
from grants.domain.measures import Measure
from grants.domain.plan import BudgetKind
from grants.domain.plan_figures import Figures
from grants.domain.recipients import RecipientKind
from grants.domain.schedules import Filters, Offer
from grants.store import plan
from grants.store.standing import AwardAt, awards_at, recipients_at
from grants.store.transaction import Db
from reports.book import Cell, Column, Kind, Row, Table
from reports.open_data import CHARITY_LIST, in_one_line
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

_ACT: Final = (
    "Section 70 lets a minister give money to charitable, benevolent or philanthropic institutions, and asks for a report to "
    "Parliament after each financial year. What an award rests on is what its terms said at the time."
)
_APART: Final = (
    "Resource and capital money are never added together: a charity that was given both in a year has two rows."
)
_MONEY: Final = tuple(
    Column(
        key=measure.value,
        heading=measure.label,
        kind=Kind.PENCE,
        note=measure.meaning,
        figure=measure.value,
    )
    for measure in (Measure.AWARDED, Measure.PAID)
)
_YEAR: Final = (
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
)
_CHARITY: Final = (
    Column(key="charity_id", heading="Charity's identifier", width=26),
    Column(key="charity_number", heading="Charity number"),
    Column(key="charity", heading="Charity", width=40),
)
_WORDS: Final = (
    Column(key="purpose", heading="Purpose", width=60),
    Column(key="markings", heading="Markings", width=40),
)
_COLUMNS: Final = (*_CHARITY, *_YEAR, *_MONEY, Column(key="awards", heading="Awards", kind=Kind.WHOLE), *_WORDS)
_AWARDS: Final = (Column(key="award", heading="Award", width=24), *_CHARITY, *_YEAR, *_MONEY, *_WORDS)


_Key = tuple[str, str, BudgetKind]
"""A charity's identifier, a financial year, a budget kind."""


@dataclass(frozen=True)
class _Given:
    """What one award gave in a year, of one budget kind."""

    award: AwardAt
    year: str
    budget_kind: BudgetKind
    figures: Figures

    @property
    def key(self) -> _Key:
        return self.award.recipient_id, self.year, self.budget_kind

    @property
    def any_pence(self) -> bool:
        return bool(self.figures.awarded_pence or self.figures.paid_pence)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    awards = [
        award for award in await awards_at(db, place.at, filters) if award.recipient_kind is RecipientKind.CHARITY
    ]
    figures = (await plan.figures(db, place.at)).awards
    every = [
        _Given(award, year, kind, figures[award.reference, year, kind])
        for award in awards
        for reference, year, kind in figures
        if reference == award.reference and filters.period in (None, year)
    ]
    given = [one for one in every if one.award.terms.legal_basis is LegalBasis.CHARITIES2006_S70 and one.any_pence]
    numbers = {found.id: found.identifiers.get(CHARITY_LIST) for found in await recipients_at(db, place.at)}
    groups: dict[_Key, list[_Given]] = defaultdict(list)
    for one in given:
        groups[one.key].append(one)
    whole = groups.keys() - {one.key for one in every if one.any_pence and one not in given}
    return Gathered(
        main=_main(whole, filters),
        batches=one_batch([_row(groups[key], numbers) for key in sorted(groups)]),
        shape=as_they_are,
        notes=(_ACT, _APART),
        more=(_by_award(given, numbers),),
        is_example=any(one.award.is_example for one in given),
        is_private=any(one.award.do_not_publish for one in given),
    )


def _main(whole: Collection[_Key], filters: Filters) -> Table:
    """A row is a figure of its charity unless the charity was given money under another power as well: then each award is one."""
    scopes = {(key[0], key[1], key[2].label): recipient_scope(*key, filters) for key in whole}
    return Table(
        sheet="Charities",
        title="Charities, and what each was given by financial year",
        introduction="One row for each charity, financial year and budget kind. Each award is on the sheet called Awards.",
        empty="An empty cell under Charity number means that none is recorded.",
        columns=_COLUMNS,
        scope=lambda row: scopes.get((str(row[0]), str(row[3]), str(row[4]))),
    )


def _row(group: Sequence[_Given], numbers: Mapping[str, str | None]) -> Row:
    total = sum((one.figures for one in group), Figures())
    reasons = sorted({one.award.do_not_publish for one in group if one.award.do_not_publish})
    purposes = dict.fromkeys(in_one_line(one.award.terms.purpose) for one in group)
    return (
        *_front(group[0], numbers),
        total.awarded_pence,
        total.paid_pence,
        len({one.award.reference for one in group}),
        "; ".join(purposes),
        markings(any(one.award.is_example for one in group), "; ".join(reasons) or None),
    )


def _by_award(given: Sequence[_Given], numbers: Mapping[str, str | None]) -> Table:
    return Table(
        sheet="Awards",
        title="Each award under section 70, by financial year",
        introduction="One row for each award, financial year and budget kind.",
        empty="An empty cell under Charity number means that none is recorded.",
        columns=_AWARDS,
        scope=lambda row: award_scope(str(row[0]), str(row[4]), kind_of(row[5])),
        rows=[
            (
                one.award.reference,
                *_front(one, numbers),
                one.figures.awarded_pence,
                one.figures.paid_pence,
                in_one_line(one.award.terms.purpose),
                markings(one.award.is_example, one.award.do_not_publish),
            )
            for one in given
        ],
    )


def _front(one: _Given, numbers: Mapping[str, str | None]) -> Sequence[Cell]:
    award = one.award
    return (award.recipient_id, numbers[award.recipient_id], award.recipient_name, one.year, one.budget_kind.label)


REPORT: Final = Report(
    Offer(
        name="section-70",
        title="Grants to charities under section 70",
        purpose="Lists what each charity was given under section 70 of the Charities Act 2006, for the yearly report to Parliament.",
        audience="Programme leads and those who report to Parliament",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
        whole_years=True,
    ),
    _gather,
)
