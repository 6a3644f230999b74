"""The house itself: its floors, its one gate for each thing that must have one, and a guard at every door."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from grants.app import create_app
from grants.cli import app as tallystick
from grants.domain.access import MAY, Deed
from grants.settings import Settings
from grants.web.identity import NamedDeeds, is_open
from tests.service import ADDRESS, PEOPLE, Service

ROOT = Path(__file__).parent.parent
PRODUCT = ("grants", "importers", "reports")
MODULES = sorted(path for folder in (*PRODUCT, "tests") for path in (ROOT / folder).rglob("*.py"))
LINES_MAX, FUNCTION_LINES_MAX = 300, 50


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _product() -> Iterator[tuple[str, str]]:
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] in PRODUCT:
            yield _name(path), path.read_text(encoding="utf-8")


def _migration(path: Path) -> bool:
    return "migrations/versions" in _name(path)


def _commands(group: typer.Typer, *names: str) -> Iterator[str]:
    for command in group.registered_commands:
        yield " ".join([*names, (command.name or command.callback.__name__).replace("_", "-")])  # type: ignore[union-attr]
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from _commands(inner.typer_instance, *names, str(inner.name))


def test_what_the_documentation_points_at_is_there() -> None:
    """Its links, the paths of the README's map, where a name alone lies beside the one before it, and each command."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
    house = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## The house\n")[1].split("\n## ")[0]
    for line in house.splitlines():
        found = ROOT
        for path in re.findall(r"`([\w/]+(?:\.\w+|/))`", line):
            beside = found.parent if found.is_file() else found
            found = (ROOT if path.startswith((*PRODUCT, "tests")) else beside) / path
            assert found.exists(), path
    operating = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [
        name for name in _commands(tallystick) if f"`tallystick {name}" not in operating and f"`{name}" not in operating
    ] == []


def test_every_module_says_what_it_owns() -> None:
    assert len(MODULES) > 150
    silent = [_name(path) for path in MODULES if not ast.get_docstring(_tree(path))]
    assert silent == []


def test_files_and_functions_are_short() -> None:
    long = []
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") >= LINES_MAX and not _migration(path):
            long.append(_name(path))
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _migration(path):
                lines = (node.end_lineno or 0) - node.lineno + 1
                long += [f"{_name(path)}: {node.name}"] if lines > FUNCTION_LINES_MAX else []
    assert long == []


def test_what_is_shared_has_a_name() -> None:
    nameless = re.compile(r"(common|utils?|helpers?|base|misc|shared|stuff)(_|\.|/|$)")
    assert [_name(path) for path in MODULES if any(nameless.match(part) for part in path.relative_to(ROOT).parts)] == []


def test_no_test_is_left_out() -> None:
    """A test that is skipped, or may fail, proves nothing: there is none."""
    left_out = {"skip", "skipif", "xfail", "importorskip", "skipIf", "expectedFailure"}
    found = [
        f"{_name(path)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in left_out
    ]
    assert found == []


