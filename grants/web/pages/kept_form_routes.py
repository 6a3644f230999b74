"""The page that gives a form back to whoever was signed out while they were working."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.di import NamedDependency

from grants.actions import kept_forms
from grants.domain.access import Deed
from grants.domain.kept_forms import Kept
from grants.pages.kept_files import KEPT, SENT_ON, found_by
from grants.pages.layout import Asked, go, page, site_of
from grants.pages.navigation import PARTS
from grants.store.transaction import Gate
from grants.web.kept_forms import PAGE

_UNSAID: Final = frozenset({"once", "next"})
_SHOWN_CHARACTERS: Final = 500


@get(PAGE, opt={"deed": Deed.SIGNED_IN}, include_in_schema=False)
async def kept_form(request: Asked) -> Response[Any]:
    """What form it was, and a button that sends it. Anybody else goes on to the first page, and learns nothing."""
    found = await found_by(request)
    if found is None:
        return go("/")
    kept = found.kept
    return page(
        request,
        "kept_form",
        "You were signed out while you were working",
        kept=kept,
        was_sent=found.was_sent,
        action=f"{kept.path}?{kept.query}" if kept.query else kept.path,
        part=_part(kept),
        typed=[(name, value[:_SHOWN_CHARACTERS]) for name, value in kept.fields if name not in _UNSAID and value],
        sent_on=(SENT_ON, str(found.id)),
    )


def _part(kept: Kept) -> str:
    return next((part.name for part in PARTS if kept.path.startswith(part.path)), "")


@post(f"{PAGE}/drop", opt={"deed": Deed.SIGNED_IN}, include_in_schema=False, status_code=200)
async def drop_kept_form(request: Asked, gate: NamedDependency[Gate]) -> Response[Any]:
    """Removes the form at once."""
    found = await found_by(request)
    if found is not None:
        await kept_forms.drop(gate, request.user, found.id)
    answer = go("/")
    answer.set_cookie(site_of(request).cookie(KEPT, "", 0))
    return answer


ROUTES: list[Any] = [kept_form, drop_kept_form]
