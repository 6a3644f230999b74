"""The words of finance systems: what their headings, their marks and their totals are called, and what codes are for."""

import re
from collections.abc import Mapping
from typing import Final

from grants.domain.awards import CostCategory
from grants.domain.matchings import Field
from importers.cells import Cell
from importers.layouts import CURRENT, heading_key
from importers.totals import says_total

_OWN: Final = {column.key: (column.heading, *column.also) for column in CURRENT.spend}

# The likeliest name of a column first. Systems: Unit4 Business World (Agresso), SAP, Oracle, Sage, Xero, e5, Integra, CIPFA.
_NAMES: Final[dict[Field, str]] = {
    Field.SPENT_ON: "transaction date|trans date|transdate|posting date|posted date|date posted|gl date|accounting date|journal date"
    "|effective date|ledger date|document date|doc date|invoice date|inv date|payment date|date paid|paid date|voucher date"
    "|value date|tax point|date",
    Field.DEBIT: "debit|debits|dr|debit amount|dr amount|amount dr|accounted dr|entered dr|accounted debit|debit (source)",
    Field.CREDIT: "credit|credits|cr|credit amount|cr amount|amount cr|accounted cr|entered cr|accounted credit|credit (source)",
    Field.NET: "net amount|net|net value|amount net|amount excl vat|amount ex vat|amount in local currency|amount in lc"
    "|amount in company code currency|base amount|accounted amount|transaction amount|trans amount|posted amount|line amount"
    "|ledger amount|functional amount|value|transaction value|actual|actuals|amount|amt|cost|spend|total amount",
    Field.MARKER: "dr/cr|d/c|debit/credit|dr cr|dc|c/d|cr/dr|debit/credit ind|debit/credit indicator|d/c indicator|s/h|sign"
    "|debit or credit|dr or cr|dc flag|type|tt|trans type|transaction type|tran type",
    Field.VAT: "irrecoverable vat|vat (irrecoverable)|unrecoverable vat|non recoverable vat|irrecoverable tax",
    Field.BUDGET_KIND: "|".join(_OWN["budget_kind"]),
    Field.ACCRUAL: "|".join(_OWN["accrual"]),
    Field.CODE: "nominal code|nominal|gl code|g/l account|gl account|account code|ledger code|subjective|subjective code|detail code"
    "|expense code|cost element|natural account|object code|n/c|nc|nominal a/c|a/c|account no|account number|account|analysis code"
    "|expenditure code|cost code|code|" + "|".join(_OWN["category"]),
    Field.PAYEE: "supplier name|vendor name|payee name|supplier|vendor|creditor name|creditor|payee|paid to|ap/ar id(t)|beneficiary"
    "|counterparty|contact|contact name|merchant|offsetting account name|name|third party|supplier/customer|customer/supplier",
    Field.DESCRIPTION: "narrative|line description|transaction description|journal line description|trans description|item text"
    "|description|details|text|line narrative|narrative 1|narrative1|particulars|memo|detail|long description|comment|comments"
    "|header text|journal description",
    Field.REFERENCE: "transaction number|transaction no|transaction id|trans no|transno|trans id|tran no|transaction reference"
    "|transaction ref|trans ref|document number|document no|doc number|doc no|doc id|voucher number|voucher no|voucher"
    "|journal number|journal no|jnl no|journal id|journal|entry no|gl reference|reference number|reference no|reference|ref no"
    "|ref|our ref|unique reference|document|doc ref|document ref|invoice number|invoice no|inv no|invoice|batch no|no",
    Field.EVIDENCE: "evidence reference|evidence|evidence ref|invoice number|invoice no|inv no|external reference|ext ref"
    "|extinv ref|your ref|supplier reference|attachment",
}
NAMES: Final[Mapping[Field, tuple[str, ...]]] = {
    field: tuple(dict.fromkeys(heading_key(name) for name in names.split("|"))) for field, names in _NAMES.items()
}
"""Headings by field, as `heading_key` gives them, the likeliest first."""

NOT_SPEND: Final = re.compile(
    r".*\b(?:balance|bal|budget|gross|vat|tax|quantity|qty|rate|committed|commitment|variance|forecast|cumulative|ytd)\b.*"
)
"""Columns of amounts that are not what was spent net."""
VAT: Final = re.compile(r".*\b(?:vat|tax)(?: amount| value)?")
GROSS: Final = re.compile(r"gross\b.*|(?:total|amount|value) (?:inc|incl|including)\b.*")
CODE_NAMES: Final = frozenset(
    map(
        heading_key,
        [
            "account(t)",
            "account description",
            "account name",
            "account title",
            "nominal name",
            "nominal description",
            "code description",
            "gl description",
            "gl account description",
            "subjective description",
            "detail code description",
            "cost element name",
            "cost element description",
            "g/l account name",
            "g/l account long text",
            "nominal code description",
            "ledger description",
            "description of account",
            "code name",
            "account long name",
            "expense type",
        ],
    )
)
"""Columns that say in words what the code beside them is."""


def own_names(key: str) -> frozenset[str]:
    """What a column of the template is called, as `heading_key` gives it."""
    return frozenset(map(heading_key, _OWN[key]))


