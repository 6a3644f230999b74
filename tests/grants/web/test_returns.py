"""A return's life over HTTP: three people, messages, acceptance into the ledger, reopening out of it."""

import asyncio
from typing import Any

import pytest

from tests.importers.making import Typed
from tests.importers.test_doors import workbook
from tests.service import TERMS, Service

CERTIFICATE = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}


async def _spent(service: Service) -> int:
    award = await service.get("lead", "/awards/LI-OLDHAM-01")
    return sum(year["spent_pence"] for year in award["years"])


async def _certified(service: Service, *lines: Typed) -> str:
    uploaded = (await service.upload(workbook(*lines))).json()
    if reasons := [{"problem": found["number"], "reason": "Agreed"} for found in uploaded["problems"]]:
        await service.post("officer", f"/returns/{uploaded['id']}/explanations", {"reasons": reasons}, 200)
    await service.post("certifier", f"/returns/{uploaded['id']}/certify", CERTIFICATE, 200)
    return str(uploaded["id"])


async def test_two_people_accepting_at_once_post_once(due: Service) -> None:
    found = await _certified(due)
    answers = await asyncio.gather(
        *(due.ask(who, "POST", f"/returns/{found}/accept", json={}) for who in ("lead", "other_lead") * 5)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert await _spent(due) == 123_450


async def test_accept_posts_one_entry_a_category_with_its_cells_and_reopening_mirrors_it(due: Service) -> None:
    lines = (Typed(net=100), Typed(reference="INV-2", net=50), Typed(reference="INV-3", category="Training", net=7))
    found = await _certified(due, *lines)
    await due.post("lead", f"/returns/{found}/accept", {"message": "Fine"}, 200)
    entries = (await due.get("auditor", "/funding-lines/LOCAL-INQUIRIES/entries"))["items"][-2:]
    assert {(entry["category"], entry["pence"], entry["evidence"].partition("#")[2]) for entry in entries} == {
        ("staff_pay", 15_000, "Spend!G6:G7"),
        ("training", 700, "Spend!G8"),
    }
    assert {entry["return_id"] for entry in entries} == {found}
    reopened = await due.post("lead", f"/returns/{found}/reopen", {"message": "Line 2 was counted twice"}, 200)
    assert reopened["state"] == "reopened"
    assert await _spent(due) == 0
    corrected = (await due.upload(workbook(Typed(net=100)))).json()
    assert (corrected["id"], corrected["version"]) == (found, 2)
    await due.post("certifier", f"/returns/{found}/certify", CERTIFICATE, 200)
    await due.post("other_lead", f"/returns/{found}/accept", {}, 200)
    assert await _spent(due) == 10_000


async def test_changes_are_requested_with_a_message_and_the_next_version_is_certified_anew(due: Service) -> None:
    found = await _certified(due)
    await due.post("lead", f"/returns/{found}/start-review", {}, 200)
    back = await due.post("lead", f"/returns/{found}/request-changes", {"message": "Please split line 1"}, 200)
    assert (back["state"], back["history"][-1]["message"]) == ("changes_requested", "Please split line 1")
    await due.post("certifier", f"/returns/{found}/certify", CERTIFICATE, 409)
    await due.post("lead", f"/returns/{found}/accept", {}, 409)
    await _certified(due, Typed(net=5))
    assert (await due.get("officer", f"/returns/{found}"))["state"] == "certified"


async def test_a_certifier_may_decline(due: Service) -> None:
    uploaded = (await due.upload(workbook())).json()
    path = f"/returns/{uploaded['id']}/decline-to-certify"
    declined = await due.post("certifier", path, {"message": "The overtime is not ours"}, 200)
    assert declined["state"] == "certifier_declined"
    await due.post("lead", f"/returns/{uploaded['id']}/accept", {}, 409)


async def test_preparer_certifier_and_reviewer_are_three_people(due: Service) -> None:
    from grants.actions.people import OPERATOR, add_person
    from grants.domain.access import Role
    from tests.service import OLDHAM

    async with due.gate.deed(OPERATOR) as tx:
        await add_person(tx, "officer@example.org", "", [(Role.CERTIFIER, [OLDHAM]), (Role.PROGRAMME_LEAD, None)])
        await add_person(tx, "certifier@example.org", "", [(Role.PROGRAMME_LEAD, None)])
    uploaded = (await due.upload(workbook())).json()
    path = f"/returns/{uploaded['id']}"
    assert (await due.post("officer", f"{path}/certify", CERTIFICATE, 403))["code"] == "same_person"
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)
    for who in ("officer", "certifier"):
        for deed in ("accept", "start-review", "request-changes"):
            body = {"message": "Mine"} if deed == "request-changes" else {}
            assert (await due.post(who, f"{path}/{deed}", body, 403))["code"] == "same_person"
    await due.post("lead", f"{path}/accept", {}, 200)


