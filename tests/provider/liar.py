"""An identity provider that says whatever a test has it say: what it signs, what it publishes, how it answers."""

import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwk, jws
from joserfc.errors import SecurityWarning

ISSUER = "https://login.liar.example"
CLIENT_ID = "tallystick"
KEYS: dict[str, jwk.Key] = {
    "rsa": jwk.RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ec": jwk.ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
    "ed": jwk.OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"}),
}
_ANY = jws.JWSRegistry(algorithms=list(jws.JWSRegistry.algorithms), strict_check_header=False)
SIGNS = {"RS256": "rsa", "PS256": "rsa", "ES256": "ec", "EdDSA": "ed"}


def public(*names: str) -> list[dict[str, Any]]:
    """Keys as a provider publishes them."""
    return [dict(KEYS[name].as_dict(private=False)) for name in names or KEYS]


def claims(nonce: str, made_at: float | None = None, /, **changed: Any) -> dict[str, Any]:
    """What an honest token holds, made now or then; a value of None takes a claim out."""
    now = int(time.time() if made_at is None else made_at)
    honest = {
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "sub": "subject-1",
        "iat": now,
        "exp": now + 300,
        "nonce": nonce,
        "email": "lead@example.org",
        "email_verified": True,
    }
    return {name: value for name, value in {**honest, **changed}.items() if value is not None}


def signed(told: dict[str, Any], algorithm: str = "RS256", key: jwk.Key | None = None, **header: Any) -> str:
    """A token. The header's kid is the key's own, where a test names no other."""
    name = SIGNS.get(algorithm, "rsa")
    named = {name: value for name, value in {"kid": name, **header}.items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # joserfc would have EdDSA called by its newer name
        payload = json.dumps(told).encode()
        return jws.serialize_compact({"alg": algorithm, **named}, payload, key or KEYS[name], registry=_ANY)


@dataclass
class Liar:
    """A provider to put behind a client: `token` makes an ID token from the nonce, `answer` changes any answer."""

    issuer: str = ISSUER
    token: Callable[[str], object] = field(default=lambda nonce: signed(claims(nonce)))
    keys: list[dict[str, Any]] = field(default_factory=public)
    document: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[str], httpx.Response | None] = field(default=lambda path: None)
    asked: list[str] = field(default_factory=list)
    exchanged: list[dict[str, str]] = field(default_factory=list)
    nonce: str = ""

    def transport(self) -> httpx.MockTransport:
        """What a client speaks through: answers come as from the network, not read yet."""
        return httpx.MockTransport(lambda request: _unread(self._answer(request)))

    def sent(self, location: str) -> dict[str, str]:
        """What a browser was sent with; its nonce goes into the next token."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        self.nonce = asked["nonce"]
        return asked

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        other = self.answer(path)
        if other is not None:
            return other
        if path.endswith("/.well-known/openid-configuration"):
            return httpx.Response(200, json=self._document())
        if path == "/keys":
            return httpx.Response(200, json={"keys": self.keys})
        self.exchanged.append({name: values[0] for name, values in parse_qs(request.content.decode()).items()})
        self.exchanged[-1]["authorization"] = request.headers.get("authorization", "")
        return httpx.Response(200, json={"id_token": self.token(self.nonce), "token_type": "Bearer"})

    def _document(self) -> dict[str, Any]:
        honest = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return {**honest, **self.document}


def _unread(answer: httpx.Response) -> httpx.Response:
    return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)
