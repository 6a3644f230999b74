"""The second factor: nobody of the funder gets anywhere without it, and no code works twice."""

import asyncio
import re

from pyotp import TOTP

from tests.grants.web.browsing import PASSWORD, Browser, at_work, joined, secret_in
from tests.service import ADDRESS, Service

SESSION = "tallystick"


async def test_the_funders_people_and_administrators_must_have_one(service: Service) -> None:
    for who in ("lead", "approver", "auditor", "administrator"):
        await _must_have_one(service, who)


async def _must_have_one(service: Service, who: str) -> None:
    browser = await joined(service, who)
    await browser.sign_in(who, onward="/account")
    assert "Your role needs a second factor" in await browser.follow()
    await browser.send("GET", "/account")
    assert browser.page is not None
    assert browser.page.headers["location"] == "/sign-in?next=/account"
    assert "You have not finished signing in" in await browser.get("/")
    for path in ("/account/tokens", "/account/password", "/account/sessions/end-others"):
        answer = await browser.post(path, {"label": "x", "days": "7"})
        assert "token" not in answer
        assert browser.page.headers["location"] == "/sign-in"
        await browser.get("/")
    await browser.set_up(service.clock.now)
    assert f"You are {who}" in await browser.get("/account")


async def test_the_session_has_a_new_id_once_the_factor_is_shown(service: Service) -> None:
    browser, secret, _ = await at_work(service, "lead")
    await browser.get("/")
    await browser.post("/sign-out")
    service.clock.forward(minutes=1)
    await browser.sign_in("lead", onward="/account")
    half = dict(browser.cookies)
    await browser.follow()
    await browser.post("/sign-in/second-factor", {"code": TOTP(secret).at(service.clock.now), "next": "/account"})
    assert "Your account" in await browser.follow()
    assert browser.cookies[SESSION] != half[SESSION]
    left = Browser(service.client, half)
    assert "You have not finished" not in await left.get("/")
    assert "Your account" not in (await left.send("GET", "/account")).text


async def test_a_code_works_once_and_none_before_it(service: Service) -> None:
    _, secret, _ = await at_work(service, "lead")
    shown_at_set_up = TOTP(secret).at(service.clock.now)
    other = Browser(service.client)
    await other.sign_in("lead")
    await other.follow()
    page = await other.post("/sign-in/second-factor", {"code": shown_at_set_up}, 403)
    assert "used already" in page
    service.clock.forward(seconds=30)
    await other.post("/sign-in/second-factor", {"code": TOTP(secret).at(service.clock.now)})
    third = Browser(service.client)
    await third.sign_in("lead")
    await third.follow()
    await third.post("/sign-in/second-factor", {"code": TOTP(secret).at(service.clock.now)}, 403)
    await third.post("/sign-in/second-factor", {"code": shown_at_set_up}, 403)


async def test_of_two_who_bring_the_same_code_at_once_one_is_let_in(service: Service) -> None:
    _, secret, _ = await at_work(service, "lead")
    service.clock.forward(minutes=2)
    browsers = [Browser(service.client), Browser(service.client)]
    for browser in browsers:
        await browser.sign_in("lead")
        await browser.follow()

    async def show(browser: Browser) -> int:
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        answer = await service.client.request(
            "POST",
            "/sign-in/second-factor",
            data={"form_token": browser.token(), "code": TOTP(secret).at(service.clock.now)},
            headers={"Origin": ADDRESS, "Cookie": cookies},
            follow_redirects=False,
        )
        return answer.status_code

    assert sorted(await asyncio.gather(*(show(browser) for browser in browsers))) == [303, 403]


async def test_a_clock_may_be_one_step_off(service: Service) -> None:
    _, secret, _ = await at_work(service, "lead")
    for seconds, status in ((-60, 403), (-30, 303), (0, 303), (30, 303), (60, 403)):
        service.clock.forward(hours=1)
        browser = Browser(service.client)
        await browser.sign_in("lead")
        await browser.follow()
        code = TOTP(secret).at(int(service.clock.now.timestamp()) + seconds)
        await browser.post("/sign-in/second-factor", {"code": code}, status)


async def test_wrong_codes_delay_the_next_as_wrong_passwords_do(service: Service) -> None:
    _, secret, codes = await at_work(service, "lead")
    service.clock.forward(minutes=2)
    browser = Browser(service.client)
    await browser.sign_in("lead")
    await browser.follow()
    wrong = "000000" if TOTP(secret).at(service.clock.now) != "000000" else "111111"
    for _ in range(5):
        await browser.post("/sign-in/second-factor", {"code": wrong}, 403)
    token = browser.token()
    await browser.post("/sign-in/second-factor", {"code": codes[0]}, 429)
    service.clock.forward(seconds=31)
    await browser.post("/sign-in/second-factor", {"code": codes[0]}, token=token)


async def test_each_recovery_code_works_once(service: Service) -> None:
    _, _, codes = await at_work(service, "lead")
    for code, status in ((codes[3], 303), (codes[3], 403), (codes[4].upper().replace("-", " "), 303)):
        browser = Browser(service.client)
        await browser.sign_in("lead")
        await browser.follow()
        await browser.post("/sign-in/second-factor", {"code": code}, status)


async def test_recovery_codes_are_of_one_person(service: Service) -> None:
    _, _, codes = await at_work(service, "lead")
    await at_work(service, "approver")
    browser = Browser(service.client)
    await browser.sign_in("approver")
    await browser.follow()
    await browser.post("/sign-in/second-factor", {"code": codes[0]}, 403)


async def test_new_recovery_codes_end_the_old_ones(service: Service) -> None:
    browser, secret, codes = await at_work(service, "lead")
    service.clock.forward(minutes=1)
    await browser.get("/account")
    await browser.post("/account/second-factor/codes", {"renew_code": "000 000"}, 403)
    page = await browser.post("/account/second-factor/codes", {"renew_code": TOTP(secret).at(service.clock.now)}, 200)
    fresh = re.findall(r'<li class="app-secret">([a-z0-9-]+)</li>', page)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    other = Browser(service.client)
    await other.sign_in("lead")
    await other.follow()
    await other.post("/sign-in/second-factor", {"code": codes[0]}, 403)
    await other.post("/sign-in/second-factor", {"code": fresh[0]})


async def test_a_recipients_person_may_choose_one_and_must_then_show_it(service: Service) -> None:
    browser = await joined(service, "officer")
    home = Browser(service.client)
    await home.sign_in("officer")
    await browser.sign_in("officer")
    secret, _ = await browser.set_up(service.clock.now)
    assert "You are signed in" in await browser.get("/")
    assert "You are signed in" not in await home.get("/")  # the session from before showed only one
    await home.sign_in("officer")
    assert "Enter your code" in await home.follow()
    assert "You are signed in" not in await home.get("/")
    await browser.get("/account")
    await browser.post("/account/second-factor/remove", {"remove_code": "123"}, 403)
    service.clock.forward(minutes=1)
    await browser.post("/account/second-factor/remove", {"remove_code": TOTP(secret).at(service.clock.now)})
    await home.sign_in("officer")
    assert "You are signed in" in await home.follow()


async def test_a_lead_who_removes_theirs_sets_up_another_before_anything_else(service: Service) -> None:
    browser, secret, _ = await at_work(service, "lead")
    service.clock.forward(minutes=1)
    await browser.get("/account")
    await browser.post("/account/second-factor/remove", {"remove_code": TOTP(secret).at(service.clock.now)})
    assert "Set up a second factor" in await browser.follow()
    other = Browser(service.client)
    await other.sign_in("lead")
    assert "Your role needs a second factor" in await other.follow()
    fresh, _ = await other.set_up(service.clock.now)
    assert fresh != secret


async def test_a_password_alone_does_not_replace_a_second_factor(service: Service) -> None:
    """Whoever knows the password and not the factor cannot set up their own."""
    _, _, _ = await at_work(service, "lead")
    thief = Browser(service.client)
    await thief.sign_in("lead")
    await thief.follow()
    await thief.post("/second-factor/begin", status=422)
    await thief.send("GET", "/second-factor/set-up")
    assert thief.page is not None
    assert thief.page.headers["location"] == "/sign-in/second-factor"
    await thief.get("/second-factor/code.svg", 404)


async def test_the_square_code_is_of_the_secret_and_goes_once_it_is_confirmed(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    await browser.get("/second-factor/code.svg", 404)
    await browser.get("/second-factor/set-up")
    await browser.post("/second-factor/begin")
    first = secret_in(await browser.follow())
    picture = await browser.send("GET", "/second-factor/code.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["cache-control"] == "no-store"
    assert b"<script" not in picture.content
    await browser.get("/second-factor/set-up")
    await browser.post("/second-factor/begin")
    assert secret_in(await browser.follow()) != first
    assert "not right" in await browser.post("/second-factor/set-up", {"code": "12345"}, 403)
    await Browser(service.client).get("/second-factor/code.svg", 303)


async def test_secrets_and_codes_are_not_readable_in_the_database(service: Service) -> None:
    _, secret, codes = await at_work(service, "lead")
    async with service.gate.signing_in() as tx:
        rows = await tx.db.fetch("SELECT c::text FROM credential c UNION ALL SELECT r::text FROM recovery_code r")
    kept = "".join(row[0] for row in rows)
    assert "argon2id" in kept
    for readable in (secret, PASSWORD, *codes, *(code.replace("-", "") for code in codes)):
        assert readable not in kept
        assert readable.encode().hex() not in kept
