"""Invitations: a link works once, for a week, for its own purpose; and one administrator alone takes over nobody."""

import asyncio
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from grants.actions.invitations import invite
from grants.actions.people import OPERATOR, add_person, deactivate
from grants.domain.access import Actor, Role
from grants.domain.errors import NotAllowed, NotFound, RuleBroken
from grants.store.people import actor_by_id
from tests.grants.web.browsing import PASSWORD, Browser, at_work, joined, link_for, person
from tests.service import ADDRESS, Service

GONE = "This link was used already, or it is older than a week."
OTHER = "quarry sonnet brisk 40"


async def _administrators(service: Service) -> list[Actor]:
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "second@example.org", "Second", [(Role.ADMINISTRATOR, None)])
        found = [
            await actor_by_id(tx.db, who)
            for who in (await person(service, "administrator"), await _second(service, tx.db))
        ]
    return [actor for actor in found if actor is not None]


async def _second(service: Service, db: object) -> UUID:
    found: UUID = await db.fetchval("SELECT id FROM person WHERE email = 'second@example.org'")  # type: ignore[attr-defined]
    return found


async def _made(service: Service, maker: Actor, who: str, purpose: str) -> str:
    someone = await person(service, who)
    async with service.gate.deed(maker) as tx:
        return (await invite(tx, someone, purpose, ADDRESS)).removeprefix(ADDRESS)


async def test_a_link_is_looked_at_as_often_as_one_likes_and_used_once(service: Service) -> None:
    path = await link_for(service, "officer")
    browser = Browser(service.client)
    for _ in range(3):
        assert "officer@example.org" in await browser.get(path)
    assert "at least 12 characters" in await browser.post(path, {"password": "short"}, 400)
    assert "easy to guess" in await browser.post(path, {"password": "password1234"}, 400)
    assert "your name or email" in await browser.post(path, {"password": "officer@example.org1"}, 400)
    await browser.post(path, {"password": PASSWORD}, 200)
    assert GONE in await browser.get(path, 403)
    await Browser(service.client).sign_in("officer")


async def test_of_two_who_use_a_link_at_once_one_sets_the_password(service: Service) -> None:
    path = await link_for(service, "officer")
    browser = Browser(service.client)
    await browser.get(path)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    async def use(password: str) -> int:
        answer = await service.client.request(
            "POST",
            path,
            data={"form_token": browser.token(), "password": password},
            headers={"Origin": ADDRESS, "Cookie": cookies},
        )
        return answer.status_code

    assert sorted(await asyncio.gather(use(PASSWORD), use(OTHER))) == [200, 403]


async def test_a_link_lasts_a_week(service: Service) -> None:
    path = await link_for(service, "officer")
    service.clock.forward(days=6, hours=23)
    await Browser(service.client).get(path)
    service.clock.forward(hours=1)
    assert GONE in await Browser(service.client).get(path, 403)
    browser = Browser(service.client)
    await browser.get("/sign-in")
    assert GONE in await browser.post(path, {"password": PASSWORD}, 403)


async def test_a_newer_link_ends_the_older_one(service: Service) -> None:
    older, newer = await link_for(service, "officer"), await link_for(service, "officer")
    assert GONE in await Browser(service.client).get(older, 403)
    await Browser(service.client).get(newer)


async def test_unknown_and_used_links_look_the_same(service: Service) -> None:
    path = await link_for(service, "officer")
    await joined(service, "officer")
    used, unknown = Browser(service.client), Browser(service.client)
    pages = [await used.get(path, 403), await unknown.get("/invitation/" + "x" * 43, 403)]
    for browser, at in ((used, 0), (unknown, 1)):
        assert browser.page is not None
        pages[at] = pages[at].replace(browser.page.headers["x-request-id"], "NUMBER")
    assert pages[0] == pages[1]


async def test_a_link_of_somebody_who_has_left_works_no_more(service: Service) -> None:
    path = await link_for(service, "officer")
    someone = await person(service, "officer")
    async with service.gate.deed(OPERATOR) as tx:
        await deactivate(tx, someone)
    assert GONE in await Browser(service.client).get(path, 403)
    with pytest.raises(NotFound):
        await link_for(service, "officer")


