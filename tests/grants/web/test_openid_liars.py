"""Providers that lie or are away: what they sign, publish and answer opens nothing that it should not, and is never a 500."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
from joserfc import jwk
from structlog.testing import capture_logs

from tests.database import Database
from tests.provider.liar import ISSUER, Liar, claims, public, signed
from tests.provider.lying import OTHER_ISSUER, Hands, agreed, back, is_in, sent, signed_in
from tests.provider.signing import House, house, kinds

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


async def test_what_does_not_hold_signs_nobody_in_and_every_refusal_is_the_same_page(
    at_home: House, liar: Liar
) -> None:
    pages = set()
    async with at_home.browser() as browser:
        for forged, (make, kind) in FORGED.items():
            liar.token = make
            with capture_logs() as logged:
                answer = await signed_in(browser, liar)
            assert (kinds(logged), is_in(browser)) == ([kind], False), forged
            if kind != "exchange_without_id_token":
                pages.add((answer.status_code, answer.text))
            assert "Try again with Liar Council" in answer.text
        ((status, _),) = pages
        assert status == 403
        assert await at_home.rows("SELECT FROM session") == await at_home.rows("SELECT FROM provider_identity") == []
        liar.token = lambda nonce: signed(claims(nonce))
        assert (await signed_in(browser, liar)).status_code == 303


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


async def test_a_provider_that_is_away_is_said_to_be_and_can_be_tried_again(at_home: House) -> None:
    async with at_home.browser() as browser:
        for path in ("/.well-known/openid-configuration", "/token", "/keys"):
            liar = Liar(answer=lambda asked, path=path: httpx.Response(503) if asked == path else None)  # type: ignore[misc]
            at_home.believe("liar", liar)
            answer = await browser.get("/sign-in/with/liar")
            if answer.status_code == 303:
                answer = await back(browser, liar.sent(answer.headers["location"]))
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30"), path
            assert "Liar Council could not be asked" in answer.text
            assert not is_in(browser)
            liar.answer = lambda asked: None
            assert (await signed_in(browser, liar)).status_code == 303, path
            browser.cookies.clear()


async def test_an_error_that_the_provider_answers_is_a_page_and_repeats_none_of_it(at_home: House, liar: Liar) -> None:
    told = {"access_denied": 403, "server_error": 503, "temporarily_unavailable": 503, "<script>": 403, "x" * 9000: 403}
    async with at_home.browser() as browser:
        for error, status in told.items():
            asked = await sent(browser, liar)
            more = {"error_description": "<b>injected</b>", "error_uri": "https://evil.example"}
            answer = await back(browser, asked, error=error, **more)
            assert answer.status_code == status, error[:50]
            assert not any(words in answer.text for words in ("injected", "<script>", "evil.example"))
            assert liar.exchanged == []
            assert not is_in(browser)


async def test_a_token_of_before_this_sign_in_is_not_its_answer(at_home: House, liar: Liar, hands: Hands) -> None:
    hands.on = timedelta(minutes=2)
    liar.token = lambda nonce: signed(claims(nonce, exp=4_000_000_000))
    async with at_home.browser() as browser:
        with capture_logs() as logged:
            assert (await signed_in(browser, liar)).status_code == 403
        assert kinds(logged) == ["token_old"]


async def test_there_is_no_other_provider(at_home: House) -> None:
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
