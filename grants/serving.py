"""Serving: prepares the database, loads the plan and example data where asked, and runs the server's workers."""

import asyncio
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from grants.actions.example import EXAMPLE_PEOPLE, load_example
from grants.actions.people import OPERATOR
from grants.actions.plan import load_plan
from grants.actions.recipients import load_recipients
from grants.actions.tokens import create_token, revoke_tokens
from grants.domain.access import Role
from grants.domain.errors import Invalid
from grants.domain.plan_file import read_plan
from grants.installation import data_dir, database, gate
from grants.pages import assets
from grants.pages.browser import LOOPBACK, NEEDS_HTTPS
from grants.settings import Settings
from grants.store import breached_passwords
from grants.store.embedded_folders import make_data_dir
from grants.store.transaction import Gate
from grants.web.openid.client import clients_of
from importers.example import example_workbook
from importers.sandbox import Reader
from reports.catalogue import offers

EXAMPLE_TOKEN_DAYS = 7
_READY_SECONDS = 60
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  only compared with
_OWN_NAME_ONLY = "The service answers to the name in its own address alone. Set TALLYSTICK_BASE_URL to the https address that people use."


def serve(settings: Settings, host: str, port: int, workers: int, *, example: bool) -> None:
    """Serves until it is told to stop. Raises EmbeddedError where another service uses the same data folder or it cannot be
    made, Invalid where it cannot be written to, for a port that somebody else listens on, a list of breached passwords
    that is none, and where what pages are drawn with is not installed.
    """
    if settings.breached_passwords is not None:
        breached_passwords.check(settings.breached_passwords)
    # What is wrong with these is told here once, not by each worker.
    clients_of(settings.identity_providers())
    assets.load(govuk_identity=settings.govuk_identity)
    _check_port(host, port)
    _check_folder(data_dir(settings))
    with database(settings, serving=True) as found:
        lines = asyncio.run(_seed(found.service_dsn)) if example else []
        os.environ["TALLYSTICK_DATABASE_URL"] = found.service_dsn
        os.environ.pop("TALLYSTICK_OWNER_DATABASE_URL", None)
        # Example people sign in by a button only where nobody but this computer can reach it.
        os.environ["TALLYSTICK_EXAMPLE"] = str(example and host in LOOPBACK)
        os.environ["TALLYSTICK_BASE_URL"] = address = _address_of(settings, host, port)
        server = Granian(
            "grants.app:from_environment",
            factory=True,
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            loop=Loops.uvloop,
            workers=workers,
            log_access=False,
            log_level=LogLevels.warning,
            respawn_failed_workers=True,
            workers_kill_timeout=15,
        )
        _warn(address, host)
        at = _at("127.0.0.1" if host in _EVERY_ADDRESS else host, port)
        threading.Thread(target=_say_when_ready, args=(at, lines), daemon=True).start()
        server.serve()


def _check_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise Invalid(
            "port",
            f"Nothing can be served on {_at(host, port)}: {os.strerror(error.errno or 0)}. Choose another --port.",
        ) from error


def _check_folder(folder: Path) -> None:
    """Also with a database elsewhere the folder holds checkpoints, letters, and what the readers of files share."""
    if not os.access(make_data_dir(folder), os.W_OK | os.X_OK):
        raise Invalid(
            "data_dir", f"The data folder {folder} cannot be written to. Name another in TALLYSTICK_DATA_DIR."
        )


def _address_of(settings: Settings, host: str, port: int) -> str:
    """The address that people reach the service at: the setting's, or where it listens on this computer alone."""
    if "base_url" in settings.model_fields_set or host not in LOOPBACK:
        return settings.base_url
    return _at(host, port)


def _at(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _warn(address: str, host: str) -> None:
    """Says so where people could not sign in, or not even ask for a page."""
    named = urlsplit(address)
    if named.scheme != "https" and named.hostname not in LOOPBACK:
        print(NEEDS_HTTPS, file=sys.stderr)  # noqa: T201
    elif host not in LOOPBACK and named.hostname in LOOPBACK:
        print(_OWN_NAME_ONLY, file=sys.stderr)  # noqa: T201


async def _seed(service_dsn: str) -> list[str]:
    """Loads the plan and the example data where they are missing, and makes tokens for the example people."""
    async with gate(service_dsn) as opened, Reader() as reader:
        async with opened.deed(OPERATOR) as tx:
            await load_recipients(tx)
            await load_plan(tx, read_plan(plan_text()))
        await load_example(opened, example_workbook(reader), offers())
        return await _tokens(opened)


def plan_text() -> str:
    """The plan that comes with the service."""
    from importlib.resources import files

    return files("grants").joinpath("data/plan.toml").read_text(encoding="utf-8")


async def _tokens(opened: Gate) -> list[str]:
    lines = [
        "Sign in as an example person with one click at URL/sign-in, or with their token, for example:",
        "  curl -H 'Authorization: Bearer TOKEN' URL/api/v1/plan",
        "",
    ]
    async with opened.deed(OPERATOR) as tx:
        for person in EXAMPLE_PEOPLE:
            await revoke_tokens(tx, person.email)
            token = await create_token(tx, person.email, EXAMPLE_TOKEN_DAYS, "example")
            lines.append(f"  {_what(person.roles):<34} {person.email:<38} {token}")
    return [
        *lines,
        "",
        f"These tokens last {EXAMPLE_TOKEN_DAYS} days or until the next start; all of this is example data.",
    ]


def _what(roles: Sequence[tuple[Role, str | None]]) -> str:
    return ", ".join(role.value.replace("_", " ") + (f" of {over}" if over else "") for role, over in roles)


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health/ready", timeout=2) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _say_when_ready(address: str, lines: list[str]) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        if _is_ready(address):
            break
        time.sleep(0.05)
    print(f"Tallystick serves on {address} (stop with Ctrl-C)", file=sys.stderr)  # noqa: T201
    for line in lines:
        print(line.replace("URL/", f"{address}/"), file=sys.stderr, flush=True)  # noqa: T201
