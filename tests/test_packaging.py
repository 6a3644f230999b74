"""What installs and carries the service: the lock files, the Makefile, the image and the composition of services.

No container engine is needed: what the image and the composition do is tried here piece by piece.
"""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml

from grants.store import embedded, embedded_folders, migrate
from tests.database import make_folder

REPOSITORY = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")
NPM_LOCK = "requirements-npm.txt"


def dockerfile() -> list[tuple[str, str]]:
    """The instructions with their arguments."""
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def compose() -> dict[str, Any]:
    """The composition of services."""
    loaded: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    return loaded


def pinned(lock: str) -> dict[str, str]:
    """Each requirement's name and version."""
    text = (REPOSITORY / lock).read_text()
    return {name.lower(): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)}


@pytest.mark.parametrize("lock", [*LOCKS, NPM_LOCK])
def test_every_requirement_is_pinned_with_hashes_and_names_no_address(lock: str) -> None:
    text = (REPOSITORY / lock).read_text().replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert len(entries) == len(pinned(lock)) >= (1 if lock == NPM_LOCK else 30)
    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.!+]+\s", entry), entry
        assert entry.count("--hash=sha256:") >= 1, entry
        assert ";" not in entry, f"{entry}: pinned for some Pythons only"
    assert not re.search(r"://|--(index|extra|find|trusted)|^-", text, re.MULTILINE)


def test_the_service_runs_with_what_was_tested() -> None:
    runtime, checks = (pinned(lock) for lock in LOCKS)
    assert runtime.items() <= checks.items()
    assert "pytest" not in runtime
    assert pinned(NPM_LOCK).items() <= checks.items()
    assert not pinned(NPM_LOCK).keys() & runtime.keys()
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11"


def test_a_wheel_carries_whatever_is_not_code() -> None:
    """What the packages' own modules read, and what was installed for pages to be drawn with."""
    given = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    carried = {path for name, globs in given.items() for glob in globs for path in (REPOSITORY / name).glob(glob)}
    there = {
        path
        for name in ("grants", "importers", "reports")
        for path in (REPOSITORY / name).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc") and "frontend" not in path.parts
    }
    assert there - carried == set()
    design = {path.name for path in carried if "node_modules" in path.parts}
    assert {"govuk-frontend.min.css", "govuk-frontend.min.js", "govuk-crest.svg", "favicon.ico"} < design
    assert any(name.endswith(".woff2") for name in design)


def test_make_knows_every_target_of_the_outside_face() -> None:
    for target in ("setup", "run", "browser", "test", "bench", "lint", "requirements", "clean"):
        make(target)