async def test_a_new_password_ends_all_sessions_and_keeps_the_second_factor(service: Service) -> None:
    browser, _, codes = await at_work(service, "lead")
    path = await link_for(service, "lead", "password")
    mailbox = Browser(service.client)
    await mailbox.get(path)
    assert "You are signed in" in await browser.get("/")
    await mailbox.post(path, {"password": OTHER}, 200)
    assert "You are signed in" not in await browser.get("/")
    await mailbox.sign_in("lead", PASSWORD, 403)
    await mailbox.sign_in("lead", OTHER)
    assert "Enter your code" in await mailbox.follow()
    await mailbox.post("/sign-in/second-factor", {"code": codes[0]})


async def test_one_administrator_alone_does_not_free_an_account_of_both_factors(service: Service) -> None:
    await at_work(service, "lead")
    first, second = await _administrators(service)
    path = await _made(service, first, "lead", "password")
    with pytest.raises(NotAllowed, match="two administrators"):
        await _made(service, first, "lead", "second_factor")
    browser = Browser(service.client)
    await browser.get(path)
    await browser.post(path, {"password": OTHER}, 200)
    with pytest.raises(NotAllowed, match="two administrators"):
        await _made(service, first, "lead", "second_factor")
    path = await _made(service, second, "lead", "second_factor")
    with pytest.raises(NotAllowed, match="two administrators"):
        await _made(service, second, "lead", "password")
    await browser.get(path)
    assert "password to set up another one" in await browser.post(path, status=200)
    await browser.sign_in("lead", OTHER)
    assert "Your role needs a second factor" in await browser.follow()
    service.clock.forward(days=8)
    await browser.sign_in("lead", OTHER)
    await browser.set_up(service.clock.now)
    await _made(service, first, "lead", "second_factor")


async def test_nobody_invites_themselves_nor_without_being_an_administrator(service: Service) -> None:
    first, _ = await _administrators(service)
    with pytest.raises(NotAllowed, match="Somebody else"):
        await _made(service, first, "administrator", "join")
    async with service.gate.deed(OPERATOR) as tx:
        lead = await actor_by_id(tx.db, await person(service, "lead"))
    assert lead is not None
    with pytest.raises(NotAllowed):
        await _made(service, lead, "officer", "join")


async def test_a_link_makes_sense_or_is_not_made(service: Service) -> None:
    for purpose in ("password", "second_factor"):
        with pytest.raises(RuleBroken):
            await link_for(service, "officer", purpose)
    await joined(service, "officer")
    with pytest.raises(RuleBroken):
        await link_for(service, "officer")
    async with service.gate.deed(OPERATOR) as tx:
        await add_person(tx, "olive@example.org", "Olive", [(Role.AUDITOR, None)], is_example=True)
    with pytest.raises(NotAllowed, match="Example people"):
        await link_for(service, "olive")
    async with service.gate.deed(OPERATOR) as tx:
        with pytest.raises(NotFound):
            await invite(tx, UUID(int=3), "join", ADDRESS)


async def test_a_link_goes_to_no_other_site_and_into_no_log(service: Service) -> None:
    path = await link_for(service, "officer")
    browser = Browser(service.client)
    with capture_logs() as logged:
        page = await browser.get(path)
    assert browser.page is not None
    assert browser.page.headers["referrer-policy"] == "same-origin"
    assert "http" not in page.replace("http-equiv", "")
    secret = path.rpartition("/")[2]
    assert "/invitation/{secret}" in {line.get("route") for line in logged}
    assert secret not in str(logged)
    async with service.gate.signing_in() as tx:
        kept = await tx.db.fetchval("SELECT string_agg(i::text, '') FROM invitation i")
        journal = await tx.db.fetchval("SELECT coalesce(string_agg(j::text, ''), '') FROM journal j")
    assert secret not in kept + journal
