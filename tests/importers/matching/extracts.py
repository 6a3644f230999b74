"""Extracts in the manner of several finance systems, written from known lines."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from typing import Any

from openpyxl import Workbook

from grants.domain.awards import CostCategory
from grants.domain.matchings import CodeMeaning, MatchedKind
from importers.answer import Checked, CheckRequest, MatchRequest, NotAReturn, Refused
from importers.checking import check
from importers.limits import Limits
from importers.matching.reading import suggest_for
from importers.matching.suggestion import Suggestion
from tests.importers import files
from tests.importers.making import AWARD

Row = list[Any]


@dataclass(frozen=True)
class Line:
    """One transaction. `pence` is above zero for spend, below for a credit."""

    reference: str
    code: str
    description: str
    payee: str
    day: date
    pence: int


CODES = {"1001": "Salaries - basic pay", "2040": "Rail travel", "3310": "Office furniture"}
LINES = [
    Line("50001", "1001", "Investigators July", "Payroll", date(2025, 7, 31), 1_234_567),
    Line("50002", "1001", "Investigators August", "Payroll", date(2025, 8, 29), 1_200_000),
    Line("50003", "2040", "Rail fares to Leeds", "Northern Trains", date(2025, 8, 5), 8_640),
    Line("50004", "2040", "Rail fares refunded", "Northern Trains", date(2025, 8, 6), -4_320),
    Line("50005", "3310", "Desks", "Office Supplies Ltd", date(2025, 9, 14), 250_099),
    Line("50006", "1001", "Investigators September", "Payroll", date(2025, 9, 30), 1_200_000),
]
MEANINGS = {
    "1001": CodeMeaning(CostCategory.STAFF_PAY),
    "2040": CodeMeaning(CostCategory.TRAVEL),
    "3310": CodeMeaning(CostCategory.EQUIPMENT, MatchedKind.CAPITAL),
}


def pounds(pence: int) -> float:
    """As a spreadsheet stores it."""
    return pence / 100


def unit4(lines: Sequence[Line]) -> list[Row]:
    """Unit4 Business World: signed amounts, the code's name beside it, a subtotal for each account."""
    rows: list[Row] = [["General ledger transactions"], ["Client: OB  Period 202504 to 202506"], []]
    rows.append(["Account", "Account(T)", "TransNo", "TT", "Period", "Trans.date", "Text", "Ap/Ar ID(T)", "Amount"])
    for code in dict.fromkeys(line.code for line in lines):
        own = [line for line in lines if line.code == code]
        for one in own:
            name = CODES.get(code, "Other")
            text = [one.code, name, one.reference, "PI", "202505", one.day, one.description, one.payee]
            rows.append([*text, pounds(one.pence)])
        rows.append([f"{code} Total", *[""] * 7, pounds(sum(one.pence for one in own))])
    return [*rows, ["Grand total", *[""] * 7, pounds(sum(one.pence for one in lines))]]


def sap(lines: Sequence[Line]) -> list[Row]:
    """SAP FBL3N: dates with points, a minus behind the amount, rows of asterisks that add up."""
    rows: list[Row] = [
        [
            "G/L Account",
            "Document Number",
            "Doc. Type",
            "Posting Date",
            "Amount in local currency",
            "Text",
            "Vendor Name",
        ]
    ]
    for one in lines:
        amount = f"{abs(one.pence) / 100:,.2f}" + ("-" if one.pence < 0 else "")
        rows.append([one.code, one.reference, "KR", f"{one.day:%d.%m.%Y}", amount, one.description, one.payee])
    total = sum(one.pence for one in lines)
    return [*rows, ["*", "", "", "", f"{abs(total) / 100:,.2f}" + ("-" if total < 0 else ""), "", ""]]


def oracle(lines: Sequence[Line]) -> list[Row]:
    """Oracle General Ledger: two columns, both always filled in; blank rows between."""
    rows: list[Row] = [
        ["Natural Account", "Cost Centre", "GL Date", "Journal Line Description", "Vendor Name", "Invoice Number"]
    ]
    rows[0] += ["Accounted DR", "Accounted CR"]
    for one in lines:
        text = [one.code, "C100", f"{one.day:%d-%b-%Y}", one.description, one.payee, one.reference]
        rows += [[*text, pounds(max(one.pence, 0)), pounds(max(-one.pence, 0))], []]
    return rows


def sage(lines: Sequence[Line]) -> list[Row]:
    """Sage: debit and credit blank where there is none, and a balance brought forward and carried down."""
    rows: list[Row] = [
        ["Nominal activity"],
        ["N/C", "Date", "Ref", "Details", "Supplier", "Debit", "Credit", "Balance"],
    ]
    balance = 50_000
    rows.append(["", date(2025, 7, 1), "", "Opening balance", "", pounds(balance), "", pounds(balance)])
    for one in lines:
        balance += one.pence
        debit, credit = (pounds(one.pence), "") if one.pence >= 0 else ("", pounds(-one.pence))
        rows.append([one.code, one.day, one.reference, one.description, one.payee, debit, credit, pounds(balance)])
    return [*rows, ["", date(2025, 9, 30), "", "Closing balance", "", pounds(balance), "", pounds(balance)]]


