"""One identity provider as the service speaks to it: its discovery document, its keys, and a code turned into an ID token."""

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from grants.domain.errors import Invalid
from grants.domain.providers import Provider
from grants.web.openid.faults import ProviderFault, Seen
from grants.web.openid.fetching import get_object, open_client, post_form

DOCUMENT_SECONDS: Final = 3600.0
KEYS_SECONDS: Final = 3600.0
"""How long keys are used without asking again, so that a key that the provider has withdrawn does not last."""
KEYS_AGAIN_SECONDS: Final = 60.0
"""How long an unknown key identifier must wait before the keys are fetched for it again."""
_ASSERTION_SECONDS: Final = 120
_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Document:
    """A provider's discovery document, as far as the service needs it (OpenID Connect Discovery 1.0, section 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    names_itself: bool


class Client:
    """A client of one provider. What it learns is kept for all requests; nothing is asked before somebody signs in."""

    def __init__(
        self,
        provider: Provider,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self._http = open_client(provider.issuer, transport)
        self._monotonic = monotonic
        self._turn = asyncio.Lock()
        self._faults = 0
        self._last_fault: ProviderFault | None = None
        self._document: tuple[Document, float] | None = None
        self._keys: tuple[list[Mapping[str, Any]], float] | None = None

    async def close(self) -> None:
        """Ends its connections."""
        await self._http.aclose()

    async def document(self) -> Document:
        """The discovery document, at most an hour old. Raises ProviderFault where it is not one of this issuer's."""
        async with self._asking():
            if self._document is None or self._monotonic() - self._document[1] > DOCUMENT_SECONDS:
                address = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
                found = _document(await get_object(self._http, address, "discovery"), self.provider.issuer)
                self._document = found, self._monotonic()
            return self._document[0]

    async def keys_for(self, kid: str | None) -> list[Mapping[str, Any]]:
        """The provider's keys as it publishes them; asked for again where none has this identifier, once a minute.

        Raises ProviderFault where they cannot be had.
        """
        address = (await self.document()).jwks_uri
        async with self._asking():
            if self._keys is not None:
                keys, since = self._keys[0], self._monotonic() - self._keys[1]
                known = kid is None or any(key.get("kid") == kid for key in keys)
                if since <= (KEYS_SECONDS if known else KEYS_AGAIN_SECONDS):
                    return keys
            listed = (await get_object(self._http, address, "keys")).get("keys")
            if not isinstance(listed, list):
                raise ProviderFault("keys_unreadable", Seen.AWAY)
            self._keys = [key for key in listed if isinstance(key, dict)], self._monotonic()
            return self._keys[0]

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """One asks for all: whoever waited while it failed is told so, and does not wait as long once more."""
        before = self._faults
        async with self._turn:
            if self._faults != before and self._last_fault is not None:
                raise ProviderFault(self._last_fault.kind, self._last_fault.seen)
            try:
                yield
            except ProviderFault as fault:
                self._faults, self._last_fault = self._faults + 1, fault
                raise

    async def authorization_address(self, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent, with PKCE's S256 challenge (RFC 7636). Raises ProviderFault."""
        document = await self.document()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        if self.provider.second_factor == "provider" and self.provider.second_factor_acr:
            asked["acr_values"] = " ".join(self.provider.second_factor_acr)
        joined_by = "&" if urlsplit(document.authorization_endpoint).query else "?"
        return document.authorization_endpoint + joined_by + urlencode(asked)

    async def id_token_for(self, code: str, redirect_uri: str, verifier: str) -> str:
        """The ID token that the provider gives for a code, not yet verified. Raises ProviderFault."""
        document = await self.document()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        if self.provider.client_auth == "client_secret_basic":
            # RFC 6749, section 2.3.1: both are form-encoded before they are joined.
            pair = f"{quote_plus(self.provider.client_id)}:{quote_plus(self.provider.client_secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif self.provider.client_auth == "client_secret_post":
            form |= {"client_id": self.provider.client_id, "client_secret": self.provider.client_secret}
        else:
            form |= {"client_id": self.provider.client_id, "client_assertion_type": _ASSERTION}
            form["client_assertion"] = _assertion(self.provider, document.token_endpoint)
        answer = await post_form(self._http, document.token_endpoint, form, headers, "exchange")
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFault("exchange_without_id_token", Seen.AWAY)
        return token


def challenge_of(verifier: str) -> str:
    """PKCE's S256 challenge (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def clients_of(providers: Iterable[Provider]) -> dict[str, Client]:
    """A client of each provider, by its id. Raises Invalid where the key that one should sign with cannot be used."""
    for provider in providers:
        if provider.client_auth == "private_key_jwt":
            try:
                _assertion(provider, provider.issuer)
            except (JoseError, ValueError, TypeError):
                raise Invalid(
                    "providers", f"Provider {provider.id}: client_key must be a private RSA or P-256 key as PEM."
                ) from None
    return {provider.id: Client(provider) for provider in providers}


def _assertion(provider: Provider, audience: str) -> str:
    """A client's proof of itself, signed and good for two minutes (RFC 7523, section 3)."""
    key, algorithm = _client_key(provider.client_key.encode())
    header = {"alg": algorithm, **({"kid": provider.client_key_id} if provider.client_key_id else {})}
    now = int(time.time())
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + _ASSERTION_SECONDS,
    }
    return jwt.encode(header, claims, key, [algorithm])


def _client_key(pem: bytes) -> tuple[jwk.RSAKey | jwk.ECKey, str]:
    try:
        return jwk.RSAKey.import_key(pem), "RS256"
    except (JoseError, ValueError, TypeError):
        return jwk.ECKey.import_key(pem), "ES256"


class _Told(msgspec.Struct):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    authorization_response_iss_parameter_supported: bool = False


def _document(told: dict[str, Any], issuer: str) -> Document:
    try:
        read = msgspec.convert(told, _Told)
    except msgspec.ValidationError:
        raise ProviderFault("discovery_unreadable", Seen.AWAY) from None
    if read.issuer != issuer:
        raise ProviderFault("discovery_issuer", Seen.AWAY)
    addresses = (read.authorization_endpoint, read.token_endpoint, read.jwks_uri)
    if urlsplit(issuer).scheme == "https" and not all(address.startswith("https://") for address in addresses):
        raise ProviderFault("discovery_address", Seen.AWAY)
    return Document(*addresses, read.authorization_response_iss_parameter_supported)
