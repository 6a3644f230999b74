"""Books for the tests of the writer: one with everything in it, and a builder for one table."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from reports.book import Book, Column, Cover, Kind, Row, Table

CREATED = datetime(2025, 11, 1, 9, 30, tzinfo=UTC)
MARKING = "Example data – not real"

COLUMNS = (
    Column(key="reference", heading="Reference"),
    Column(key="payee", heading="Payee", note="As the recipient typed it."),
    Column(key="lines", heading="Lines", kind=Kind.WHOLE, total=True),
    Column(key="net", heading="Net amount", kind=Kind.PENCE, total=True, note="Without VAT that can be recovered."),
    Column(key="paid", heading="Paid on", kind=Kind.DATE),
    Column(key="recorded", heading="Recorded", kind=Kind.DATETIME),
    Column(key="share", heading="Share of budget", kind=Kind.PERCENT, note="As the recipient typed it."),
)

ROWS: tuple[tuple[object, ...], ...] = (
    ("L1", "Oldham Council", 3, 123_410, date(2025, 4, 1), datetime(2025, 6, 30, 23, 30, tzinfo=UTC), 0.125),
    ("0012", "Smith & Sons <Training>", -1, -500, date(2026, 3, 31), datetime(2025, 12, 31, 8, 0, tzinfo=UTC), -0.05),
    ("L3", None, None, None, None, None, None),
    ("L4", '=HYPERLINK("http://example.org")', 0, 0, date(1850, 1, 1), CREATED, 0),
)


def table(rows: Iterable[Row], columns: tuple[Column, ...] = COLUMNS, sheet: str = "Spend") -> Table:
    """A table of the given rows."""
    return Table(
        sheet=sheet,
        title=f"{sheet}: lines of accepted returns",
        introduction="Each row is one line. Amounts are in pounds; a negative amount is a credit.",
        columns=columns,
        rows=rows,
    )


def book(*tables: Table, marking: str | None = MARKING, notes: tuple[str, ...] = ()) -> Book:
    """A book of the given tables."""
    cover = Cover(
        title="Spend transactions",
        purpose="To let oversight see every line of accepted spend.",
        audience="Programme lead, auditors",
        facts=(("As at", "1 November 2025 at 09:30, ledger entry 812"), ("Contact", "grants@example.gov.uk")),
        marking=marking,
    )
    return Book(cover=cover, tables=tables, created=CREATED, notes=notes)


def full_book() -> Book:
    """Every kind of column, notes, empty cells, an empty table, sources."""
    sources = (Column(key="file", heading="File"), Column(key="sheet", heading="Sheet", kind=Kind.LINK))
    plain = book(
        table(ROWS),  # type: ignore[arg-type]
        table((), sheet="Owner's queries"),
        notes=("Figures are on an accruals basis.",),
    )
    return Book(
        cover=plain.cover,
        tables=plain.tables,
        created=plain.created,
        notes=plain.notes,
        sources=table([("return-1.xlsx", "Spend")], sources, "Sources"),
    )
