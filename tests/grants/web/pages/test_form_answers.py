"""Going back to a form's answer: its own person is shown it again in their browser, and nothing is sent a second time."""

import re
from uuid import UUID

import pytest

from grants.actions import form_answers
from grants.web.form_answers import STRANGERS_A_MINUTE
from tests.database import Database
from tests.grants.store.record import connected
from tests.grants.web.browsing import Browser, at_work, joined
from tests.service import ADDRESS, Service

FORM = "/decisions/new/vire?line=CAID"
VIREMENT = {"from_line": "LOCAL-INQUIRIES", "to_line": "INVESTIGATIONS", "year": "2025-26", "pence": 1}
TYPED = {"reason": "Half an hour’s work", "once": "a"}


async def _refused(browser: Browser, typed: dict[str, str] = TYPED, page: str = FORM, **more: str) -> str:
    """A form that is not filled in, sent as browsers send it when they go there; the address that they go on to."""
    await browser.send("GET", page)
    headers = {"Sec-Fetch-Mode": "navigate", "Referer": f"{ADDRESS}{page}", **more}
    await browser.post(page.partition("?")[0], typed, headers=headers)
    assert browser.page is not None
    assert browser.page.text == ""
    return browser.page.headers["location"]


async def test_a_refused_form_stands_at_an_address_that_can_be_gone_back_to(service: Service) -> None:
    lead, _, _ = await at_work(service, "lead")
    address = await _refused(lead)
    assert re.fullmatch(re.escape(FORM) + r"&answer=[0-9a-f-]{36}", address)
    page = await lead.get(address, 400)
    assert "Choose a funding line" in page
    assert TYPED["reason"] in page
    assert await lead.get(address, 400) == page
    again = await lead.send("GET", address, headers={"Accept-Encoding": "identity"})
    assert again.headers["cache-control"] == "no-store"
    following = await _refused(lead, page=address)
    assert following.count("answer=") == 1
    assert following != address


async def test_who_does_not_go_there_is_answered_at_once(service: Service) -> None:
    lead, _, _ = await at_work(service, "lead")
    await lead.get(FORM)
    for headers in ({}, {"Sec-Fetch-Mode": "navigate"}):  # the second does not say where it was
        page = await lead.post("/decisions/new/vire", TYPED, 400, token=lead.token(), headers=headers)
        assert "Choose a funding line" in page


async def test_nobody_else_and_no_other_browser_is_shown_it(service: Service, fresh_database: Database) -> None:
    lead, _, _ = await at_work(service, "lead")
    address = await _refused(lead)
    approver, _, _ = await at_work(service, "wider_lead")
    assert TYPED["reason"] not in await approver.get(address)
    elsewhere = await joined(service, "officer")
    elsewhere.cookies = {name: value for name, value in lead.cookies.items() if name != "tallystick"}
    await elsewhere.get(address, 303)
    for name in ("", "x", str(UUID(int=1))):
        assert TYPED["reason"] not in await lead.get(f"{FORM}&answer={name}")
    async with connected(fresh_database.owner_dsn) as owner:
        sealed = [bytes(row["sealed"]) for row in await owner.fetch("SELECT sealed FROM form_answer")]
        assert sealed
        # Another session of the same person has another key: to it the row is nothing.
        await owner.execute("UPDATE form_answer SET sealed = sealed || '\\x00'")
    assert b"funding" not in sealed[0]
    assert TYPED["reason"] not in await lead.get(address)


