"""The doors that the application has, as the routes themselves tell: addresses for a half of the world, and bodies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Final

from litestar import Litestar
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg
from litestar.routes import HTTPRoute

from grants.domain.access import Deed, Scope
from grants.web.examples import EXAMPLES
from reports.routes import EXAMPLES as OF_REPORTS
from tests.grants.web.matrix.world import Half

CANDIDATES_MAX: Final = 8
REFUSALS_MAX: Final = 2
"""How many objects of a half are tried at one door until one lets in, and how many where all refuse."""
_WITH_TOKENS: Final = ("/api/", "/health/", "/metrics")
OF_NO_PROGRAMME: Final = frozenset({"person_id", "token_id", "grant_id", "notice_id", "size"})
"""Parameters whose objects are nobody's in particular: the role alone decides."""
EXTRACT: Final = b"Date,Account Code,Reference,Supplier,Narrative,Amount\n31/07/2025,1001,1,Payroll,July pay,100.50\n"
"""What the door of extracts is sent."""
REGISTER: Final = (
    b"Award reference,Funding line,Recipient identifier,Purpose,Start date,End date,Financial year,Cost category,Resource or capital,"
    b"Amount,Payment date\nLI-MATRIX-01,LOCAL-INQUIRIES,GB-LAE-OLD,Work,01/04/2025,31/03/2026,2025-26,Staff pay,Resource,100.50,01/07/2025\n"
)
"""What the doors of registers and of payment files are sent: it can be read as either."""
PAPER: Final = b"%PDF-1.7 a receipt"
"""What is sent as evidence."""
QUERIES: Final = {"/api/v1/journal/extract": "?record=1", "/api/v1/journal/consistency": "?from=1"}
"""What must be asked for in the query."""
MORE: Final[dict[str, dict[str, Any]]] = {
    "NewRun": {"filters": {"programme": "ACTION-PLAN"}},
    "NewRound": {"period": "2027-28-Q2", "due_on": "2028-10-31"},
}
"""What an example leaves out that tells whose it is, or what the world has already."""


@dataclass(frozen=True)
class Door:
    """A method of a route, and the deed that it names."""

    method: str
    path: str
    handler: HTTPRouteHandler

    @property
    def deed(self) -> Deed:
        """What it is a door to."""
        found = self.handler.opt["deed"]
        assert isinstance(found, Deed), self
        return found

    @property
    def parameters(self) -> list[str]:
        """The names of what stands in its path."""
        return re.findall(r"\{([a-z_0-9]+)", self.path)

    @property
    def sent(self) -> str | None:
        """The name of the structure that is sent to it."""
        field = self.handler.parsed_data_field
        return None if field is None else getattr(field.annotation, "__name__", str(field.annotation))

    @property
    def takes_a_form(self) -> bool:
        """Whether a form is sent to it, and no JSON."""
        field = self.handler.parsed_data_field
        kind = None if field is None else field.kwarg_definition
        return isinstance(kind, BodyKwarg) and kind.media_type != RequestEncodingType.JSON

    @property
    def file_field(self) -> str:
        """The name of the field that a form's file is in."""
        return "file" if self.sent == "EvidenceForm" else "workbook"

    def file(self, half: Half) -> bytes:
        """What is sent with a form."""
        return {"ExtractForm": EXTRACT, "EvidenceForm": PAPER, "RegisterForm": REGISTER}.get(
            self.sent or "", half.workbook
        )

    def halves(self, halves: dict[str, Half]) -> list[Half]:
        """Those that it can be asked for. A parameter that no half knows is an error of the world: add it there."""
        unknown = [name for name in self.parameters if name not in halves["unknown"].values]
        assert not unknown, f"{self.method} {self.path}: tell the matrix's world what may stand for {unknown}"
        if self.parameters:
            return [half for half in halves.values() if set(self.parameters) <= half.values.keys()]
        if self.body(halves["far"]) != self.body(halves["near"]):
            return [halves[name] for name in ("near", "far", "unknown")]
        return [halves["near"]]

    def scopes(self, half: Half, halves: dict[str, Half]) -> tuple[Scope, ...]:
        """What somebody must hold the deed over to be let in to a half's objects."""
        named = self.parameters or self.body(halves["far"]) != self.body(halves["near"])
        return half.scopes if named and not set(self.parameters) & OF_NO_PROGRAMME else ()

    def addresses(self, half: Half) -> Iterator[str]:
        """The door's address for each object of a half."""
        whose = slice(1) if "period" in self.parameters else slice(None)  # one award has returns
        objects = [half.values[name][whose if name == "reference" else slice(None)] for name in self.parameters]
        # A file is of one return; everything else goes with everything.
        values = zip(*objects, strict=False) if "file_id" in self.parameters else product(*objects)
        if self.parameters == ["return_id", "file_id"]:  # each file is of one return
            values = zip(half.values["return_id"], half.values["file_id"], strict=False)
        for chosen in islice(values, CANDIDATES_MAX):
            given = iter(chosen)
            yield re.sub(r"\{[^}]+\}", lambda _: next(given), self.path) + QUERIES.get(self.path, "")  # noqa: B023 - used at once

    def body(self, half: Half) -> Any:
        """The description's own example, of the half's objects; None where nothing, or a form, is sent."""
        if self.sent is None or self.takes_a_form:
            return None
        examples = {**EXAMPLES, **OF_REPORTS}
        assert self.sent in examples, f"{self.method} {self.path}: {self.sent} has no example in the description"
        return _renamed({**examples[self.sent], **MORE.get(self.sent, {})}, half.names)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(part, names) for name, part in value.items()}
    if isinstance(value, list):
        return [_renamed(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value


def doors(app: Litestar) -> list[Door]:
    """Every method of every route that takes a token: of the API, and of what machines ask.

    Left out are the framework's own: OPTIONS, which names methods and nothing else, and what it puts below a description.
    """
    return [door for door in _all_doors(app) if door.path.startswith(_WITH_TOKENS)]


def page_doors(app: Litestar) -> list[Door]:
    """Every method of every route that people meet in a browser: all the others."""
    return [door for door in _all_doors(app) if not door.path.startswith(_WITH_TOKENS)]


def _all_doors(app: Litestar) -> list[Door]:
    return [
        Door(method, route.path, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute) and "openapi.json/" not in route.path
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS"})
    ]
