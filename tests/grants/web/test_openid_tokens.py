"""ID tokens, as an attacker would make them: only what the provider signed for this sign-in is believed."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk

from grants.domain.providers import ALGORITHMS, Identity, Provider
from grants.web.openid.faults import ProviderFault
from grants.web.openid.id_token import LEEWAY_SECONDS, identity_of, key_id_of
from tests.provider import liar
from tests.provider.liar import CLIENT_ID, ISSUER, KEYS, public, signed

NOW = datetime.now(UTC).replace(microsecond=0)
NONCE = "the-nonce-of-this-sign-in"
PROVIDER = Provider(
    "liar",
    "Liar",
    ISSUER,
    CLIENT_ID,
    frozenset({"example.org"}),
    client_secret="s",
    algorithms=ALGORITHMS,
    second_factor="provider",
)


def claims(nonce: str, /, **changed: Any) -> dict[str, Any]:
    """Tokens are made at the time that they are looked at."""
    return liar.claims(nonce, NOW.timestamp(), **changed)


def told(token: str, keys: list[dict[str, Any]] | None = None, provider: Provider = PROVIDER) -> Identity:
    return identity_of(token, public() if keys is None else keys, provider, NONCE, NOW - timedelta(seconds=5), NOW)


def refused(token: str, keys: list[dict[str, Any]] | None = None, provider: Provider = PROVIDER) -> str:
    with pytest.raises(ProviderFault) as fault:
        told(token, keys, provider)
    return fault.value.kind


def at(seconds: float) -> float:
    return NOW.timestamp() + seconds


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], payload: object, signature: bytes = b"") -> str:
    return ".".join([b64(json.dumps(header).encode()), b64(json.dumps(payload).encode()), b64(signature)])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_each_agreed_algorithm_is_believed(algorithm: str) -> None:
    assert told(signed(claims(NONCE), algorithm)) == Identity("subject-1", "lead@example.org", 1)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_an_algorithm_that_was_not_agreed_is_refused_although_the_key_is_the_providers(algorithm: str) -> None:
    others = tuple(other for other in ALGORITHMS if other != algorithm)
    narrower = Provider("liar", "Liar", ISSUER, CLIENT_ID, frozenset({"example.org"}), algorithms=others)
    assert refused(signed(claims(NONCE), algorithm), provider=narrower) == "token_algorithm"


@pytest.mark.parametrize("none", ["none", "None", "NONE", "", None, 1, ["RS256"]])
def test_a_token_without_a_signature_is_refused(none: object) -> None:
    assert refused(by_hand({"alg": none, "kid": "rsa"}, claims(NONCE))) in ("token_algorithm", "token_unreadable")


@pytest.mark.parametrize("secret", ["pem", "jwk", "n", "client_secret"])
def test_a_token_made_with_the_public_key_as_a_shared_secret_is_refused(secret: str) -> None:
    key = KEYS["rsa"]
    assert isinstance(key, jwk.RSAKey)
    shared = {
        "pem": key.as_pem(private=False),
        "jwk": json.dumps(key.as_dict(private=False)).encode(),
        "n": str(key.as_dict(private=False)["n"]).encode(),
        "client_secret": b"s",
    }[secret]
    for algorithm in ("HS256", "HS384", "HS512"):
        unsigned = by_hand({"alg": algorithm, "kid": "rsa"}, claims(NONCE)).rpartition(".")[0]
        digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
        token = f"{unsigned}.{b64(hmac.new(shared, unsigned.encode(), digest).digest())}"
        assert refused(token) == "token_algorithm"
        also_published = [*public(), {"kty": "oct", "kid": "rsa", "k": b64(shared)}]
        assert refused(token, also_published) == "token_algorithm"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_of_the_attackers_is_not_believed_also_where_the_token_brings_it(algorithm: str) -> None:
    own: jwk.Key = jwk.ECKey.generate_key("P-256") if algorithm == "ES256" else jwk.OKPKey.generate_key("Ed25519")
    if algorithm in ("RS256", "PS256"):
        own = jwk.RSAKey.generate_key(2048)
    brought = own.as_dict(private=False)
    assert refused(signed(claims(NONCE), algorithm, own)) == "token_signature"
    assert refused(signed(claims(NONCE), algorithm, own, jwk=brought)) == "token_signature"
    assert refused(signed(claims(NONCE), algorithm, own, kid="mine", jwk=brought)) == "token_key"
    assert refused(signed(claims(NONCE), algorithm, own, kid=None)) == "token_signature"
    assert refused(signed(claims(NONCE), algorithm, own, jku="https://evil.example/keys")) == "token_signature"


def test_a_key_meant_for_something_else_does_not_sign_tokens() -> None:
    token = signed(claims(NONCE))
    (key,) = public("rsa")
    assert refused(token, [{**key, "use": "enc"}]) == "token_key"
    assert refused(token, [{**key, "alg": "PS256"}]) == "token_key"
    assert refused(token, [{**key, "kty": "EC"}]) == "token_key"
    assert refused(token, [key, key]) == "token_key"
    assert refused(token, []) == "token_key"
    assert refused(token, [{"kty": "RSA", "kid": "rsa"}]) == "token_signature"
    assert refused(token, [{**key, "n": "AQAB"}]) == "token_key_weak"
    assert refused(token, [{**key, "n": "A" * 4_000}]) == "token_key_weak"
    assert refused(token, [{**key, "n": "_" * 4_000}]) == "token_key_weak"
    assert refused(token, [{**key, "n": 5}]) != "token_expired"
    assert told(token, [{**public("ec")[0], "kid": "rsa"}, key]).subject == "subject-1"


def test_a_token_that_names_no_key_is_believed_only_where_one_key_could_have_signed_it() -> None:
    token = signed(claims(NONCE), kid=None)
    assert told(token).subject == "subject-1"
    assert refused(token, [*public(), {**public("rsa")[0], "kid": "second"}]) == "token_key"


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"iss": "https://login.evil.example"}, "token_issuer"),
        ({"iss": ISSUER + "/"}, "token_issuer"),
        ({"iss": None}, "token_issuer"),
        ({"iss": [ISSUER]}, "token_issuer"),
        ({"aud": "another"}, "token_audience"),
        ({"aud": None}, "token_audience"),
        ({"aud": []}, "token_audience"),
        ({"aud": {CLIENT_ID: 1}}, "token_audience"),
        ({"aud": CLIENT_ID + "x"}, "token_audience"),
        ({"aud": [CLIENT_ID, "another"]}, "token_party"),
        ({"aud": [CLIENT_ID, "another"], "azp": "another"}, "token_party"),
        ({"azp": "another"}, "token_party"),
        ({"exp": None}, "token_times"),
        ({"iat": None}, "token_times"),
        ({"exp": "4102444800"}, "token_times"),
        ({"exp": True}, "token_times"),
        ({"exp": float("nan")}, "token_times"),
        ({"exp": float("inf")}, "token_times"),
        ({"nbf": "soon"}, "token_times"),
        ({"exp": at(-LEEWAY_SECONDS)}, "token_expired"),
        ({"iat": at(LEEWAY_SECONDS + 1)}, "token_early"),
        ({"nbf": at(LEEWAY_SECONDS + 1)}, "token_early"),
        ({"iat": at(-LEEWAY_SECONDS - 6)}, "token_old"),
        ({"nonce": "another"}, "token_nonce"),
        ({"nonce": None}, "token_nonce"),
        ({"nonce": NONCE + "é"}, "token_nonce"),
        ({"nonce": [NONCE]}, "token_nonce"),
        ({"sub": None}, "token_subject"),
        ({"sub": ""}, "token_subject"),
        ({"sub": "x" * 256}, "token_subject"),
        ({"sub": 17}, "token_subject"),
        ({"sub": "a\0b"}, "token_subject"),
        ({"sub": "\ud800"}, "token_subject"),
    ],
)
def test_whatever_is_not_as_it_must_be_is_refused_although_it_is_signed(changed: dict[str, Any], kind: str) -> None:
    assert refused(signed(claims(NONCE, **changed))) == kind


def test_clocks_may_differ_by_a_minute_and_several_audiences_are_fine_where_we_are_the_party() -> None:
    for changed in (
        {"exp": at(1 - LEEWAY_SECONDS)},
        {"iat": at(LEEWAY_SECONDS - 1)},
        {"iat": at(-LEEWAY_SECONDS)},
        {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID},
        {"unknown": {"claims": ["are", "fine"]}},
    ):
        assert told(signed(claims(NONCE, **changed))).subject == "subject-1"
    assert told(signed(claims(NONCE), x5c=["A" * 4_000], words_of_theirs=1)).subject == "subject-1"


@pytest.mark.parametrize("verified", [None, False, 0, "false", "no", "", [True], {"yes": 1}])
def test_an_address_counts_only_where_the_provider_clearly_says_that_it_is_verified(verified: object) -> None:
    assert told(signed(claims(NONCE, email_verified=verified))).email is None


@pytest.mark.parametrize(
    "email", [None, 5, ["lead@example.org"], "lead\0@example.org", "ﬁona@example.org", "\ud800@example.org"]
)
def test_an_address_that_is_none_is_none(email: object) -> None:
    assert told(signed(claims(NONCE, email=email))).email is None


def test_an_address_is_compared_in_small_letters_and_its_claim_may_have_another_name() -> None:
    entra = Provider("e", "E", ISSUER, CLIENT_ID, frozenset({"example.org"}), verified_claim="xms_edov")
    assert told(signed(claims(NONCE, email=" Lead@Example.ORG"))).email == "lead@example.org"
    assert told(signed(claims(NONCE, email_verified=None, xms_edov="1")), provider=entra).email == "lead@example.org"
    assert told(signed(claims(NONCE)), provider=entra).email is None


def test_a_second_factor_is_shown_by_the_token_alone() -> None:
    assert told(signed(claims(NONCE, amr=["pwd", "mfa"]))).factors == 2
    assert told(signed(claims(NONCE, amr=["pwd"]))).factors == 1
    assert told(signed(claims(NONCE, amr="mfa"))).factors == 1


HONEST = signed(claims(NONCE, exp=at(3000), iat=at(0)))


@given(place=st.integers(0, len(HONEST) - 1), letter=st.sampled_from("ABab01-_.é "))
def test_a_token_changed_anywhere_is_refused(place: int, letter: str) -> None:
    changed = HONEST[:place] + letter + HONEST[place + 1 :]
    header, payload, signature = HONEST.split(".")
    same = [base64.urlsafe_b64decode(part + "==") for part in (header, payload, signature)]
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in changed.split(".")]
    except ValueError:
        parts = []
    if parts != same:
        assert refused(changed).startswith("token_")


@given(
    st.one_of(
        st.text(),
        st.binary().map(lambda raw: raw.decode("latin-1")),
        st.lists(st.text(), min_size=3, max_size=3).map(".".join),
    )
)
def test_what_is_no_token_is_a_fault_of_the_provider_and_never_one_of_ours(text: str) -> None:
    assert refused(text).startswith("token_")


@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "kid", "crit", "b64", "typ", "jwk"]),
        st.one_of(st.none(), st.text(), st.integers(), st.booleans(), st.lists(st.text())),
    ),
    payload=st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
)
def test_headers_and_claims_of_any_shape_are_refused(header: dict[str, Any], payload: object) -> None:
    assert refused(by_hand(header, payload, b"x" * 256)).startswith("token_")


def test_a_deep_token_is_refused() -> None:
    deep = b64(b"[" * 100_000)
    with pytest.raises(ProviderFault):
        key_id_of(f"{deep}.{deep}.{deep}")