_DEBITS: Final = frozenset({"dr", "d", "debit", "debits", "dr.", "s", "+", "db", "soll"})
_CREDITS: Final = frozenset({"cr", "c", "credit", "credits", "cr.", "h", "-", "haben"})


# Sage's audit trail has amounts without a sign, and types: purchase invoice and credit, payments and receipts by bank, cash and
# card, sales credit and invoice, journals. What pays an invoice (PP, SR) is no spend, and has no side here.
_DEBIT_TYPES: Final = frozenset({"pi", "bp", "cp", "vp", "sc", "jd"})
_CREDIT_TYPES: Final = frozenset({"pc", "br", "vr", "si", "jc"})


def side_of(cell: Cell) -> int:
    """1 for a mark that says debit, -1 for one that says credit, 0 for anything else. SAP says S and H, Sage PI and PC."""
    if not isinstance(cell, str):
        return 0
    word = cell.strip().casefold()
    return 1 if word in _DEBITS or word in _DEBIT_TYPES else -1 if word in _CREDITS or word in _CREDIT_TYPES else 0


def is_type(cell: Cell) -> bool:
    """Whether a mark is a type of transaction: where amounts have signs of their own, it says no more than they do."""
    return isinstance(cell, str) and cell.strip().casefold() in _DEBIT_TYPES | _CREDIT_TYPES


_BALANCE: Final = re.compile(
    r"(?:(?:opening|closing|starting|ending) (?:balance|bal)|balance (?:brought|carried) (?:forward|down)|(?:brought|carried) forward"
    r"|(?:balance |bal )?[bc]/f(?:wd)?|(?:balance |bal )?[bc]/d)[ :.-]*(?:(?:as )?(?:at|on|for|from)\b.{0,30}|\d[\d/ .-]{0,20})?",
    re.IGNORECASE,
)
_OF_BALANCES: Final = ("bal", "forward", "/f", "/d")
"""One of these stands in each of them: most texts need no closer look."""
_SUM: Final = re.compile(r"\*{1,5}|(?:net|total|period) movement\b.{0,40}|.{0,40}\bnet movement", re.IGNORECASE)


def says_balance(cell: Cell) -> bool:
    """Whether a text is the name of a balance that is carried over."""
    if not isinstance(cell, str) or len(cell) >= 100:
        return False
    return any(sign in cell.casefold() for sign in _OF_BALANCES) and bool(_BALANCE.fullmatch(cell.strip()))


def says_sum(cell: Cell) -> bool:
    """Whether a text calls itself a total, in the manner of ledgers too."""
    return says_total(cell) or (isinstance(cell, str) and len(cell) < 100 and bool(_SUM.fullmatch(cell.strip())))


_PURPOSES: Final[tuple[tuple[CostCategory, str], ...]] = (
    (CostCategory.AUDIT_FEE, r"audit(?:ors?)?(?: and accountancy)? fees?|external audit"),
    (CostCategory.OVERTIME, r"overtime"),
    (
        CostCategory.ON_COSTS,
        r"on[ -]?costs?|national insurance|employers?'? (?:ni|nic|contributions?|pensions?)|pensions?|superannuation|ni|nic|ers ni"
        r"|apprenticeship levy",
    ),
    (CostCategory.AGENCY, r"agency|consult\w+|contractors?|interims?|temporary staff|professional fees"),
    (CostCategory.TRAINING, r"training|courses?|conferences?|seminars?|learning"),
    (CostCategory.STAFF_PAY, r"salar\w+|wages|basic pay|pay|payroll|staff costs?|gross pay"),
    (
        CostCategory.TRAVEL,
        r"travel\w*|mileage|rail|trains?|hotels?|subsistence|accommodation|taxis?|parking|car allowances?|flights?",
    ),
    (CostCategory.VICTIM_SUPPORT, r"victims?|survivors?|counselling|therap\w+|isvas?|support services"),
    (
        CostCategory.ICT,
        r"ict|software|licen[cs]es?|laptops?|computers?|computing|hardware|telephon\w+|mobiles?|data lines?|it",
    ),
    (
        CostCategory.PREMISES,
        r"premises|rents?|room hire|venues?|utilities|electricity|gas|business rates|cleaning|buildings?|office hire",
    ),
    (CostCategory.CAPITAL, r"capital\w*|vehicles? purchased?|building works|construction"),
    (CostCategory.EQUIPMENT, r"equipment|furniture|tools|vehicles?"),
    (CostCategory.THIRD_PARTY, r"third[ -]part(?:y|ies)|grants? to|contributions? to|voluntary sector|partners?"),
    (
        CostCategory.OVERHEADS,
        r"overheads?|recharges?|central support|stationery|postage|printing|support service charges?|insurance",
    ),
)
_PURPOSE_WORDS: Final = tuple(
    (category, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for category, words in _PURPOSES
)


def purpose_of(text: str) -> CostCategory | None:
    """The cost category whose words a text has; None where it has those of none, or of two that are not one in the other."""
    found = {category for category, words in _PURPOSE_WORDS if words.search(text[:300])}
    if len(found) > 1:
        found -= {CostCategory.STAFF_PAY, CostCategory.OVERHEADS}  # "agency staff costs", "software recharge"
    return found.pop() if len(found) == 1 else None
