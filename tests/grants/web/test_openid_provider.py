"""Signing in with a real identity provider, a process of its own on loopback, through its own pages, as a browser does."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwk
from structlog.testing import capture_logs

from grants.actions.people import OPERATOR
from grants.domain.access import Deed
from grants.store.journal import record
from tests.database import Database
from tests.provider.browser import Browser
from tests.provider.process import provider_process
from tests.provider.signing import House, house, kinds

HERE = "http://localhost:8000"
SECRET = "s:e~c/r?et&+%-of-theirs"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KINDS = {
    "basic": {"token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "RS256"},
    "post": {"token_endpoint_auth_method": "client_secret_post", "id_token_signed_response_alg": "PS256"},
    "key": {"token_endpoint_auth_method": "private_key_jwt", "id_token_signed_response_alg": "ES256"},
    "ed": {"token_endpoint_auth_method": "client_secret_basic", "id_token_signed_response_alg": "EdDSA"},
}
PEOPLE = {
    "olive": {"email": "officer@oldham.gov.uk", "email_verified": True, "amr": ["pwd"]},
    "leo": {"email": "Lead@Example.org", "email_verified": True, "amr": ["pwd", "mfa"]},
    "leo-without": {"email": "lead@example.org", "email_verified": True},
    "unverified": {"email": "officer@oldham.gov.uk", "email_verified": False},
    "elsewhere": {"email": "officer@elsewhere.example", "email_verified": True},
    "unknown": {"email": "nobody@oldham.gov.uk", "email_verified": True},
    "example": {"email": "eve@example.org", "email_verified": True},
}


def pem() -> str:
    form = serialization.PrivateFormat.PKCS8
    return KEY.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def clients() -> list[dict[str, Any]]:
    public = jwk.RSAKey.import_key(pem()).as_dict(private=False)
    return [
        {
            "client_id": f"tally:{kind}",
            "redirect_uris": [f"{HERE}/sign-in/with/{kind}/callback"],
            **({"jwks": {"keys": [public]}} if kind == "key" else {"client_secret": SECRET}),
            **registered,
        }
        for kind, registered in KINDS.items()
    ]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The provider's process, one for all tests here."""
    with provider_process(clients(), PEOPLE) as found:
        yield found


def agreed(issuer: str, kind: str = "basic", **changed: Any) -> dict[str, Any]:
    """What an administrator writes down of the provider."""
    method = KINDS[kind]["token_endpoint_auth_method"]
    return {
        "id": kind,
        "title": "Oldham Council",
        "issuer": issuer,
        "client_id": f"tally:{kind}",
        "client_auth": method,
        **({"client_key": pem()} if method == "private_key_jwt" else {"client_secret": SECRET}),
        "email_domains": ["oldham.gov.uk", "example.org"],
        "second_factor": "provider",
        "algorithms": [KINDS[kind]["id_token_signed_response_alg"]],
        **changed,
    }


@pytest.fixture
async def at_home(fresh_database: Database, tmp_path: Path, issuer: str) -> AsyncIterator[House]:
    """The service, connected with that provider."""
    async with house(fresh_database, tmp_path, [agreed(issuer)], HERE) as found:
        yield found


async def through(browser: Browser, login: str, kind: str = "basic", onward: str = "") -> httpx.Response:
    """Signs in at the provider and consents there; gives the redirect back to the service, not yet followed."""
    page = await browser.visit(f"/sign-in/with/{kind}{onward}")
    page = await browser.submit(page, login=login, password="any")
    return await browser.submit(page, until="/callback?")


async def back(browser: Browser, answer: httpx.Response) -> httpx.Response:
    """Follows the redirect back, to the page that people see in the end."""
    return await browser.visit(answer.headers["location"])


async def test_the_sign_in_page_leads_to_the_provider_and_back_to_where_the_person_was(at_home: House) -> None:
    async with at_home.browser() as browser:
        page = await browser.get("/sign-in?next=/account")
        assert 'href="/sign-in/with/basic?next=/account"' in page.text
        assert "Sign in with Oldham Council" in page.text
        answer = await back(browser, await through(browser, "olive", onward="?next=/account"))
        assert answer.status_code == 200
        assert (str(answer.url), "Olive Officer" in answer.text) == (f"{HERE}/account", True)
        ((linked,),) = await at_home.rows("SELECT email FROM provider_identity JOIN person ON person.id = person_id")
        assert linked == "officer@oldham.gov.uk"
        assert await at_home.rows("SELECT FROM provider_flow") == []


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_each_way_of_proving_oneself_and_each_algorithm(
    fresh_database: Database, tmp_path: Path, issuer: str, kind: str
) -> None:
    async with house(fresh_database, tmp_path, [agreed(issuer, kind)], HERE) as at_home, at_home.browser() as browser:
        answer = await back(browser, await through(browser, "olive", kind))
        assert "You are signed in as Olive Officer" in answer.text


async def test_another_algorithm_than_the_agreed_one_is_refused(
    fresh_database: Database, tmp_path: Path, issuer: str
) -> None:
    other = agreed(issuer, algorithms=["PS256", "ES256", "EdDSA"])
    async with house(fresh_database, tmp_path, [other], HERE) as at_home, at_home.browser() as browser:
        with capture_logs() as logged:
            answer = await back(browser, await through(browser, "olive"))
        assert (answer.status_code, kinds(logged)) == (403, ["token_algorithm"])


