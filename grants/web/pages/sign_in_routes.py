"""Pages to sign in and out."""

from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency

from grants.actions import form_answers, sessions, sign_in
from grants.actions.hashing import Hashing
from grants.domain.access import Actor, Deed
from grants.domain.errors import NotAllowed, NotFound
from grants.pages.browser import NEEDS_HTTPS, own_path
from grants.pages.forms import form_of
from grants.pages.layout import Asked, go, let_in, page, roles_in_words, site_of, visitor_of
from grants.store.transaction import Gate
from grants.web.identity import is_whole
from grants.web.kept_forms import OF_ANY_SESSION

SECOND_FACTOR: Final = "/sign-in/second-factor"
TITLE: Final = "Sign in"


@get("/sign-in", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def sign_in_page(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """The form. Whoever has signed in already goes on."""
    onward = own_path(request.query_params.get("next"))
    held = request.scope.get("auth")
    if held is not None:
        return go(onward if is_whole(held) else second_factor_for(onward))
    return await _form(request, gate, onward)


@post("/sign-in", opt={"deed": Deed.SIGN_IN}, include_in_schema=False, status_code=200)
async def sign_in_with_password(
    request: Asked, gate: NamedDependency[Gate], hashing: NamedDependency[Hashing]
) -> Response[Any]:
    """A password is tried. The page asks for a second factor next, and goes on by itself where none is needed."""
    _require_https(request)
    form = await form_of(request)
    email, password, onward = form.get("email", ""), form.get("password", ""), own_path(form.get("next"))
    missing = {
        name: words
        for name, value, words in (
            ("email", email.strip(), "Enter your email address."),
            ("password", password, "Enter your password."),
        )
        if not value
    }
    if missing:
        return await _form(request, gate, onward, email=email, errors=missing, status=400)
    try:
        cookie = await sign_in.with_password(
            gate, hashing, email, password, visitor_of(request), site_of(request).lifetimes
        )
    except NotAllowed as refused:
        return await _form(request, gate, onward, email=email, errors={"email": refused.message}, status=403)
    return let_in(request, cookie, second_factor_for(onward))


@post("/sign-in/example", opt={"deed": Deed.SIGN_IN}, include_in_schema=False, status_code=200)
async def sign_in_as_example(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """One click for an example person: in example mode, at the machine itself, and nowhere else."""
    if not site_of(request).lets_examples_in(request):
        raise NotFound("example", "There is no example here.")
    form = await form_of(request)
    try:
        person = UUID(form.get("person", ""))
    except ValueError:
        raise NotFound("person", "There is no such example person.") from None
    cookie = await sign_in.as_example(gate, person, visitor_of(request))
    return let_in(request, cookie, own_path(form.get("next")))


@post("/sign-out", opt={"deed": Deed.SIGN_IN, OF_ANY_SESSION: True}, include_in_schema=False, status_code=200)
async def sign_out(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Ends the session, in every replica at once."""
    held = request.scope.get("auth")
    if held is not None:
        async with gate.deed(held.actor) as tx:
            await sessions.end(tx, held.session, "signed_out")
            await form_answers.drop(tx)
    answer = go("/")
    answer.set_cookie(site_of(request).no_session_cookie())
    return answer


def second_factor_for(onward: str) -> str:
    """The page that asks for a second factor, and then goes on."""
    return f"{SECOND_FACTOR}?next={quote(onward, safe='/')}"


def _require_https(request: Asked) -> None:
    if not site_of(request).takes_passwords:
        raise NotAllowed("needs_https", NEEDS_HTTPS)


async def _form(
    request: Asked,
    gate: Gate,
    onward: str,
    *,
    email: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    _require_https(request)
    examples = await sign_in.example_people(gate) if site_of(request).lets_examples_in(request) else []
    providers = [client.provider for client in getattr(request.app.state, "providers", {}).values()]
    return page(
        request,
        "sign_in",
        TITLE,
        status=status,
        errors=errors,
        email=email,
        onward=onward,
        onward_in_query=quote(onward, safe="/"),
        providers=providers,
        examples=[await _example(gate, actor) for actor in examples],
    )


async def _example(gate: Gate, actor: Actor) -> dict[str, str]:
    roles = [words[0].lower() + words[1:] for words in await roles_in_words(gate, actor)] or ["no role"]
    name = actor.name.removesuffix(" (example)")
    return {"id": str(actor.id), "words": f"Sign in as {name}, {', '.join(roles)}"}


ROUTES: list[Any] = [sign_in_page, sign_in_with_password, sign_in_as_example, sign_out]
