"""Asking an identity provider: https, no redirects, limits on time and size, and JSON objects only."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import msgspec

from grants.domain.providers import is_secure
from grants.web.openid.faults import ProviderFault, Seen

SECONDS: Final = 10.0
"""For one whole answer, however slowly it comes."""
ANSWER_BYTES: Final = 262_144
_HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}


def open_client(issuer: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client for one provider. A proxy named in the environment is used, unless the provider is on this machine."""
    return httpx.AsyncClient(
        timeout=SECONDS / 2,
        follow_redirects=False,
        trust_env=urlsplit(issuer).scheme == "https",
        limits=httpx.Limits(max_connections=10),
        transport=transport,
    )


async def get_object(client: httpx.AsyncClient, address: object, kind: str) -> dict[str, Any]:
    """What a GET answers. Raises ProviderFault, whose kind begins with `kind`."""
    return _object(await _ask(client, "GET", address, kind), kind)


async def post_form(
    client: httpx.AsyncClient, address: object, form: Mapping[str, str], headers: Mapping[str, str], kind: str
) -> dict[str, Any]:
    """What a POST of a form answers. Raises ProviderFault, whose kind begins with `kind`."""
    return _object(await _ask(client, "POST", address, kind, form, headers), kind)


async def _ask(
    client: httpx.AsyncClient,
    method: str,
    address: object,
    kind: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    if not isinstance(address, str) or not is_secure(address):
        raise ProviderFault(f"{kind}_address", Seen.AWAY)
    try:
        async with (
            asyncio.timeout(SECONDS),
            client.stream(method, address, data=form, headers={**_HEADERS, **(headers or {})}) as answer,
        ):
            body = await _body(answer, kind)
    except TimeoutError:
        raise ProviderFault(f"{kind}_slow", Seen.AWAY) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise ProviderFault(f"{kind}_unreachable", Seen.AWAY) from None
    if answer.status_code in (400, 401) and method == "POST":
        raise ProviderFault(f"{kind}_refused")
    if answer.status_code != 200:
        raise ProviderFault(f"{kind}_status", Seen.AWAY)
    return body


async def _body(answer: httpx.Response, kind: str) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ProviderFault(f"{kind}_encoded", Seen.AWAY)
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > ANSWER_BYTES:
            raise ProviderFault(f"{kind}_too_large", Seen.AWAY)
    return bytes(body)


def _object(body: bytes, kind: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        raise ProviderFault(f"{kind}_unreadable", Seen.AWAY) from None