def test_the_floors_hold() -> None:
    """The contracts in pyproject.toml, which say which floor may import which."""
    answer = subprocess.run(
        [sys.executable, "-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout
    assert "0 broken" in answer.stdout


HEAVY = ("sqlmodel", "sqlalchemy", "asyncpg", "alembic", "litestar", "openpyxl", "python_calamine", "apscheduler")


@pytest.mark.parametrize(
    ("packages", "without"),
    [
        ("grants.domain", HEAVY),
        ("importers.checking", ("sqlmodel", "sqlalchemy", "asyncpg", "litestar", "apscheduler", "grants.store")),
        ("grants.store", ("litestar", "openpyxl", "python_calamine", "apscheduler")),
    ],
)
def test_a_floor_runs_without_what_belongs_above_it(packages: str, without: tuple[str, ...]) -> None:
    """Imports in a fresh process: what a tool that reads imports cannot see, the process shows."""
    script = (
        "import importlib, pkgutil, sys\n"
        f"found = importlib.import_module({packages!r})\n"
        "for module in pkgutil.walk_packages(getattr(found, '__path__', []), found.__name__ + '.'):\n"
        "    importlib.import_module(module.name)\n"
        f"print(*[name for name in {without!r} if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout.strip()) == (0, ""), answer.stderr


ONE_PLACE = {
    "commits": (r"\.commit\(|\bCOMMIT\b", {"grants/store/transaction.py"}),
    "enters the ledger": (r"(?i)insert into entry\b", {"grants/store/ledger.py"}),
    "writes the journal": (r"(?i)insert into journal\b", {"grants/store/journal.py"}),
    "rounds or parses money": (r"£\s*(\{|%)", {"grants/domain/money.py"}),
    "turns guards off": (r"(?i)disable trigger|session_replication_role", {"grants/store/backup.py"}),
    "changes a record": (r"(?i)\b(update|delete from|truncate)\s+(entry|journal|payment|spend_line|workbook|award_terms)\b", set()),
    "sets what the next user of a connection would find": (r"(?i)execute\(\s*f?\"set (?!constraints|local)", set()),
}  # fmt: skip


@pytest.mark.parametrize(("pattern", "places"), ONE_PLACE.values(), ids=ONE_PLACE.keys())
def test_only_one_place(pattern: str, places: set[str]) -> None:
    assert {name for name, text in _product() if re.search(pattern, text)} == places


def test_requirements_are_pinned_with_hashes_and_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        pins = re.findall(r"^[a-z0-9][\w.\[\]-]*==", text, re.MULTILINE | re.IGNORECASE)
        assert len(pins) > 20
        blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in block for block in blocks)
        assert "://" not in text
        assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", re.sub("#.*", "", text))) == {"--hash"}


@pytest.fixture(scope="module")
def app() -> Litestar:
    """The application as it is wired; its database is never asked."""
    return create_app(Settings(database_url="postgresql://nobody@127.0.0.1:1/none"))


def _doors(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """Each method of each path with its handler; the framework's own OPTIONS answers are left out."""
    return [
        (method, route.path, handler)
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        for method in sorted(handler.http_methods - {"OPTIONS"})
    ]


CHANGES_NOTHING_OF_ANYBODYS = {
    "/kept-form/drop",  # what one was typing oneself
    "/verify",  # a file is looked at, and not kept
}
FOR_ANYONE = {
    "/",
    "/api-docs",
    "/api-docs/{part:str}",
    "/api/v1/openapi.json",
    "/api/v1/verifier",
    "/assets/{asset:str}",
    "/favicon.ico",
    "/health/live",
    "/health/ready",
    "/invitation/{secret:str}",
    "/metrics",
    "/second-factor/code.svg",
    "/second-factor/set-up",
    "/sign-in",
    "/sign-in/second-factor",
}


def test_every_route_names_its_deed(app: Litestar) -> None:
    doors = _doors(app)
    assert len(doors) > 40
    assert [path for _, path, handler in doors if not isinstance(handler.opt.get("deed"), Deed)] == []
    open_to_all = {path for _, path, handler in doors if handler.opt["deed"] is Deed.ANYONE}
    assert {path for path in open_to_all if not path.startswith("/api/v1/openapi.json/")} == FOR_ANYONE
    assert all(method == "GET" for method, _, handler in doors if handler.opt["deed"] is Deed.ANYONE)


def test_looking_and_changing_are_different_deeds(app: Litestar) -> None:
    """Who may only see something finds no door that changes it. Signing in is both: a provider leads people back by a GET.

    The page of a form is for who may send it; the matrix of pages sees that looking at one changes nothing.
    """
    seeing = {deed for deed in Deed if deed.startswith("see_")} | {Deed.TRACE, Deed.ANYONE, Deed.SIGNED_IN}
    wrong = [
        (method, path)
        for method, path, handler in _doors(app)
        if (method == "GET") is not (handler.opt["deed"] in seeing)
        and handler.opt["deed"] is not Deed.SIGN_IN
        and not (method == "GET" and not path.startswith("/api/"))
        and path not in CHANGES_NOTHING_OF_ANYBODYS
    ]
    assert wrong == []


def test_every_other_kind_of_door_is_guarded_too(app: Litestar) -> None:
    """Nothing is mounted, socketed or served as files past the guard."""
    assert {type(route).__name__ for route in app.routes} == {"HTTPRoute"}
    for _, path, handler in _doors(app):
        assert is_open(handler) or NamedDeeds in handler.resolve_middleware(), path


def _address(path: str) -> str:
    filled = re.sub(r"\{[a-z_0-9]+:uuid\}", str(UUID(int=7)), path)
    return re.sub(r"\{[a-z_0-9]+:int\}", "7", re.sub(r"\{[a-z_0-9]+:str\}", "NONE-1", filled))


async def test_nobody_gets_through_a_guarded_door(service: Service, app: Litestar) -> None:
    for method, path, handler in _doors(app):
        if handler.opt["deed"] in (Deed.ANYONE, Deed.SIGN_IN):
            continue
        for headers in (
            {},
            {"Authorization": "Bearer "},
            {"Authorization": "Bearer made-up"},
            {"Authorization": "Basic eDp5"},
            {"Cookie": "tallystick=made-up"},
        ):
            address = f"{ADDRESS}{_address(path)}"
            answer = await service.client.request(method, address, headers=headers, follow_redirects=False)
            if not path.startswith("/api/"):
                assert answer.status_code == (303 if method == "GET" else 403), (method, path, headers)
                continue
            assert answer.status_code == 401, (method, path, headers)
            assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("who", ["lead", "approver", "auditor", "administrator", "officer", "certifier"])
async def test_a_role_gets_through_its_own_doors_only(service: Service, app: Litestar, who: str) -> None:
    role, _ = PEOPLE[who]
    headers = {"Authorization": f"Bearer {service.tokens[who]}"}
    for method, path, handler in _doors(app):
        if role in MAY[handler.opt["deed"]]:
            continue
        body: dict[str, Any] = {} if method == "GET" else {"json": {}}
        address = f"{ADDRESS}{_address(path)}"
        answer = await service.client.request(method, address, headers=headers, follow_redirects=False, **body)
        # A token opens no page: whoever comes with one is asked to sign in.
        is_page = method == "GET" and not path.startswith(("/api/", "/health/", "/metrics"))
        assert answer.status_code == (303 if is_page else 403), (method, path, answer.text)
