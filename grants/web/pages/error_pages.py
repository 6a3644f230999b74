"""Errors as pages: the same errors as the API's, in words for whoever reads them in a browser."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from litestar import Response
from litestar.exceptions import HTTPException

from grants.domain.errors import TallystickError
from grants.domain.sign_in import TooManyTries
from grants.pages.layout import Asked, go, page
from grants.web.problems import EXCEPTION_HANDLERS

_NOT_FOUND: Final = "There is nothing here that you can see. Check the address, or start from the first page."
_FAULT: Final = (
    "Something went wrong on our side, and nothing was changed. Try again; if it stays, give us the number below."
)
_AWAY: Final = "The service cannot reach its database. Try again in a minute."


def _error(request: Asked, status: int, message: str) -> Response[str]:
    number = request.scope["state"].get("request_id", "")
    return page(request, "error", HTTPStatus(status).phrase, status=status, message=message, number=number)


def on_tallystick_error(request: Asked, error: TallystickError) -> Response[Any]:
    """A deed that was refused. Whoever comes too soon is told when to come again."""
    if isinstance(error, TooManyTries):
        answer = _error(request, 429, error.message)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    known = _answer(request, TallystickError, error).status_code or 422
    return _error(request, known, _NOT_FOUND if known == 404 else error.message)


def on_http_error(request: Asked, error: HTTPException) -> Response[Any]:
    """What was refused before any deed. Whoever is signed out is asked to sign in, and comes back to where they were."""
    if error.status_code == 401:
        back = f"?next={quote(request.url.path)}" if request.method == "GET" else ""
        return go(f"/sign-in{back}")
    words = {404: _NOT_FOUND, 413: "What was sent is too large."}
    phrase = HTTPStatus(error.status_code).phrase
    return _error(request, error.status_code, words.get(error.status_code, f"{phrase}."))


def _answer(request: Asked, kind: Any, error: Exception) -> Response[Any]:
    """What the API would answer: it knows which status an error has, and logs what must be logged."""
    answer: Response[Any] = EXCEPTION_HANDLERS[kind](request, error)
    return answer


def _like_the_api(kind: Any) -> Any:
    def handler(request: Asked, error: Exception) -> Response[Any]:
        status = _answer(request, kind, error).status_code or 500
        return _error(request, status, _AWAY if status == 503 else _FAULT)

    return handler


PAGE_EXCEPTION_HANDLERS: Final[dict[Any, Any]] = {
    **{kind: _like_the_api(kind) for kind in EXCEPTION_HANDLERS},
    TallystickError: on_tallystick_error,
    HTTPException: on_http_error,
}
