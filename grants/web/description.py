"""The API's description: what the framework found, with our examples and the errors that any door may give."""

import copy
import re
from typing import Any, Final, get_args

import msgspec
from litestar import Litestar, Request, Router
from litestar.enums import OpenAPIMediaType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server
from litestar.routes import HTTPRoute

from grants import __version__
from grants.domain.access import Deed
from grants.domain.decisions import DecisionTerms
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
    "429": "Too many requests; Retry-After says when to ask again",
    "503": "The database is away; ask again with the same Idempotency-Key",
}
_CHANGING_DOOR: Final = {
    "409": "Somebody else was first, or a limit stands in the way",
    "413": "What was sent is too large",
    "422": "A rule of the field refuses it",
}
_NOT_YET: Final = {
    "409": "It is not there yet, or what it would be made from does not hold",
    "422": "What was uploaded cannot be shown so",
}
"""Of doors that make what they show."""
_MADE_WHEN_ASKED: Final = re.compile(r"/annotated$|/journal/")
_LATER: Final = re.compile(r"/returns/\{period\}$")
"""Doors that may answer before the work is done: with the same, and 202."""


class Description(JsonRenderPlugin):
    """The description's own door. Made at the first request, since nobody should wait for it at the start."""

    def __init__(self, more_examples: dict[str, dict[str, Any]]) -> None:
        super().__init__(path="/", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._examples = {**EXAMPLES, **more_examples}
        self._made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The description as JSON."""
        if self._made is None:
            self._made = describe(openapi_schema, self._examples, _options(request.app))
        return self._made


Options = dict[tuple[str, str], dict[str, Any]]
"""What each door says of itself beside its signature, by method and path."""


def _options(app: Litestar) -> Options:
    return {
        (method.lower(), route.path_format): dict(handler.opt)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
    }


def describe(openapi_schema: dict[str, Any], examples: dict[str, dict[str, Any]], options: Options) -> bytes:
    """The framework's description with our examples and errors, as JSON."""
    found = _without_anything(copy.deepcopy(openapi_schema))
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for name, example in examples.items():
        if name in schemas:
            schemas[name]["example"] = example
    for terms in get_args(DecisionTerms):
        _tag(schemas.get(terms.__name__, {}), terms.__struct_config__)
    for path, doors in found["paths"].items():
        for method, operation in doors.items():
            _complete(method, path, operation, options.get((method, path), {}))
    return msgspec.json.encode(found)


def _without_anything(part: Any) -> Any:
    """The framework says of a tuple's items that each is of its kind or anything at all: the latter goes."""
    if isinstance(part, list):
        return [_without_anything(item) for item in part]
    if not isinstance(part, dict):
        return part
    left = {name: _without_anything(value) for name, value in part.items()}
    kinds = [kind for kind in left.get("oneOf", []) if kind]
    if kinds != left.get("oneOf", []):
        del left["oneOf"]
        return {**left, **kinds[0]} if len(kinds) == 1 else {**left, "oneOf": kinds}
    return left


def _tag(schema: dict[str, Any], config: Any) -> None:
    """The framework leaves out the field that tells the kinds of a union apart."""
    schema.setdefault("properties", {})[config.tag_field] = {"type": "string", "const": config.tag}
    schema["required"] = sorted({*schema.get("required", []), config.tag_field})


def _complete(method: str, path: str, operation: dict[str, Any], options: dict[str, Any]) -> None:
    if options.get("deed") is Deed.ANYONE:
        operation["security"] = []
    if files := options.get("files"):
        kept = {"type": "string", "format": "binary"}
        operation["responses"]["200"]["content"] = {media_type: {"schema": kept} for media_type in files}
    if method == "post" and _LATER.search(path):
        operation["responses"]["202"] = {**operation["responses"]["201"], "description": "The work goes on: ask again"}
    errors = _ANY_DOOR | (_CHANGING_DOOR if method != "get" else _NOT_YET if _MADE_WHEN_ASKED.search(path) else {})
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, meaning in errors.items():
        operation["responses"][status] = {"description": meaning, "content": content}


def openapi(address: str, more: dict[str, Any]) -> OpenAPIConfig:
    """What the framework is told about the API at an address; `more` are examples of the wings, by structure."""
    token = SecurityScheme(type="http", scheme="bearer", description="tallystick token create EMAIL")
    return OpenAPIConfig(
        title="Tallystick",
        version=__version__,
        description="Public grants in one ledger. Amounts are whole pence; errors are RFC 9457 problem details.",
        components=Components(security_schemes={"token": token}),
        security=[{"token": []}],
        servers=[Server(url=address)],
        use_handler_docstrings=True,
        # The framework's own pages load scripts from elsewhere: a door of our own gives the description instead.
        render_plugins=[Description(more)],
        openapi_router=Router(
            "/api/v1/openapi.json", route_handlers=[], opt={"deed": Deed.ANYONE}, include_in_schema=False
        ),
    )
