"""The client of one provider: what it asks, what it keeps, and how it bears a provider that is away, slow, or lies."""

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk, jwt

from grants.domain.errors import Invalid
from grants.domain.providers import Provider
from grants.web.openid import fetching
from grants.web.openid.client import (
    DOCUMENT_SECONDS,
    KEYS_AGAIN_SECONDS,
    KEYS_SECONDS,
    Client,
    challenge_of,
    clients_of,
)
from grants.web.openid.faults import ProviderFault, Seen
from tests.patience import SECONDS
from tests.provider.liar import CLIENT_ID, ISSUER, Liar, public

PROVIDER = Provider("liar", "Liar", ISSUER, CLIENT_ID, frozenset({"example.org"}), client_secret="s:e c/r?et")
CALLBACK = "https://tallystick.example/sign-in/with/liar/callback"
DISCOVERY = "/.well-known/openid-configuration"


@dataclass
class Asked:
    """A client before a liar, and the clock that it goes by."""

    client: Client
    liar: Liar
    at: float = 1000.0


@pytest.fixture
async def asked() -> AsyncIterator[Asked]:
    liar = Liar()
    both = Asked(Client(PROVIDER, liar.transport(), lambda: both.at), liar)
    yield both
    await both.client.close()


async def refused(work: Any) -> ProviderFault:
    with pytest.raises(ProviderFault) as fault:
        await work
    return fault.value


def test_the_challenge_is_that_of_rfc_7636_appendix_b() -> None:
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_the_browser_is_sent_with_state_nonce_and_challenge_and_without_the_verifier(asked: Asked) -> None:
    address = await asked.client.authorization_address(CALLBACK, "the-state", "the-nonce", "the-verifier")
    assert address.startswith(f"{ISSUER}/authorize?")
    assert parse_qs(urlsplit(address).query) == {
        "response_type": ["code"],
        "client_id": [CLIENT_ID],
        "redirect_uri": [CALLBACK],
        "scope": ["openid email"],
        "state": ["the-state"],
        "nonce": ["the-nonce"],
        "code_challenge": [challenge_of("the-verifier")],
        "code_challenge_method": ["S256"],
    }


async def test_a_second_factor_that_is_the_providers_is_asked_for_and_its_own_query_kept() -> None:
    liar = Liar(document={"authorization_endpoint": f"{ISSUER}/authorize?tenant=1"})
    client = Client(replace(PROVIDER, second_factor="provider", second_factor_acr=("urn:two",)), liar.transport())
    query = parse_qs(urlsplit(await client.authorization_address(CALLBACK, "s", "n", "v")).query)
    assert (query["tenant"], query["acr_values"]) == (["1"], ["urn:two"])
    await client.close()


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"issuer": "https://login.evil.example"}, "discovery_issuer"),
        ({"issuer": ISSUER + "/"}, "discovery_issuer"),
        ({"issuer": None}, "discovery_unreadable"),
        ({"token_endpoint": 5}, "discovery_unreadable"),
        ({"token_endpoint": "http://login.liar.example/token"}, "discovery_address"),
        ({"jwks_uri": "http://127.0.0.1/keys"}, "discovery_address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "discovery_address"),
    ],
)
async def test_a_discovery_document_that_is_not_this_issuers_is_not_believed(
    asked: Asked, document: dict[str, Any], kind: str
) -> None:
    asked.liar.document = document
    fault = await refused(asked.client.authorization_address(CALLBACK, "s", "n", "v"))
    assert (fault.kind, fault.seen) == (kind, Seen.AWAY)
    asked.liar.document = {}
    assert await asked.client.authorization_address(CALLBACK, "s", "n", "v")


async def test_the_document_is_asked_for_once_an_hour(asked: Asked) -> None:
    for _ in range(3):
        await asked.client.document()
    asked.at += DOCUMENT_SECONDS
    await asked.client.document()
    assert asked.liar.asked == [DISCOVERY]
    asked.at += 1
    await asked.client.document()
    assert asked.liar.asked == [DISCOVERY, DISCOVERY]


async def test_keys_are_asked_for_again_for_an_unknown_one_at_most_once_a_minute(asked: Asked) -> None:
    asked.liar.keys = public("rsa")
    assert len(await asked.client.keys_for("rsa")) == 1
    asked.liar.keys = public()
    assert len(await asked.client.keys_for("ec")) == 1
    await asyncio.gather(*(asked.client.keys_for(f"unknown {n}") for n in range(20)))
    assert asked.liar.asked.count("/keys") == 1
    asked.at += KEYS_AGAIN_SECONDS + 1
    found = await asyncio.gather(
        asked.client.keys_for("ec"), *(asked.client.keys_for(f"unknown {n}") for n in range(20))
    )
    assert asked.liar.asked.count("/keys") == 2
    assert len(found[0]) == 3
    asked.at += KEYS_SECONDS + 1
    asked.liar.keys = []
    assert await asked.client.keys_for("rsa") == []


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (httpx.Response(500), Seen.AWAY),
        (httpx.Response(302, headers={"location": "https://evil.example/"}), Seen.AWAY),
        (httpx.Response(204), Seen.AWAY),
        (httpx.Response(200, text="<html>"), Seen.AWAY),
        (httpx.Response(200, text="[]"), Seen.AWAY),
        (httpx.Response(200, text="{}"), Seen.AWAY),
        (httpx.Response(200, text='{"keys": 5, "id_token": 5}'), Seen.AWAY),
        (httpx.Response(200, content=b"[" * 200_000), Seen.AWAY),
        (httpx.Response(200, content=b'{"a": "' + b"x" * fetching.ANSWER_BYTES + b'"}'), Seen.AWAY),
        (httpx.Response(200, content=gzip.compress(b"{}"), headers={"content-encoding": "gzip"}), Seen.AWAY),
    ],
)
async def test_an_answer_that_is_none_is_a_fault_of_the_provider(
    asked: Asked, path: str, answer: httpx.Response, seen: Seen
) -> None:
    asked.liar.answer = lambda asked_for: answer if asked_for == path else None
    work = asked.client.keys_for("rsa") if path == "/keys" else asked.client.id_token_for("code", CALLBACK, "v")
    assert (await refused(work)).seen is seen
    assert not any("evil" in one for one in asked.liar.asked)


