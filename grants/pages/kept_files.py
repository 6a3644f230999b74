"""Forms that are sent on after their session had ended: their files were kept here, since a browser cannot send them again by itself."""

from typing import Any, Final

from litestar import Request

from grants.actions import kept_forms
from grants.pages.browser import Site

KEPT: Final = "tallystick-kept"
"""The cookie of a form that was kept: its name and the key that opens it, which nobody else has."""
SENT_ON: Final = "kept_form"
"""The field of a form that is sent on: which one it is."""


async def found_by(request: Request[Any, Any, Any]) -> kept_forms.Found | None:
    """The form that was kept for whoever is signed in, in this browser."""
    site: Site = request.app.state.site
    brought, actor = site.cookie_in(request, KEPT), request.scope.get("user")
    return await kept_forms.find(request.app.state.gate, actor, brought) if brought and actor is not None else None


async def note_sent(request: Request[Any, Any, Any], found: kept_forms.Found) -> None:
    """Notes that its person went on with a form."""
    await kept_forms.note_sent(request.app.state.gate, request.user, found.id)
