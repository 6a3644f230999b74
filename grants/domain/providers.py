"""Identity providers: what is agreed with each, for whom it may speak, and when it has shown a second factor."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from grants.domain.errors import Invalid

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""What an ID token may be signed with: keys that the provider alone holds, never a shared secret, never none."""
WAYS_TO_PROVE: Final = ("client_secret_basic", "client_secret_post", "private_key_jwt")
"""How the service shows a provider that it is itself (OpenID Connect Core 1.0, section 9)."""
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_ID: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_DOMAIN: Final = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.ASCII | re.IGNORECASE)
_WORD: Final = re.compile(r"[\x21-\x7e]{1,2000}")


@dataclass(frozen=True)
class Provider:
    """A department's or council's own identity provider, as an administrator has agreed it with them.

    `second_factor` says whose second factor counts: "provider", where its token shows one of `second_factor_amr` or
    `second_factor_acr`; or "ours", always. `verified_claim` is the claim that says an email address was verified.
    """

    id: str
    title: str
    issuer: str
    client_id: str
    email_domains: frozenset[str]
    client_auth: str = "client_secret_basic"
    client_secret: str = field(default="", repr=False)
    client_key: str = field(default="", repr=False)
    client_key_id: str = ""
    algorithms: tuple[str, ...] = ("RS256",)
    second_factor: str = "ours"
    second_factor_amr: frozenset[str] = frozenset({"mfa"})
    second_factor_acr: tuple[str, ...] = ()
    verified_claim: str = "email_verified"

    def may_speak_for(self, email: str) -> bool:
        """Whether it may say who an address belongs to: the domain must be one agreed, not one below it."""
        name, _, domain = email.partition("@")
        return bool(name) and domain.lower() in self.email_domains

    def shows_second_factor(self, claims: Mapping[str, Any]) -> bool:
        """Whether a verified ID token shows a second factor that counts here (RFC 8176; OpenID Connect Core, section 2)."""
        if self.second_factor != "provider":
            return False
        shown = claims.get("amr")
        by_method = isinstance(shown, list) and any(
            isinstance(one, str) and one in self.second_factor_amr for one in shown
        )
        return by_method or claims.get("acr") in self.second_factor_acr


@dataclass(frozen=True)
class Identity:
    """What a provider's verified ID token says of somebody. `email` is None unless the provider says it is verified."""

    subject: str
    email: str | None
    factors: int


def is_secure(address: str) -> bool:
    """Whether an address is https, or http on this machine's own loopback."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.fragment or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def providers_of(tables: object) -> tuple[Provider, ...]:
    """The providers of a configuration, a table each. Raises Invalid with a sentence that says which is wrong and why."""
    if not isinstance(tables, list):
        raise Invalid("providers", "Providers are a list: begin each with [[provider]].")
    found = tuple(_provider(number, table) for number, table in enumerate(tables, 1))
    for name, values in (("id", [each.id for each in found]), ("issuer", [each.issuer for each in found])):
        if len(set(values)) != len(values):
            raise Invalid("providers", f"Two providers have the same {name}. Each needs its own.")
    return found


def _provider(number: int, table: object) -> Provider:
    if not isinstance(table, dict):
        raise Invalid("providers", f"Provider {number} is no table of settings.")
    place = f"Provider {number} ({table.get('id', 'without id')})"
    read = _Table(place, dict(table))
    provider = Provider(
        id=read.text("id", _ID, "small letters, digits and hyphens, at most 40"),
        title=read.text("title", re.compile(r"\S.{0,99}"), "what people know it as, like Oldham Council"),
        issuer=read.text("issuer", _WORD, "the issuer exactly as its discovery document gives it"),
        client_id=read.text("client_id", _WORD, "the client's identifier that the provider gave you"),
        email_domains=frozenset(one.lower() for one in read.texts("email_domains", _DOMAIN, "like oldham.gov.uk")),
        client_auth=read.one_of("client_auth", WAYS_TO_PROVE, "client_secret_basic"),
        client_secret=read.text("client_secret", _WORD, "the secret that the provider gave you", ""),
        client_key=read.text("client_key", re.compile(r"-----BEGIN [\s\S]{50,20000}"), "a private key as PEM", ""),
        client_key_id=read.text("client_key_id", _WORD, "the key's kid", ""),
        algorithms=read.texts(
            "algorithms", re.compile("|".join(ALGORITHMS)), f"of {', '.join(ALGORITHMS)}", ("RS256",)
        ),
        second_factor=read.one_of("second_factor", ("provider", "ours"), None),
        second_factor_amr=frozenset(read.texts("second_factor_amr", _WORD, "like mfa", ("mfa",))),
        second_factor_acr=read.texts("second_factor_acr", _WORD, "values of acr", ()),
        verified_claim=read.text("verified_claim", _WORD, "a claim's name", "email_verified"),
    )
    read.nothing_left()
    _whole(place, provider)
    return provider


def _whole(place: str, provider: Provider) -> None:
    if not is_secure(provider.issuer) or urlsplit(provider.issuer).query:
        raise Invalid("providers", f"{place}: the issuer must be an https address without a query.")
    needed = "client_key" if provider.client_auth == "private_key_jwt" else "client_secret"
    if not getattr(provider, needed):
        raise Invalid(
            "providers", f"{place}: {provider.client_auth} needs a {needed}, or {needed}_file that names its file."
        )
    if not provider.email_domains or not provider.algorithms:
        raise Invalid("providers", f"{place}: name at least one of email_domains, and of algorithms.")


class _Table:
    """One provider's settings: each is taken once, so that what is left over was misspelt."""

    def __init__(self, place: str, values: dict[str, object]) -> None:
        self._place = place
        self._values = values

    def text(self, name: str, form: "re.Pattern[str]", what: str, default: str | None = None) -> str:
        value = self._values.pop(name, default)
        if value is None:
            raise Invalid("providers", f"{self._place}: {name} is missing: {what}.")
        if value != default and (not isinstance(value, str) or not form.fullmatch(value)):
            raise Invalid("providers", f"{self._place}: {name} is not as it should be: {what}.")
        return str(value)

    def texts(
        self, name: str, form: "re.Pattern[str]", what: str, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        value = self._values.pop(name, None)
        if value is None and default is not None:
            return default
        if not isinstance(value, list) or not all(isinstance(one, str) and form.fullmatch(one) for one in value):
            raise Invalid("providers", f"{self._place}: {name} must be a list of texts {what}.")
        return tuple(value)

    def one_of(self, name: str, known: tuple[str, ...], default: str | None) -> str:
        value = self._values.pop(name, default)
        if value not in known:
            raise Invalid("providers", f"{self._place}: {name} must be one of {', '.join(known)}.")
        return str(value)

    def nothing_left(self) -> None:
        if self._values:
            raise Invalid("providers", f"{self._place}: there is no setting {', '.join(sorted(self._values))}.")
