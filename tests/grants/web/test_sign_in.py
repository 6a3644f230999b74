"""Signing in with a password, as somebody who attacks it: what a stranger learns, how fast they may guess, what a session is worth."""

import asyncio
from typing import Any

import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

from grants.actions import hashing
from grants.actions.people import OPERATOR, deactivate, end_roles
from grants.domain.access import Role
from grants.store.signing_in import keep_password, password_hash_of
from tests.grants.web.browsing import PASSWORD, Browser, joined, person
from tests.service import ADDRESS, Service

REFUSED = "The email address or the password is not right."
SESSION = "tallystick"


async def test_a_recipients_person_signs_in_with_a_password(service: Service) -> None:
    browser = await joined(service, "officer")
    assert SESSION not in browser.cookies  # the link itself signs nobody in
    await browser.sign_in("officer")
    page = await browser.follow()
    assert "You are signed in as officer" in page
    assert "Finance officer for Oldham" in page
    await browser.post("/sign-out")
    assert "Sign in" in await browser.follow()
    assert SESSION not in browser.cookies


async def test_a_strangers_guess_tells_nothing(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown address, a wrong password, somebody without a password, who has left, an example: the same page, and one hash."""
    checked: list[bool] = []
    holds = hashing.Hashing.holds

    async def counted(self: hashing.Hashing, kept: str | None, password: str) -> bool:
        checked.append(kept is not None)
        return await holds(self, kept, password)

    monkeypatch.setattr(hashing.Hashing, "holds", counted)
    await joined(service, "officer")
    await joined(service, "certifier")
    left = await person(service, "certifier")
    async with service.gate.deed(OPERATOR) as tx:
        await deactivate(tx, left)
    pages = set()
    for who in ("officer", "certifier", "nobody-at-all", "auditor"):
        browser = Browser(service.client)
        page = await browser.sign_in(who, "not the password", 403)
        assert REFUSED in page
        token = browser.token()
        pages.add(page.replace(f"{who}@example.org", "SOMEBODY").replace(token, "TOKEN"))
    assert len(pages) == 1
    assert checked == [True, False, False, False]


async def test_after_five_failures_guesses_wait_longer_and_longer(service: Service) -> None:
    await joined(service, "officer")
    browser = Browser(service.client)
    for _ in range(5):
        await browser.sign_in("officer", "not the password", 403)
    waits = []
    for _ in range(7):
        page = await browser.sign_in("officer", status=None)
        assert browser.page is not None
        assert browser.page.status_code == 429, page
        assert "too many tries" in page
        waits.append(int(browser.page.headers["retry-after"]))
        service.clock.forward(seconds=waits[-1])
        await browser.sign_in("officer", "not the password", 403)
    assert waits == [30, 60, 120, 240, 480, 900, 900]


async def test_an_address_that_nobody_has_is_delayed_alike(service: Service) -> None:
    browser = Browser(service.client)
    for _ in range(5):
        await browser.sign_in("nobody-at-all", "not the password", 403)
    await browser.sign_in("nobody-at-all", "not the password", 429)


async def test_the_right_password_forgets_the_failures_of_the_account(service: Service) -> None:
    await joined(service, "officer")
    browser = Browser(service.client)
    for _ in range(3):
        for _ in range(4):
            await browser.sign_in("officer", "not the password", 403)
        await browser.sign_in("officer")
        await browser.follow()
        await browser.post("/sign-out")


async def test_one_network_cannot_go_through_accounts(service: Service) -> None:
    for number in range(20):
        await Browser(service.client).sign_in(f"guess{number}", "not the password", 403)
    await Browser(service.client).sign_in("guess-again", "not the password", 403)
    await Browser(service.client).sign_in("another", "not the password", 429)


async def test_guesses_at_once_get_no_further_than_one_by_one(service: Service, replica: Any) -> None:
    """The try is counted before it is checked: of thirty at once in two replicas, five are looked at."""
    await joined(service, "officer")
    browsers = [Browser(client) for client in (service.client, replica) for _ in range(8)]
    for browser in browsers:
        await browser.get("/sign-in")

    async def guess(browser: Browser) -> int:
        fields = {"email": "officer@example.org", "password": "not the password"}
        headers = {
            "Origin": ADDRESS,
            "Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items()),
        }
        answer = await browser.client.request(
            "POST", "/sign-in", data={"form_token": browser.token(), **fields}, headers=headers, follow_redirects=False
        )
        status: int = answer.status_code
        return status

    answers = await asyncio.gather(*(guess(browser) for browser in browsers))
    assert sorted(set(answers)) == [403, 429]
    assert answers.count(403) == 5


async def test_nobody_is_led_elsewhere_after_signing_in(service: Service) -> None:
    browser = await joined(service, "officer")
    for onward in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "\t//x",
    ):
        await browser.sign_in("officer", onward=onward)
        assert browser.page is not None
        assert browser.page.headers["location"] == "/sign-in/second-factor?next=/"
        await browser.follow()
        await browser.post("/sign-out")
        page = await browser.send("GET", "/sign-in", params={"next": onward})
        assert 'name="next" value="/"' in page.text
    await browser.sign_in("officer", onward="/account")
    assert "Your account" in await browser.follow()


async def test_a_half_filled_form_says_what_is_missing(service: Service) -> None:
    browser = Browser(service.client)
    await browser.get("/sign-in")
    page = await browser.post("/sign-in", {"email": " ", "password": ""}, 400)
    assert "<title>Error: Sign in – Tallystick</title>" in page
    assert page.count("Enter your email address<") == page.count("Enter your password<") == 2


async def test_an_address_that_cannot_be_kept_is_no_fault_of_ours(service: Service) -> None:
    for address in ("a\x00@example.org", "é" * 5_000, "\u202e@example.org"):
        browser = Browser(service.client)
        await browser.get("/sign-in")
        await browser.post("/sign-in", {"email": address, "password": "x"}, None)
        assert browser.page is not None
        assert browser.page.status_code in (400, 403, 413), address[:20]


async def test_somebody_without_a_role_signs_in_to_nothing(service: Service) -> None:
    browser = await joined(service, "officer")
    async with service.gate.deed(OPERATOR) as tx:
        await end_roles(tx, "officer@example.org", Role.FINANCE_OFFICER)
    await browser.sign_in("officer")
    assert "You have no role yet" in await browser.follow()
    await browser.get("/account", 403)
    await browser.post("/sign-out")


@pytest.mark.parametrize("cheap_hashes", [None])  # with the service's own parameters
async def test_a_hash_of_older_parameters_is_renewed_at_sign_in(service: Service) -> None:
    await joined(service, "officer")
    someone = await person(service, "officer")
    async with service.gate.signing_in() as tx:
        await keep_password(
            tx.db, someone, PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD), tx.now
        )
    browser = Browser(service.client)
    await browser.sign_in("officer")
    async with service.gate.signing_in() as tx:
        kept = await password_hash_of(tx.db, someone)
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    await Browser(service.client).sign_in("officer")


async def test_the_journal_tells_of_sign_ins_by_numbers_alone(service: Service) -> None:
    browser = await joined(service, "officer")
    await browser.sign_in("officer")
    await browser.follow()
    await browser.post("/sign-out")
    lines = (await service.get("auditor", "/journal?limit=200"))["items"]
    told = [line for line in lines if line["deed"] == "sign_in"]
    assert [(line["subject_kind"], line["after"]) for line in told] == [
        ("invitation", {"used_for": "join"}),
        ("session", {"by": "password", "factors": 1}),
        ("session", {"ended": "signed_out"}),
    ]
    assert {line["person"] for line in told} == {"officer"}
    assert all(len(line["request_id"]) == 32 for line in told)
    assert "example.org" not in str(told)
    assert "Firefox" not in str(told)


async def test_what_was_typed_is_in_no_log(service: Service) -> None:
    with capture_logs() as logged:
        await Browser(service.client).sign_in("officer-typed", "secret words typed", 403)
    assert "/sign-in" in {line.get("route") for line in logged}
    for typed in ("officer-typed", "secret words"):
        assert typed not in str(logged)
