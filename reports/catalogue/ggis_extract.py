"""ggis-extract: schemes and awards in the fields of the Government Grants Information System."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from grants.domain.figures import award_scope, kind_of, line_scope
from grants.domain.measures import Measure
from grants.domain.plan_figures import FigureKey, Figures
from grants.domain.schedules import Filters, Offer
from grants.store import plan
from grants.store.recipients import RecipientRow
from grants.store.standing import AwardAt, awards_at, recipients_at
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.open_data import CHARITY_LIST, COMPANY_LIST, in_one_line, title_of
from reports.positions import Position, positions_of
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

_SCHEME: Final = "A funding line of the plan."
_PUBLISH: Final = "No: the award or its scheme is marked as not to be published; the reason stands under Markings."
_SCHEME_KEYS: Final = (
    Column(key="scheme", heading="Scheme code", width=22, note=_SCHEME),
    Column(key="scheme_title", heading="Scheme title", width=36),
    Column(key="department", heading="Department", width=20),
    Column(key="programme", heading="Programme", width=18),
)
_WHEN: Final = (
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
)
_END: Final = (
    Column(key="publish", heading="Publish", note=_PUBLISH),
    Column(key="markings", heading="Markings", width=40),
)


def _money(*measures: Measure) -> tuple[Column, ...]:
    return tuple(
        Column(key=measure.value, heading=measure.label, kind=Kind.PENCE, note=measure.meaning, figure=measure.value)
        for measure in measures
    )


_AWARDS: Final = (
    *_SCHEME_KEYS,
    Column(key="award", heading="Award reference", width=22),
    Column(key="award_title", heading="Award title", width=44),
    Column(key="recipient_id", heading="Recipient identifier", width=22),
    Column(key="recipient", heading="Recipient name", width=40),
    Column(key="recipient_kind", heading="Recipient type", width=22),
    Column(key="charity_number", heading="Charity number"),
    Column(key="company_number", heading="Company number"),
    Column(key="legal_basis", heading="Legal basis", width=24),
    Column(key="award_date", heading="Award date", kind=Kind.DATE),
    Column(key="start", heading="Start date", kind=Kind.DATE),
    Column(key="end", heading="End date", kind=Kind.DATE),
    Column(key="state", heading="State", width=20),
    Column(key="payment_basis", heading="Payment basis"),
    *_WHEN,
    *_money(Measure.AWARDED, Measure.PAID, Measure.SPENT),
    *_END,
)
_SCHEMES: Final = (
    *_SCHEME_KEYS,
    Column(key="purpose", heading="Objective", width=60),
    *_WHEN,
    *_money(Measure.ALLOCATED, Measure.AWARDED, Measure.PAID),
    Column(key="awards", heading="Awards", kind=Kind.WHOLE),
    Column(key="recipients", heading="Recipients", kind=Kind.WHOLE),
    *_END,
)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    positions = await positions_of(db, place.at, filters)
    awards = {award.reference: award for award in await awards_at(db, place.at, filters)}
    figures = {
        key: found
        for key, found in (await plan.figures(db, place.at)).awards.items()
        if key[0] in awards and filters.period in (None, key[1])
    }
    recipients = {found.id: found for found in await recipients_at(db, place.at)}
    department = place.publisher.name
    return Gathered(
        main=Table(
            sheet="Awards",
            title="Awards, by financial year and budget kind",
            introduction="One row for each award, financial year and budget kind. The schemes are on the sheet called Schemes.",
            empty="An empty cell means that nothing is recorded.",
            columns=_AWARDS,
            scope=lambda row: award_scope(str(row[4]), str(row[17]), kind_of(row[18])),
        ),
        batches=one_batch(
            [
                _award_row(department, awards[key[0]], recipients[awards[key[0]].recipient_id], key, figures[key])
                for key in sorted(figures, key=lambda key: (list(awards).index(key[0]), key))
            ]
        ),
        shape=as_they_are,
        more=(_schemes(department, positions, figures, awards),),
        is_example=any(award.is_example for award in awards.values()),
        is_private=any(award.do_not_publish for award in awards.values())
        or any(position.line.do_not_publish for position in positions),
    )


def _award_row(department: str, award: AwardAt, recipient: RecipientRow, key: FigureKey, figures: Figures) -> Row:
    terms = award.terms
    return (
        award.funding_line,
        award.line_title,
        department,
        award.programme,
        award.reference,
        title_of(terms.purpose),
        award.recipient_id,
        award.recipient_name,
        award.recipient_kind.value.replace("_", " ").capitalize(),
        recipient.identifiers.get(CHARITY_LIST),
        recipient.identifiers.get(COMPANY_LIST),
        terms.legal_basis.value,
        award.made_on,
        terms.start,
        terms.end,
        award.state.value.replace("_", " ").capitalize(),
        terms.payment_basis.value.capitalize(),
        key[1],
        key[2].label,
        figures.awarded_pence,
        figures.paid_pence,
        figures.spent_pence,
        "No" if award.do_not_publish else "Yes",
        markings(award.is_example, award.do_not_publish),
    )


def _schemes(
    department: str, positions: Sequence[Position], figures: Iterable[FigureKey], awards: Mapping[str, AwardAt]
) -> Table:
    made = {(awards[reference].funding_line, year, kind, reference) for reference, year, kind in figures}
    counted = Counter(key[:3] for key in made)
    given = Counter({(*key[:3], awards[key[3]].recipient_id) for key in made})
    recipients = Counter(key[:3] for key in given)
    return Table(
        sheet="Schemes",
        title="Schemes, by financial year and budget kind",
        introduction="One row for each scheme, financial year and budget kind.",
        columns=_SCHEMES,
        scope=lambda row: line_scope(str(row[0]), str(row[5]), kind_of(row[6])),
        rows=[
            (
                position.line.code,
                position.line.title,
                department,
                position.line.programme,
                in_one_line(position.line.purpose),
                position.year,
                position.budget_kind.label,
                *(position.pence(measure) for measure in (Measure.ALLOCATED, Measure.AWARDED, Measure.PAID)),
                counted[position.line.code, position.year, position.budget_kind],
                recipients[position.line.code, position.year, position.budget_kind],
                "No" if position.line.do_not_publish else "Yes",
                markings(position.is_example, position.line.do_not_publish),
            )
            for position in positions
        ],
    )


REPORT: Final = Report(
    Offer(
        name="ggis-extract",
        title="Extract for the Government Grants Information System",
        purpose="Gives the schemes and awards that the grants functional standard wants recorded centrally, ready to be taken over.",
        audience="The department's grants team",
        filters=frozenset({"programme", "funding_line", "period"}),
        whole_years=True,
    ),
    _gather,
)
