"""One sign-in with a provider: in the browser that began it, once, in time, with that provider, for that person."""

import asyncio
import base64
from datetime import timedelta
from urllib.parse import urlencode

from structlog.testing import capture_logs

from tests.provider.browser import Browser
from tests.provider.liar import ISSUER, Liar, claims, signed
from tests.provider.lying import FLOW, OTHER_ISSUER, SESSION, Hands, back, is_in, sent, signed_in
from tests.provider.signing import House, kinds


async def test_all_that_is_honest_opens_a_session_and_the_cookies_are_for_this_host_alone(
    at_home: House, liar: Liar
) -> None:
    async with at_home.browser() as browser:
        begun = await browser.get("/sign-in/with/liar")
        answer = await back(browser, liar.sent(begun.headers["location"]))
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/second-factor?next=/")
        assert "You are signed in as Leo Lead" in (await browser.visit(answer.headers["location"])).text
        for line in (*begun.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")):
            assert line.startswith("__Host-")
            assert {"path=/", "httponly", "samesite=lax", "secure"} <= {
                part.strip().lower() for part in line.split(";")
            }
        assert FLOW not in browser.cookies
        assert answer.headers["cache-control"] == "no-store"


async def test_the_verifier_and_the_nonce_stay_here_and_no_two_sign_ins_share_anything(
    at_home: House, liar: Liar
) -> None:
    async with at_home.browser() as browser:
        first, second = await sent(browser, liar), await sent(browser, liar)
        for name in ("state", "nonce", "code_challenge"):
            assert first[name] != second[name]
        rows = await at_home.rows("SELECT * FROM provider_flow")
        assert len(rows) == 2
        for row in rows:
            assert row["verifier"] not in (first["code_challenge"], second["code_challenge"])
            assert first["state"] not in str(dict(row))


async def test_an_answer_without_a_sign_in_that_was_begun_here_is_nothing(at_home: House, liar: Liar) -> None:
    async with at_home.browser() as browser, at_home.browser() as thief:
        for query in ("", "?code=c", "?state=s", "?code=c&state=s", "?state=&code=", "?state=%00", "?state=a&state=b"):
            assert (await browser.get(f"/sign-in/with/liar/callback{query}")).status_code == 400
        asked = await sent(thief, liar)
        # The thief has a victim's browser end the thief's own sign-in: it is not in that browser's cookies.
        assert (await back(browser, asked)).status_code == 400
        browser.cookies.set(FLOW, "guessed.Lw", domain="tallystick.example", path="/")
        assert (await back(browser, asked)).status_code == 400
        assert not is_in(browser)
        assert liar.exchanged == []
        assert (await back(thief, asked)).status_code == 303


async def test_an_answer_is_good_once_also_where_two_come_at_the_same_moment(at_home: House, liar: Liar) -> None:
    async with at_home.browser() as browser:
        asked = await sent(browser, liar)
        answers = await asyncio.gather(*(back(browser, asked) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [303, 400, 400, 400]
        assert len(liar.exchanged) == len(await at_home.rows("SELECT FROM session")) == 1


async def test_an_answer_that_comes_too_late_is_nothing_and_what_never_came_is_removed(
    at_home: House, liar: Liar, hands: Hands
) -> None:
    async with at_home.browser() as browser:
        asked = await sent(browser, liar)
        hands.on = timedelta(minutes=10, seconds=1)
        assert (await back(browser, asked)).status_code == 400
        assert len(await at_home.rows("SELECT FROM provider_flow")) == 1
        await sent(browser, liar)
        assert len(await at_home.rows("SELECT FROM provider_flow")) == 1


async def test_what_one_provider_was_asked_another_cannot_answer(at_home: House, liar: Liar) -> None:
    """Mix-up: a lying provider sends the browser to another's callback, or has the code of another brought to it."""
    other = Liar(issuer=OTHER_ISSUER)
    at_home.believe("other", other)
    async with at_home.browser() as browser:
        asked = await sent(browser, liar)
        assert (await back(browser, asked, "other")).status_code == 400
        for named in (OTHER_ISSUER, "", f"{ISSUER}&iss={OTHER_ISSUER}"):
            asked = await sent(browser, liar)
            with capture_logs() as logged:
                path = f"/sign-in/with/liar/callback?code=c&state={asked['state']}&iss={named}"
                assert (await browser.get(path)).status_code == 403
            assert kinds(logged) == ["answer_issuer"]
        assert liar.exchanged == other.exchanged == []
        assert (await back(browser, await sent(browser, liar), iss=ISSUER)).status_code == 303


async def test_a_person_is_one_subject_of_each_issuer(at_home: House, liar: Liar) -> None:
    other = Liar(issuer=OTHER_ISSUER, token=lambda nonce: signed(claims(nonce, iss=OTHER_ISSUER)))
    at_home.believe("other", other)
    async with at_home.browser() as browser:
        assert (await signed_in(browser, liar)).status_code == 303
        liar.token = lambda nonce: signed(claims(nonce, sub="subject-2"))
        with capture_logs() as logged:
            assert (await signed_in(browser, liar)).status_code == 403
        assert kinds(logged) == ["person_linked_otherwise"]
        assert (await back(browser, await sent(browser, other, "other"), "other")).status_code == 303
        linked = await at_home.rows("SELECT issuer, subject FROM provider_identity ORDER BY issuer")
        assert [tuple(row) for row in linked] == [(ISSUER, "subject-1"), (OTHER_ISSUER, "subject-1")]


async def both(one: Browser, two: Browser, liar: Liar) -> list[int]:
    """Two come back at the same moment; the nonce of each stands in for its code, so that each gets its own token."""
    asked = [(browser, await sent(browser, liar), liar.nonce) for browser in (one, two)]
    answers = await asyncio.gather(*(back(browser, of, code=nonce) for browser, of, nonce in asked))
    return sorted(answer.status_code for answer in answers)


async def test_two_subjects_that_claim_one_person_at_once_do_not_both_get_them(at_home: House, liar: Liar) -> None:
    def token(_: str) -> str:
        nonce = liar.exchanged[-1]["code"]
        return signed(claims(nonce, sub=f"subject {nonce}"))

    liar.token = token
    async with at_home.browser() as one, at_home.browser() as two:
        with capture_logs() as logged:
            assert await both(one, two, liar) == [303, 403]
        assert kinds(logged) == ["person_linked_otherwise"]
        assert len(await at_home.rows("SELECT FROM provider_identity")) == 1


async def test_one_person_in_two_windows_at_once_gets_in_by_both(at_home: House, liar: Liar) -> None:
    liar.token = lambda _: signed(claims(liar.exchanged[-1]["code"]))
    async with at_home.browser() as one, at_home.browser() as two:
        assert await both(one, two, liar) == [303, 303]
        assert len(await at_home.rows("SELECT FROM provider_identity")) == 1


async def test_the_session_that_the_browser_brought_ends(at_home: House, liar: Liar) -> None:
    async with at_home.browser() as browser, at_home.browser() as thief:
        browser.cookies.set(SESSION, "planted", domain="tallystick.example", path="/")
        await signed_in(browser, liar)
        first = browser.cookies[SESSION]
        assert first != "planted"
        await signed_in(browser, liar)
        assert browser.cookies[SESSION] != first
        thief.cookies.set(SESSION, first, domain="tallystick.example", path="/")
        assert "You are signed in" not in (await thief.get("/")).text
        ended = await at_home.rows("SELECT ended_because FROM session ORDER BY created_at")
        assert [row[0] for row in ended] == ["replaced", None]


async def test_whoever_signs_in_goes_on_to_a_page_of_ours_alone(at_home: House, liar: Liar) -> None:
    elsewhere = (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=y",
        "",
    )
    async with at_home.browser() as browser:
        for onward, place in {"/account": "/account", **dict.fromkeys(elsewhere, "/")}.items():
            answer = await back(browser, await sent(browser, liar, onward=f"?{urlencode({'next': onward})}"))
            assert answer.headers["location"] == f"/sign-in/second-factor?next={place}", onward


async def test_where_to_go_on_to_cannot_be_changed_in_the_cookie(at_home: House, liar: Liar) -> None:
    async with at_home.browser() as browser:
        asked = await sent(browser, liar)
        marked = browser.cookies[FLOW].rpartition(".")[0] + "." + base64.urlsafe_b64encode(b"//evil.example").decode()
        browser.cookies.set(FLOW, marked, domain="tallystick.example", path="/")
        assert (await back(browser, asked)).status_code == 400
