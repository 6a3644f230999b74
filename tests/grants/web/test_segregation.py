"""Nobody has two parts in the same money: over versions, over roles that come and go, over their own organisation."""

from typing import Any

import pytest

from grants.domain.access import Role
from tests.grants.web.joining import join, leave, shut_out
from tests.grants.web.test_returns import CERTIFICATE
from tests.importers.making import Typed
from tests.importers.test_doors import workbook
from tests.service import OLDHAM, TERMS, Service

MESSAGE = {"message": "Please look again"}
VIREMENT = {"from_line": "LOCAL-INQUIRIES", "to_line": "INVESTIGATIONS", "year": "2025-26", "pence": 5, "reason": "r"}
TO_EXPLAIN = Typed(description="Catering for a gift of alcohol")


async def _uploaded(service: Service, who: str, *lines: Typed) -> Any:
    answer = await service.upload(workbook(*lines), who=who)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_who_prepared_an_earlier_version_certifies_no_later_one(due: Service) -> None:
    await join(due, "both", (Role.FINANCE_OFFICER, [OLDHAM]), (Role.CERTIFIER, [OLDHAM]))
    await _uploaded(due, "both")
    later = await _uploaded(due, "officer", Typed(net=99))
    path = f"/returns/{later['id']}"
    for deed, body in (("certify", CERTIFICATE), ("decline-to-certify", MESSAGE)):
        assert (await due.post("both", f"{path}/{deed}", body, 403))["code"] == "same_person"
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)


async def test_who_gave_a_reason_for_a_warning_prepared_the_return_too(due: Service) -> None:
    await join(due, "both", (Role.FINANCE_OFFICER, [OLDHAM]), (Role.CERTIFIER, [OLDHAM]))
    uploaded = await _uploaded(due, "officer", TO_EXPLAIN)
    path = f"/returns/{uploaded['id']}"
    warnings = [found["number"] for found in uploaded["problems"]]
    assert warnings
    reasons = {"reasons": [{"problem": number, "reason": "It is eligible"} for number in warnings]}
    await due.post("both", f"{path}/explanations", reasons, 200)
    assert (await due.post("both", f"{path}/certify", CERTIFICATE, 403))["code"] == "same_person"
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)
    await leave(due, "both", Role.FINANCE_OFFICER)
    await leave(due, "both", Role.CERTIFIER)
    await join(due, "both", (Role.PROGRAMME_LEAD, None))
    assert (await due.post("both", f"{path}/accept", {}, 403))["code"] == "same_person"


async def test_who_certified_an_earlier_version_reviews_no_later_one(due: Service) -> None:
    await join(due, "second", (Role.CERTIFIER, [OLDHAM]))
    path = f"/returns/{(await _uploaded(due, 'officer'))['id']}"
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)
    await due.post("lead", f"{path}/request-changes", MESSAGE, 200)
    await _uploaded(due, "officer", Typed(net=99))
    await due.post("second", f"{path}/certify", CERTIFICATE, 200)
    await leave(due, "certifier", Role.CERTIFIER)
    await join(due, "certifier", (Role.PROGRAMME_LEAD, None))
    for deed, body in (("start-review", {}), ("request-changes", MESSAGE), ("accept", {})):
        assert (await due.post("certifier", f"{path}/{deed}", body, 403))["code"] == "same_person"
    await due.post("lead", f"{path}/accept", {}, 200)
    assert (await due.post("certifier", f"{path}/reopen", MESSAGE, 403))["code"] == "same_person"


async def test_who_belongs_to_an_organisation_judges_nothing_of_its_money(due: Service) -> None:
    await join(due, "insider", (Role.CERTIFIER, [OLDHAM]), (Role.PROGRAMME_LEAD, None), (Role.APPROVER, None))
    path = f"/returns/{(await _uploaded(due, 'officer'))['id']}"
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)
    doors = [
        (f"{path}/start-review", {}),
        (f"{path}/request-changes", MESSAGE),
        (f"{path}/accept", {}),
        ("/awards/LI-OLDHAM-01/state", {"state": "suspended", "reason": "r"}),
    ]
    variation = await due.post("lead", "/awards/LI-OLDHAM-01/variations", {"terms": TERMS, "reason": "r"}, 201)
    doors += [(f"/decisions/{variation['id']}/{deed}", {"reason": "r"}) for deed in ("approve", "decline")]
    for door, body in doors:
        assert (await due.post("insider", door, body, 403))["code"] == "own_organisation", door
    await due.post("lead", f"{path}/accept", {}, 200)
    assert (await due.post("insider", f"{path}/reopen", MESSAGE, 403))["code"] == "own_organisation"
    await due.post("approver", f"/decisions/{variation['id']}/decline", {"reason": "r"}, 200)


