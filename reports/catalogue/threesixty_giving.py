"""360giving: awards as open data, by the 360Giving Data Standard 1.4, its spreadsheet's headings and its JSON."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from grants.domain.decisions import DecisionState
from grants.domain.money import plain
from grants.domain.periods import parse_period
from grants.domain.plan_figures import Figures
from grants.domain.publishing import Publisher
from grants.domain.schedules import FORMATS, Filters, Offer
from grants.store import plan
from grants.store.recipients import RecipientRow
from grants.store.standing import AwardAt, awards_at, decisions_at, recipients_at
from grants.store.transaction import Db
from reports.book import Cell, Column, Kind, Row, Table
from reports.json_file import JsonShape
from reports.open_data import (
    CHARITY_LIST,
    COMPANY_LIST,
    SOURCES,
    in_one_line,
    organisation,
    published,
    publisher_note,
    title_of,
)
from reports.report import Gathered, Place, Report, as_they_are, markings, one_batch

VERSION: Final = "1.4"
LICENCE: Final = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
_FORM: Final = (
    "To publish, take the CSV or the JSON: the standard wants its headings in the first row, and a sheet of this workbook has its "
    "title there."
)
_PENCE: Final = "In pounds, over all years and budget kinds of the award."
_Path = tuple[str | int, ...]


@dataclass(frozen=True)
class _Field:
    """A field of the standard: where it stands in JSON, and under which heading in a spreadsheet."""

    path: _Path
    column: Column


def _field(
    heading: str, *path: str | int, kind: Kind = Kind.TEXT, width: float | None = None, note: str | None = None
) -> _Field:
    return _Field(path, Column(key=".".join(map(str, path)), heading=heading, kind=kind, width=width, note=note))


_RECIPIENT, _FUNDER, _PROGRAMME = ("recipientOrganization", 0), ("fundingOrganization", 0), ("grantProgramme", 0)
_FIELDS: Final = (
    _field("Identifier", "id", width=34),
    _field("Title", "title", width=44),
    _field("Description", "description", width=60),
    _field("Currency", "currency"),
    _field("Amount Awarded", "amountAwarded", kind=Kind.PENCE, note=_PENCE),
    _field("Amount Disbursed", "amountDisbursed", kind=Kind.PENCE, note=f"{_PENCE} What came back is not taken off."),
    _field("Award Date", "awardDate", kind=Kind.DATE),
    _field("Planned Dates:Start Date", "plannedDates", 0, "startDate", kind=Kind.DATE),
    _field("Planned Dates:End Date", "plannedDates", 0, "endDate", kind=Kind.DATE),
    _field("Recipient Org:Identifier", *_RECIPIENT, "id", width=30),
    _field("Recipient Org:Name", *_RECIPIENT, "name", width=40),
    _field("Recipient Org:Charity Number", *_RECIPIENT, "charityNumber"),
    _field("Recipient Org:Company Number", *_RECIPIENT, "companyNumber"),
    _field("Funding Org:Identifier", *_FUNDER, "id", width=20),
    _field("Funding Org:Name", *_FUNDER, "name", width=24),
    _field("Grant Programme:Code", *_PROGRAMME, "code", width=24),
    _field("Grant Programme:Title", *_PROGRAMME, "title", width=40),
    _field(
        "Last Modified", "dateModified", kind=Kind.DATETIME, note="When a decision about the award was last approved."
    ),
    _field("Markings", "markings", width=18),
)


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    awards = [award for award in published(await awards_at(db, place.at, filters)) if _made_within(award, filters)]
    totals: dict[str, Figures] = defaultdict(Figures)
    for (reference, _, _), figures in (await plan.figures(db, place.at)).awards.items():
        totals[reference] += figures
    listed = [award for award in awards if totals[award.reference].awarded_pence]
    recipients = {found.id: found for found in await recipients_at(db, place.at)}
    modified = await _modified(db, place)
    rows = [
        _row(place.publisher, award, recipients[award.recipient_id], totals[award.reference], modified[award.reference])
        for award in listed
    ]
    is_example = any(award.is_example for award in listed)
    return Gathered(
        main=Table(
            sheet="Grants",
            title="Grants awarded",
            introduction="One row for each award, as the 360Giving Data Standard asks for it.",
            empty="An empty cell means that the recipient has no such number.",
            columns=tuple(field.column for field in _FIELDS),
        ),
        batches=one_batch(rows),
        shape=as_they_are,
        notes=(_FORM, SOURCES, *publisher_note(place.publisher)),
        is_example=is_example,
        counted=frozenset(award.reference for award in awards),
        as_json=JsonShape(_package(place, is_example), "grants", _grant),
    )


def _made_within(award: AwardAt, filters: Filters) -> bool:
    return filters.period is None or parse_period(filters.period).contains(award.made_on)


async def _modified(db: Db, place: Place) -> Mapping[str, datetime]:
    """When each award's newest decision was approved, in UTC to the second."""
    found: dict[str, datetime] = {}
    for decision in await decisions_at(db, place.at):
        if decision.state is DecisionState.APPROVED and decision.decided_at is not None:
            at = decision.decided_at.astimezone(UTC).replace(microsecond=0)
            found[decision.subject] = max(found.get(decision.subject, at), at)
    return found


