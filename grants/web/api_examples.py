"""Schemas of the API's description in words, and an example of each: the one that it names, or one that is made from it."""

from collections.abc import Mapping
from typing import Any, Final

Schemas = Mapping[str, Mapping[str, Any]]
_DEEPEST: Final = 5
_TEXTS: Final = {
    "date": "2025-11-14",
    "date-time": "2025-11-14T09:30:00Z",
    "uuid": "3f2b8c1e-5a77-4f0e-9d43-6c1a2e9b7f10",
    "binary": "…",
    "uri": "https://grants.example.org",
}
_WORDS: Final = {"date": "date", "date-time": "moment", "uuid": "identifier", "binary": "file", "uri": "address"}
_CALLED: Final = {
    "award": "LI-OLDHAM-01",
    "reference": "LI-OLDHAM-01",
    "recipient_id": "GB-LAE-OLD",
    "funding_line": "LOCAL-INQUIRIES",
    "programme": "ACTION-PLAN",
    "period": "2025-26-Q2",
    "year": "2025-26",
    "email": "name@example.org",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def named(schema: Mapping[str, Any], schemas: Schemas) -> Mapping[str, Any]:
    """The schema itself, where it only names one."""
    while "$ref" in schema:
        schema = schemas.get(schema["$ref"].rpartition("/")[2], {})
    return schema


def kind_of(schema: Mapping[str, Any], schemas: Schemas) -> str:
    """What a value is, in a few words: "text", "whole number", "list of Line", "one of a, b"."""
    if "$ref" in schema:
        whole = named(schema, schemas)
        return kind_of(whole, schemas) if "enum" in whole else _name(schema["$ref"])
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return f"always {schema['const']}"
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        kinds = [kind_of(each, schemas) for each in choices]
        return " or ".join(dict.fromkeys("nothing" if kind == "null" else kind for kind in kinds))
    kind = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join("nothing" if each == "null" else _plain(each, schema) for each in kind)
    if kind == "array":
        return f"list of {kind_of(schema.get('items', {}), schemas)}"
    return _plain(kind, schema)


def _plain(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "string":
        return _WORDS.get(schema.get("format", ""), "text")
    return {"integer": "whole number", "number": "number", "boolean": "true or false"}.get(kind, kind)


def _name(reference: str) -> str:
    """A schema's name, without the modules that tell it from another of that name."""
    name = reference.rpartition("/")[2]
    if name.startswith("Page_"):
        return f"page of {name.strip('_').rpartition('.')[2]}"
    return name.rpartition("_")[2] or name


def example_of(schema: Mapping[str, Any], schemas: Schemas, called: str = "", depth: int = 0) -> Any:
    """A value that a schema allows; what lies deeper than a few levels is left out."""
    whole = named(schema, schemas)
    if "example" in whole:
        return whole["example"]
    if isinstance(given := whole.get("examples"), list) and given:
        return given[0]
    for key in ("const", "default"):
        if whole.get(key) is not None:
            return whole[key]
    if whole.get("enum"):
        return whole["enum"][0]
    if choices := whole.get("oneOf") or whole.get("anyOf"):
        real = [each for each in choices if each.get("type") != "null"]
        return example_of(real[0], schemas, called, depth) if real else None
    return _made(whole, schemas, called, depth)


def _made(schema: Mapping[str, Any], schemas: Schemas, called: str, depth: int) -> Any:
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if kind == "array":
        return [] if depth >= _DEEPEST else [example_of(schema.get("items", {}), schemas, called, depth + 1)]
    if kind == "object":
        fields = schema.get("properties", {}) if depth < _DEEPEST else {}
        return {name: example_of(each, schemas, name, depth + 1) for name, each in fields.items()}
    if kind == "string":
        return _TEXTS.get(schema.get("format", "")) or _CALLED.get(called, "text")
    return {"integer": schema.get("minimum", 12), "number": 0.5, "boolean": False}.get(kind)
