"""An ID token: whether it is the provider's answer to this very sign-in (OpenID Connect Core 1.0, section 3.1.3.7)."""

import hmac
import math
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any, Final

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError
from joserfc.util import base64_to_int

from grants.domain.providers import ALGORITHMS, Identity, Provider
from grants.web.openid.faults import ProviderFault

LEEWAY_SECONDS: Final = 60
"""By how much the clocks of the service and of a provider may differ."""
_SUBJECT_CHARACTERS: Final = 255
_RSA_BITS: Final = range(2048, 8193)
_KINDS: Final[dict[str, tuple[str, str | None]]] = {
    "RS256": ("RSA", None),
    "PS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
_PUBLIC_PARTS: Final = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x")}


class _Signatures(jws.JWSRegistry):
    """The algorithms, without joserfc's warning at each token that EdDSA has a newer name: providers still use the old one.

    Providers may put certificates into a header, and words that nobody need know (RFC 7515, section 4.2).
    """

    max_header_length = 8_192

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(algorithms=allowed, strict_check_header=False)
        self.algorithms = {name: copy(jws.JWSRegistry.algorithms[name]) for name in allowed}
        for algorithm in self.algorithms.values():
            algorithm.security_warning = None


def key_id_of(token: str) -> str | None:
    """The key identifier that a token names, before anything in it is believed. Raises ProviderFault."""
    kid = _header(token).get("kid")
    if kid is not None and not isinstance(kid, str):
        raise ProviderFault("token_unreadable")
    return kid


def _header(token: str) -> dict[str, Any]:
    try:
        return dict(jws.extract_compact(token.encode(), registry=_Signatures(ALGORITHMS)).headers())
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise ProviderFault("token_unreadable") from None


def identity_of(
    token: str, keys: Sequence[Mapping[str, Any]], provider: Provider, nonce: str, began: datetime, now: datetime
) -> Identity:
    """Who the token speaks of, once all of it holds: signature, issuer, audience, times and nonce.

    `began` is when this sign-in did: an older token answers another. Raises ProviderFault.
    """
    claims = _signed(token, keys, provider)
    if claims.get("iss") != provider.issuer:
        raise ProviderFault("token_issuer")
    _for_us(claims, provider.client_id)
    _in_time(claims, began, now)
    told = claims.get("nonce")
    if not isinstance(told, str) or not told.isascii() or not hmac.compare_digest(told, nonce):
        raise ProviderFault("token_nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_CHARACTERS or not _is_plain(subject):
        raise ProviderFault("token_subject")
    return Identity(subject, _verified_email(claims, provider), 2 if provider.shows_second_factor(claims) else 1)


def _signed(token: str, keys: Sequence[Mapping[str, Any]], provider: Provider) -> dict[str, Any]:
    """The claims, where one of the provider's keys made the signature by an algorithm that was agreed."""
    kid, algorithm = key_id_of(token), str(_header(token).get("alg"))
    if algorithm not in provider.algorithms:
        raise ProviderFault("token_algorithm")
    try:
        key = _key(keys, algorithm, kid)
        return dict(jwt.decode(token, key, registry=_Signatures((algorithm,))).claims)
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise ProviderFault("token_signature") from None


def _key(keys: Sequence[Mapping[str, Any]], algorithm: str, kid: str | None) -> jwk.Key:
    """The one key that may have signed: the token's own words choose among the provider's keys and bring none."""
    kind, curve = _KINDS[algorithm]
    fit = [
        key
        for key in keys
        if key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (curve is None or key.get("crv") == curve)
        and (kid is None or key.get("kid") == kid)
    ]
    if len(fit) != 1:
        raise ProviderFault("token_key")
    public = {part: fit[0][part] for part in _PUBLIC_PARTS[kind]}
    if kind == "RSA" and base64_to_int(str(public["n"])).bit_length() not in _RSA_BITS:
        raise ProviderFault("token_key_weak")
    return jwk.import_key(public)


def _for_us(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or client_id not in named:
        raise ProviderFault("token_audience")
    party = claims.get("azp")
    if (len(named) > 1 or party is not None) and party != client_id:
        raise ProviderFault("token_party")


def _in_time(claims: Mapping[str, Any], began: datetime, now: datetime) -> None:
    at = {}
    for name, needed in (("exp", True), ("iat", True), ("nbf", False)):
        value = claims.get(name)
        if value is None and not needed:
            continue
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise ProviderFault("token_times")
        at[name] = value
    moment = now.timestamp()
    if at["exp"] <= moment - LEEWAY_SECONDS:
        raise ProviderFault("token_expired")
    if max(at["iat"], at.get("nbf", at["iat"])) > moment + LEEWAY_SECONDS:
        raise ProviderFault("token_early")
    if at["iat"] < began.timestamp() - LEEWAY_SECONDS:
        raise ProviderFault("token_old")


def _verified_email(claims: Mapping[str, Any], provider: Provider) -> str | None:
    email = claims.get("email")
    # Some providers send the claim as text; anything but a clear yes is a no.
    if (
        not isinstance(email, str)
        or not _is_plain(email)
        or claims.get(provider.verified_claim) not in (True, "true", "1")
    ):
        return None
    return email.strip().lower()


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
