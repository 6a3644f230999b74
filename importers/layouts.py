"""Which cell means what, by template version: data, not code. The template is made from it, and returns are read by it."""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct, structs

from grants.domain.periods import Period


class Field(Struct, frozen=True):
    """One row of the sheet that says what the return is: a label in column A, the value in column B."""

    key: str
    label: str
    row: int


class Column(Struct, frozen=True):
    """One column of a table. `also` are other headings that mean the same; `longest` bounds a text, in characters."""

    key: str
    heading: str
    letter: str
    required: bool = False
    longest: int = 200
    also: tuple[str, ...] = ()


class Rows(Struct, frozen=True):
    """A sheet that holds one table, and the row in which the template puts its headings."""

    sheet: str
    heading_row: int
    columns: tuple[Column, ...]


class Layout(Struct, frozen=True):
    """The sheets of one template version. A heading row is where the template puts it; a return may have moved it.

    `declarations` are the keys of the fields that are answered Yes or No; a version may lack milestones and assets.
    """

    version: str
    return_sheet: str
    fields: tuple[Field, ...]
    spend_sheet: str
    spend_heading_row: int
    spend: tuple[Column, ...]
    forecast_sheet: str
    forecast_heading_row: int
    forecast: tuple[Column, ...]
    declarations: tuple[str, ...] = ()
    milestones: Rows | None = None
    assets: Rows | None = None

    def field(self, key: str) -> Field:
        """The field of that key."""
        return next(field for field in self.fields if field.key == key)

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets that are read, in reading order."""
        more = [rows.sheet for rows in (self.milestones, self.assets) if rows is not None]
        return (self.return_sheet, self.spend_sheet, self.forecast_sheet, *more)


VERSION_1: Final = Layout(
    version="1",
    return_sheet="Return",
    fields=(
        Field("award", "Award reference", 4),
        Field("recipient_name", "Recipient", 5),
        Field("recipient_id", "Recipient identifier", 6),
        Field("delivery_body", "Delivery body", 7),
        Field("year", "Financial year", 8),
        Field("period", "Period", 9),
        Field("kind", "Kind of return", 10),
        Field("template_version", "Template version", 11),
        Field("prepared_by", "Prepared by", 12),
    ),
    spend_sheet="Spend",
    spend_heading_row=5,
    spend=(
        Column(
            "reference",
            "Reference",
            "A",
            required=True,
            longest=100,
            also=(
                "transaction reference",
                "ref",
                "ref no",
                "reference no",
                "reference number",
                "transaction ref",
                "our ref",
            ),
        ),
        Column(
            "category",
            "Cost category",
            "B",
            required=True,
            also=("category", "cost heading", "cost type", "spend category", "category of cost"),
        ),
        Column("description", "Description", "C", required=True, longest=1000, also=("details", "narrative", "detail")),
        Column(
            "payee",
            "Payee",
            "D",
            required=True,
            also=("supplier", "paid to", "supplier name", "payee name", "vendor", "payee/supplier"),
        ),
        Column(
            "spent_on",
            "Date",
            "E",
            required=True,
            also=("date of spend", "spend date", "transaction date", "payment date", "date paid", "posting date"),
        ),
        Column(
            "budget_kind",
            "Resource or capital",
            "F",
            required=True,
            also=(
                "resource/capital",
                "capital/resource",
                "capital or resource",
                "revenue/capital",
                "revenue or capital",
                "budget kind",
            ),
        ),
        Column(
            "net",
            "Net amount",
            "G",
            required=True,
            also=("amount", "net", "amount net", "net value", "net cost", "amount excluding vat", "amount excl vat"),
        ),
        Column(
            "vat",
            "Irrecoverable VAT",
            "H",
            also=("vat", "vat (irrecoverable)", "unrecoverable vat", "non recoverable vat"),
        ),
        Column("accrual", "Accrual", "I", also=("accrued", "accrual yes/no", "accrual y/n")),
        Column(
            "evidence", "Evidence reference", "J", also=("evidence", "evidence ref", "evidence no", "evidence number")
        ),
    ),
    forecast_sheet="Forecast",
    forecast_heading_row=5,
    forecast=(
        Column("category", "Cost category", "A", required=True),
        Column("budget_kind", "Resource or capital", "B", required=True),
        Column("budget", "Budget for the year", "C"),
        Column("before", "Spend accepted before", "D"),
        Column("this_period", "This return", "E"),
        Column("to_date", "Actual to date", "F"),
        Column("outturn", "Forecast outturn", ""),
        Column("variance", "Variance (outturn minus budget)", ""),
        Column("reason", "Reason for the variance", "", longest=2000),
    ),
)

VERSION_2: Final = structs.replace(
    VERSION_1,
    version="2",
    fields=(
        *VERSION_1.fields,
        Field("basis", "Basis of the amounts", 13),
        Field("no_other_grant", "No other government grant has been claimed for these costs", 14),
        Field("vat_left_out", "VAT that can be recovered is left out", 15),
        Field("records_kept", "Invoices and other records of these costs are kept", 16),
    ),
    declarations=("no_other_grant", "vat_left_out", "records_kept"),
    milestones=Rows(
        "Milestones",
        5,
        (
            Column("title", "Milestone", "A", required=True, also=("title", "milestone title")),
            Column("baseline", "Baseline date", "B", also=("baseline",)),
            Column("forecast", "Forecast date", "C", required=True, also=("forecast",)),
            Column("actual", "Actual date", "D", required=True, also=("actual", "date achieved")),
            Column("rag", "RAG rating", "E", required=True, also=("rag", "rag status")),
            Column("comment", "Comment", "F", required=True, longest=2000, also=("comments", "commentary")),
        ),
    ),
    assets=Rows(
        "Assets",
        5,
        (
            Column("reference", "Reference", "A", longest=100, also=("ref", "transaction reference")),
            Column("description", "Description", "B", required=True, longest=1000, also=("asset", "details")),
            Column(
                "acquired_on", "Date bought", "C", required=True, also=("date", "date of purchase", "purchase date")
            ),
            Column("cost", "Cost", "D", required=True, also=("amount", "purchase cost")),
            Column("location", "Location", "E", required=True, also=("where kept",)),
            Column("serial", "Serial number", "F", also=("serial no", "serial")),
            Column("disposed_on", "Date disposed of", "G", also=("disposal date", "date of disposal")),
            Column("disposal", "Disposal value", "H", also=("value on disposal", "disposal proceeds")),
        ),
    ),
)

CURRENT: Final = VERSION_2
LAYOUTS: Final = {layout.version: layout for layout in (VERSION_1, VERSION_2)}
"""A version stays here for as long as returns are open that began with it."""

HEADINGS_WITHIN: Final = 500
"""Headings are looked for in so many rows from the top."""

_NOISE: Final = re.compile(r"[\s\u00a0*:_.?!#\-]+")
_UNITS: Final = re.compile(
    r"\((?:£|gbp|in £|in pounds|dd.{0,12}|y/n|yes/no|yes or no|optional|required|if any|see .{0,30}|choose .{0,30}|net|"
    r"ex(?:cl(?:uding|\.)?)? vat|r/c|resource/capital)\)|£|\bgbp\b"
)
_SLASH: Final = re.compile(r"\s*/\s*")


def heading_key(text: object) -> str:
    """A heading without what people change unnoticed: case, spaces, punctuation, the unit in brackets."""
    return _heading_key(text[:200]) if isinstance(text, str) and text else ""


@lru_cache(maxsize=4096)  # our own headings are asked for with every file
def _heading_key(text: str) -> str:
    folded = text.casefold()
    if "(" in folded or "£" in folded or "gbp" in folded:
        folded = _UNITS.sub(" ", folded)
    return _NOISE.sub(" ", _SLASH.sub("/", folded)).strip()


def forecast_quarters(period: Period) -> tuple[tuple[str, str], ...]:
    """The quarters to forecast in a return for `period`: each one's code and its column's heading.

    A monthly return inside a quarter forecasts the rest of that quarter as well.
    """
    quarters = [(quarter.code, f"Forecast for {quarter.label}") for quarter in period.quarters_left()]
    if period.month and period.month % 3:
        running = Period(period.start_year, quarter=(period.month - 1) // 3 + 1)
        quarters.insert(0, (running.code, f"Forecast for the rest of {running.label}"))
    return tuple(quarters)


def one_line_a_category(layout: Layout) -> Layout:
    """The layout for an award that asks for one line a cost category: such a line has no payee and no date of its own."""
    needed = {"category", "budget_kind", "net"}
    return structs.replace(
        layout, spend=tuple(structs.replace(column, required=column.key in needed) for column in layout.spend)
    )
