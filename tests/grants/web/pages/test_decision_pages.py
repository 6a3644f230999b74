"""Decisions in a browser: found, looked at with their effect, decided by a second person, and refused in words before anybody presses."""

import re
from typing import Any

from tests.grants.web.browsing import Browser, at_work
from tests.service import Service

LINE = {"year": "2025-26", "reason": "As announced"}
VIREMENT = {**LINE, "from_line": "LOCAL-INQUIRIES", "to_line": "INVESTIGATIONS", "pence": 12_345}


def text_of(page: str) -> str:
    """A page's words, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("&#39;", "'").replace("&#34;", '"')


async def _propose(service: Service, path: str, body: dict[str, Any]) -> str:
    return str((await service.post("lead", path, body, 201))["id"])


async def test_the_effect_is_shown_before_anybody_presses_and_after(service: Service) -> None:
    number = await _propose(service, "/virements", VIREMENT)
    approver, _, _ = await at_work(service, "approver")
    page = text_of(await approver.get(f"/decisions/{number}"))
    assert "Move £123.45 of 2025 to 2026 from Locally-led inquiries to Stronger police investigations." in page
    assert "Unawarded £5,000,000 -£123.45 £4,999,876.55" in page
    assert "Unawarded £2,500,000 +£123.45 £2,500,123.45" in page
    assert "Awarded £0 No change £0" in page
    line = await service.get("lead", "/funding-lines/LOCAL-INQUIRIES")
    assert line["financial_years"][0]["unawarded_pence"] == 500_000_000  # looking moved nothing
    await approver.post(f"/decisions/{number}/approve", {"reason": " ", "once": "one"}, 400)
    assert "Enter why you approve or decline it" in _shown(approver)
    token = approver.token()
    for _ in range(2):  # the button pressed twice
        await approver.post(f"/decisions/{number}/approve", {"reason": "Agreed", "once": "one"}, token=token)
    page = text_of(await approver.follow())
    assert "Success The decision is approved" in page
    assert "Unawarded £5,000,000 -£123.45 £4,999,876.55" in page  # as it was then
    await _propose(service, "/virements", VIREMENT)
    assert "Unawarded £5,000,000 -£123.45" in text_of(await approver.get(f"/decisions/{number}"))


async def test_whoever_proposed_it_sees_why_they_cannot_decide_it(service: Service) -> None:
    number = await _propose(service, "/virements", VIREMENT)
    lead, _, _ = await at_work(service, "lead")
    page = await lead.get(f"/decisions/{number}")
    assert "not whoever proposed it" in page
    assert "/approve" not in page
    auditor, _, _ = await at_work(service, "auditor")
    assert f"/decisions/{number}/approve" not in await auditor.get(f"/decisions/{number}")
    await lead.post(f"/decisions/{number}/approve", {"reason": "Mine"}, 403)


async def test_what_the_ledger_would_refuse_says_so_at_once(service: Service) -> None:
    all_of_it = {**VIREMENT, "pence": 500_000_000}
    first, second = [await _propose(service, "/virements", all_of_it) for _ in range(2)]
    approver, _, _ = await at_work(service, "approver")
    await approver.get(f"/decisions/{first}")
    await approver.post(f"/decisions/{first}/approve", {"reason": "Agreed"})
    page = text_of(await approver.get(f"/decisions/{second}"))
    assert "This could not be approved now. Locally-led inquiries in 2025 to 2026 has £0" in page
    await approver.post(f"/decisions/{second}/approve", {"reason": "Agreed"}, 409)
    assert "There is a problem" in _shown(approver)
    await approver.post(f"/decisions/{second}/decline", {"reason": "It is gone"})
    assert "It was declined, so nothing has moved." in await approver.follow()


async def test_new_terms_stand_beside_the_old(service: Service) -> None:
    await service.award()
    terms = (await service.get("lead", "/awards/LI-OLDHAM-01"))["terms"]
    budget = [{**line, "pence": 7_000_000} if line["category"] == "training" else line for line in terms["budget"]]
    body = {"terms": {**terms, "budget": budget, "end": "2026-03-30"}, "reason": "Less training"}
    number = await _propose(service, "/awards/LI-OLDHAM-01/variations", body)
    auditor, _, _ = await at_work(service, "auditor")
    page = text_of(await auditor.get(f"/decisions/{number}"))
    assert "Ends 31 March 2026 30 March 2026 Changed" in page
    assert "Starts 1 April 2025 1 April 2025 No" in page
    assert "Training £80,000 -£10,000 £70,000" in page
    await service.post("approver", f"/decisions/{number}/approve", {"reason": "Agreed"}, 200)
    after = text_of(await auditor.get(f"/decisions/{number}"))
    assert "Ends 31 March 2026 30 March 2026 Changed" in after
    assert "Training £80,000 -£10,000 £70,000" in after
    stale = await _propose(service, "/awards/LI-OLDHAM-01/variations", body | {"terms": terms})
    await service.decide("/awards/LI-OLDHAM-01/variations", {"terms": {**terms, "purpose": "Something else"}})
    assert "terms have changed since this was proposed" in await auditor.get(f"/decisions/{stale}")


async def test_the_list_has_what_waits_first_and_narrows(service: Service) -> None:
    waiting = await _propose(service, "/virements", VIREMENT)
    await service.decide("/funding-lines/TOEX/allocations", {"year": "2024-25", "pence": 100})
    wider, _, _ = await at_work(service, "wider_lead")
    assert waiting not in await wider.get("/decisions")
    auditor, _, _ = await at_work(service, "auditor")
    page = await auditor.get("/decisions")
    assert page.index(waiting) < page.index("Tackling Organised Exploitation Programme</td>")
    assert "Propose a decision" not in page
    assert waiting not in await auditor.get("/decisions?kind=allocate")
    assert waiting in await auditor.get("/decisions?state=proposed&q=local")
    assert waiting not in await auditor.get("/decisions?programme=WIDER-CSA")
    file = (await auditor.send("GET", "/decisions?download=csv")).text
    assert "As announced" in file


def _shown(browser: Browser) -> str:
    assert browser.page is not None
    return browser.page.text