async def test_nobody_reviews_a_return_of_an_organisation_that_they_belong_to(due: Service) -> None:
    from grants.actions.people import OPERATOR, add_person
    from grants.actions.tokens import create_token
    from grants.domain.access import Role
    from tests.service import OLDHAM

    async with due.gate.deed(OPERATOR) as tx:
        roles = [(Role.FINANCE_OFFICER, [OLDHAM]), (Role.PROGRAMME_LEAD, None)]
        await add_person(tx, "insider@example.org", "", roles)
        due.tokens["insider"] = await create_token(tx, "insider@example.org", 300)
    uploaded = (await due.upload(workbook())).json()
    path = f"/returns/{uploaded['id']}"
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)
    assert (await due.post("insider", f"{path}/accept", {}, 403))["code"] == "own_organisation"
    await due.post("lead", f"{path}/accept", {}, 200)
    assert (await due.post("insider", f"{path}/reopen", {"message": "r"}, 403))["code"] == "own_organisation"


async def test_nobody_signs_for_a_version_that_came_after_they_looked(due: Service) -> None:
    looked = (await due.upload(workbook())).json()
    path = f"/returns/{looked['id']}"
    newer = (await due.upload(workbook(Typed(net=99_000)))).json()
    certificate = {**CERTIFICATE, "version": looked["version"]}
    told = await due.post("certifier", f"{path}/certify", certificate, 409)
    assert (told["code"], told["newest"]) == ("version", newer["version"])
    await due.post("certifier", f"{path}/certify", {**CERTIFICATE, "version": newer["version"]}, 200)
    assert (await due.post("lead", f"{path}/accept", {"version": 1}, 409))["code"] == "version"
    await due.post("lead", f"{path}/accept", {"version": 2}, 200)


async def test_a_certificate_declares_or_is_none(due: Service) -> None:
    uploaded = (await due.upload(workbook())).json()
    path = f"/returns/{uploaded['id']}/certify"
    told = await due.post("certifier", path, {**CERTIFICATE, "declaration": False}, 422)
    assert "properly incurred" in told["detail"]
    await due.post("certifier", path, {"name": "A"}, 400)


async def test_a_warning_wants_a_reason_before_anybody_certifies(due: Service) -> None:
    uploaded = (await due.upload(workbook(Typed(description="Entertaining guests at the launch")))).json()
    warnings = [problem for problem in uploaded["problems"] if problem["severity"] == "warning"]
    assert uploaded["state"] == "ready_to_certify"
    assert warnings
    path = f"/returns/{uploaded['id']}"
    told = await due.post("certifier", f"{path}/certify", CERTIFICATE, 409)
    assert (told["code"], told["warnings"]) == ("unexplained", len(warnings))
    reasons = [{"problem": problem["number"], "reason": "Agreed by letter"} for problem in warnings]
    await due.post("officer", f"{path}/explanations", {"reasons": [{"problem": 99, "reason": "?"}]}, 400)
    explained = await due.post("officer", f"{path}/explanations", {"reasons": reasons}, 200)
    assert [problem["reason"] for problem in explained["problems"] if problem["severity"] == "warning"] == [
        "Agreed by letter"
    ] * len(warnings)
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)


async def test_cumulative_spend_is_held_against_the_award_when_it_is_uploaded_and_when_it_is_accepted(
    due: Service,
) -> None:
    over = (await due.upload(workbook(Typed(net=200_001)))).json()
    assert over["state"] == "has_problems"
    certified = await _certified(due, Typed(net=120_000), Typed(reference="INV-2", category="Training", net=80_000))
    cut: dict[str, Any] = {
        "purpose": "A shorter inquiry",
        "start": "2025-04-01",
        "end": "2026-03-31",
        "budget": [{"year": "2025-26", "category": "staff_pay", "pence": 19_999_999}],
    }
    await due.decide("/awards/LI-OLDHAM-01/variations", {"terms": cut})
    told = await due.post("lead", f"/returns/{certified}/accept", {}, 409)
    assert (told["code"], told["awarded_pence"]) == ("spent_above_award", 19_999_999)
    assert await _spent(due) == 0
    assert (await due.get("officer", f"/returns/{certified}"))["state"] == "certified"


async def test_an_award_that_a_variation_extends_owes_the_returns_that_are_being_collected(service: Service) -> None:
    await service.award(end="2025-06-30")
    await service.open_round()
    assert (await service.get("lead", "/returns"))["items"] == []
    await service.decide("/awards/LI-OLDHAM-01/variations", {"terms": TERMS})
    [found] = (await service.get("officer", "/returns"))["items"]
    assert (found["award"], found["period"], found["state"]) == ("LI-OLDHAM-01", "2025-26-Q2", "due")