def _row(publisher: Publisher, award: AwardAt, recipient: RecipientRow, total: Figures, modified: datetime) -> Row:
    return (
        f"{publisher.prefix}-{award.reference}",
        title_of(award.terms.purpose),
        in_one_line(award.terms.purpose),
        "GBP",
        total.awarded_pence,
        total.paid_pence,
        award.made_on,
        award.terms.start,
        award.terms.end,
        organisation(recipient, publisher),
        recipient.name,
        recipient.identifiers.get(CHARITY_LIST),
        recipient.identifiers.get(COMPANY_LIST),
        publisher.identifier,
        publisher.name,
        award.funding_line,
        award.line_title,
        modified,
        markings(award.is_example, None),
    )


def _package(place: Place, is_example: bool) -> Mapping[str, Any]:
    """What the standard's package says of itself, before its grants."""
    publisher = place.publisher
    marking = "EXAMPLE DATA – not real. " if is_example else ""
    notes = " ".join(publisher_note(publisher))
    return {
        "version": VERSION,
        "title": f"{marking}Grants awarded by {publisher.name}",
        "description": f"{marking}Awards as the record of {publisher.name} had them at the time under modified. {notes}".strip(),
        "modified": place.when.astimezone(UTC).replace(microsecond=0),
        "identifier": f"{publisher.prefix}-grants",
        "publisher": {"identifier": publisher.identifier, "name": publisher.name},
        "license": LICENCE,
    }


def _grant(row: Row) -> Mapping[str, Any]:
    """A row as the standard's JSON has it: what is empty is left out."""
    grant: dict[str, Any] = {}
    for field, value in zip(_FIELDS, row, strict=True):
        if value is not None:
            _put(grant, field.path, _plain(field.column.kind, value))
    return grant


def _plain(kind: Kind, value: Cell) -> Any:
    return Decimal(plain(value)) if kind is Kind.PENCE and isinstance(value, int) else value


def _put(into: Any, path: _Path, value: Any) -> None:
    """Puts a value at the end of a path of names of members and, of lists with one item, its place."""
    for step, following in pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, str):
            into = into.setdefault(step, empty)
        else:
            into.extend([empty] * (not into))
            into = into[step]
    into[path[-1]] = value


REPORT: Final = Report(
    Offer(
        name="360giving",
        title="Grants as open data",
        purpose="Publishes the department's awards by the 360Giving Data Standard, so that everybody can see who is funded for what.",
        audience="Everybody",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
        formats=(*FORMATS, "json"),
        open_data=True,
    ),
    _gather,
)
