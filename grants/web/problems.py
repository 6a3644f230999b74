"""One mapping of errors to HTTP: every error is application/problem+json (RFC 9457) and says what to do."""

from http import HTTPStatus
from typing import Any, Final

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from grants.domain.errors import Conflict, Invalid, NotAllowed, NotFound, RuleBroken, TallystickError

_log = structlog.get_logger("tallystick.http")

PROBLEM_JSON: Final = "application/problem+json"
NOTHING_HERE: Final = "There is nothing here that you can see. Check the address and the references in it."
"""The same words for what does not exist and for what belongs to somebody else, so that nobody can probe."""
_STATUS: Final[dict[type[TallystickError], int]] = {
    NotFound: 404,
    NotAllowed: 403,
    RuleBroken: 422,
    Conflict: 409,
    Invalid: 400,
}
_SENTENCES: Final = {
    400: "The request could not be read. Check its body and its parameters.",
    401: "Send a valid token: Authorization: Bearer TOKEN.",
    404: "There is nothing at this address. Check it against /api/v1/openapi.json.",
    405: "This address does not take that method.",
    413: "What was sent is larger than this address takes. Leave out what is not needed, such as pictures and other sheets, and send it again.",
    415: "Send JSON with Content-Type: application/json, or a workbook as multipart/form-data.",
    429: "Too many requests. Wait a little and try again.",
}


def problem(request: Request[Any, Any, Any], status: int, code: str, message: str, **more: object) -> Response[bytes]:
    """An answer for people and programs alike: `code` is stable, `detail` says what to do."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
        "instance": request.url.path,
        "request_id": request.scope.get("state", {}).get("request_id", ""),
        **more,
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "5"} if status == 503 else {}
    return Response(msgspec.json.encode(body), status_code=status, media_type=PROBLEM_JSON, headers=headers)


def on_tallystick_error(request: Request[Any, Any, Any], error: TallystickError) -> Response[bytes]:
    """A deed that a rule, a limit or a missing right refused. `problems` in its facts come from a spreadsheet."""
    if isinstance(error, NotFound):
        return problem(request, 404, "not_found", NOTHING_HERE)
    return problem(request, _STATUS.get(type(error), 422), error.code, error.message, **error.facts)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """What the framework refused before any deed."""
    status = error.status_code
    if isinstance(error, ValidationException):
        faults = [_fault(extra) for extra in error.extra or [] if isinstance(extra, dict)]
        return problem(
            request, 400, "invalid", "Some values are missing or not of the right kind. See errors.", errors=faults
        )
    code = HTTPStatus(status).phrase.lower().replace(" ", "_")
    refused = problem(request, status, code, _SENTENCES.get(status, HTTPStatus(status).phrase + "."))
    refused.headers.update(error.headers or {})
    return refused


def _fault(extra: dict[str, Any]) -> dict[str, str]:
    return {
        "field": str(extra.get("key", "")),
        "in": str(extra.get("source", "body")),
        "message": str(extra.get("message", "")),
    }


def on_unreadable(request: Request[Any, Any, Any], error: UnicodeDecodeError) -> Response[bytes]:
    """A form whose text is not UTF-8, or whose file came without a name, so that it was taken for text."""
    return problem(
        request, 400, "not_text", "The form could not be read. Give the file a name, and send text as UTF-8."
    )


def on_outage(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The database is away. It may have gone after it had committed, and nobody can know: hence the advice."""
    _log.error("database_away", error=type(error).__name__)
    return problem(
        request,
        503,
        "database_away",
        "The service cannot reach its database. Try again soon, with the same Idempotency-Key if you sent one.",
    )


def on_surprise(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A fault of ours. Its text may hold what somebody typed, so that only its kind and its place are logged."""
    frame, place = error.__traceback__, ""
    while frame is not None:
        place, frame = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}", frame.tb_next
    _log.error("fault", error=type(error).__name__, place=place, route=request.scope.get("path_template", "unknown"))
    return problem(
        request, 500, "fault", "Something went wrong on our side. Nothing was changed. Give us the request_id."
    )


EXCEPTION_HANDLERS: Final[dict[Any, Any]] = {
    TallystickError: on_tallystick_error,
    HTTPException: on_http_error,
    OSError: on_outage,
    TimeoutError: on_outage,
    asyncpg.PostgresConnectionError: on_outage,
    asyncpg.InterfaceError: on_outage,
    asyncpg.InsufficientResourcesError: on_outage,
    asyncpg.OperatorInterventionError: on_outage,
    UnicodeDecodeError: on_unreadable,
    PoolTimeout: on_outage,
    SQLAlchemyError: on_surprise,
    Exception: on_surprise,
}
