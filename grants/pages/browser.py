"""What lies between the service and a browser: its cookies, the tokens in its forms, where a request comes from."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from grants.domain.checkpoints import Signer
from grants.domain.sign_in import Lifetimes

Connection = ASGIConnection[Any, Any, Any, Any]
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
FORM_FIELD: Final = "form_token"
NEEDS_HTTPS: Final = (
    "Nobody can sign in here with a browser: this service's address is neither https nor this computer's own, so that a "
    "password could be read on its way. Whoever runs the service sets TALLYSTICK_BASE_URL to its https address."
)


@dataclass(frozen=True)
class Site:
    """The service as browsers know it. `trusted_proxies` counts those before it that add to X-Forwarded-For."""

    address: str
    more_hosts: frozenset[str]
    trusted_proxies: int
    example: bool
    lifetimes: Lifetimes
    signer: Callable[[], Signer] = field(repr=False)
    sends_mail: bool = False
    name: str = "Tallystick"
    organisation: str = ""
    govuk_identity: bool = False

    @cached_property
    def secure(self) -> bool:
        """Whether people reach it by https."""
        return urlsplit(self.address).scheme == "https"

    @cached_property
    def host(self) -> str:
        """The name in its address."""
        return urlsplit(self.address).hostname or ""

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The names that requests may ask for it by."""
        own = LOOPBACK if self.host in LOOPBACK else frozenset({self.host})
        return own | self.more_hosts

    @property
    def takes_passwords(self) -> bool:
        """Whether a password may come by this way: never in the clear over a network."""
        return self.secure or self.host in LOOPBACK

    @cached_property
    def _form_key(self) -> bytes:
        return self.signer().derived("form tokens")

    @cached_property
    def seal_key(self) -> bytes:
        """The key that seals second factors."""
        return self.signer().derived("second factors")

    @cached_property
    def link_key(self) -> bytes:
        """The key that seals links on their way to people."""
        return self.signer().derived("links")

    def cookie_name(self, name: str) -> str:
        """A cookie's full name. The prefix has browsers refuse it from anywhere but this host, by https (RFC 6265bis)."""
        return f"__Host-{name}" if self.secure else name

    def cookie(self, name: str, value: str, seconds: int | None = None) -> Cookie:
        """A cookie for this host alone, out of scripts' reach. `seconds` None: until the browser is closed.

        Lax and not Strict: with Strict, whoever follows a link from an email, or comes back from their identity provider,
        would look signed out. Lax sends no cookie with another site's POST, and no GET of ours changes anything.
        """
        return Cookie(
            self.cookie_name(name),
            value=value,
            path="/",
            max_age=seconds,
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def cookie_in(self, connection: Connection, name: str) -> str:
        """What the browser brought; empty where it brought none."""
        return connection.cookies.get(self.cookie_name(name), "")

    def session_cookie(self, value: str) -> Cookie:
        """The cookie of a session; it ends with the browser at the latest."""
        return self.cookie(SESSION, value)

    def no_session_cookie(self) -> Cookie:
        """Has the browser forget its session."""
        return self.cookie(SESSION, "", 0)

    def form_token(self, secret: str, person: UUID | None = None) -> str:
        """What a form of whoever holds the cookie must bring: nobody who does not know the cookie can make it.

        Each time it looks different: pages are sent compressed, and how well would tell what stays the same (BREACH).
        It also tells us, and nobody else, for whom the page was.
        """
        pad = self._pad(secrets.token_bytes(_PAD_BYTES), person) if person else secrets.token_bytes(_TOKEN_BYTES)
        return pad.hex() + _with_pad(self._form_token(secret), pad).hex()

    def is_form_token(self, token: str, secret: str) -> bool:
        """Whether a form was made for whoever holds the cookie."""
        if not secret or not _FORM_TOKEN.fullmatch(token):
            return False
        pad, padded = (bytes.fromhex(half) for half in (token[: 2 * _TOKEN_BYTES], token[2 * _TOKEN_BYTES :]))
        return hmac.compare_digest(_with_pad(padded, pad), self._form_token(secret))

    def was_for(self, token: str, person: UUID) -> bool:
        """Whether a form was on a page that was made for a person, in whichever of their sessions."""
        if not _FORM_TOKEN.fullmatch(token):
            return False
        pad = bytes.fromhex(token[: 2 * _TOKEN_BYTES])
        return hmac.compare_digest(pad, self._pad(pad[:_PAD_BYTES], person))

    def _pad(self, chance: bytes, person: UUID) -> bytes:
        return chance + hmac.new(self._form_key, chance + person.bytes, hashlib.sha256).digest()[:_PAD_BYTES]

    def _form_token(self, secret: str) -> bytes:
        return hmac.new(self._form_key, secret.encode(), hashlib.sha256).digest()

    def network(self, connection: Connection) -> str:
        """The network that a request came from: an IPv4 address, or the /64 that one IPv6 customer has."""
        address = connection.client.host if connection.client else ""
        if self.trusted_proxies:
            # Some proxies add to the header's line, and some add a line of their own after those of whoever asked.
            said = ",".join(connection.headers.getall("x-forwarded-for", []))
            hops = [hop.strip() for hop in said.split(",")]
            hops = hops[-self.trusted_proxies :]
            address = hops[0] or address
        return network_of(address)

    def lets_examples_in(self, connection: Connection) -> bool:
        """Whether example people sign in by a button: in example mode, and only from this computer, by its own address, by
        way of nobody.
        """
        client = connection.client.host if connection.client else ""
        return (
            self.example
            and self.host in LOOPBACK
            and host_of(connection.headers.get("host", "")) in LOOPBACK
            and _is_loopback(client)
            and "x-forwarded-for" not in connection.headers
            and "forwarded" not in connection.headers
        )


def _with_pad(token: bytes, pad: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(token, pad, strict=True))


_TOKEN_BYTES: Final = hashlib.sha256().digest_size
_PAD_BYTES: Final = _TOKEN_BYTES // 2
_FORM_TOKEN: Final = re.compile(rf"[0-9a-f]{{{4 * _TOKEN_BYTES}}}")
SESSION: Final = "tallystick"
FORM: Final = "tallystick-form"


def new_form_secret() -> str:
    """A value for the cookie that binds forms before anybody has signed in."""
    return secrets.token_urlsafe(32)


def host_of(header: str) -> str:
    """The name in a Host header, in lower case and without its port; empty where it is none."""
    try:
        parts = urlsplit(f"//{header}")
        return (parts.hostname or "") if parts.netloc == header and "@" not in header else ""
    except ValueError:
        return ""


@lru_cache(maxsize=1_000)  # every request asks, and most come from where the last ones came from
def network_of(address: str) -> str:
    """What counts as one place to try from."""
    try:
        found = ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found), 64), strict=False))
    return str(found)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


_OWN_PATH: Final = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?")


def own_path(text: str | None, otherwise: str = "/") -> str:
    """A path of this service to go on to, as a query named it; anything else would lead people elsewhere."""
    return text if text and len(text) <= 500 and _OWN_PATH.fullmatch(text) else otherwise


_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def browser_words(user_agent: str) -> str:
    """A browser as people call it: what it says of itself is long, and tells more than is needed."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser
