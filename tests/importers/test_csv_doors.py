"""A CSV over HTTP: what it cannot say comes from the address and the sender; it is kept and comes back as a workbook."""

import json
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests.database import looking
from tests.importers.making import Typed, as_csv
from tests.service import Service

PATH = "/awards/LI-OLDHAM-01/returns/2025-26-Q2"
LINES = [Typed(reference="R1", net="£1,234.50"), Typed(reference="R2", net="(34.50)")]


async def header(service: Service) -> dict[str, object]:
    async with looking(service.gate) as db:
        text = await db.fetchval("SELECT header::text FROM return_version ORDER BY id DESC LIMIT 1")
    return dict(json.loads(text))


@pytest.mark.parametrize(("form", "name"), [({"prepared_by": " A.  Preparer "}, "A. Preparer"), ({}, "Officer")])
async def test_a_csv_becomes_the_return_that_it_is_sent_to(due: Service, form: dict[str, str], name: str) -> None:
    file = {"workbook": ("ledger.csv", as_csv(LINES, delimiter=";", encoding="cp1252"))}
    answer = await due.ask("officer", "POST", PATH, files=file, data=form)
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert (view["total_pence"], view["state"]) == (120_000, "ready_to_certify")
    assert [version["line_count"] for version in view["versions"]] == [2]
    assert [problem["code"] for problem in view["problems"]] == ["forecast_not_sent"]
    kept = await header(due)
    assert (kept["award"], kept["period"]) == ("LI-OLDHAM-01", "2025-26-Q2")
    assert name.casefold() in str(kept["prepared_by"]).casefold()
    assert [notice["code"] for notice in kept["notices"]] == ["read_as_csv"]  # type: ignore[attr-defined]  # a list in JSON


async def test_its_problems_come_back_in_a_workbook_of_the_same_cells(due: Service) -> None:
    answer = await due.upload(as_csv([*LINES, Typed(net="lots", reference="R3")]))
    assert answer.status_code == 201, answer.text
    view = answer.json()
    assert next((one["code"], one["sheet"], one["cell"]) for one in view["problems"]) == ("not_money", "CSV", "G4")
    copy = await due.ask("officer", "GET", f"/returns/{view['id']}/annotated")
    sheet = load_workbook(BytesIO(copy.content))["CSV"]
    assert sheet["G4"].value == "lots"
    assert sheet["G4"].comment is not None


async def test_a_name_that_is_too_long_is_refused(due: Service) -> None:
    answer = await due.ask(
        "officer", "POST", PATH, files={"workbook": ("a.csv", as_csv(LINES))}, data={"prepared_by": "x" * 201}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "prepared_by"