async def test_a_claim_is_paid_once_up_to_what_was_accepted(due: Service) -> None:
    found = await _certified(due)
    pay = {"year": "2025-26", "pence": 123_450, "paid_on": "2025-11-03", "claim": "2025-26-Q2", "reason": "Claimed"}
    path = "/awards/LI-OLDHAM-01/payments"
    assert (await due.post("lead", path, pay, 422))["code"] == "claim_not_accepted"
    await due.post("lead", f"/returns/{found}/accept", {}, 200)
    proposals = [await due.post("lead", path, pay, 201) for _ in range(3)]
    answers = await asyncio.gather(
        *(due.ask("approver", "POST", f"/decisions/{one['id']}/approve", json={"reason": "Go"}) for one in proposals)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (await due.get("lead", "/awards/LI-OLDHAM-01"))["held_pence"] == {"rdel_programme": 0}


async def test_what_a_closed_award_accounts_for_stays_as_it_is(due: Service) -> None:
    found = await _certified(due)
    await due.post("lead", f"/returns/{found}/accept", {}, 200)
    for state in ("final_return_due", "reconciled", "closed"):
        await due.post("lead", "/awards/LI-OLDHAM-01/state", {"state": state, "reason": "Settled"}, 200)
    told = await due.post("lead", f"/returns/{found}/reopen", {"message": "One more look"}, 422)
    assert told["code"] == "award_closed"
    assert await _spent(due) == 123_450


async def test_a_credit_that_is_covered_makes_room_for_the_return_s_own_claims(due: Service) -> None:
    first = await _certified(due, Typed(net=120_000), Typed(reference="INV-2", category="Training", net=78_000))
    await due.post("lead", f"/returns/{first}/accept", {}, 200)
    await due.open_round("2025-26-Q3")
    lines = (
        Typed(reference="INV-3", category="Training", net=8_000, day="31/10/2025"),
        Typed(reference="CR-1", net=-15_000, day="31/10/2025"),
    )
    sent = workbook(*lines, period="2025-26-Q3")
    uploaded = (await due.upload(sent, period="2025-26-Q3")).json()
    assert uploaded["state"] in ("ready_to_certify", "has_problems"), uploaded
    reasons = [{"problem": found["number"], "reason": "Agreed"} for found in uploaded["problems"]]
    if reasons:
        await due.post("officer", f"/returns/{uploaded['id']}/explanations", {"reasons": reasons}, 200)
    await due.post("certifier", f"/returns/{uploaded['id']}/certify", CERTIFICATE, 200)
    await due.post("lead", f"/returns/{uploaded['id']}/accept", {}, 200)
    assert await _spent(due) == 19_100_000


async def test_who_sees_a_return(due: Service) -> None:
    found = await _certified(due)
    for who in ("officer", "certifier", "lead", "approver", "auditor"):
        assert (await due.get(who, f"/returns/{found}"))["id"] == found
        assert [item["id"] for item in (await due.get(who, "/returns?state=certified"))["items"]] == [found]
    for who in ("foreign_officer", "foreign_certifier", "wider_lead"):
        await due.get(who, f"/returns/{found}", 404)
        assert (await due.get(who, "/returns"))["items"] == []
        assert (await due.ask(who, "GET", f"/returns/{found}/workbook")).status_code == 404
    await due.get("administrator", f"/returns/{found}", 403)


@pytest.mark.parametrize("deed", ["certify", "accept", "reopen", "request-changes", "start-review", "explanations"])
async def test_a_foreigner_s_deed_looks_like_one_on_nothing(due: Service, deed: str) -> None:
    found = await _certified(due)
    bodies: dict[str, Any] = {
        "certify": CERTIFICATE,
        "explanations": {"reasons": [{"problem": 1, "reason": "x"}]},
        "reopen": {"message": "x"},
        "request-changes": {"message": "x"},
    }
    who = {"certify": "foreign_certifier", "explanations": "foreign_officer"}.get(deed, "wider_lead")
    told = await due.post(who, f"/returns/{found}/{deed}", bodies.get(deed, {}), 404)
    assert told["code"] == "not_found"


async def test_the_waker_opens_a_round_on_its_day(service: Service) -> None:
    await service.award()
    planned = await service.post(
        "lead",
        "/collection-rounds",
        {"programme": "ACTION-PLAN", "period": "2025-26-Q3", "opens_on": "2026-01-02"},
        201,
    )
    assert planned["due_on"] == "2026-01-29"
    from grants.actions.people import SCHEDULER
    from grants.actions.rounds import open_due

    async with service.gate.deed(SCHEDULER) as tx:
        assert await open_due(tx) == 0
    service.clock.forward(days=60)
    async with service.gate.deed(SCHEDULER) as tx:
        assert await open_due(tx) == 1
    [found] = (await service.get("officer", "/returns"))["items"]
    assert (found["state"], found["due_on"], found["days_late"]) == ("due", "2026-01-29", 0)
    service.clock.forward(days=40)
    [late] = (await service.get("officer", "/returns"))["items"]
    assert late["days_late"] == 13
