"""One click for example people: in example mode, at the machine itself, and for nobody else."""

from typing import Any

from grants.actions.people import OPERATOR, add_person
from grants.domain.access import Role
from tests.grants.web.browsing import Browser, asked_from, person
from tests.service import Service


async def _olive(service: Service) -> str:
    """An example person."""
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "olive@example.org", "Olive (example)", [(Role.AUDITOR, None)], is_example=True)
    return str(await person(service, "olive"))


async def test_an_example_person_is_one_click_away_at_the_machine(service: Service, reached: Any) -> None:
    olive = await _olive(service)
    async with reached("127.0.0.1", example=True) as examples:
        browser = Browser(examples)
        page = await browser.get("/sign-in")
        assert "Sign in as Olive, auditor over all programmes" in page
        await browser.post("/sign-in/example", {"person": olive})
        page = await browser.follow()
        assert "You are signed in as Olive (example)" in page
        assert "example person" in page
        assert "Your account" in await browser.get("/account")
        elsewhere = Browser(service.client, dict(browser.cookies))  # the same database, not in example mode
        assert "You are signed in" not in await elsewhere.get("/")


async def test_nobody_real_signs_in_by_a_button(service: Service, reached: Any) -> None:
    await _olive(service)
    async with reached("127.0.0.1", example=True) as examples:
        browser = Browser(examples)
        await browser.get("/sign-in")
        for someone in (str(await person(service, "lead")), "00000000-0000-0000-0000-000000000002", "x", ""):
            await browser.post("/sign-in/example", {"person": someone}, 404)
            await browser.get("/sign-in")
        assert "tallystick" not in browser.cookies


async def test_no_button_works_from_elsewhere_or_by_another_name(service: Service, reached: Any) -> None:
    olive = await _olive(service)
    async with reached("127.0.0.1", example=True) as examples:
        far = asked_from("192.0.2.7", examples._transport.app)
        proxied = Browser(examples, headers={"X-Forwarded-For": "192.0.2.7"})
        for browser in (Browser(far), proxied, Browser(service.client)):
            assert "example person" not in await browser.get("/sign-in")
            await browser.post("/sign-in/example", {"person": olive}, 404)
        near = Browser(examples)
        await near.get("/sign-in")
        await near.post("/sign-in/example", {"person": olive})
        assert "You are signed in" in await near.get("/")
        assert "You are signed in" not in await Browser(far, dict(near.cookies)).get("/")
