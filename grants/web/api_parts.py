"""The API's description taken apart for people: parts by what they are about, each door with its parameters, bodies and answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from grants.domain.access import MAY, OF_WHOEVER_IT_IS, Deed
from grants.web.api_examples import Schemas, example_of, kind_of, named

PREFIX: Final = "/api/v1"
DeedsOf = Mapping[tuple[str, str], Deed]
_PARTS: Final = (
    ("plan", "Plan and money", ("plan", "funding-lines", "virements", "entries")),
    ("recipients", "Recipients and awards", ("recipients", "awards")),
    ("decisions", "Decisions", ("decisions",)),
    ("returns", "Rounds and returns", ("collection-rounds", "returns")),
    ("registers", "Registers and payment files", ("award-registers", "payment-files", "register-loads")),
    ("reports", "Reports and open data", ("reports", "report-schedules", "report-runs", "report-files", "feeds")),
    ("proof", "Journal, traces and proof", ("journal", "figures", "verifier")),
    ("people", "People, tokens and mail", ("me", "tokens", "people", "outbox")),
)
_OTHER: Final = ("other", "Other doors")
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_ERRORS: Final = re.compile(r"[45]\d\d")


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a body: `where` is path, query or header, empty in a body."""

    name: str
    where: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True)
class Body:
    """What is sent or answered: its media type, its name and fields, and an example as JSON; empty where it is a file."""

    media_type: str
    name: str
    fields: tuple[Field, ...]
    example: str


@dataclass(frozen=True)
class Answer:
    """What a door answers where all is well, and the bodies that it may have."""

    status: str
    words: str
    bodies: tuple[Body, ...]


@dataclass(frozen=True)
class Door:
    """One door: `roles` are those who may use it, in words."""

    name: str
    method: str
    path: str
    summary: str
    words: str
    roles: str
    parameters: tuple[Field, ...]
    bodies: tuple[Body, ...]
    answers: tuple[Answer, ...]
    errors: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Part:
    """Doors that are about the same."""

    name: str
    title: str
    doors: tuple[Door, ...]


def parts(description: bytes, deeds: DeedsOf) -> dict[str, Part]:
    """The parts of a description, by name, in the order of the work; `deeds` are what each door's method and path is for."""
    found = msgspec.json.decode(description)
    schemas: Schemas = found["components"]["schemas"]
    of_part: dict[str, list[Door]] = {name: [] for name in (*(name for name, _, _ in _PARTS), _OTHER[0])}
    for path, doors in found["paths"].items():
        for method in _METHODS:
            if method in doors:
                deed = deeds.get((method, path))
                of_part[_part_of(path)].append(_door(method, path, doors[method], schemas, deed))
    titles = {name: title for name, title, _ in _PARTS} | dict([_OTHER])
    return {name: Part(name, titles[name], tuple(doors)) for name, doors in of_part.items() if doors}


def _part_of(path: str) -> str:
    names = path.removeprefix(PREFIX).strip("/").split("/")
    first = "returns" if "returns" in names[1:] else names[0]
    return next((name for name, _, firsts in _PARTS if first in firsts), _OTHER[0])


def _door(method: str, path: str, operation: Mapping[str, Any], schemas: Schemas, deed: Deed | None) -> Door:
    answers = operation.get("responses", {})
    return Door(
        name=f"{method}-{re.sub(r'[^a-z0-9]+', '-', path.removeprefix(PREFIX).lower()).strip('-')}",
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        words=operation.get("description", ""),
        roles=_roles(deed),
        parameters=tuple(_parameter(each, schemas) for each in operation.get("parameters", [])),
        bodies=_bodies(operation.get("requestBody", {}), schemas),
        answers=tuple(
            Answer(status, answer.get("description", ""), _bodies(answer, schemas))
            for status, answer in sorted(answers.items())
            if not _ERRORS.fullmatch(status)
        ),
        errors=tuple(
            (status, answer["description"]) for status, answer in sorted(answers.items()) if _ERRORS.match(status)
        ),
    )


def _roles(deed: Deed | None) -> str:
    if deed is None or deed is Deed.ANYONE:
        return "anybody, without a token"
    if deed in OF_WHOEVER_IT_IS or len(MAY[deed]) == len(MAY[Deed.SIGNED_IN]):
        return "everybody who has a token"
    return ", ".join(sorted(role.value.replace("_", " ") for role in MAY[deed]))


def _parameter(said: Mapping[str, Any], schemas: Schemas) -> Field:
    schema = said.get("schema", {})
    words = said.get("description") or schema.get("description", "")
    return Field(said["name"], said["in"], kind_of(schema, schemas), bool(said.get("required")), words)


def _bodies(said: Mapping[str, Any], schemas: Schemas) -> tuple[Body, ...]:
    return tuple(
        _body(media_type, each.get("schema", {}), schemas) for media_type, each in said.get("content", {}).items()
    )


def _body(media_type: str, schema: Mapping[str, Any], schemas: Schemas) -> Body:
    whole = named(schema, schemas)
    is_json = media_type == "application/json"
    example = (
        msgspec.json.format(msgspec.json.encode(example_of(schema, schemas)), indent=2).decode() if is_json else ""
    )
    return Body(media_type, kind_of(schema, schemas), tuple(_fields(whole, schemas)), example)


def _fields(schema: Mapping[str, Any], schemas: Schemas) -> Sequence[Field]:
    required = set(schema.get("required", []))
    return [
        Field(name, "", kind_of(each, schemas), name in required, each.get("description", ""))
        for name, each in schema.get("properties", {}).items()
    ]
