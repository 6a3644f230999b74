"""Signing in with a provider that lies, is away, or is mixed up with another; and with a browser that is not one's own."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jwk
from structlog.testing import capture_logs

from tests.database import Database
from tests.provider.browser import Browser
from tests.provider.liar import CLIENT_ID, ISSUER, Liar, claims, public, signed
from tests.provider.signing import House, house, kinds

OTHER_ISSUER = "https://login.other.example"
FLOW, SESSION = "__Host-tallystick-provider", "__Host-tallystick"


def agreed(name: str, issuer: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": name,
        "title": f"{name.title()} Council",
        "issuer": issuer,
        "client_id": CLIENT_ID,
        "client_secret": "secret-of-ours",
        "email_domains": ["example.org", "oldham.gov.uk"],
        "second_factor": "provider",
        **changed,
    }


class Hands:
    """The clock's hands: real time, moved on by as much as a test says. Liars sign with real time."""

    def __init__(self) -> None:
        self.on = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.on


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def at_home(fresh_database: Database, tmp_path: Path, hands: Hands) -> AsyncIterator[House]:
    """The service with two providers."""
    two = [agreed("liar", ISSUER), agreed("other", OTHER_ISSUER)]
    async with house(fresh_database, tmp_path, two, clock=hands) as found:
        yield found


@pytest.fixture
def liar(at_home: House) -> Liar:
    found = Liar(token=lambda nonce: signed(claims(nonce, amr=["mfa"])))
    at_home.believe("liar", found)
    return found


async def sent(browser: Browser, liar: Liar, provider: str = "liar", onward: str = "") -> dict[str, str]:
    """Begins to sign in: what the browser is sent to the provider with."""
    answer = await browser.get(f"/sign-in/with/{provider}{onward}")
    assert answer.status_code == 303, answer.text
    return liar.sent(answer.headers["location"])


async def back(browser: Browser, asked: dict[str, str], provider: str = "liar", **more: str) -> httpx.Response:
    """Comes back from the provider."""
    query = {"code": "a-code", "state": asked["state"]} | more
    return await browser.get(f"/sign-in/with/{provider}/callback?{urlencode(query)}")


async def signed_in(browser: Browser, liar: Liar) -> httpx.Response:
    """Signs in, from beginning to end."""
    return await back(browser, await sent(browser, liar))


def is_in(browser: Browser) -> bool:
    return SESSION in browser.cookies


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


RSA = jwk.RSAKey.generate_key(2048)
FORGED: dict[str, tuple[Callable[[str], object], str]] = {
    "another nonce": (lambda nonce: signed(claims("x" + nonce)), "token_nonce"),
    "no nonce": (lambda nonce: signed(claims(nonce, nonce=None)), "token_nonce"),
    "another client's": (lambda nonce: signed(claims(nonce, aud="another")), "token_audience"),
    "another issuer's": (lambda nonce: signed(claims(nonce, iss=OTHER_ISSUER)), "token_issuer"),
    "expired": (lambda nonce: signed(claims(nonce, exp=1)), "token_expired"),
    "another's key": (lambda nonce: signed(claims(nonce), key=RSA), "token_signature"),
    "an unknown key": (lambda nonce: signed(claims(nonce), key=RSA, kid="new"), "token_key"),
    "an algorithm not agreed": (lambda nonce: signed(claims(nonce), "ES256"), "token_algorithm"),
    "no signature": (lambda nonce: signed(claims(nonce)).rpartition(".")[0] + ".", "token_signature"),
    "not a token": (lambda nonce: "token", "token_unreadable"),
    "no text": (lambda nonce: {"token": 1}, "exchange_without_id_token"),
    "unverified": (lambda nonce: signed(claims(nonce, email_verified=False)), "email_unverified"),
    "without an address": (lambda nonce: signed(claims(nonce, email=None)), "email_unverified"),
    "a foreign domain": (lambda nonce: signed(claims(nonce, email="lead@example.org.evil.example")), "email_domain"),
    "below the domain": (lambda nonce: signed(claims(nonce, email="lead@sub.example.org")), "email_domain"),
    "two domains": (lambda nonce: signed(claims(nonce, email="lead@evil.example@example.org")), "email_domain"),
    "nobody's": (lambda nonce: signed(claims(nonce, email="nobody@example.org")), "person_unknown"),
    "an example person's": (lambda nonce: signed(claims(nonce, email="eve@example.org")), "person_unknown"),
}


@pytest.mark.parametrize("forged", FORGED)
async def test_what_does_not_hold_signs_nobody_in(at_home: House, liar: Liar, forged: str) -> None:
    make, kind = FORGED[forged]
    liar.token = make
    async with at_home.browser() as browser:
        with capture_logs() as logged:
            answer = await signed_in(browser, liar)
        assert kinds(logged) == [kind]
        assert answer.status_code in (403, 503)
        assert answer.status_code == (503 if kind == "exchange_without_id_token" else 403)
        assert "Try again with Liar Council" in answer.text
        assert not is_in(browser)
        assert await at_home.rows("SELECT FROM session") == await at_home.rows("SELECT FROM provider_identity") == []
        liar.token = lambda nonce: signed(claims(nonce))
        assert (await signed_in(browser, liar)).status_code == 303


