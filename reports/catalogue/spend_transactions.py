"""spend-transactions: every accepted line of spend, with the cell that it came from."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from grants.domain.awards import CostCategory
from grants.domain.figures import kind_of, line_scope
from grants.domain.measures import Measure
from grants.domain.plan import BudgetKind
from grants.domain.schedules import Filters, Offer
from grants.store.spend_lines import Part, VersionInForce, spent_by_line, stream, versions_in_force
from grants.store.transaction import Db
from reports.book import Column, Kind, Row, Table
from reports.report import Gathered, Place, Report, markings

_SIGN: Final = "Amounts above zero are spend; amounts below zero are credits."
_ENTRY: Final = (
    "The ledger entry that the line is counted in. Empty where the accepted lines of the return's category came to nothing, "
    "so that no entry was needed."
)
_COLUMNS: Final = (
    Column(key="programme", heading="Programme"),
    Column(key="line", heading="Funding line"),
    Column(key="award", heading="Award"),
    Column(key="recipient_id", heading="Recipient identifier"),
    Column(key="recipient", heading="Recipient", width=36),
    Column(key="period", heading="Return"),
    Column(key="version", heading="Version", kind=Kind.WHOLE),
    Column(key="reference", heading="Reference", width=18),
    Column(key="category", heading="Cost category", width=28),
    Column(key="description", heading="Description", width=48),
    Column(key="payee", heading="Payee", width=32),
    Column(key="date", heading="Date", kind=Kind.DATE),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="net", heading="Net", kind=Kind.PENCE),
    Column(key="vat", heading="VAT not recoverable", kind=Kind.PENCE),
    Column(
        key="amount",
        heading="Amount",
        kind=Kind.PENCE,
        note="Net plus the VAT that cannot be recovered: what the line counts for.",
    ),
    Column(key="accrual", heading="Accrual"),
    Column(key="evidence", heading="Evidence", width=24),
    Column(key="sheet", heading="Sheet"),
    Column(key="cell", heading="Cell"),
    Column(key="sha256", heading="Workbook's SHA-256", width=68),
    Column(key="entry", heading="Entry", kind=Kind.WHOLE, note=_ENTRY),
    Column(
        key="figure",
        heading="Figure",
        width=24,
        note="The line's identifier: the service's address figures/(figure)/trace leads to its source.",
    ),
    Column(key="markings", heading="Markings", width=40),
)
_TOTALS: Final = (
    Column(key="line", heading="Funding line"),
    Column(key="year", heading="Financial year"),
    Column(key="budget_kind", heading="Budget kind", width=28),
    Column(key="amount", heading="Amount", kind=Kind.PENCE, figure=Measure.SPENT.value),
)
_CATEGORIES: Final = {str(category): category.label for category in CostCategory}
_KINDS: Final = {str(kind): kind.label for kind in BudgetKind}


async def _gather(db: Db, place: Place, filters: Filters) -> Gathered:
    versions = await versions_in_force(db, place.at, filters)
    return Gathered(
        main=Table(
            sheet="Transactions",
            title="Accepted spend, line by line",
            introduction=f"One row for each line of each accepted return, as the recipient's workbook had it. {_SIGN}",
            columns=_COLUMNS,
        ),
        batches=stream(db, versions),
        shape=_Shape(place, versions),
        notes=(
            "Totals are given by funding line, financial year and budget kind on a sheet of their own: they are never added together.",
        ),
        more=(_totals(versions, filters),),
        is_example=any(version.is_example for version in versions),
        is_private=any(version.do_not_publish for version in versions),
    )


class _Shape:
    """Makes rows of lines: what the version has in common is worked out once."""

    def __init__(self, place: Place, versions: Iterable[VersionInForce]) -> None:
        self._versions = {version.id: version for version in versions}
        self._place = f"@{place.at.entry_no}"
        self._id = 0
        self._front: tuple[Any, ...] = ()
        self._back: tuple[Any, ...] = ()
        self._counted: dict[Part, tuple[bool, int | None]] = {}

    def __call__(self, lines: Sequence[Any]) -> Iterable[Row]:
        rows: list[Row] = []
        for (
            id_,
            row,
            sheet,
            cell,
            reference,
            category,
            description,
            payee,
            day,
            kind,
            net,
            vat,
            accrual,
            evidence,
        ) in lines:
            if id_ != self._id:
                self._turn_to(self._versions[id_])
            part = (category, kind)
            if part not in self._counted:
                self._counted[part] = self._versions[id_].counted(part)
            counts, entry = self._counted[part]
            if not counts:
                continue
            rows.append(
                (
                    *self._front,
                    reference,
                    _CATEGORIES[category],
                    description,
                    payee,
                    day,
                    _KINDS[kind],
                    net,
                    vat,
                    net + vat,
                    "Yes" if accrual else "No",
                    evidence,
                    sheet,
                    cell,
                    self._back[0],
                    entry,
                    f"line:{id_}:{row}{self._place}" if entry else None,
                    self._back[1],
                )
            )
        return rows

    def _turn_to(self, version: VersionInForce) -> None:
        self._id = version.id
        self._counted = {}
        self._front = (
            version.programme,
            version.funding_line,
            version.award,
            version.recipient_id,
            version.recipient_name,
            version.period,
            version.number,
        )
        self._back = (version.sha256, markings(version.is_example, version.do_not_publish))


def _totals(versions: Iterable[VersionInForce], filters: Filters) -> Table:
    return Table(
        sheet="Totals by year",
        title="Accepted spend by funding line, financial year and budget kind",
        introduction=f"As the ledger's entries have it. {_SIGN}",
        columns=_TOTALS,
        rows=[(line, year, kind.label, pence) for line, year, kind, pence in spent_by_line(versions)],
        scope=lambda row: line_scope(str(row[0]), filters.period or str(row[1]), kind_of(row[2]), filters),
    )


REPORT: Final = Report(
    Offer(
        name="spend-transactions",
        title="Spend transactions",
        purpose="Lists every line of accepted spend with the sheet and cell of the workbook that it came from, so that each can be checked.",
        audience="Auditors and programme leads",
        filters=frozenset({"programme", "funding_line", "recipient", "period"}),
    ),
    _gather,
)