def e5(lines: Sequence[Line]) -> list[Row]:
    """e5: an amount without a sign, and a mark of debit or credit beside it."""
    rows: list[Row] = [
        ["Trans Date", "Cost Centre", "Account Code", "Narrative", "Supplier Name", "Document Ref", "Value", "Dr/Cr"]
    ]
    for one in lines:
        text = [one.day, "CC9", int(one.code) if one.code.isdigit() else one.code, one.description, one.payee]
        rows.append([*text, one.reference, pounds(abs(one.pence)), "CR" if one.pence < 0 else "DR"])
    return rows


def integra(lines: Sequence[Line]) -> list[Row]:
    """Integra: the whole ledger negated, spend below zero; dates as 20250731."""
    rows: list[Row] = [["Ledger", "Detail Code", "Trans Date", "Trans Ref", "Narrative 1", "Creditor Name", "Amount"]]
    for one in lines:
        text = ["GL", one.code, f"{one.day:%Y%m%d}", one.reference, one.description, one.payee]
        rows.append([*text, pounds(-one.pence)])
    return [*rows, ["", "", "", "", "Total", "", pounds(-sum(one.pence for one in lines))]]


def xero(lines: Sequence[Line]) -> list[Row]:
    """Xero: credits below zero in a column of their own."""
    rows: list[Row] = [["Account Transactions"], ["Oldham Council"], ["From 1 July to 30 September 2025"], []]
    rows.append(["Date", "Contact", "Description", "Reference", "Debit", "Credit", "Gross", "Account Code", "Account"])
    for one in lines:
        debit, credit = (pounds(one.pence), "") if one.pence >= 0 else ("", pounds(one.pence))
        text = [f"{one.day:%d %b %Y}", one.payee, one.description, one.reference]
        rows.append([*text, debit, credit, pounds(one.pence), one.code, CODES.get(one.code, "Other")])
    return rows


def sage_audit(lines: Sequence[Line]) -> list[Row]:
    """Sage's audit trail: net amounts without a sign, beside the type of each transaction; payments to suppliers among them."""
    rows: list[Row] = [["Audit Trail (Detailed)"], [], ["Type", "A/C", "Name", "N/C", "Details", "Date", "Ref", "Net"]]
    rows[-1] += ["Tax", "T/C"]
    kinds = {True: ("PI", "BP", "JD", "CP"), False: ("PC", "BR", "JC", "CR")}
    for number, one in enumerate(lines):
        kind = kinds[one.pence >= 0][number % 4]
        text = [kind, "S001", one.payee, one.code, one.description, one.day, one.reference]
        rows.append([*text, pounds(abs(one.pence)), pounds(0), "T9"])
    return rows


SYSTEMS: dict[str, Callable[[Sequence[Line]], list[Row]]] = {
    one.__name__: one for one in (unit4, sap, oracle, sage, sage_audit, e5, integra, xero)
}


def as_csv(rows: Sequence[Row], delimiter: str = ",") -> bytes:
    """The rows as text; a date is written day first."""
    out = StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(
        [
            f"{cell:%d/%m/%Y}" if isinstance(cell, date) else f"{cell:.2f}" if isinstance(cell, float) else cell
            for cell in row
        ]
        for row in rows
    )
    return out.getvalue().encode()


def as_xlsx(rows: Sequence[Row], sheet: str = "Extract") -> bytes:
    """The rows on one sheet."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = sheet
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row, start=1):
            if cell != "":
                page.cell(number, column).value = cell
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def as_ods(rows: Sequence[Row]) -> bytes:
    """The rows on one sheet of an ODS; dates and amounts as LibreOffice stores them."""
    return files.ods({"Extract": [files.ods_row(*map(files.ods_cell, row)) for row in rows]})


FORMATS: dict[str, Callable[[Sequence[Row]], bytes]] = {"csv": as_csv, "xlsx": as_xlsx}


def suggested(data: bytes, context: Any = AWARD) -> Suggestion:
    """What is suggested for a file."""
    return suggest_for(MatchRequest(data, context), Limits())


def unsuggested(data: bytes) -> Refused:
    """Why nothing is suggested for a file."""
    try:
        suggest_for(MatchRequest(data), Limits())
    except NotAReturn as answer:
        return answer.refused
    raise AssertionError("something was suggested")


def read_by(data: bytes, matching: Any, context: Any = AWARD) -> Checked:
    """The return that a file is by a matching."""
    answer = check(CheckRequest(data, context=context, matching=matching), Limits())
    assert isinstance(answer, Checked), answer
    return answer
