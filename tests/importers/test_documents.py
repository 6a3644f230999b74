"""Milestones, assets and declarations over HTTP: kept with their version, shown, and there in the next template."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.importers.making import FIRST
from tests.service import Service

TERMS: dict[str, Any] = {
    "milestones": [{"title": "Hearings begin", "baseline": "2025-09-15"}],
    "evidence_from_pence": 100_000,
    "budget": [
        {"year": "2025-26", "category": "staff_pay", "pence": 12_000_000},
        {"year": "2025-26", "category": "training", "pence": 8_000_000},
    ],
}


@pytest.fixture
async def due(service: Service) -> Service:
    """The service with two returns that are due, for an award that asks for more."""
    await service.award(**TERMS)
    await service.open_round()
    await service.open_round("2025-26-Q3")
    return service


async def template(service: Service, period: str) -> Workbook:
    """The template of a period, as anybody may fill it in."""
    answer = await service.ask("officer", "GET", f"/awards/LI-OLDHAM-01/returns/{period}/template")
    assert answer.status_code == 200
    return load_workbook(BytesIO(answer.content))


def fill(book: Workbook, *, milestone: dict[str, Any], evidence: str | None = "EV-1", asset: bool = True) -> bytes:
    """The template filled in: one line, forecasts, the milestone's cells, and an asset."""
    for place, said in {"B12": "A. Preparer", "B14": "Yes", "B15": "Yes", "B16": "No"}.items():
        book["Return"][place] = said
    line = ("INV-1", "Staff pay", "Inquiry team", "Payroll", date(2025, 7, 31), "Resource", 1000, None, None, evidence)
    for column, typed in enumerate(line, start=1):
        book["Spend"].cell(FIRST, column, typed)
    outlook = book["Forecast"]
    for row in (FIRST, FIRST + 1):
        for column in range(7, outlook.max_column - 2):
            outlook.cell(row, column, 100)
        outlook.cell(row, outlook.max_column, "It began late")
    for place, told in milestone.items():
        book["Milestones"][place] = told
    if asset:
        bought: tuple[Any, ...] = ("C-1", "A projector", date(2025, 8, 1), 800, "Town hall", "S1")
        for number, part in enumerate(bought, start=1):
            book["Assets"].cell(FIRST, number).value = part
    out = BytesIO()
    book.save(out)
    return out.getvalue()


async def accepted(service: Service) -> Any:
    """A return that tells of a milestone and an asset, brought to its end."""
    sent = fill(
        await template(service, "2025-26-Q2"),
        milestone={"C6": date(2026, 1, 12), "E6": "Amber", "F6": "A witness is ill"},
    )
    found = (await service.upload(sent)).json()
    assert [(problem["code"], problem["cell"]) for problem in found["problems"]] == [
        ("declared_no_records_kept", "B16")
    ]
    path = f"/returns/{found['id']}"
    await service.post("officer", f"{path}/explanations", {"reasons": [{"problem": 1, "reason": "Those of May burnt"}]})
    await service.post(
        "certifier", f"{path}/certify", {"name": "A. Treasurer", "role": "Treasurer", "declaration": True}
    )
    return await service.post("lead", f"{path}/accept", {"version": 1})


async def test_what_was_told_is_shown_to_who_may_see_the_return(due: Service) -> None:
    found = await accepted(due)
    for who in ("officer", "lead", "auditor"):
        seen = await due.get(who, f"/returns/{found['id']}")
        assert seen["basis"] == "Accruals"
        assert seen["milestones"] == [
            {
                "title": "Hearings begin", "baseline": "2025-09-15", "forecast": "2026-01-12", "actual": None,
                "rag": "amber", "comment": "A witness is ill", "cell": "C6",
            }
        ]  # fmt: skip
        assert [(one["description"], one["pence"], one["cell"]) for one in seen["assets"]] == [
            ("A projector", 80_000, "D6")
        ]
        assert [one["answer"] for one in seen["declarations"]] == [True, True, False]
        assert seen["declarations"][0]["statement"].startswith("No other government grant")
    await due.get("foreign_officer", f"/returns/{found['id']}", 404)


async def test_the_next_template_goes_on_from_what_was_accepted(due: Service) -> None:
    empty = await template(due, "2025-26-Q3")
    assert [empty["Milestones"][cell].value for cell in ("A6", "C6")] == ["Hearings begin", None]
    assert empty["Assets"]["B6"].value is None
    await accepted(due)
    book = await template(due, "2025-26-Q3")
    assert [book["Milestones"][cell].value for cell in ("A6", "E6", "F6")] == ["Hearings begin", None, None]
    assert f"{book['Milestones']['C6'].value:%Y-%m-%d}" == "2026-01-12"
    assert [book["Assets"][cell].value for cell in ("A6", "B6", "D6", "E6")] == ["C-1", "A projector", 800, "Town hall"]
    assert (await template(due, "2025-26-Q2"))["Assets"]["B6"].value is None, "a return is not prefilled with itself"


async def test_a_return_without_its_milestone_or_evidence_is_not_taken(due: Service) -> None:
    sent = fill(await template(due, "2025-26-Q2"), milestone={"C6": date(2025, 10, 1)}, evidence=None)
    found = (await due.upload(sent)).json()
    assert found["state"] == "has_problems"
    assert [(problem["code"], problem["cell"]) for problem in found["problems"]] == [
        ("evidence_missing", "J6"),
        ("forecast_in_past", "C6"),
        ("blank", "E6"),
        ("declared_no_records_kept", "B16"),
    ]
    assert (found["milestones"], found["assets"], found["declarations"]) == ([], [], [])


async def test_terms_that_name_a_milestone_twice_are_refused(service: Service) -> None:
    twice = [{"title": title, "baseline": "2025-09-15"} for title in ("Report", " report ")]
    body = {
        "reason": "Needed", "reference": "LI-OLDHAM-02", "funding_line": "LOCAL-INQUIRIES", "recipient_id": "GB-LAE-OLD",
        "terms": {"purpose": "P", "start": "2025-04-01", "end": "2026-03-31", **TERMS, "milestones": twice},
    }  # fmt: skip
    answer = await service.post("lead", "/awards", body, 422)
    assert answer["code"] == "milestone_repeated"
