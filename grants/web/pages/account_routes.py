"""One's own account: sessions, password, second factor, API tokens."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from grants.actions import second_factor, sessions, sign_in, tokens
from grants.actions.hashing import Hashing
from grants.actions.listing import MAX_LIMIT
from grants.actions.sign_in import BadPassword
from grants.domain.access import Deed
from grants.domain.errors import Conflict, Invalid, NotAllowed
from grants.pages.forms import form_of
from grants.pages.layout import Asked, go, held_by, let_in, page, roles_in_words, site_of, visitor_of
from grants.store.tokens import TokenView
from grants.store.transaction import Gate, View

ACCOUNT: Final = "/account"
_TOKEN_DAYS: Final = tuple((days, f"{days} days") for days in ("7", "30", "90", "365"))
_TOLD: Final = {
    "session_ended": "That session has ended.",
    "sessions_ended": "All your other sessions have ended.",
    "password_changed": "Your password is changed. All your other sessions have ended.",
    "token_revoked": "The token is revoked. Nobody gets in with it any more.",
}
_OWN: Final[dict[str, Any]] = {
    "opt": {"deed": Deed.MANAGE_OWN_ACCESS},
    "include_in_schema": False,
    "status_code": 200,
}


@get(ACCOUNT, opt={"deed": Deed.SIGNED_IN}, include_in_schema=False)
async def account(request: Asked, gate: NamedDependency[Gate]) -> Response[str]:
    """Everything of one's own in one place."""
    return await _account(request, gate)


@post(f"{ACCOUNT}/sessions/{{session_id:uuid}}/end", **_OWN)
async def end_session(request: Asked, gate: NamedDependency[Gate], session_id: FromPath[UUID]) -> Response[Any]:
    """Ends one of one's sessions, in every replica at once."""
    async with gate.deed(request.user) as tx:
        await sessions.end(tx, session_id)
    return go(ACCOUNT, "session_ended")


@post(f"{ACCOUNT}/sessions/end-others", **_OWN)
async def end_other_sessions(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Ends all of one's sessions but this one."""
    async with gate.deed(request.user) as tx:
        await sessions.end_others(tx, held_by(request).session)
    return go(ACCOUNT, "sessions_ended")


@post(f"{ACCOUNT}/password", **_OWN)
async def change_password(
    request: Asked, gate: NamedDependency[Gate], hashing: NamedDependency[Hashing]
) -> Response[Any]:
    """A new password, for whoever knows the one they have. All other sessions end."""
    form, held = await form_of(request), held_by(request)
    if not held.has_password:
        raise NotAllowed("no_password", "You have no password here: you sign in with your organisation.")
    try:
        cookie = await sign_in.change_password(
            gate, hashing, held, form.get("current_password", ""), form.get("new_password", ""), visitor_of(request)
        )
    except BadPassword as bad:
        return await _account(request, gate, {"new_password": bad.message}, 400)
    except NotAllowed as refused:
        return await _account(request, gate, {"current_password": refused.message}, 403)
    return let_in(request, cookie, ACCOUNT, "password_changed")


@post(f"{ACCOUNT}/second-factor/remove", **_OWN)
async def remove_second_factor(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Takes one's second factor away, for a right code. Whoever must have one is asked to set up another at once."""
    form = await form_of(request)
    try:
        await second_factor.remove(gate, site_of(request).seal_key, held_by(request), form.get("remove_code", ""))
    except NotAllowed as refused:
        return await _account(request, gate, {"remove_code": refused.message}, 403)
    return go("/second-factor/set-up")


@post(f"{ACCOUNT}/second-factor/codes", **_OWN)
async def new_recovery_codes(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """New codes to recover with, for a right code; they are shown this once."""
    form = await form_of(request)
    try:
        codes = await second_factor.new_codes(gate, site_of(request).seal_key, request.user, form.get("renew_code", ""))
    except NotAllowed as refused:
        return await _account(request, gate, {"renew_code": refused.message}, 403)
    return page(request, "recovery_codes", "Your recovery codes", codes=codes)


@post(f"{ACCOUNT}/tokens", **_OWN)
async def create_token(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """An API token of one's own; it is shown this once."""
    form = await form_of(request)
    days = form.get("days", "")
    try:
        if days not in dict(_TOKEN_DAYS):
            raise Invalid("days", "Choose for how long the token works.")
        async with gate.deed(request.user) as tx:
            made = await tokens.create_own_token(
                tx, form.get("label", ""), int(days), ["read"] if form.get("only") == "read" else None
            )
    except (Invalid, Conflict) as refused:
        wrong = {"days" if refused.code == "days" else "label": refused.message}
        return await _account(request, gate, wrong, 400, form)
    return page(request, "token", "Your new API token", token=made)


@post(f"{ACCOUNT}/tokens/{{token_id:uuid}}/revoke", **_OWN)
async def revoke_token(request: Asked, gate: NamedDependency[Gate], token_id: FromPath[UUID]) -> Response[Any]:
    """Ends one of one's tokens at once."""
    async with gate.deed(request.user) as tx:
        await tokens.revoke_token(tx, token_id)
    return go(ACCOUNT, "token_revoked")


async def _account(
    request: Asked,
    gate: Gate,
    errors: dict[str, str] | None = None,
    status: int = 200,
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response[str]:
    held, lifetimes = held_by(request), site_of(request).lifetimes
    async with gate.reading(request.user) as view:
        open_sessions = await sessions.current(view, lifetimes)
        own_tokens = await _tokens_that_work(view)
        codes = await second_factor.codes_left(view)
    return page(
        request,
        "account",
        "Your account",
        status=status,
        errors=errors,
        told=_TOLD,
        typed=lambda name: typed.get(name, ""),
        held=held,
        roles=await roles_in_words(gate, held.actor),
        sessions=open_sessions,
        tokens=own_tokens,
        codes_left=codes,
        token_days=_TOKEN_DAYS,
    )


async def _tokens_that_work(view: View) -> list[TokenView]:
    found, after = [], None
    while True:
        listed = await tokens.own_tokens(view, after, MAX_LIMIT)
        found += [token for token in listed.items if token.revoked_at is None and token.expires_at > view.now]
        after = listed.next
        if after is None:
            return found


ROUTES: list[Any] = [
    account,
    end_session,
    end_other_sessions,
    change_password,
    remove_second_factor,
    new_recovery_codes,
    create_token,
    revoke_token,
]
