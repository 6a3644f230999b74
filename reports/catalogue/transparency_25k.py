"""transparency-25k: payments of £25,000 or more, one by one, as departments publish them each month."""

from typing import Final

from grants.domain.money import show
from grants.domain.periods import parse_period
from grants.domain.recipients import RecipientKind
from grants.domain.schedules import Filters, Offer
from grants.store.standing import AwardAt, awards_at, recipients_at
from grants.store.standing.payments import PaymentAt, payments_at
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.open_data import SOURCES, in_one_line, published
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

_TYPES: Final = {
    RecipientKind.POLICE: "Grants to police",
    RecipientKind.COUNCIL: "Grants to local authorities",
    RecipientKind.CHARITY: "Grants to charities",
    RecipientKind.ARMS_LENGTH: "Grants to arm's-length bodies",
}
_NUMBER: Final = "The award's reference, and which of its payments this is; R stands for one that was taken back."
_COLUMNS: Final = (
    Column(key="family", heading="Department Family", width=24),
    Column(key="entity", heading="Entity", width=24),
    Column(key="date", heading="Date", kind=Kind.DATE),
    Column(key="type", heading="Expense Type", width=28),
    Column(key="area", heading="Expense Area", width=36),
    Column(key="supplier", heading="Supplier", width=36),
    Column(key="number", heading="Transaction Number", width=24, note=_NUMBER),
    Column(
        key="amount", heading="Amount", kind=Kind.PENCE, note="In pounds. Below zero: a payment that was taken back."
    ),
    Column(key="description", heading="Description", width=50),
    Column(key="postcode", heading="Supplier Postcode"),
    Column(key="markings", heading="Markings", width=18),
)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    awards = {award.reference: award for award in published(await awards_at(db, place.at, filters))}
    postcodes = {found.id: found.identifiers.get("postcode") for found in await recipients_at(db, place.at)}
    listed = [
        (payment, awards[payment.award])
        for payment in await payments_at(db, place.at)
        if payment.award in awards
        and abs(payment.pence) >= place.publisher.spend_from_pence
        and _within(payment, filters)
    ]
    return Gathered(
        main=Table(
            sheet="Payments",
            title=f"Grant payments of {show(place.publisher.spend_from_pence)} or more",
            introduction="One row for each payment, by date. Amounts are in pounds.",
            empty="An empty cell under Supplier Postcode means that none is recorded.",
            columns=_COLUMNS,
        ),
        batches=one_batch([_row(place, payment, award, postcodes) for payment, award in listed]),
        shape=as_they_are,
        notes=(SOURCES,),
        is_example=any(award.is_example for _, award in listed),
        counted=frozenset(awards),
    )


def _within(payment: PaymentAt, filters: Filters) -> bool:
    return filters.period is None or parse_period(filters.period).contains(payment.effective_on)


def _row(place: Place, payment: PaymentAt, award: AwardAt, postcodes: dict[str, str | None]) -> Row:
    return (
        place.publisher.name,
        place.publisher.name,
        payment.effective_on,
        _TYPES[award.recipient_kind],
        award.line_title,
        award.recipient_name,
        f"{award.reference}-{payment.number}{'R' if payment.is_reversal else ''}",
        payment.pence,
        in_one_line(award.terms.purpose),
        postcodes.get(award.recipient_id),
        markings(award.is_example, None),
    )


REPORT: Final = Report(
    Offer(
        name="transparency-25k",
        title="Payments of £25,000 or more",
        purpose="Publishes the department's larger grant payments one by one, as HM Treasury's guidance asks each month.",
        audience="Everybody",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
        open_data=True,
    ),
    _gather,
)