@pytest.mark.parametrize(
    "error",
    [httpx.ConnectError("no"), httpx.ReadTimeout("no"), httpx.RemoteProtocolError("no"), httpx.InvalidURL("no")],
)
async def test_a_provider_that_is_away_is_a_fault_of_the_provider(asked: Asked, error: Exception) -> None:
    def away(path: str) -> httpx.Response | None:
        raise error

    asked.liar.answer = away
    assert (await refused(asked.client.document())).kind == "discovery_unreachable"


async def test_a_provider_that_sends_a_byte_now_and_then_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 1)
    left = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        # Whoever goes while bytes of ours are on their way to them resets the connection, and then there is no end of file.
        while not (reader.at_eof() or reader.exception()):
            writer.write(b" ")
            await asyncio.sleep(0.02)
        writer.close()
        left.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    issuer = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = Client(replace(PROVIDER, issuer=issuer))
    assert (await refused(client.document())).kind == "discovery_slow"
    await asyncio.wait_for(left.wait(), SECONDS)
    await client.close()
    server.close()


async def test_a_provider_that_is_away_is_asked_once_for_all_who_wait() -> None:
    asked = []

    async def slowly(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        await asyncio.sleep(0.05)
        return httpx.Response(503, stream=httpx.ByteStream(b""))

    client = Client(PROVIDER, httpx.MockTransport(slowly))
    faults = await asyncio.gather(*(client.document() for _ in range(20)), return_exceptions=True)
    assert [fault.kind for fault in faults if isinstance(fault, ProviderFault)] == ["discovery_status"] * 20
    assert asked == [DISCOVERY]
    await refused(client.document())
    assert asked == [DISCOVERY, DISCOVERY]
    await client.close()


async def test_a_refused_code_is_a_refusal_and_not_an_outage(asked: Asked) -> None:
    asked.liar.answer = lambda path: httpx.Response(400, json={"error": "invalid_grant"}) if path == "/token" else None
    fault = await refused(asked.client.id_token_for("used", CALLBACK, "v"))
    assert (fault.kind, fault.seen) == ("exchange_refused", Seen.REFUSED)


async def test_a_secret_goes_form_encoded_into_the_header_or_into_the_form(asked: Asked) -> None:
    await asked.client.id_token_for("the-code", CALLBACK, "the-verifier")
    (sent,) = asked.liar.exchanged
    assert base64.b64decode(sent.pop("authorization").removeprefix("Basic ")) == b"tallystick:s%3Ae+c%2Fr%3Fet"
    assert sent == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": CALLBACK,
        "code_verifier": "the-verifier",
    }
    posting = Client(replace(PROVIDER, client_auth="client_secret_post"), asked.liar.transport())
    await posting.id_token_for("the-code", CALLBACK, "the-verifier")
    sent = asked.liar.exchanged[-1]
    assert (sent["authorization"], sent["client_id"], sent["client_secret"]) == ("", CLIENT_ID, "s:e c/r?et")
    await posting.close()


async def test_a_key_signs_who_the_client_is_for_this_provider_and_two_minutes(asked: Asked) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    with_key = replace(PROVIDER, client_auth="private_key_jwt", client_key=pem, client_key_id="k1")
    client = Client(with_key, asked.liar.transport())
    await client.id_token_for("the-code", CALLBACK, "v")
    await client.id_token_for("the-code", CALLBACK, "v")
    tokens = [
        jwt.decode(sent["client_assertion"], jwk.ECKey.import_key(pem), ["ES256"]) for sent in asked.liar.exchanged
    ]
    assert tokens[0].header["kid"] == "k1"
    assert (tokens[0].claims["iss"], tokens[0].claims["sub"]) == (CLIENT_ID, CLIENT_ID)
    assert tokens[0].claims["aud"] == f"{ISSUER}/token"
    assert tokens[0].claims["exp"] - tokens[0].claims["iat"] == 120
    assert tokens[0].claims["jti"] != tokens[1].claims["jti"]
    assert "client_secret" not in asked.liar.exchanged[0]
    await client.close()
    assert list(clients_of([with_key])) == ["liar"]
    with pytest.raises(Invalid, match="client_key must be"):
        clients_of([replace(with_key, client_key="-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----")])
