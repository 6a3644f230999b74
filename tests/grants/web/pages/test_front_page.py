"""The first page: a tour where there are examples, and for whoever is signed in what needs them, and nobody else, now."""

import re
from typing import Any

from grants.actions.needs import needs
from grants.actions.people import OPERATOR, add_person
from grants.domain.access import Role
from grants.store.people import actor_by_email
from grants.web.pages.tour import TOURS
from tests.database import looking
from tests.grants.web.browsing import Browser, at_work, joined
from tests.reports.waking import done
from tests.service import LEEDS_POLICE, OLDHAM, PEOPLE, Service

VIREMENT = {
    "from_line": "LOCAL-INQUIRIES",
    "to_line": "INVESTIGATIONS",
    "year": "2025-26",
    "pence": 1,
    "reason": "Needed",
}


async def _waits(service: Service, who: str) -> dict[str, str]:
    async with looking(service.gate) as db:
        actor = await actor_by_email(db, f"{who}@example.org")
    assert actor is not None
    async with service.gate.reading(actor) as view:
        found = await needs(view)
    return {f"{need.number} {need.one}": need.address for each in found.waiting for need in each.needs}


async def test_each_is_told_what_waits_for_them_and_nothing_of_others(service: Service) -> None:
    assert await _waits(service, "officer") == {}
    await service.award()
    await service.open_round()
    await service.post("lead", "/virements", VIREMENT, 201)
    told = {who: await _waits(service, who) for who in PEOPLE}
    assert told["officer"] == {
        "1 return late": "/returns?lateness=overdue",
        "1 return to upload": "/returns?state=due",
    }
    assert told["certifier"] == {"1 return of your organisation late": "/returns?lateness=overdue"}
    mine = {"1 proposal of yours that waits for approval": "/decisions?state=proposed"}
    assert told["lead"] == {"1 return late": "/returns?lateness=overdue", **mine}
    assert told["other_lead"] == {"1 return late": "/returns?lateness=overdue"}
    assert told["approver"] == {"1 decision to approve": "/decisions?state=proposed"}
    assert told["auditor"] == told["wider_lead"] == told["foreign_officer"] == told["foreign_certifier"] == {}
    assert told["administrator"] == {f"{len(PEOPLE)} person who has not signed in yet": "/people?state=never_here"}


async def test_a_deed_waits_only_for_who_may_do_it_there(service: Service) -> None:
    """Somebody with two roles over two organisations is not told of one's returns as if they were the other's."""
    await service.award()
    await service.open_round()
    async with service.gate.deed(OPERATOR) as tx:
        roles: Any = [(Role.FINANCE_OFFICER, [LEEDS_POLICE]), (Role.CERTIFIER, [OLDHAM])]
        await add_person(tx, "both@example.org", "Both", roles)
    assert await _waits(service, "both") == {"1 return of your organisation late": "/returns?lateness=overdue"}


async def test_the_page_says_it_with_links_and_an_empty_one_says_so(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    page = await browser.follow()
    assert "Nothing waits for you" in page
    await service.award()
    await service.open_round()
    page = await browser.get("/")
    assert re.search(r'href="/returns\?lateness=overdue">1 return late</a>.*Act now', page)
    assert "Finance officer for Oldham" in page
    assert "Five minutes" not in page


async def test_a_real_service_says_what_it_is_and_shows_nobody(service: Service) -> None:
    page = await Browser(service.client).get("/")
    assert 'href="/sign-in"' in page
    assert "example" not in page
    assert page.count("<h1") == 1


async def test_the_tour_has_a_button_for_every_role_and_then_links_of_their_own(service: Service, reached: Any) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        for role in Role:
            over = [OLDHAM] if role in (Role.FINANCE_OFFICER, Role.CERTIFIER) else None
            address = f"{role}.example@example.org"
            await add_person(tx, address, f"{role.name} (example)", [(role, over)], is_example=True)
    async with reached("127.0.0.1", example=True) as examples:
        for tour in TOURS:
            browser = Browser(examples)
            page = await browser.get("/")
            [found] = re.findall(
                rf'name="person" value="([0-9a-f-]+)">\s*<button[^>]*>Sign in as {tour.role.name}<', page
            )
            await browser.post("/sign-in/example", {"person": found})
            page = await browser.follow()
            for step in tour.steps:
                assert f'href="{step.address}">{step.link}</a>' in page
                assert (await browser.send("GET", step.address)).status_code == 200, (tour.role, step.address)


async def test_no_tour_is_offered_to_who_could_not_take_it(service: Service, reached: Any) -> None:
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "olive@example.org", "Olive (example)", [(Role.AUDITOR, None)], is_example=True)
    async with reached("192.0.2.7", example=True) as examples:
        assert "Olive" not in await Browser(examples).get("/")


async def test_newest_reports_are_shown_to_who_sees_reports(service: Service) -> None:
    auditor, _, _ = await at_work(service, "auditor")
    assert "Newest reports" not in await auditor.get("/")
    asked = await service.post("auditor", "/report-runs", {"report": "allocation-position", "formats": ["csv"]}, 202)
    await done(service, asked["id"])
    assert f'href="/reports/{asked["id"]}"' in await auditor.get("/")