@pytest.mark.parametrize(("who", "role"), [("officer", Role.FINANCE_OFFICER), ("certifier", Role.CERTIFIER)])
async def test_who_prepared_or_certified_a_claim_does_not_pay_it_in_another_office(
    due: Service, who: str, role: Role
) -> None:
    path = f"/returns/{(await _uploaded(due, 'officer'))['id']}"
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)
    await due.post("lead", f"{path}/accept", {}, 200)
    pay = {"year": "2025-26", "pence": 100, "paid_on": "2025-11-03", "claim": "2025-26-Q2", "reason": "r"}
    proposed = await due.post("lead", "/awards/LI-OLDHAM-01/payments", pay, 201)
    await leave(due, who, role)
    await join(due, who, (Role.APPROVER, None))
    for deed in ("approve", "decline"):
        told = await due.post(who, f"/decisions/{proposed['id']}/{deed}", {"reason": "r"}, 403)
        assert told["code"] == "same_person"
    await due.post("approver", f"/decisions/{proposed['id']}/approve", {"reason": "r"}, 200)


async def test_two_roles_are_still_one_person(service: Service) -> None:
    await join(service, "lead", (Role.APPROVER, None))
    await join(service, "approver", (Role.PROGRAMME_LEAD, None))
    for proposer, other in (("lead", "approver"), ("approver", "lead")):
        proposed = await service.post(proposer, "/virements", VIREMENT, 201)
        door = f"/decisions/{proposed['id']}/approve"
        assert (await service.post(proposer, door, {"reason": "r"}, 403))["code"] == "same_person"
        await service.post(other, door, {"reason": "r"}, 200)


async def test_a_role_that_ended_between_two_steps_does_the_second_no_more(due: Service) -> None:
    path = f"/returns/{(await _uploaded(due, 'officer'))['id']}"
    proposed = await due.post("lead", "/virements", VIREMENT, 201)
    await join(due, "second", (Role.CERTIFIER, [OLDHAM]))
    await leave(due, "certifier", Role.CERTIFIER)
    await leave(due, "approver", Role.APPROVER)
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 401)
    await due.post("approver", f"/decisions/{proposed['id']}/approve", {"reason": "r"}, 401)
    await join(due, "certifier", (Role.AUDITOR, None))
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 403)
    await due.post("second", f"{path}/certify", CERTIFICATE, 200)
    assert (await due.get("lead", f"/decisions/{proposed['id']}"))["state"] == "proposed"


async def test_who_was_shut_out_between_two_steps_does_the_second_no_more(due: Service) -> None:
    """What they had done before stands, and others decide over it."""
    path = f"/returns/{(await _uploaded(due, 'officer'))['id']}"
    proposed = await due.post("lead", "/virements", VIREMENT, 201)
    for name in ("officer", "lead"):
        await shut_out(due, name)
    await due.post("officer", f"{path}/explanations", {"reasons": [{"problem": 1, "reason": "r"}]}, 401)
    await due.post("lead", "/virements", VIREMENT, 401)
    await due.post("certifier", f"{path}/certify", CERTIFICATE, 200)
    await due.post("other_lead", f"{path}/accept", {}, 200)
    await due.post("approver", f"/decisions/{proposed['id']}/approve", {"reason": "r"}, 200)


async def test_an_example_person_touches_nothing_real(due: Service) -> None:
    await join(due, "example_lead", (Role.PROGRAMME_LEAD, None), is_example=True)
    await join(due, "example_approver", (Role.APPROVER, None), is_example=True)
    await join(due, "example_officer", (Role.FINANCE_OFFICER, [OLDHAM]), is_example=True)
    uploaded = await _uploaded(due, "officer", TO_EXPLAIN)
    proposed = await due.post("lead", "/virements", VIREMENT, 201)
    rounds = (await due.get("lead", "/collection-rounds"))["items"]
    reasons = {"reasons": [{"problem": uploaded["problems"][0]["number"], "reason": "r"}]}
    for who, door, body in (
        ("example_approver", f"/decisions/{proposed['id']}/decline", {"reason": "r"}),
        ("example_approver", f"/decisions/{proposed['id']}/approve", {"reason": "r"}),
        ("example_lead", f"/collection-rounds/{rounds[0]['id']}/close", {}),
        ("example_lead", "/awards/LI-OLDHAM-01/variations", {"terms": TERMS, "reason": "r"}),
        ("example_lead", "/awards/LI-OLDHAM-01/withdrawal", {"reason": "r"}),
        ("example_officer", f"/returns/{uploaded['id']}/explanations", reasons),
    ):
        assert (await due.post(who, door, body, 403))["code"] == "example_person", door