def make(*arguments: str) -> str:
    dry = subprocess.run(["make", "--dry-run", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert dry.returncode == 0, dry.stderr
    return dry.stdout


def test_the_image_is_made_by_make_alone_with_the_same_steps() -> None:
    steps = [arguments for instruction, arguments in dockerfile() if instruction == "RUN"]
    assert steps.pop().startswith("install --directory ")  # the folder for data
    assert steps
    for step in steps:
        program, *arguments = shlex.split(step)
        assert program == "make"
        dry = make("--always-make", *arguments)
        assert "--require-hashes --requirement requirements.txt" in dry
        assert "ci --prefix grants/pages/frontend" in dry
        assert "tests/" not in dry


def test_base_images_are_pinned_to_a_version() -> None:
    bases = [arguments.split()[0] for instruction, arguments in dockerfile() if instruction == "FROM"]
    bases += [service["image"] for service in compose()["services"].values() if service["image"] != "tallystick"]
    assert len(bases) == 3
    for base in bases:
        assert re.fullmatch(r"(python:\d+\.\d+\.\d+|postgres:\d+\.\d+)(-slim)?-bookworm", base), base
    assert f"postgres:{embedded_folders.MAJOR}." in bases[-1]


def test_the_image_does_not_run_as_root() -> None:
    last = [arguments for instruction, arguments in dockerfile() if instruction == "USER"][-1]
    assert int(last.split(":")[0]) > 0
    instructions = [instruction for instruction, _ in dockerfile()]
    assert instructions.index("USER") > max(at for at, name in enumerate(instructions) if name in ("RUN", "COPY"))


def test_the_image_copies_only_what_is_there_and_let_through() -> None:
    let_through = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied: set[str] = set()
    for instruction, arguments in dockerfile():
        if instruction == "COPY" and not arguments.startswith("--from"):
            copied.update(arguments.split()[:-1])
    assert copied == let_through
    for name in copied:
        assert (REPOSITORY / name).exists(), name


class _Readiness(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/health/ready" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def readiness() -> Iterator[HTTPServer]:
    """A server on loopback that says whether it is ready."""
    with HTTPServer(("127.0.0.1", 0), _Readiness) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(("status", "exit_code"), [(200, 0), (503, 1)])
def test_the_health_check_follows_readiness(
    readiness: HTTPServer, monkeypatch: pytest.MonkeyPatch, status: int, exit_code: int
) -> None:
    monkeypatch.setattr(_Readiness, "status", status)
    checks = compose()["services"]["service"]["healthcheck"]["test"]
    image_check = next(arguments for instruction, arguments in dockerfile() if instruction == "HEALTHCHECK")
    assert yaml.safe_load(image_check.split("CMD", 1)[1]) == checks[1:]
    assert checks[:3] == ["CMD", "python", "-c"]
    program = checks[3].replace(":8000/", f":{readiness.server_port}/")
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ran.returncode == exit_code


def test_the_composition_waits_for_health_and_keeps_the_owner_away_from_the_service() -> None:
    services = compose()["services"]
    assert set(services) == {"database", "migrate", "service"}
    assert services["database"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["service"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["service"]["deploy"]["replicas"] == 2
    assert "tallystick_owner" in services["migrate"]["environment"]["TALLYSTICK_DATABASE_URL"]
    assert "OWNER" not in str(services["service"])
    assert "owner" not in str(services["service"])
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            assert "${" in value, f"{name} must come from the environment"


def test_the_service_may_write_to_its_data_folder_alone_which_replicas_share() -> None:
    [made] = [
        shlex.split(step) for instruction, step in dockerfile() if instruction == "RUN" and step.startswith("install ")
    ]
    [user] = [arguments for instruction, arguments in dockerfile() if instruction == "USER"]
    [environment] = [arguments for instruction, arguments in dockerfile() if "TALLYSTICK_DATA_DIR" in arguments]
    folder = made[-1]
    assert f"TALLYSTICK_DATA_DIR={folder}" in environment.split()
    assert {f"--owner={user.split(':')[0]}", f"--group={user.split(':')[1]}"} <= set(made)
    service = compose()["services"]["service"]
    assert service["read_only"] is True
    [(volume, mounted)] = [where.split(":") for where in service["volumes"]]
    assert (mounted, volume in compose()["volumes"]) == (folder, True)


async def test_the_compositions_roles_and_database_work_as_they_are_written() -> None:
    """Run its SQL with psql on a server as empty as the image's, then migrate as its owner and enter as its service."""
    sql = compose()["configs"]["roles"]["content"]
    folder = make_folder("tallystick-compose-")
    try:
        async with await embedded.start(folder / "data", fast_unsafe=True) as server:
            admin = await asyncpg.connect(server.superuser_dsn)
            await admin.execute("DROP DATABASE tallystick")
            await admin.execute("DROP ROLE tallystick_owner")
            await admin.execute("DROP ROLE tallystick_service")
            await admin.close()
            psql = embedded_folders.find_folders(folder / "data").programs / "psql"
            passwords = {"TALLYSTICK_OWNER_PASSWORD": "owner1", "TALLYSTICK_SERVICE_PASSWORD": "service1"}
            command = [str(psql), "--no-psqlrc", "--set=ON_ERROR_STOP=1", server.superuser_dsn]
            subprocess.run(command, input=sql, env=os.environ | passwords, check=True, capture_output=True, text=True)
            query = server.owner_dsn.partition("?")[2]
            await asyncio.to_thread(migrate.upgrade, f"postgresql://tallystick_owner:owner1@/tallystick?{query}")
            service = await asyncpg.connect(f"postgresql://tallystick_service:service1@/tallystick?{query}")
            assert await service.fetchval("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == 0
            await service.close()
    finally:
        shutil.rmtree(folder)
