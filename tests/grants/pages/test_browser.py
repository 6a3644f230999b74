"""Where requests come from and may lead to: paths of our own, hosts, networks behind proxies."""

from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.connection import ASGIConnection

from grants.domain.checkpoints import Signer
from grants.domain.sign_in import DELAY_MAX_SECONDS, Lifetimes, delay_seconds
from grants.pages.browser import Site, browser_words, host_of, network_of, own_path

ADDRESS = "https://grants.example.org"
_LIKE_PATHS = st.text(alphabet="/\\.:@?#%&=ab\t\n\r \u2028é2F", max_size=12).map("/".__add__)


@given(st.one_of(st.text(max_size=40), _LIKE_PATHS))
def test_no_path_leads_to_another_host(text: str) -> None:
    found = own_path(text)
    # Browsers take a backslash for a slash, and leave out tabs and line ends.
    for read in (found, found.replace("\\", "/"), "".join(found.split())):
        assert urlsplit(urljoin(f"{ADDRESS}/sign-in", read)).netloc == "grants.example.org"
    assert found.startswith("/")
    assert found.isprintable()


@pytest.mark.parametrize("path", ["/", "/account", "/awards/LI-OLDHAM-01?after=a%2Fb&limit=5", "/a//b"])
def test_own_paths_are_kept(path: str) -> None:
    assert own_path(path) == path


@given(st.text(max_size=30))
def test_a_host_header_is_read_or_is_none(header: str) -> None:
    host = host_of(header)
    assert host == "" or host.lower() in header.lower()
    assert "@" not in host
    assert "/" not in host


def _site(proxies: int = 0) -> Site:
    return Site(ADDRESS, frozenset(), proxies, False, Lifetimes(), Signer.new)


def _request(client: str, *forwarded: str) -> ASGIConnection[Any, Any, Any, Any]:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    scope: Any = {"type": "http", "client": (client, 1), "headers": headers}
    return ASGIConnection(scope)


def test_a_proxys_word_counts_only_where_it_is_trusted() -> None:
    said = _request("10.0.0.1", "203.0.113.9, 198.51.100.7")
    assert _site().network(said) == "10.0.0.1"
    assert _site(1).network(said) == "198.51.100.7"
    assert _site(2).network(said) == "203.0.113.9"
    assert _site(3).network(said) == "203.0.113.9"
    assert _site(1).network(_request("10.0.0.1", "203.0.113.9", "198.51.100.7")) == "198.51.100.7"
    assert _site(1).network(_request("10.0.0.1")) == "10.0.0.1"
    assert _site(1).network(_request("10.0.0.1", "nonsense")) == "unknown"


def test_one_customers_addresses_are_one_network() -> None:
    assert network_of("2001:db8:1:2::5") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::5") != network_of("2001:db8:1:2::5")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert network_of("fe80::1%eth0") == "fe80::/64"


@given(st.integers(0, 10_000), st.integers(0, 50))
def test_delays_grow_and_end_at_a_quarter_of_an_hour(failures: int, free: int) -> None:
    now, then = delay_seconds(failures, free), delay_seconds(failures + 1, free)
    assert 0 <= now <= then <= DELAY_MAX_SECONDS
    assert (now == 0) is (failures <= free)


@given(st.text())
def test_a_browser_is_told_in_our_own_words(user_agent: str) -> None:
    assert len(browser_words(user_agent)) < 30
    assert not set(browser_words("x<script>" + user_agent)) & set("<>&")


def _keyed(key: Signer) -> Site:
    return Site(ADDRESS, frozenset(), 0, False, Lifetimes(), lambda: key)


def test_form_tokens_are_of_one_secret_and_one_key() -> None:
    one, other = Signer.new(), Signer.new()
    site, replica, stranger = (_keyed(key) for key in (one, one, other))
    assert replica.is_form_token(site.form_token("secret"), "secret")
    assert not replica.is_form_token(site.form_token("secret"), "another")
    assert site.form_token("secret") != site.form_token("secret")
    for wrong in ("", "0" * 64, "g" * 128, site.form_token("secret").upper(), site.form_token("secret") + "0"):
        assert not site.is_form_token(wrong, "secret")
    assert not stranger.is_form_token(site.form_token("secret"), "secret")
    assert not site.is_form_token(site.form_token(""), "")


@given(st.uuids(), st.uuids(), st.text(min_size=1, max_size=50))
def test_a_forms_token_tells_us_alone_for_whom_its_page_was(one: UUID, other: UUID, secret: str) -> None:
    site, stranger = _site(), _site()
    token = site.form_token(secret, one)
    assert site.is_form_token(token, secret)
    assert site.was_for(token, one)
    assert site.was_for(token, other) == (one == other)
    assert not stranger.was_for(token, one)
    assert site.form_token(secret, one)[:64] != token[:64]
    assert not site.was_for(site.form_token(secret), one)
    assert not site.was_for(token[:-1], one)
