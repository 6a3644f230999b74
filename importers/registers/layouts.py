"""Which cell of a register or a payment file means what: data, not code. Templates are made from it, and files are read by it."""

from typing import Final

from grants.domain.registers import RegisterKind
from importers.layouts import Column, Rows

AWARDS: Final = Rows(
    "Awards",
    5,
    (
        Column("reference", "Award reference", "A", required=True, longest=40, also=("reference", "award", "award ref", "ref")),
        Column("funding_line", "Funding line", "B", required=True, longest=40, also=("funding line code", "line")),
        Column("recipient_id", "Recipient identifier", "C", required=True, longest=40, also=("recipient", "recipient id", "org id")),
        Column("purpose", "Purpose", "D", required=True, longest=2000, also=("purpose of the award", "description")),
        Column("start", "Start date", "E", required=True, also=("start", "from", "award start date")),
        Column("end", "End date", "F", required=True, also=("end", "to", "until", "award end date")),
        Column("year", "Financial year", "G", required=True, also=("year", "fy")),
        Column("category", "Cost category", "H", required=True, also=("category", "cost heading")),
        Column("side", "Resource or capital", "I", required=True, also=("resource/capital", "budget kind", "capital or resource")),
        Column("amount", "Amount", "J", required=True, also=("budget", "award amount", "pounds")),
        Column("payment_basis", "Payment basis", "K", also=("paid in", "basis", "basis of payment")),
        Column("legal_basis", "Legal basis", "L", also=("legal power", "power")),
        Column("frequency", "Returns", "M", also=("frequency", "return frequency", "frequency of returns")),
        Column("delivery_body", "Delivery body", "N", also=("delivered by",)),
        Column("certifier_role", "Certifier", "O", also=("certifier role", "certified by")),
    ),
)  # fmt: skip
INSTALMENTS: Final = Rows(
    "Instalments",
    5,
    (
        Column("reference", "Award reference", "A", required=True, longest=40, also=("reference", "award", "award ref", "ref")),
        Column("number", "Instalment", "B", required=True, also=("number", "no", "instalment number", "instalment no")),
        Column("due_on", "Due date", "C", required=True, also=("due", "due on", "date")),
        Column("year", "Financial year", "D", required=True, also=("year", "fy")),
        Column("side", "Resource or capital", "E", required=True, also=("resource/capital", "budget kind", "capital or resource")),
        Column("amount", "Amount", "F", required=True, also=("payment", "pounds")),
    ),
)  # fmt: skip
PAYMENTS: Final = Rows(
    "Payments",
    5,
    (
        Column(
            "reference",
            "Award reference",
            "A",
            required=True,
            longest=100,
            also=("reference", "ref", "award", "award ref", "payment reference", "grant reference", "our reference", "our ref"),
        ),
        Column("paid_on", "Payment date", "B", required=True, also=("date", "date paid", "paid on", "value date", "payment run date")),
        Column("amount", "Amount", "C", required=True, also=("amount paid", "payment amount", "net amount", "gross amount", "value", "paid")),
        Column(
            "transaction",
            "Transaction number",
            "D",
            longest=100,
            also=("transaction no", "transaction ref", "transaction reference", "transaction", "transaction id", "document number", "document no",
                  "doc no", "voucher number", "voucher no", "payment number", "payment no", "payment id"),
        ),
        Column("instalment", "Instalment", "E", also=("instalment number", "instalment no")),
        Column("claim", "Claim period", "F", also=("return period", "claim", "period claimed")),
    ),
)  # fmt: skip
TABLES: Final = {RegisterKind.AWARDS: (AWARDS, INSTALMENTS), RegisterKind.PAYMENTS: (PAYMENTS,)}
"""The tables of each kind of file; the first must be there."""
MOST_ROWS: Final = 5_000
"""So many rows a table may have."""
