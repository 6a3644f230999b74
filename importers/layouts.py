"""Which cell means what, by template version: data, not code. The template is made from it, and returns are read by it."""

import re
from typing import Final

from msgspec import Struct

from grants.domain.periods import Period, parse_period


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


class Layout(Struct, frozen=True):
    """The sheets of one template version. A heading row is where the template puts it; a return may have moved it."""

    version: str
    return_sheet: str
    fields: tuple[Field, ...]
    spend_sheet: str
    spend_heading_row: int
    spend: tuple[Column, ...]
    forecast_sheet: str
    forecast_heading_row: int
    forecast: tuple[Column, ...]

    def field(self, key: str) -> Field:
        """The field of that key."""
        return next(field for field in self.fields if field.key == key)

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets that are read, in reading order."""
        return (self.return_sheet, self.spend_sheet, self.forecast_sheet)


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
        Column("reference", "Reference", "A", required=True, longest=100, also=("transaction reference", "ref")),
        Column("category", "Cost category", "B", required=True, also=("category", "cost heading")),
        Column("description", "Description", "C", required=True, longest=1000, also=("details",)),
        Column("payee", "Payee", "D", required=True, also=("supplier", "paid to")),
        Column("spent_on", "Date", "E", required=True, also=("date of spend", "transaction date", "payment date")),
        Column("budget_kind", "Resource or capital", "F", required=True, also=("resource/capital", "budget kind")),
        Column("net", "Net amount", "G", required=True, also=("amount", "net", "net amount (£)")),
        Column("vat", "Irrecoverable VAT", "H", also=("vat", "irrecoverable vat (£)")),
        Column("accrual", "Accrual", "I", also=("accrued", "accrual yes/no")),
        Column("evidence", "Evidence reference", "J", also=("evidence", "evidence ref")),
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

CURRENT: Final = VERSION_1
LAYOUTS: Final = {VERSION_1.version: VERSION_1}

HEADINGS_WITHIN: Final = 60
"""Headings are looked for in so many rows from the top."""

_NOISE: Final = re.compile(r"[\s\u00a0*:]+")


def heading_key(text: object) -> str:
    """A heading without what people change unnoticed: case, spaces, asterisks, a colon."""
    return _NOISE.sub(" ", text).strip().casefold() if isinstance(text, str) else ""


def forecast_quarters(period: Period) -> tuple[tuple[str, str], ...]:
    """The quarters to forecast in a return for `period`: each one's code and its column's heading.

    A monthly return inside a quarter forecasts the rest of that quarter as well.
    """
    quarters = [(quarter.code, f"Forecast for {quarter.label}") for quarter in period.quarters_left()]
    if period.month and period.month % 3:
        running = Period(period.start_year, quarter=(period.month - 1) // 3 + 1)
        quarters.insert(0, (running.code, f"Forecast for the rest of {running.label}"))
    return tuple(quarters)


def year_code(period_code: str) -> str:
    """2025-26-Q2 lies in 2025-26. Raises Invalid for what is no period."""
    return parse_period(period_code).year.code
