"""Signing in with one's own organisation: to its identity provider, and back with an answer that holds or is refused."""

import base64
from typing import Annotated, Any, Final

import structlog
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import Parameter

from grants.actions import provider_sign_in, sessions
from grants.actions.provider_sign_in import FLOW_MINUTES, Awaited, NotLinked
from grants.domain.access import Deed
from grants.domain.errors import NotAllowed, NotFound
from grants.domain.providers import Identity, Provider
from grants.pages.browser import NEEDS_HTTPS, Site, own_path
from grants.pages.layout import Asked, go, let_in, page, site_of, visitor_of
from grants.store.transaction import Gate
from grants.web.openid.client import Client
from grants.web.openid.faults import ProviderFault, Seen
from grants.web.openid.id_token import identity_of, key_id_of
from grants.web.pages.sign_in_routes import second_factor_for

_log = structlog.get_logger("tallystick.provider")
FLOW: Final = "tallystick-provider"
_VALUE_CHARACTERS: Final = 4_000
_STATUS: Final = {Seen.REFUSED: 403, Seen.AWAY: 503, Seen.OVER: 400, Seen.CANCELLED: 403}
_RETRY_SECONDS: Final = 30
ProviderId = Annotated[str, Parameter(description="The provider's id in the settings.", max_length=40)]


@get("/sign-in/with/{provider:str}", opt={"deed": Deed.SIGN_IN}, include_in_schema=False)
async def ask_provider(request: Asked, gate: NamedDependency[Gate], provider: ProviderId) -> Response[Any]:
    """Sends the browser to the provider. What must come back is noted, and bound to this browser by a cookie."""
    client, site = _client(request, provider), site_of(request)
    try:
        await client.document()
        begun = await provider_sign_in.begin(gate, client.provider, _marked(request.query_params.get("next")))
        address = await client.authorization_address(
            _callback(site, client.provider), begun.state, begun.nonce, begun.verifier
        )
    except ProviderFault as fault:
        return _told(request, client.provider, fault)
    answer = go(address)
    answer.set_cookie(site.cookie(FLOW, begun.browser, FLOW_MINUTES * 60))
    return answer


@get("/sign-in/with/{provider:str}/callback", opt={"deed": Deed.SIGN_IN}, include_in_schema=False)
async def provider_answers(request: Asked, gate: NamedDependency[Gate], provider: ProviderId) -> Response[Any]:
    """The provider's answer by way of the browser. Where all of it holds, a new session begins."""
    client, site = _client(request, provider), site_of(request)
    browser = site.cookie_in(request, FLOW)
    try:
        awaited = await provider_sign_in.come_back(gate, client.provider, _one(request, "state"), browser)
        if awaited is None:
            raise ProviderFault("no_such_flow", Seen.OVER)
        identity = await _identity(request, client, awaited, gate)
        answer = await _signed_in(request, gate, client.provider, identity, _place(browser))
    except ProviderFault as fault:
        answer = _told(request, client.provider, fault)
    except NotLinked as unknown:
        answer = _told(request, client.provider, ProviderFault(unknown.kind))
    answer.set_cookie(site.cookie(FLOW, "", 0))
    return answer


async def _identity(request: Asked, client: Client, awaited: Awaited, gate: Gate) -> Identity:
    """Who the provider says it is, once its answer and its ID token hold. Raises ProviderFault."""
    named = request.query_params.getall("iss", [])
    # RFC 9207: a provider that says it names itself must, and nobody may name another (mix-up).
    if (named or (await client.document()).names_itself) and named != [client.provider.issuer]:
        raise ProviderFault("answer_issuer")
    if "error" in request.query_params:
        raise ProviderFault(*_ERRORS.get(_one(request, "error"), ("answer_error", Seen.REFUSED)))
    code = _one(request, "code")
    if not code:
        raise ProviderFault("answer_without_code")
    token = await client.id_token_for(code, _callback(site_of(request), client.provider), awaited.verifier)
    keys = await client.keys_for(key_id_of(token))
    return identity_of(token, keys, client.provider, awaited.nonce, awaited.began, gate.clock())


_ERRORS: Final = {
    "access_denied": ("answer_denied", Seen.CANCELLED),
    "login_required": ("answer_denied", Seen.CANCELLED),
    "server_error": ("answer_server_error", Seen.AWAY),
    "temporarily_unavailable": ("answer_server_error", Seen.AWAY),
}


async def _signed_in(request: Asked, gate: Gate, provider: Provider, identity: Identity, onward: str) -> Response[Any]:
    visitor = visitor_of(request)
    async with gate.signing_in() as tx:
        actor = await provider_sign_in.person_of(tx, provider, identity, visitor.request_id)
        cookie = await sessions.start(
            tx,
            actor,
            "provider",
            identity.factors,
            visitor.browser,
            replacing=visitor.replacing,
            lasting=site_of(request).lifetimes.whole,
        )
    return let_in(request, cookie, second_factor_for(onward))


def _told(request: Asked, provider: Provider, fault: ProviderFault) -> Response[Any]:
    """A page that says what to do. What went wrong goes to the log, by its kind alone."""
    _log.warning("provider_sign_in_failed", provider=provider.id, kind=fault.kind)
    status = _STATUS[fault.seen]
    answer = page(request, "provider", "You are not signed in", status=status, provider=provider, seen=fault.seen.value)
    if fault.seen is Seen.AWAY:
        answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    return answer


def _client(request: Asked, provider: str) -> Client:
    clients: dict[str, Client] = request.app.state.providers
    if provider not in clients:
        raise NotFound("provider", "There is no such provider.")
    if not site_of(request).takes_passwords:
        raise NotAllowed("needs_https", NEEDS_HTTPS)
    return clients[provider]


def _callback(site: Site, provider: Provider) -> str:
    return f"{site.address}/sign-in/with/{provider.id}/callback"


def _one(request: Asked, name: str) -> str:
    """A parameter of the answer; empty where it is missing, came twice, or is too long to be one."""
    values = request.query_params.getall(name, [])
    return values[0] if len(values) == 1 and len(values[0]) <= _VALUE_CHARACTERS else ""


def _marked(onward: str | None) -> str:
    """Where to go after signing in, as a part of the cookie's value: it comes back unchanged, or the flow is not found."""
    return base64.urlsafe_b64encode(own_path(onward).encode()).decode().rstrip("=")


def _place(browser: str) -> str:
    mark = browser.rpartition(".")[2]
    return own_path(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode())


ROUTES: list[Any] = [ask_provider, provider_answers]