async def test_it_lasts_for_a_while_and_goes_when_its_person_signs_out(
    service: Service, fresh_database: Database
) -> None:
    lead, _, _ = await at_work(service, "lead")
    addresses = []
    for number in range(12):
        service.clock.forward(seconds=1)
        addresses.append(await _refused(lead, {**TYPED, "reason": f"Try {number}"}))
    assert "Try 11" in await lead.get(addresses[11], 400)
    assert "Try 1<" not in await lead.get(addresses[1])  # of one person, the newest ten
    service.clock.forward(minutes=16)
    await lead.get("/account")
    service.clock.forward(minutes=15)
    assert "Try 11" not in await lead.get(addresses[11])
    await _refused(lead)
    async with connected(fresh_database.owner_dsn) as owner:
        await form_answers.forget_old(service.gate)
        assert await owner.fetchval("SELECT count(*) FROM form_answer") == 1
        await lead.get("/account")
        await lead.post("/sign-out")
        assert await owner.fetchval("SELECT count(*) FROM form_answer") == 0


async def test_an_address_that_is_none_shows_it_too(service: Service) -> None:
    """A form can stand on a page that has no address of its own: one that answered a form before it."""
    lead, _, _ = await at_work(service, "lead")
    await lead.get(FORM)
    headers = {"Sec-Fetch-Mode": "navigate", "Referer": f"{ADDRESS}/sign-out", "Accept": "text/html"}
    await lead.post("/decisions/new/vire", TYPED, headers=headers)
    assert lead.page is not None
    lead.headers["Accept"] = "text/html"
    assert TYPED["reason"] in await lead.get(lead.page.headers["location"], 400)


async def test_only_what_was_done_is_told_once_where_it_was_done(service: Service) -> None:
    made = await service.post("lead", "/virements", {**VIREMENT, "reason": "Needed"}, 201)
    approver, _, _ = await at_work(service, "approver")
    path, banner = f"/decisions/{made['id']}", "govuk-notification-banner--success"
    assert banner not in await approver.get(f"{path}?done=approved")
    await approver.post(f"{path}/approve", {"reason": "Right", "once": "a"})
    assert approver.page is not None
    address = approver.page.headers["location"]
    assert address == f"{path}?done=approved"
    assert banner not in await approver.get(f"{path}?done=rejected")
    script = await approver.send("GET", address, headers={"Sec-Fetch-Mode": "cors"})
    for page, is_told in (
        (script.text, True),
        (await approver.get(address), True),
        (await approver.get(address), False),
    ):
        assert (banner in page) is is_told


async def test_whoever_has_not_signed_in_goes_back_too(service: Service) -> None:
    someone = Browser(service.client)
    tried = {"email": "nobody@example.org", "password": "x", "next": "/"}
    address = await _refused(someone, tried, "/sign-in")
    page = await someone.get(address, 403)
    assert "nobody@example.org" in page
    other = Browser(service.client)
    await other.get("/sign-in")
    assert "nobody@example.org" not in await other.get(address)
    flood = {"Sec-Fetch-Mode": "navigate", "Referer": f"{ADDRESS}/sign-in"}
    found = []
    for _ in range(STRANGERS_A_MINUTE + 1):
        await other.post("/sign-in", {"email": ""}, None, headers=flood, token=other.token())
        found.append(other.page and other.page.status_code)
        await other.send("GET", "/sign-in")
    assert found == [303] * (STRANGERS_A_MINUTE - 1) + [400] * 2


@pytest.mark.parametrize("renewed", [True, False])
async def test_what_is_shown_once_can_be_reloaded_where_it_was_shown(service: Service, renewed: bool) -> None:
    """Recovery codes come with a new session, which opens them; the one before does not."""
    lead = await joined(service, "lead")
    await lead.sign_in("lead")
    before = dict(lead.cookies)
    lead.headers |= {"Sec-Fetch-Mode": "navigate", "Referer": f"{ADDRESS}/second-factor/set-up"}
    await lead.get("/second-factor/set-up")
    with pytest.raises(AssertionError):  # it is not shown at once
        await lead.set_up(service.clock.now)
    assert lead.page is not None
    address = lead.page.headers["location"]
    if renewed:
        assert len(re.findall(r'class="app-secret">[a-z0-9-]+<', await lead.get(address))) == 10
    else:
        lead.cookies = before
        assert "app-secret" not in (await lead.send("GET", address)).text
