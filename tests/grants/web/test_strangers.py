"""Strangers at the doors of money: nothing of another programme or organisation can be learnt, and nobody serves their own."""

from typing import Any

import pytest

from grants.actions.people import OPERATOR, add_person
from grants.actions.tokens import create_token
from grants.domain.access import Role
from tests.service import OLDHAM, Service

PROFILE = [{"number": 1, "due_on": "2025-07-01", "year": "2025-26", "pence": 20_000_000}]
PAY: dict[str, Any] = {"year": "2025-26", "paid_on": "2025-07-02", "reason": "Due"}
TERMS: dict[str, Any] = {
    "purpose": "A local inquiry",
    "start": "2025-04-01",
    "end": "2026-03-31",
    "budget": [{"year": "2025-26", "category": "staff_pay", "pence": 1}],
}


async def _join(service: Service, name: str, *roles: tuple[Role, list[str] | None]) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, f"{name}@example.org", name, list(roles))
        service.tokens[name] = await create_token(tx, f"{name}@example.org", 300)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/awards/{}/payments", {**PAY, "pence": 20_000_001, "instalment": 1}),
        ("/awards/{}/payments", {**PAY, "pence": 1, "instalment": 2}),
        ("/awards/{}/payments", {**PAY, "pence": 1, "claim": "2025-26-Q1"}),
        ("/awards/{}/recoveries", {"pence": 1, "recovered_on": "2099-01-01", "reason": "r"}),
        ("/awards/{}/variations", {"terms": {**TERMS, "end": "2024-01-01"}, "reason": "r"}),
        ("/awards/{}/reviews", {"year": "2030-31", "outcome": "continue", "reason": "r"}),
    ],
)
async def test_a_lead_of_another_programme_learns_nothing_of_an_award(
    service: Service, path: str, body: dict[str, Any]
) -> None:
    await service.award(payment_basis="advance", profile=PROFILE)
    answers = [
        await service.post("wider_lead", path.format(award), body, 404) for award in ("LI-OLDHAM-01", "LI-NOBODY-01")
    ]
    for answer in answers:
        del answer["instance"], answer["request_id"]
    assert answers[0] == answers[1]


async def test_a_lead_of_another_programme_learns_nothing_of_entries_and_references(service: Service) -> None:
    await service.award()
    body = {"reference": "LI-OLDHAM-01", "funding_line": "LOCAL-INQUIRIES", "recipient_id": OLDHAM, "terms": TERMS}
    await service.post("wider_lead", "/awards", {**body, "reason": "r"}, 404)
    entry = (await service.get("lead", "/funding-lines/LOCAL-INQUIRIES/entries"))["items"][-1]
    assert entry["kind"] == "award"
    await service.post("wider_lead", f"/entries/{entry['number']}/reversal", {"reason": "r"}, 404)


async def test_a_virement_wants_an_approver_of_both_programmes(service: Service) -> None:
    for name, programmes in (("near", ["ACTION-PLAN"]), ("far", ["WIDER-CSA"]), ("both", ["ACTION-PLAN", "WIDER-CSA"])):
        await _join(service, name, (Role.APPROVER, programmes))
    body = {"from_line": "LOCAL-INQUIRIES", "to_line": "CAID", "year": "2025-26", "pence": 100, "reason": "r"}
    proposed = await service.post("lead", "/virements", body, 201)
    door = f"/decisions/{proposed['id']}/approve"
    assert (await service.post("near", door, {"reason": "r"}, 403))["code"] == "not_allowed"
    await service.post("far", door, {"reason": "r"}, 404)
    await service.post("both", door, {"reason": "r"}, 200)


async def test_nobody_decides_over_money_of_an_organisation_that_they_belong_to(service: Service) -> None:
    await _join(service, "insider", (Role.APPROVER, None), (Role.CERTIFIER, [OLDHAM]))
    body = {"reference": "LI-OLDHAM-01", "funding_line": "LOCAL-INQUIRIES", "recipient_id": OLDHAM, "terms": TERMS}
    proposed = await service.post("lead", "/awards", {**body, "reason": "r"}, 201)
    door = f"/decisions/{proposed['id']}/approve"
    assert (await service.post("insider", door, {"reason": "r"}, 403))["code"] == "own_organisation"
    await service.post("approver", door, {"reason": "r"}, 200)


async def test_an_auditor_of_one_programme_does_not_read_everybodys_journal(service: Service) -> None:
    await _join(service, "narrow_auditor", (Role.AUDITOR, ["WIDER-CSA"]))
    await service.get("auditor", "/journal")
    await service.get("narrow_auditor", "/journal", 403)


async def test_an_award_that_is_named_like_a_line_shows_nothing_to_the_lines_people(service: Service) -> None:
    await service.award(reference="CAID")
    listed = await service.get("wider_lead", "/funding-lines/CAID/entries?limit=200")
    assert {entry["kind"] for entry in listed["items"]} == {"allocate"}
    own = await service.get("lead", "/funding-lines/LOCAL-INQUIRIES/entries?limit=200")
    assert [entry["kind"] for entry in own["items"]] == ["allocate", "award"]
