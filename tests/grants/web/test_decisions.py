"""Decisions over HTTP: two people, one outcome, and an answer for whatever is wrong."""

import asyncio
from typing import Any

import pytest

from tests.database import looking
from tests.service import OLDHAM, TERMS, Service

VIREMENT = {
    "from_line": "LOCAL-INQUIRIES",
    "to_line": "INVESTIGATIONS",
    "year": "2025-26",
    "pence": 100,
    "reason": "Needed",
}


async def _unawarded(service: Service, code: str) -> int:
    line = await service.get("lead", f"/funding-lines/{code}")
    return int(line["financial_years"][0]["unawarded_pence"])


async def test_nothing_moves_before_the_second_person_agrees(service: Service) -> None:
    before = await _unawarded(service, "LOCAL-INQUIRIES")
    proposed = await service.post("lead", "/virements", VIREMENT, 201)
    assert await _unawarded(service, "LOCAL-INQUIRIES") == before
    await service.post("approver", f"/decisions/{proposed['id']}/approve", {"reason": "Agreed"}, 200)
    assert await _unawarded(service, "LOCAL-INQUIRIES") == before - 100


async def test_a_declined_decision_moves_nothing_and_stays_declined(service: Service) -> None:
    before = await service.get("lead", "/plan")
    proposed = await service.post("lead", "/virements", VIREMENT, 201)
    declined = await service.post("approver", f"/decisions/{proposed['id']}/decline", {"reason": "Not now"}, 200)
    assert (declined["state"], declined["decision_reason"], declined["entries"]) == ("declined", "Not now", [])
    again = await service.post("approver", f"/decisions/{proposed['id']}/approve", {"reason": "After all"}, 409)
    assert again["code"] == "decided"
    assert await service.get("lead", "/plan") == before


async def test_nobody_decides_what_they_proposed(service: Service) -> None:
    async with service.gate.deed(_operator()) as tx:
        from grants.actions.people import add_person
        from grants.domain.access import Role

        await add_person(tx, "lead@example.org", "lead", [(Role.APPROVER, None)])
    proposed = await service.post("lead", "/virements", VIREMENT, 201)
    for deed in ("approve", "decline"):
        refused = await service.post("lead", f"/decisions/{proposed['id']}/{deed}", {"reason": "Mine"}, 403)
        assert refused["code"] == "same_person"


def _operator() -> Any:
    from grants.actions.people import OPERATOR

    return OPERATOR


async def test_200_clients_race_for_the_last_pound_of_a_line(service: Service) -> None:
    left = await _unawarded(service, "AUDIT-PANEL")
    body = {**VIREMENT, "from_line": "AUDIT-PANEL", "pence": left}
    proposed = await asyncio.gather(*(service.post("lead", "/virements", body, 201) for _ in range(200)))
    answers = await asyncio.gather(
        *(service.ask("approver", "POST", f"/decisions/{one['id']}/approve", json={"reason": "Go"}) for one in proposed)
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 199
    refusal = next(answer.json() for answer in answers if answer.status_code == 409)
    assert (refusal["code"], refusal["available_pence"], refusal["asked_pence"]) == ("limit", 0, left)
    assert await _unawarded(service, "AUDIT-PANEL") == 0


async def test_one_key_is_one_deed_however_often_and_however_many_at_once(service: Service) -> None:
    key = {"Idempotency-Key": "same"}
    answers = await asyncio.gather(*(service.post("lead", "/virements", VIREMENT, 201, headers=key) for _ in range(10)))
    assert len({answer["id"] for answer in answers}) == 1
    found = await service.get("lead", "/decisions?state=proposed")
    assert [item["id"] for item in found["items"]] == [answers[0]["id"]]
    other = await service.post("lead", "/virements", {**VIREMENT, "pence": 101}, 409, headers=key)
    assert other["code"] == "idempotency_key"
    theirs = await service.post("other_lead", "/virements", VIREMENT, 201, headers=key)
    assert theirs["id"] != answers[0]["id"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/virements", {**VIREMENT, "pence": 0}),
        ("/virements", {**VIREMENT, "pence": -5}),
        ("/virements", {**VIREMENT, "pence": 1.5}),
        ("/virements", {**VIREMENT, "pence": "100"}),
        ("/virements", {**VIREMENT, "pence": 10**30}),
        ("/virements", {**VIREMENT, "year": "2025"}),
        ("/virements", {**VIREMENT, "year": "2025-27"}),
        ("/virements", {**VIREMENT, "reason": "   "}),
        ("/virements", {**VIREMENT, "surprise": 1}),
        ("/virements", {**VIREMENT, "to_line": "LOCAL-INQUIRIES"}),
        ("/virements", {**VIREMENT, "budget_kind": "gold"}),
        ("/virements", {**VIREMENT, "reason": "nul \x00"}),
        ("/virements", []),
        ("/awards", {"reference": "x y", "funding_line": "A", "recipient_id": OLDHAM, "terms": TERMS, "reason": "r"}),
        (
            "/funding-lines/LOCAL-INQUIRIES/allocations",
            {"year": "2025-26", "pence": 1, "reason": "r", "movement": "steal"},
        ),
        ("/entries/0/reversal", {"reason": "r"}),
    ],
)
async def test_a_wrong_request_is_told_what_to_do_and_leaves_nothing(service: Service, path: str, body: Any) -> None:
    async with looking(service.gate) as db:
        before = await db.fetchval("SELECT last_no FROM journal_head")
    answer = await service.ask("lead", "POST", path, json=body)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["detail"].endswith(".")
    assert told["request_id"] == answer.headers["x-request-id"]
    async with looking(service.gate) as db:
        assert await db.fetchval("SELECT last_no FROM journal_head") == before
        assert await db.fetchval("SELECT count(*) FROM decision WHERE state = 'proposed'") == 0


