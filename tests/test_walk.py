"""The walk: a recipient's workbook from its upload to a figure in a scheduled report, and back to its cell."""

import hashlib
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from openpyxl import load_workbook

from grants.actions.people import OPERATOR
from grants.actions.recipients import load_recipients
from tests.database import Database
from tests.grants.actions.cast import load, opened
from tests.patience import SECONDS, wait_until
from tests.server import serving
from tests.service import API, OLDHAM, TERMS, people

AWARD, PERIOD = "LI-OLDHAM-01", "2025-26-Q2"


class People:
    """What each person asks of the running service."""

    def __init__(self, address: str, tokens: dict[str, str]) -> None:
        self.http = httpx.Client(base_url=address + API, timeout=SECONDS)
        self.tokens = tokens

    def ask(self, who: str, method: str, path: str, status: int, **more: Any) -> httpx.Response:
        """A request as somebody, and a look at its status."""
        answer = self.http.request(method, path, headers={"Authorization": f"Bearer {self.tokens[who]}"}, **more)
        assert answer.status_code == status, answer.text
        return answer

    def post(self, who: str, path: str, status: int, body: Any = None) -> Any:
        """What a POST answers."""
        return self.ask(who, "POST", path, status, json=body or {}).json()

    def get(self, who: str, path: str) -> Any:
        """What a GET answers."""
        return self.ask(who, "GET", path, 200).json()

    def upload(self, workbook: bytes) -> Any:
        """The finance officer's upload."""
        files = {"workbook": ("oldham.xlsx", workbook)}
        return self.ask("officer", "POST", f"/awards/{AWARD}/returns/{PERIOD}", 201, files=files).json()


def _fill_in(template: bytes, amounts: list[Any]) -> bytes:
    """The template as a person fills it in: lines below the headings, and a forecast for each quarter that is left."""
    book = load_workbook(BytesIO(template))
    book["Return"]["B12"] = "A. Preparer"
    for cell in ("B14", "B15", "B16"):
        book["Return"][cell] = "Yes"
    spend = book["Spend"]
    heading = next(row for row in range(1, 20) if str(spend.cell(row, 7).value).startswith("Net amount"))
    for offset, amount in enumerate(amounts, start=1):
        category = "Staff pay" if offset == 1 else "Training"
        line = [
            f"INV-{offset}",
            category,
            "Inquiry team",
            "Payroll",
            "31/07/2025",
            "Resource",
            amount,
            None,
            "No",
            "EV-1",
        ]
        for column, value in enumerate(line, start=1):
            spend.cell(heading + offset, column, value)
    forecast = book["Forecast"]
    first = next(row for row in range(1, 20) if forecast.cell(row, 1).value == "Cost category") + 1
    headings = {forecast.cell(first - 1, column).value: column for column in range(1, forecast.max_column + 1)}
    for row in (first, first + 1):
        for heading_text, column in headings.items():
            if str(heading_text).startswith("Forecast for"):
                forecast.cell(row, column, 20000)
            elif heading_text == "Reason for the variance":
                forecast.cell(row, column, "The inquiry began in July")
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _award(people: People) -> None:
    body = {"reference": AWARD, "funding_line": "LOCAL-INQUIRIES", "recipient_id": OLDHAM, "terms": TERMS}
    proposed = people.post("lead", "/awards", 201, {**body, "reason": "Assessed"})
    people.post("approver", f"/decisions/{proposed['id']}/approve", 200, {"reason": "Agreed"})
    for state in ("due_diligence", "offered", "agreed", "active"):
        people.post("lead", f"/awards/{AWARD}/state", 200, {"state": state, "reason": "Next"})
    people.post("lead", "/collection-rounds", 201, {"programme": "ACTION-PLAN", "period": PERIOD})
    wait_until(lambda: people.get("officer", f"/returns?award={AWARD}")["items"], "the round opens by itself")


def _returned(people: People) -> tuple[Any, bytes]:
    """The template filled in wrong, told where, filled in right, uploaded, certified and accepted by three people."""
    template = people.ask("officer", "GET", f"/awards/{AWARD}/returns/{PERIOD}/template", 200).content
    wrong = people.upload(_fill_in(template, ["£1,234.10", "twelve"]))
    assert wrong["state"] == "has_problems"
    [problem] = [found for found in wrong["problems"] if found["severity"] == "error"]
    assert (problem["sheet"], problem["cell"], problem["value"]) == ("Spend", "G7", "twelve")
    right = _fill_in(template, ["£1,234.10", 765.9])
    found = people.upload(right)
    assert (found["state"], found["version"], found["total_pence"]) == ("ready_to_certify", 2, 200_000)
    certificate = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}
    people.post("certifier", f"/returns/{found['id']}/certify", 200, certificate)
    accepted = people.post("lead", f"/returns/{found['id']}/accept", 200, {"message": "Agreed"})
    assert accepted["state"] == "accepted"
    return accepted, right


def _scheduled(people: People, report: str) -> Any:
    """The run of a new schedule for the quarter, made by the service itself."""
    rule = {"every": "quarter", "working_day": 3, "hour": 9}
    new = {"report": report, "title": f"{report}, each quarter", "rule": rule, "starts_on": "2025-10-01"}
    schedule = people.post("auditor", "/report-schedules", 201, new)

    def made() -> list[Any]:
        runs = people.get("auditor", "/report-runs?limit=200")["items"]
        return [
            run for run in runs if (run["schedule_id"], run["period"], run["state"]) == (schedule["id"], PERIOD, "done")
        ]

    return wait_until(made, f"the report {report} is made")[0]


def _rows(workbook: bytes, sheet: str) -> list[dict[str, Any]]:
    """A report's table as dictionaries, found by its row of headings."""
    rows = list(load_workbook(BytesIO(workbook))[sheet].iter_rows(values_only=True))
    start = next((number for number, row in enumerate(rows) if row[0] in ("Programme", "Funding line", "Award")), None)
    assert start is not None, rows[:8]
    headings = [str(heading).split(" [note")[0] for heading in rows[start]]
    return [dict(zip(headings, row, strict=True)) for row in rows[start + 1 :]]


async def test_the_walk(fresh_database: Database, tmp_path: Path) -> None:
    async with opened(fresh_database) as gate:
        await load(gate)
        async with gate.deed(OPERATOR) as tx:
            await load_recipients(tx)
        tokens = await people(gate)
    environment = {"TALLYSTICK_DATABASE_URL": fresh_database.service_dsn, "TALLYSTICK_WAKE_SECONDS": "1"}
    with ExitStack() as stack:
        address = stack.enter_context(serving(tmp_path, **environment))
        walk = People(address, tokens)
        stack.enter_context(walk.http)
        _award(walk)
        accepted, uploaded = _returned(walk)
        run = _scheduled(walk, "spend-transactions")
        report = walk.ask("auditor", "GET", f"/report-runs/{run['id']}/files/xlsx", 200).content
        [kept] = [file for file in run["files"] if file["format"] == "xlsx"]
        assert hashlib.sha256(report).hexdigest() == kept["sha256"]
        [line, _] = [row for row in _rows(report, "Transactions") if str(row["Reference"] or "").startswith("INV")]
        assert (line["Amount"], line["Sheet"], line["Cell"]) == (1234.1, "Spend", "G6")
        assert line["Workbook's SHA-256"] == hashlib.sha256(uploaded).hexdigest()
        traced = walk.get("auditor", f"/figures/{line['Figure']}/trace")
        assert _cells(traced) == {("Spend", "G6", 123_410)}
        workbook = walk.ask("auditor", "GET", f"/returns/{accepted['id']}/workbook", 200).content
        assert workbook == uploaded
        assert load_workbook(BytesIO(workbook))["Spend"]["G6"].value == "£1,234.10"
        _walk_back_from_the_position(walk, accepted)
    said = (tmp_path / "serve.log").read_text()
    assert "Traceback" not in said
    assert "Payroll" not in said
    assert "1,234" not in said


def _cells(traced: Any) -> set[tuple[str, str, int]]:
    """Every cell that a trace names, with its pence."""
    if isinstance(traced, dict):
        here = (
            {(traced["sheet"], traced["cell"], traced["pence"])}
            if {"sheet", "cell", "pence"} <= traced.keys()
            else set()
        )
        return here.union(*(_cells(value) for value in traced.values()))
    return set().union(*(_cells(value) for value in traced)) if isinstance(traced, list) else set()


def _walk_back_from_the_position(walk: People, accepted: Any) -> None:
    """The quarter's position shows the spend; its figure leads to both cells; the tracker shows the return."""
    run = _scheduled(walk, "allocation-position")
    position = walk.ask("auditor", "GET", f"/report-runs/{run['id']}/files/xlsx", 200).content
    book = load_workbook(BytesIO(position))
    assert 2000 in {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    figure = f"spent:LOCAL-INQUIRIES:2025-26:rdel_programme@{run['entry_no']}"
    traced = walk.get("auditor", f"/figures/{figure}/trace")
    assert _cells(traced) == {("Spend", "G6", 123_410), ("Spend", "G7", 76_590)}
    tracker = _scheduled(walk, "returns-tracker")
    [row] = [
        row
        for row in _rows(walk.ask("auditor", "GET", f"/report-runs/{tracker['id']}/files/xlsx", 200).content, "Returns")
        if row.get("Award") == accepted["award"]
    ]
    assert "Accepted" in row.values()
