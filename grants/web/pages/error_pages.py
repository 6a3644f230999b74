"""Errors as pages: the same errors as the API's, in words for whoever reads them in a browser."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import structlog
from jinja2 import Environment
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from grants.domain.access import Actor, Deed, roles_for
from grants.domain.errors import NotFound, TallystickError
from grants.domain.sign_in import TooManyTries
from grants.pages.layout import Asked, go, page
from grants.web.form_answers import shown_again
from grants.web.identity import who_asks
from grants.web.kept_forms import KEPT_COOKIE, PAGE
from grants.web.pages.error_words import words_for
from grants.web.problems import EXCEPTION_HANDLERS

AGAIN_SECONDS: Final = 30
"""When to come again after an outage."""
_log = structlog.get_logger("tallystick.http")
_FOR_PROGRAMS: Final = ("/api/", "/health/", "/metrics")


def takes_pages(path: str, accepted: str) -> bool:
    """Whether whoever asks reads pages: a browser says that it takes HTML, and the API's addresses have none."""
    return not path.startswith(_FOR_PROGRAMS) and "text/html" in accepted


def error_page(request: Asked, status: int, happened: str = "", code: str = "") -> Response[str]:
    """The page of an error. `happened` is what the error itself says, in the place of what its kind, or `code`, usually is."""
    words = words_for(status, code)
    answer = page(
        request,
        "error",
        words.title,
        status=status,
        happened=happened or words.happened,
        to_do=words.to_do,
        can_search=status == 404 and _may_search(request.scope.get("user")),
        number=request.scope["state"].get("request_id", ""),
    )
    if status == 503:
        answer.headers["Retry-After"] = str(AGAIN_SECONDS)
    return answer


def _may_search(actor: Actor | None) -> bool:
    return actor is not None and bool(roles_for(actor, Deed.SEE_AWARD))


def foreign_host_page(pages: Environment, number: str) -> str:
    """For who comes by a name that is not ours. It brings nothing with it: at that name nothing would be found.

    It does not say what the right name is: whoever has another name lead here need not learn it.
    """
    return pages.get_template("error_foreign_host.html").render(number=number)


def on_tallystick_error(request: Asked, error: TallystickError) -> Response[Any]:
    """A deed that was refused. Whoever comes too soon is told when to come again."""
    if isinstance(error, TooManyTries):
        answer = error_page(request, 429, error.message)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    known = _answer(request, TallystickError, error).status_code or 422
    # What does not exist and what is somebody else's is told in the same words.
    return error_page(request, known, "" if isinstance(error, NotFound) else error.message, error.code)


def on_http_error(request: Asked, error: HTTPException) -> Response[Any]:
    """What was refused before any deed. Whoever is signed out is asked to sign in, and comes back to where they were."""
    if error.status_code == 401:
        return _asked_to_sign_in(request)
    answer = error_page(request, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


def _asked_to_sign_in(request: Asked) -> Response[Any]:
    kept = request.scope["state"].get(KEPT_COOKIE)
    if kept is None:
        return go(f"/sign-in{_back(request)}")
    answer = go(f"/sign-in?next={PAGE}")
    answer.set_cookie(kept)
    return answer


def _back(request: Asked) -> str:
    if request.method != "GET":
        return ""
    query = request.scope["query_string"].decode("latin-1")
    return f"?next={quote(request.url.path + (f'?{query}' if query else ''))}"


def _answer(request: Asked, kind: Any, error: Exception) -> Response[Any]:
    """What the API would answer: it knows which status an error has, and logs what must be logged."""
    answer: Response[Any] = EXCEPTION_HANDLERS[kind](request, error)
    return answer


def _like_the_api(kind: Any) -> Any:
    def handler(request: Asked, error: Exception) -> Response[Any]:
        return error_page(request, _answer(request, kind, error).status_code or 500)

    return handler


PAGE_EXCEPTION_HANDLERS: Final[dict[Any, Any]] = {
    **{kind: _like_the_api(kind) for kind in EXCEPTION_HANDLERS},
    TallystickError: on_tallystick_error,
    HTTPException: on_http_error,
}


def _for_either(kind: Any) -> Any:
    def handler(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        reads_pages = takes_pages(request.url.path, request.headers.get("accept", ""))
        answer: Callable[[], Response[Any]]
        answer = partial((PAGE_EXCEPTION_HANDLERS if reads_pages else EXCEPTION_HANDLERS)[kind], request, error)
        scope: Any = request.scope
        return _AsksWho(answer) if reads_pages and "auth" not in scope else answer()

    return handler


class _AsksWho(Response[None]):
    """The page for an address that no router takes, where nobody has found out yet who asks: theirs has their name and their parts of the service."""

    def __init__(self, made: Callable[[], Response[Any]]) -> None:
        super().__init__(None)
        self._made = made

    def to_asgi_response(self, app: Any, request: Asked, **more: Any) -> ASGIResponse:
        """It is made when it is sent."""
        return _MadeLast(self._made, request)


class _MadeLast(ASGIResponse):
    def __init__(self, made: Callable[[], Response[Any]], request: Asked) -> None:
        super().__init__()
        self._made, self._request = made, request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            found = await who_asks(self._request)
            scope["user"], scope["auth"] = found.user, found.auth
            if await shown_again(self._request, send):
                return
        except Exception as error:  # noqa: BLE001  whoever it is, the page is for them
            _log.warning("nobody_known", error=type(error).__name__)
        await self._made().to_asgi_response(None, self._request)(scope, receive, send)


EVERYWHERE: Final[dict[Any, Any]] = {kind: _for_either(kind) for kind in EXCEPTION_HANDLERS}
"""For the application: what no router takes is a page for browsers, and a problem for programs."""
