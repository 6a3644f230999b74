"""A return of Oldham's as its finance officer fills it in: first with three faults and a warning, then corrected; and awards for it."""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import httpx
from openpyxl import load_workbook

from tests.patience import SECONDS, wait_until
from tests.readme import typed_into

_TYPED: Final = """| sheet | cells | type |
| --- | --- | --- |
| Return | B12 | A. Preparer |
| Return | B14:B16 | Yes |
| Spend | A6:G6 | {award}/1 · Staff pay · Inquiry team, a month · Payroll · 31/{month}/2025 · Resource · £12,500.00 |
| Spend | A7:G7 | {award}/2 · Premises · Room hire · Town Hall Ltd · 32/{month}/2025 · Resource · 840 |
| Spend | A8:G8 | {award}/3 · ICT · Transcription · (nothing) · 12/{month}/2025 · Resource · twelve |
| Spend | A9:G9 | {award}/4 · ICT · Media campaigns: the notice of a hearing · Town Hall Ltd · 14/{month}/2025 · Resource · 30 |
"""
_CORRECTED: Final = """| sheet | cells | type |
| --- | --- | --- |
| Spend | E7 | 30/{month}/2025 |
| Spend | D8 | Scribes Ltd |
| Spend | G8 | 12 |
"""
_MONTHS: Final = {"2025-26-Q2": "07", "2025-26-Q3": "10"}
FAULTS: Final = {
    "Spend!E7": ("32/{month}/2025", "The date must be a real date, like 31/03/2026"),
    "Spend!D8": ("Nothing", "Enter the payee"),
    "Spend!G8": ("twelve", "The net amount must be an amount of money, like 1234.50"),
}
"""By cell what was typed, and what the service must say."""
TOTAL: Final = "£13,382"
CELL: Final = "Spend!G8"
"""The cell of the line of 12 pounds."""


def filled(template: bytes, period: str) -> bytes:
    """The template with three faults and a warning in it."""
    award = str(load_workbook(BytesIO(template))["Return"]["B4"].value)
    book = load_workbook(BytesIO(typed_into(template, _TYPED.format(month=_MONTHS[period], award=award))))
    headings = {str(cell.value): cell.column or 0 for cell in book["Forecast"][5]}
    for row in range(6, 12):
        for heading, column in headings.items():
            if heading.startswith("Forecast for "):
                book["Forecast"].cell(row, column).value = 0
            elif heading == "Reason for the variance":
                book["Forecast"].cell(row, column).value = "The inquiry ends early"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def corrected(annotated: bytes, period: str) -> bytes:
    """The workbook that came back, with its three faults put right."""
    return typed_into(annotated, _CORRECTED.format(month=_MONTHS[period]))


def typed_wrongly(cell: str, period: str) -> tuple[str, str]:
    """What stands in the cell, and what is to be said of it."""
    value, message = FAULTS[cell]
    return value.format(month=_MONTHS[period]), message


def cells_marked(annotated: bytes) -> set[str]:
    """Where the workbook that came back has notes."""
    book = load_workbook(BytesIO(annotated))
    return {f"{sheet.title}!{cell.coordinate}" for sheet in book for row in sheet for cell in row if cell.comment}


@dataclass(frozen=True)
class Served:
    """The service under test: its address, and the log that has a token of each example person."""

    address: str
    log: Path

    def api(self, email: str) -> httpx.Client:
        """The API, as an example person."""
        found = wait_until(lambda: re.search(rf" {email}\S* +(\S+)", self.log.read_text()), "a token is printed")
        headers = {"Authorization": f"Bearer {found[1]}"}
        return httpx.Client(base_url=f"{self.address}/api/v1", headers=headers, timeout=SECONDS)

    def award_to_oldham(self, reference: str) -> None:
        """Another award like LI-OLDHAM-01, with a return due for each quarter: a journey's own."""
        with self.api("lead@") as lead, self.api("approver@") as approver:
            like = _done(lead.get("/awards/LI-OLDHAM-01"))
            named = {name: like[name] for name in ("funding_line", "recipient_id", "terms")}
            for part in (*like["terms"]["budget"], *like["terms"]["profile"]):
                part["pence"] //= 10  # so that the line has enough for every journey
            reason = "Another inquiry (example)"
            made = _done(lead.post("/awards", json={**named, "reference": reference, "reason": reason}))
            _done(approver.post(f"/decisions/{made['id']}/approve", json={"reason": "Agreed (example)"}))
            for state in ("due_diligence", "offered", "agreed", "active"):
                _done(lead.post(f"/awards/{reference}/state", json={"state": state, "reason": reason}))

    def return_of(self, award: str, period: str) -> Any:
        """A return as the API gives it to its finance officer."""
        with self.api("finance.oldham@") as officer:
            found = _done(officer.get("/returns", params={"award": award}))["items"]
            [one] = [one for one in found if (one["award"], one["period"]) == (award, period)]
            return _done(officer.get(f"/returns/{one['id']}"))


def _done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()
