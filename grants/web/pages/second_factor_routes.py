"""Pages of the second factor: shown at sign-in, and set up with an app."""

import io
from typing import Any, Final

import segno
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from grants.actions import second_factor
from grants.domain.access import Deed
from grants.domain.errors import NotAllowed
from grants.pages.browser import own_path
from grants.pages.forms import form_of
from grants.pages.layout import Asked, go, held_by, let_in, page, site_of, visitor_of
from grants.store.transaction import Gate
from grants.web.identity import is_whole

SET_UP: Final = "/second-factor/set-up"
_EMPTY: Final = "Enter the code that your app shows."


@get("/sign-in/second-factor", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def ask(request: Asked) -> Response[Any]:
    """Asks for a code, or has a second factor set up; goes on where none is needed."""
    held, onward = held_by(request), own_path(request.query_params.get("next"))
    if is_whole(held):
        return go(onward)
    if not held.has_second_factor:
        return go(SET_UP)
    return page(request, "second_factor", "Enter your code", onward=onward)


@post("/sign-in/second-factor", opt={"deed": Deed.SIGN_IN}, include_in_schema=False, status_code=200)
async def show(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """A code is tried. The session gets a new id with it."""
    held, form, site = held_by(request), await form_of(request), site_of(request)
    onward, code = own_path(form.get("next")), form.get("code", "")
    try:
        if not code.strip():
            raise NotAllowed("code", _EMPTY)
        cookie = await second_factor.show(gate, site.seal_key, held, code, visitor_of(request), site.lifetimes)
    except NotAllowed as refused:
        errors = {"code": refused.message}
        return page(request, "second_factor", "Enter your code", status=403, errors=errors, onward=onward)
    return let_in(request, cookie, onward)


@get(SET_UP, opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def set_up(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Explains, or shows the code to scan."""
    held_by(request)
    return await _set_up_page(request, gate)


@post("/second-factor/begin", opt={"deed": Deed.SIGN_IN}, include_in_schema=False, status_code=200)
async def begin(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Makes a secret to scan."""
    await second_factor.begin(gate, site_of(request).seal_key, held_by(request).actor)
    return go(SET_UP)


@get("/second-factor/code.svg", opt={"deed": Deed.ANYONE}, include_in_schema=False)
async def square_code(request: Asked, gate: NamedDependency[Gate]) -> Response[bytes]:
    """The secret as a picture for an app."""
    async with gate.reading(held_by(request).actor) as view:
        pending = await second_factor.pending(view, site_of(request).seal_key, site_of(request).name)
    if pending is None:
        raise NotFoundException
    out = io.BytesIO()
    segno.make(pending.address, error="m", micro=False).save(out, kind="svg", scale=4, light="#ffffff")
    return Response(out.getvalue(), media_type="image/svg+xml")


@post(SET_UP, opt={"deed": Deed.SIGN_IN}, include_in_schema=False, status_code=200)
async def confirm(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Puts it into force, and shows the codes to recover with, this once."""
    held, form, site = held_by(request), await form_of(request), site_of(request)
    try:
        cookie, codes = await second_factor.confirm(
            gate, site.seal_key, held, form.get("code", ""), visitor_of(request), site.lifetimes
        )
    except NotAllowed as refused:
        return await _set_up_page(request, gate, {"code": refused.message})
    return page(request, "recovery_codes", "Your recovery codes", renewed=cookie, codes=codes)


async def _set_up_page(request: Asked, gate: Gate, errors: dict[str, str] | None = None) -> Response[Any]:
    held = held_by(request)
    if held.has_second_factor:
        return go("/account" if is_whole(held) else "/sign-in/second-factor")
    async with gate.reading(held.actor) as view:
        pending = await second_factor.pending(view, site_of(request).seal_key, site_of(request).name)
    return page(
        request,
        "set_up_second_factor",
        "Set up a second factor",
        status=403 if errors else 200,
        errors=errors,
        must=not is_whole(held),
        pending=pending,
    )


ROUTES: list[Any] = [ask, show, set_up, begin, square_code, confirm]