@pytest.mark.parametrize(
    ("login", "second_factor", "factors", "page"),
    [
        ("leo", "provider", 2, "/"),
        ("leo-without", "provider", 1, "/second-factor/set-up"),
        ("leo", "ours", 1, "/second-factor/set-up"),
        ("olive", "provider", 1, "/"),
    ],
)
async def test_a_second_factor_that_the_provider_shows_counts_where_that_was_agreed(
    fresh_database: Database, tmp_path: Path, issuer: str, login: str, second_factor: str, factors: int, page: str
) -> None:
    """Whoever has a role of the funder shows one in any case: the provider's, or ours."""
    provider = agreed(issuer, second_factor=second_factor)
    async with house(fresh_database, tmp_path, [provider], HERE) as at_home, at_home.browser() as browser:
        answer = await back(browser, await through(browser, login))
        assert str(answer.url) == f"{HERE}{page}"
        assert [tuple(row) for row in await at_home.rows("SELECT factors FROM session")] == [(factors,)]
        assert ("You are signed in as" in (await browser.get("/")).text) is (page == "/")


async def test_whoever_has_no_account_gets_the_same_page_and_none_is_made(at_home: House) -> None:
    people = await at_home.rows("SELECT id FROM person ORDER BY id")
    refused = {
        "unverified": "email_unverified",
        "elsewhere": "email_domain",
        "unknown": "person_unknown",
        "example": "person_unknown",
    }
    for login, kind in refused.items():
        async with at_home.browser() as browser:
            with capture_logs() as logged:
                answer = await back(browser, await through(browser, login))
            assert (answer.status_code, kinds(logged)) == (403, [kind])
            assert "does not open an account here" in answer.text
            assert "tallystick" not in browser.cookies
            assert "@" not in str(logged)
    assert people == await at_home.rows("SELECT id FROM person ORDER BY id")
    assert await at_home.rows("SELECT FROM provider_identity") == []


async def test_whoever_cancels_there_can_try_again(at_home: House) -> None:
    async with at_home.browser() as browser:
        page = await browser.visit("/sign-in/with/basic")
        cancel = page.text.partition('<a href="')[2].partition('"')[0]
        assert "/abort" in cancel
        answer = await browser.visit(cancel)
        assert (answer.status_code, "did not finish signing in" in answer.text) == (403, True)
        answer = await back(browser, await through(browser, "olive"))
        assert "You are signed in as Olive Officer" in answer.text


async def test_an_answer_is_good_once_and_in_the_browser_that_began(at_home: House) -> None:
    async with at_home.browser() as theirs, at_home.browser() as thief:
        answer = await through(theirs, "olive")
        await thief.get("/sign-in/with/basic")
        stolen = await back(thief, answer)
        assert (stolen.status_code, "tallystick" in thief.cookies) == (400, False)
        assert (await back(theirs, answer)).status_code == 200
        session = theirs.cookies["tallystick"]
        again = await back(theirs, answer)
        assert (again.status_code, "was used already" in again.text) == (400, True)
        assert theirs.cookies["tallystick"] == session


async def test_a_code_of_one_sign_in_is_worth_nothing_in_another(at_home: House) -> None:
    """Code injection: the thief's own flow is fine, the victim's code is not its own. PKCE and the nonce refuse it."""
    async with at_home.browser() as victim, at_home.browser() as thief:
        stolen = httpx.URL((await through(victim, "olive")).headers["location"]).params["code"]
        own = httpx.URL((await through(thief, "unknown")).headers["location"])
        with capture_logs() as logged:
            answer = await thief.visit(str(own.copy_set_param("code", stolen)))
        assert (answer.status_code, kinds(logged)) == (403, ["exchange_refused"])
        assert "tallystick" not in thief.cookies


async def test_an_answer_in_another_providers_name_is_refused(at_home: House) -> None:
    """Mix-up (RFC 9207): the provider says that it names itself, so that it must."""
    other = "https://login.evil.example"
    async with at_home.browser() as browser:
        for change in ("missing", "other", "twice"):
            answer = httpx.URL((await through(browser, "olive")).headers["location"])
            mixed = {
                "missing": answer.copy_remove_param("iss"),
                "other": answer.copy_set_param("iss", other),
                "twice": answer.copy_add_param("iss", other),
            }[change]
            with capture_logs() as logged:
                assert (await browser.visit(str(mixed))).status_code == 403
            assert kinds(logged) == ["answer_issuer"]
            browser.cookies.clear()


async def changed(at_home: House, what: str) -> None:
    """Changes Olive's row, on the record."""
    async with at_home.gate.deed(OPERATOR) as tx:
        person = await tx.db.fetchval(f"UPDATE person SET {what} WHERE name = 'Olive Officer' RETURNING id")
        await record(tx, Deed.MANAGE_PEOPLE, "person", str(person))


async def test_a_link_holds_by_the_subject_alone_and_ends_with_the_person(at_home: House) -> None:
    async with at_home.browser() as browser:
        await back(browser, await through(browser, "olive"))
        await changed(at_home, "email = 'new@elsewhere.example'")
    async with at_home.browser() as browser:
        assert "You are signed in as Olive Officer" in (await back(browser, await through(browser, "olive"))).text
    await changed(at_home, "active = false")
    async with at_home.browser() as browser:
        with capture_logs() as logged:
            assert (await back(browser, await through(browser, "olive"))).status_code == 403
        assert kinds(logged) == ["person_ended"]


async def test_nothing_of_the_sign_in_stays_in_logs_or_the_journal(at_home: House) -> None:
    async with at_home.browser() as browser:
        with capture_logs() as logged:
            answer = await through(browser, "olive")
            await back(browser, answer)
        secret = httpx.URL(answer.headers["location"]).params
        records = await at_home.rows("SELECT * FROM journal")
        for value in (secret["code"], secret["state"], "officer@oldham.gov.uk", browser.cookies["tallystick"]):
            assert value not in str(logged)
            assert value not in str(records)
        assert any('"linked_to_provider": "basic"' in str(record["after"]) for record in records)
