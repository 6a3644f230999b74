"""The API's description: what the framework found, with our examples and the errors that any door may give."""

import copy
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.enums import OpenAPIMediaType
from litestar.openapi.plugins import JsonRenderPlugin

from grants.web.examples import EXAMPLES
from grants.web.problems import PROBLEM_JSON

_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong and what to do (RFC 9457). `code` is stable, `detail` is for people.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "problems": {
            "type": "array",
            "description": "Where a spreadsheet is at fault: each cell, what was typed and what to type.",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("code", "sheet", "cell", "message", "value")},
            },
        },
    },
    "example": {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "line:LOCAL-INQUIRIES:2025-26 has £1 of Resource (RDEL), programme left, so £2 cannot leave it.",
        "code": "limit",
        "available_pence": 100,
        "asked_pence": 200,
    },
}
_ANY_DOOR: Final = {
    "400": "The request is not well formed",
    "401": "There is no valid token",
    "403": "The person may not do this",
    "404": "There is nothing that this person may see",
    "503": "The database is away; ask again with the same Idempotency-Key",
}
_CHANGING_DOOR: Final = {
    "409": "Somebody else was first, or a limit stands in the way",
    "413": "What was sent is too large",
    "422": "A rule of the field refuses it",
}


class Description(JsonRenderPlugin):
    """The description's own door. Made at the first request, since nobody should wait for it at the start."""

    def __init__(self, more_examples: dict[str, dict[str, Any]]) -> None:
        super().__init__(path="/", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._examples = {**EXAMPLES, **more_examples}
        self._made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON."""
        if self._made is None:
            self._made = describe(openapi_schema, self._examples)
        return self._made


def describe(openapi_schema: dict[str, Any], examples: dict[str, dict[str, Any]]) -> bytes:
    """The framework's description with our examples and errors, as JSON."""
    found = copy.deepcopy(openapi_schema)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for name, example in examples.items():
        if name in schemas:
            schemas[name]["example"] = example
    for doors in found["paths"].values():
        for method, operation in doors.items():
            _add_errors(operation, _ANY_DOOR if method == "get" else {**_ANY_DOOR, **_CHANGING_DOOR})
    return msgspec.json.encode(found)


def _add_errors(operation: dict[str, Any], errors: dict[str, str]) -> None:
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, meaning in errors.items():
        operation["responses"][status] = {"description": meaning, "content": content}