async def test_a_line_of_another_programme_looks_like_no_line_at_all(service: Service) -> None:
    foreign = await service.ask("wider_lead", "GET", "/funding-lines/LOCAL-INQUIRIES")
    unknown = await service.ask("wider_lead", "GET", "/funding-lines/NO-SUCH-LINE")
    same = [
        {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}
        for answer in (foreign, unknown)
    ]
    assert foreign.status_code == 404
    assert same[0] == same[1]
    refused = await service.post("wider_lead", "/virements", VIREMENT, 404)
    assert refused["code"] == "not_found"


async def test_a_payment_answers_an_instalment_or_a_claim_and_never_more_than_it(service: Service) -> None:
    profile = [{"number": 1, "due_on": "2025-07-01", "year": "2025-26", "pence": 20_000_000}]
    await service.award(payment_basis="advance", profile=profile)
    pay = {"year": "2025-26", "pence": 15_000_000, "paid_on": "2025-07-02", "reason": "Due"}
    await service.post("lead", "/awards/LI-OLDHAM-01/payments", pay, 422)
    await service.post("lead", "/awards/LI-OLDHAM-01/payments", {**pay, "instalment": 1, "claim": "2025-26-Q1"}, 422)
    await service.post("lead", "/awards/LI-OLDHAM-01/payments", {**pay, "instalment": 2}, 422)
    await service.decide("/awards/LI-OLDHAM-01/payments", {**pay, "instalment": 1})
    over = await service.post("lead", "/awards/LI-OLDHAM-01/payments", {**pay, "instalment": 1}, 409)
    assert (over["worth_pence"], over["paid_pence"]) == (20_000_000, 15_000_000)
    award = await service.get("officer", "/awards/LI-OLDHAM-01")
    assert award["held_pence"] == {"rdel_programme": 15_000_000}
    recovered = await service.decide(
        "/awards/LI-OLDHAM-01/recoveries", {"pence": 15_000_000, "recovered_on": "2025-11-03"}
    )
    assert recovered["moves"][0]["target"] == "returned"
    await service.post(
        "lead", "/awards/LI-OLDHAM-01/recoveries", {"pence": 1, "recovered_on": "2025-11-03", "reason": "r"}, 409
    )


async def test_what_is_paid_in_advance_is_not_paid_again_as_a_claim(service: Service) -> None:
    profile = [{"number": 1, "due_on": "2025-07-01", "year": "2025-26", "pence": 20_000_000}]
    await service.award(payment_basis="advance", profile=profile)
    pay = {"year": "2025-26", "pence": 1, "paid_on": "2025-07-02", "reason": "Due", "claim": "2025-26-Q2"}
    told = await service.post("lead", "/awards/LI-OLDHAM-01/payments", pay, 422)
    assert told["code"] == "claim_in_advance"


async def test_a_payment_reversed_after_a_withdrawal_is_not_stuck(service: Service) -> None:
    before = await _unawarded(service, "LOCAL-INQUIRIES")
    profile = [{"number": 1, "due_on": "2025-07-01", "year": "2025-26", "pence": 20_000_000}]
    await service.award(payment_basis="advance", profile=profile)
    pay = {"year": "2025-26", "pence": 5_000_000, "paid_on": "2025-07-02", "instalment": 1}
    paid = await service.decide("/awards/LI-OLDHAM-01/payments", pay)
    await service.decide("/awards/LI-OLDHAM-01/withdrawal", {})
    await service.post("lead", "/awards/LI-OLDHAM-01/withdrawal", {"reason": "r"}, 422)
    await service.decide(f"/entries/{paid['entries'][0]}/reversal", {})
    await service.decide("/awards/LI-OLDHAM-01/withdrawal", {})
    assert await _unawarded(service, "LOCAL-INQUIRIES") == before


async def test_a_reversal_is_a_decision_too_and_happens_once(service: Service) -> None:
    done = await service.decide("/virements", VIREMENT)
    number = done["entries"][0]
    await service.decide(f"/entries/{number}/reversal", {})
    entries = await service.get("auditor", "/funding-lines/LOCAL-INQUIRIES/entries")
    assert [(entry["number"], entry["reverses"]) for entry in entries["items"][-2:]] == [
        (number, None),
        (number + 1, number),
    ]
    await service.post("lead", f"/entries/{number}/reversal", {"reason": "Again"}, 409)
