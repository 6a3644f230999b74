"""How a page is made: its template, its words for roles, the cookie and the token of its forms."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response
from litestar.enums import MediaType
from litestar.response import Redirect

from grants.domain.access import Actor, Grant
from grants.web.browser import FORM, FORM_FIELD, Site, new_form_secret
from grants.web.same_origin import form_secret

Asked = Request[Any, Any, Any]
ASSETS: Final = "/assets"
_FORM_COOKIE_SECONDS: Final = 86_400


@cache
def _pages() -> Environment:
    return Environment(
        loader=PackageLoader("grants.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def style() -> bytes:
    """The stylesheet."""
    return files("grants.web.pages").joinpath("assets/tallystick.css").read_bytes()


def page(
    request: Asked,
    template: str,
    title: str,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    **values: object,
) -> Response[str]:
    """A page. `errors` says by field what to do about it: they head the page, and stand beside their fields."""
    secret, is_new = _form_secret(request)
    site: Site = request.app.state.site
    actor: Actor | None = request.scope.get("user")
    body = (
        _pages()
        .get_template(f"{template}.html")
        .render(
            title=title,
            errors=errors or {},
            form_field=FORM_FIELD,
            form_token=site.form_token(secret),
            assets=ASSETS,
            actor=actor,
            has_session=request.scope.get("auth") is not None,
            **values,
        )
    )
    cookies = [site.cookie(FORM, secret, _FORM_COOKIE_SECONDS)] if is_new else []
    return Response(body, status_code=status, media_type=MediaType.HTML, cookies=cookies)


def _form_secret(request: Asked) -> tuple[str, bool]:
    found = form_secret(request)
    if found:
        return found, bool(request.scope["state"].get(FORM))
    made = new_form_secret()
    request.scope["state"][FORM] = made
    return made, True


def go(path: str) -> Redirect:
    """Sends a browser on to a page with a GET."""
    return Redirect(path, status_code=303)


def roles_in_words(grants: tuple[Grant, ...]) -> list[str]:
    """Roles as people call them, with what they are held over."""
    return [
        grant.role.value.replace("_", " ").capitalize() + (f" ({', '.join(sorted(grant.over))})" if grant.over else "")
        for grant in grants
    ]
