"""A return reviewed in a browser: everything to judge it by, and its deeds by the third person alone, for the version that was looked at."""

from datetime import date

from grants.domain.awards import CostCategory
from grants.domain.plan import BudgetKind
from grants.domain.returns import CategoryTotal
from tests.grants.web.browsing import Browser, at_work
from tests.grants.web.pages.test_decision_pages import text_of
from tests.importers.making import Typed
from tests.importers.test_doors import workbook
from tests.service import Service

CERTIFICATE = {"name": "A. Treasurer", "role": "Section 151 officer", "declaration": True}


async def _certified(service: Service, *lines: Typed) -> str:
    uploaded = (await service.upload(workbook(*lines))).json()
    if reasons := [{"problem": found["number"], "reason": "As agreed"} for found in uploaded["problems"]]:
        await service.post("officer", f"/returns/{uploaded['id']}/explanations", {"reasons": reasons}, 200)
    await service.post("certifier", f"/returns/{uploaded['id']}/certify", CERTIFICATE, 200)
    return str(uploaded["id"])


async def test_a_return_is_judged_sent_back_judged_again_accepted_and_reopened(due: Service) -> None:
    number = await _certified(due, Typed(net=100), Typed(reference="INV-2", category="Training", net=50))
    path = f"/returns/{number}/review"
    lead, _, _ = await at_work(due, "lead")
    page = text_of(await lead.get(path))
    assert "Staff pay Resource (RDEL), programme £120,000 £100 £100" in page
    assert "Signed by A. Treasurer, Section 151 officer" in page
    assert "This is the first version." in page
    await lead.post(f"{path}/start")
    assert "You have taken the return up" in await lead.follow()
    assert f'action="{path}/start"' not in _shown(lead)
    assert "Enter what must be changed" in await lead.post(f"{path}/request-changes", {"message": " "}, 400)
    await lead.post(f"{path}/request-changes", {"message": "Split line 1"})
    assert "nothing to review yet" in await lead.follow()
    await _certified(due, Typed(net=70), Typed(reference="INV-2", category="Training", net=50))
    page = text_of(await lead.get(path))
    assert "From version 1 (£150) to version 2 (£120)" in page
    assert "Staff pay, Resource (RDEL), programme: £100 before, £70 now" in page
    stale = await lead.post(f"{path}/accept", {"version": "1"}, 409)
    assert "You looked at version 1, but the newest is version 2" in stale
    await lead.post(f"{path}/accept", {"version": ""}, 400)
    token = lead.token()
    for _ in range(2):  # the button pressed twice
        await lead.post(f"{path}/accept", {"version": "2", "note": "Thank you", "once": "one"}, token=token)
    assert "The return is accepted" in await lead.follow()
    award = await due.get("lead", "/awards/LI-OLDHAM-01")
    assert sum(year["spent_pence"] for year in award["years"]) == 12_000
    await lead.post(f"{path}/reopen", {"why": ""}, 400)
    await lead.post(f"{path}/reopen", {"why": "Counted twice"})
    assert "The return is reopened" in await lead.follow()


async def test_a_review_is_for_a_third_person_of_the_funder(due: Service) -> None:
    number = await _certified(due)
    path = f"/returns/{number}/review"
    for who, status in (("wider_lead", 404), ("officer", 403), ("auditor", 403)):
        browser, _, _ = await at_work(due, who)
        await browser.get(path, status)
    lead, _, _ = await at_work(due, "lead")
    await lead.get(path)
    token = lead.token()
    await lead.post(f"{path}/accept", {"version": "1"}, token=token)
    other, _, _ = await at_work(due, "other_lead")
    page = await other.get(path)
    assert f'action="{path}/accept"' not in page
    assert f'action="{path}/reopen"' in page


async def test_the_previous_period_stands_beside(due: Service) -> None:
    first = await _certified(due, Typed(net=100))
    await due.post("lead", f"/returns/{first}/accept", {}, 200)
    due.clock.forward(days=70)
    await due.open_round("2025-26-Q3")
    [second] = (await due.get("lead", "/returns?period=2025-26-Q3"))["items"]
    path = f"/returns/{second['id']}/review"
    lead, _, _ = await at_work(due, "lead")
    page = text_of(await lead.get(path))
    assert "Nothing has been uploaded yet" in page
    assert "There is nothing to review yet" in page
    spent = CategoryTotal(CostCategory.STAFF_PAY, BudgetKind.RDEL_PROGRAMME, 10_000)
    lines = Typed(reference="INV-9", day=date(2025, 10, 31), net=50)
    uploaded = await due.upload(workbook(lines, period="2025-26-Q3", accepted=(spent,)), period="2025-26-Q3")
    assert uploaded.json()["state"] == "ready_to_certify", uploaded.text
    page = text_of(await lead.get(path))
    assert "Quarter 2, July to September 2025, accepted" in page
    assert "Staff pay Resource (RDEL), programme £120,000 £100 £50 £150" in page


def _shown(browser: Browser) -> str:
    assert browser.page is not None
    return browser.page.text
