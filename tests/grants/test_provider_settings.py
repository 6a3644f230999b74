"""Reading TALLYSTICK_PROVIDERS: from a file or the variable, with secrets beside it; whatever is wrong is one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.errors import Invalid
from grants.domain.providers import Provider, is_secure, providers_of
from grants.provider_settings import read_providers
from grants.settings import Settings
from tests.server import command

OLDHAM: dict[str, Any] = {
    "id": "oldham",
    "title": "Oldham Council",
    "issuer": "https://login.oldham.gov.uk/tenant",
    "client_id": "tallystick",
    "client_secret": "a secret of theirs".replace(" ", "-"),
    "email_domains": ["oldham.gov.uk"],
    "second_factor": "provider",
}


def said(table: dict[str, Any]) -> str:
    with pytest.raises(Invalid) as refused:
        providers_of([table])
    return refused.value.message


def test_a_file_holds_providers_and_names_the_file_of_a_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("kept-apart\n")
    (tmp_path / "providers.toml").write_text(
        """
        [[provider]]
        id = "oldham"
        title = "Oldham Council"
        issuer = "https://login.oldham.gov.uk/tenant"
        client_id = "tallystick"
        client_secret_file = "secret"
        email_domains = ["Oldham.gov.uk", "example.org"]
        second_factor = "ours"
        algorithms = ["PS256", "ES256"]
        """
    )
    (found,) = read_providers(str(tmp_path / "providers.toml"))
    assert (found.client_secret, found.algorithms) == ("kept-apart", ("PS256", "ES256"))
    assert found.email_domains == {"oldham.gov.uk", "example.org"}
    assert "kept-apart" not in repr(found)


def test_the_example_in_the_documentation_is_one_that_the_service_takes(tmp_path: Path) -> None:
    operating = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text()
    example = operating.partition("[[provider]]")[2].partition("```")[0]
    (tmp_path / "oldham-secret").write_text("kept-apart")
    (tmp_path / "providers.toml").write_text(f"[[provider]]{example}")
    (found,) = read_providers(str(tmp_path / "providers.toml"))
    assert (found.id, found.email_domains) == ("oldham", frozenset({"oldham.gov.uk"}))
    assert found.algorithms == ("RS256",)


def test_the_variable_itself_may_hold_json_and_no_setting_means_no_provider() -> None:
    (found,) = Settings(providers=json.dumps({"provider": [OLDHAM]})).identity_providers()
    assert found.title == "Oldham Council"
    assert OLDHAM["client_secret"] not in repr(Settings(providers=json.dumps({"provider": [OLDHAM]})))
    assert read_providers(None) == read_providers(" ") == read_providers("{}") == ()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"issuer": "http://login.oldham.gov.uk"}, "the issuer must be an https address"),
        ({"issuer": "https://login.oldham.gov.uk/?tenant=1"}, "the issuer must be an https address"),
        ({"issuer": "https://user@login.oldham.gov.uk"}, "the issuer must be an https address"),
        ({"issuer": None}, "issuer is missing"),
        ({"algorithms": ["HS256"]}, "algorithms must be a list"),
        ({"algorithms": ["none"]}, "algorithms must be a list"),
        ({"algorithms": []}, "name at least one"),
        ({"email_domains": []}, "name at least one"),
        ({"email_domains": "oldham.gov.uk"}, "email_domains must be a list"),
        ({"email_domains": ["@oldham.gov.uk"]}, "email_domains must be a list"),
        ({"email_domains": ["*"]}, "email_domains must be a list"),
        ({"second_factor": None}, "second_factor must be one of provider, ours"),
        ({"second_factor": "none"}, "second_factor must be one of provider, ours"),
        ({"client_auth": "none"}, "client_auth must be one of"),
        ({"client_secret": None}, "needs a client_secret"),
        ({"client_auth": "private_key_jwt"}, "needs a client_key"),
        ({"id": "Old ham"}, "id is not as it should be"),
        ({"id": "../x"}, "id is not as it should be"),
        ({"title": ""}, "title is not as it should be"),
        ({"scopes": "openid"}, "there is no setting scopes"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_is_repeated(changed: dict[str, Any], sentence: str) -> None:
    table = {name: value for name, value in {**OLDHAM, **changed}.items() if value is not None}
    words = said(table)
    assert sentence in words
    assert words.startswith("Provider 1 (")
    assert OLDHAM["client_secret"] not in words


def test_a_service_that_cannot_use_them_does_not_start_and_says_why(tmp_path: Path) -> None:
    secret = str(OLDHAM["client_secret"])
    for table, sentence in (
        ({**OLDHAM, "algorithms": ["HS256"]}, "Provider 1 (oldham): algorithms must be a list of texts"),
        ({**OLDHAM, "client_auth": "private_key_jwt", "client_key": secret}, "Provider 1 (oldham): client_key"),
    ):
        told = command("serve", folder=tmp_path, TALLYSTICK_PROVIDERS=json.dumps({"provider": [table]}))
        assert (told.returncode, told.stderr.count("\n")) == (1, 1)
        assert told.stderr.startswith(sentence)
        assert secret not in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_two_providers_share_neither_their_id_nor_their_issuer() -> None:
    other = {**OLDHAM, "id": "leeds", "issuer": "https://login.leeds.gov.uk"}
    assert len(providers_of([OLDHAM, other])) == 2
    for same in ("id", "issuer"):
        with pytest.raises(Invalid, match=f"same {same}"):
            providers_of([OLDHAM, {**other, same: OLDHAM[same]}])


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"providers": []}', '{"provider": {}}', '{"provider": [1]}', "{" * 10_000]
)
def test_json_that_holds_something_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises((Invalid, OSError)):
        read_providers(text)


def test_a_secret_comes_from_one_place(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="one of the two"):
        read_providers(json.dumps({"provider": [{**OLDHAM, "client_secret_file": "secret"}]}))
    with pytest.raises(OSError, match="nowhere"):
        read_providers(str(tmp_path / "nowhere"))


def provider(**changed: Any) -> Provider:
    return providers_of([{**OLDHAM, **changed}])[0]


@given(name=st.text(max_size=20), below=st.text("x.-@ ", max_size=4))
def test_a_provider_speaks_for_its_domains_alone(name: str, below: str) -> None:
    ours = provider(email_domains=["oldham.gov.uk"])
    spoken_for = below == "" and name != "" and "@" not in name
    assert ours.may_speak_for(f"{name}@{below}oldham.gov.uk") is spoken_for
    assert not ours.may_speak_for(f"{name}@oldham.gov.uk.evil.org")
    assert not ours.may_speak_for("oldham.gov.uk")


@given(
    amr=st.one_of(st.none(), st.text(), st.lists(st.one_of(st.text(), st.integers(), st.none())), st.booleans()),
    acr=st.text(),
)
def test_a_second_factor_is_shown_by_the_agreed_values_alone(amr: object, acr: str) -> None:
    claims = {"amr": amr, "acr": acr}
    theirs = provider(second_factor_amr=["mfa"], second_factor_acr=["urn:two"])
    assert theirs.shows_second_factor(claims) == ((isinstance(amr, list) and "mfa" in amr) or acr == "urn:two")
    assert not provider(second_factor="ours").shows_second_factor({"amr": ["mfa"], "acr": "urn:two"})


@pytest.mark.parametrize(
    ("address", "secure"),
    [
        ("https://login.example.org/x", True),
        ("http://127.0.0.1:4000", True),
        ("http://[::1]:4000", True),
        ("http://localhost", True),
        ("http://localhost.example.org", False),
        ("http://10.0.0.1", False),
        ("https://", False),
        ("https://a:b@example.org", False),
        ("https://example.org:port", False),
        ("file:///etc/passwd", False),
        ("//example.org", False),
        ("https://[", False),
    ],
)
def test_a_provider_is_asked_by_https_or_on_this_machine(address: str, secure: bool) -> None:
    assert is_secure(address) is secure