async def test_every_refusal_is_the_same_page(at_home: House, liar: Liar) -> None:
    told = set()
    async with at_home.browser() as browser:
        for make, kind in FORGED.values():
            if kind != "exchange_without_id_token":
                liar.token = make
                answer = await signed_in(browser, liar)
                told.add((answer.status_code, answer.text))
    assert len(told) == 1


async def test_the_service_s_own_actors_are_nobody_s(fresh_database: Database, tmp_path: Path) -> None:
    everybody = agreed("liar", ISSUER, email_domains=["service.invalid"])
    async with house(fresh_database, tmp_path, [everybody]) as at_home:
        at_home.believe("liar", liar := Liar())
        for name in ("operator", "scheduler", "announcement"):
            liar.token = lambda nonce, name=name: signed(claims(nonce, email=f"{name}@service.invalid"))  # type: ignore[misc]
            async with at_home.browser() as browser:
                with capture_logs() as logged:
                    assert (await signed_in(browser, liar)).status_code == 403
                assert kinds(logged) == ["person_unknown"]


async def test_keys_that_the_provider_has_changed_are_found_by_themselves(at_home: House, liar: Liar) -> None:
    liar.keys = public("ec")
    async with at_home.browser() as browser:
        assert (await signed_in(browser, liar)).status_code == 403
        liar.keys = public()
        client = at_home.app.state.providers["liar"]
        client._monotonic = lambda later=client._monotonic: later() + 61
        assert (await signed_in(browser, liar)).status_code == 303


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
async def test_a_provider_that_is_away_is_said_to_be_and_can_be_tried_again(
    at_home: House, liar: Liar, path: str
) -> None:
    liar.answer = lambda asked: httpx.Response(503) if asked == path else None
    async with at_home.browser() as browser:
        answer = await browser.get("/sign-in/with/liar")
        if answer.status_code == 303:
            answer = await back(browser, liar.sent(answer.headers["location"]))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "Liar Council could not be asked" in answer.text
        assert not is_in(browser)
        liar.answer = lambda asked: None
        assert (await signed_in(browser, liar)).status_code == 303


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("access_denied", 403),
        ("server_error", 503),
        ("temporarily_unavailable", 503),
        ("<script>", 403),
        ("x" * 9000, 403),
    ],
)
async def test_an_error_that_the_provider_answers_is_a_page_and_repeats_none_of_it(
    at_home: House, liar: Liar, error: str, status: int
) -> None:
    async with at_home.browser() as browser:
        asked = await sent(browser, liar)
        answer = await back(
            browser, asked, error=error, error_description="<b>injected</b>", error_uri="https://evil.example"
        )
        assert answer.status_code == status
        assert "injected" not in answer.text
        assert "<script>" not in answer.text
        assert "evil.example" not in answer.text
        assert liar.exchanged == []
        assert not is_in(browser)


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


async def test_a_token_of_before_this_sign_in_is_not_its_answer(at_home: House, liar: Liar, hands: Hands) -> None:
    hands.on = timedelta(minutes=2)
    liar.token = lambda nonce: signed(claims(nonce, exp=4_000_000_000))
    async with at_home.browser() as browser:
        with capture_logs() as logged:
            assert (await signed_in(browser, liar)).status_code == 403
        assert kinds(logged) == ["token_old"]


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


@pytest.mark.parametrize(
    ("onward", "place"),
    [
        ("/account", "/account"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("", "/"),
    ],
)
async def test_whoever_signs_in_goes_on_to_a_page_of_ours_alone(
    at_home: House, liar: Liar, onward: str, place: str
) -> None:
    async with at_home.browser() as browser:
        answer = await back(browser, await sent(browser, liar, onward=f"?{urlencode({'next': onward})}"))
        assert answer.headers["location"] == f"/sign-in/second-factor?next={place}"


async def test_where_to_go_on_to_cannot_be_changed_in_the_cookie(at_home: House, liar: Liar) -> None:
    async with at_home.browser() as browser:
        asked = await sent(browser, liar)
        marked = browser.cookies[FLOW].rpartition(".")[0] + "." + base64.urlsafe_b64encode(b"//evil.example").decode()
        browser.cookies.set(FLOW, marked, domain="tallystick.example", path="/")
        assert (await back(browser, asked)).status_code == 400


async def test_there_is_no_other_provider_and_none_without_https(
    at_home: House, liar: Liar, tmp_path: Path, fresh_database: Database
) -> None:
    async with at_home.browser() as browser:
        for path in (
            "/sign-in/with/nobody",
            "/sign-in/with/nobody/callback?state=s&code=c",
            "/sign-in/with/" + "x" * 300,
        ):
            assert (await browser.get(path)).status_code in (400, 404)


async def test_a_service_in_the_clear_sends_nobody_to_a_provider(fresh_database: Database, tmp_path: Path) -> None:
    async with house(fresh_database, tmp_path, [agreed("liar", ISSUER)], "http://tallystick.example") as in_the_clear:
        in_the_clear.believe("liar", liar := Liar())
        async with in_the_clear.browser() as browser:
            for path in ("/sign-in/with/liar", "/sign-in/with/liar/callback?state=s&code=c"):
                answer = await browser.get(path)
                assert (answer.status_code, "https" in answer.text) == (403, True)
            assert liar.asked == []
