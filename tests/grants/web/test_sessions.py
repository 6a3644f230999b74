"""Sessions: new ids, ends that hold in every replica, and nobody else's to end."""

from typing import Any

from grants.actions.people import OPERATOR, deactivate
from tests.grants.web.browsing import PASSWORD, Browser, joined, person
from tests.service import Service

REFUSED = "The email address or the password is not right."
SESSION = "tallystick"


async def test_the_session_has_an_id_that_no_browser_brought(service: Service) -> None:
    """Fixation: whoever plants a cookie before sign-in holds nothing after it; nor does the session before stay."""
    browser = await joined(service, "officer")
    browser.cookies[SESSION] = "planted"
    await browser.sign_in("officer")
    first = browser.cookies[SESSION]
    assert first != "planted"
    thief = Browser(service.client, {SESSION: "planted"})
    assert "You are signed in" not in await thief.get("/")
    await browser.get("/")
    await browser.post("/sign-out")
    await browser.sign_in("officer")
    assert browser.cookies[SESSION] != first


async def test_signing_in_again_ends_the_session_that_the_browser_brought(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    first = browser.cookies.pop(SESSION)
    await browser.get("/sign-in")
    token = browser.token()
    browser.cookies[SESSION] = first  # another window signed in meanwhile
    await browser.get("/")
    fields = {"email": "officer@example.org", "password": PASSWORD}
    await browser.post("/sign-in", fields, 403, token=token)
    await browser.post("/sign-in", fields)
    assert browser.cookies[SESSION] != first
    assert "You are signed in" not in await Browser(service.client, {SESSION: first}).get("/")


async def test_a_session_that_was_signed_out_is_over_in_every_replica(service: Service, replica: Any) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    elsewhere = Browser(replica, dict(browser.cookies))
    assert "You are signed in" in await elsewhere.get("/")
    await elsewhere.get("/account")
    await browser.get("/")
    await browser.post("/sign-out")
    assert "You are signed in" not in await elsewhere.get("/")
    answer = await elsewhere.send("GET", "/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/account")


async def test_a_session_ends_after_half_an_hour_without_use(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    for _ in range(3):
        service.clock.forward(minutes=29)
        assert "You are signed in" in await browser.get("/")
    service.clock.forward(minutes=30)
    assert "You are signed in" not in await browser.get("/")
    service.clock.forward(minutes=-29)
    assert "You are signed in" in await browser.get("/")  # the clock alone decides, and nothing was written


async def test_a_page_that_updates_by_itself_keeps_no_session_in_use(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    by_itself = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    for status in (200, 303):
        service.clock.forward(minutes=16)
        assert (await browser.send("GET", "/account", headers=by_itself)).status_code == status
    assert browser.page is not None
    assert browser.page.headers["location"].startswith("/sign-in")


async def test_a_session_ends_after_twelve_hours_however_much_it_is_used(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    for _ in range(28):
        service.clock.forward(minutes=25)
        assert "You are signed in" in await browser.get("/")
    service.clock.forward(minutes=21)
    assert "You are signed in" not in await browser.get("/")


async def test_whoever_is_deactivated_is_out_at_once(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    someone = await person(service, "officer")
    async with service.gate.deed(OPERATOR) as tx:
        await deactivate(tx, someone)
    assert "You are signed in" not in await browser.get("/")
    assert REFUSED in await browser.sign_in("officer", status=403)


async def test_sessions_are_listed_and_ended_by_their_own_person_only(service: Service) -> None:
    home, office = await joined(service, "officer"), Browser(service.client)
    await home.sign_in("officer")
    await office.sign_in("officer")
    page = await office.get("/account")
    assert page.count("Firefox on Linux") >= 2
    ending = page.split("/account/sessions/")[1].partition("/end")[0]
    stranger = await joined(service, "certifier")
    await stranger.sign_in("certifier")
    await stranger.get("/account")
    await stranger.post(f"/account/sessions/{ending}/end", status=404)
    assert "You are signed in" in await home.get("/")
    await office.post(f"/account/sessions/{ending}/end")
    assert "You are signed in" not in await home.get("/")
    await home.sign_in("officer")
    await office.get("/account")
    await office.post("/account/sessions/end-others")
    assert "You are signed in" not in await home.get("/")
    assert "You are signed in" in await office.get("/")


async def test_a_changed_password_ends_all_other_sessions_and_renews_this_one(service: Service) -> None:
    home, office = await joined(service, "officer"), Browser(service.client)
    await home.sign_in("officer")
    await office.sign_in("officer")
    before = dict(office.cookies)
    await office.get("/account")
    wanted = "quarry sonnet brisk 40"
    assert "not right" in await office.post(
        "/account/password", {"current_password": "wrong", "new_password": wanted}, 403
    )
    assert "at least 12" in await office.post(
        "/account/password", {"current_password": PASSWORD, "new_password": "short"}, 400
    )
    await office.post("/account/password", {"current_password": PASSWORD, "new_password": wanted})
    assert "You are signed in" in await office.get("/")
    for cookies in (before, home.cookies):
        assert "You are signed in" not in await Browser(service.client, dict(cookies)).get("/")
    await Browser(service.client).sign_in("officer", PASSWORD, 403)
    await Browser(service.client).sign_in("officer", wanted)
