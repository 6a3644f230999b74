"""Serving: prepares the database, loads the plan and example data where asked, and runs the server's workers."""

import gc
import os
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from functools import partial
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from grants.domain.errors import Invalid
from grants.installation import data_dir, database
from grants.pages import assets
from grants.pages.browser import LOOPBACK, NEEDS_HTTPS
from grants.settings import Settings
from grants.store import breached_passwords
from grants.store.embedded_folders import make_data_dir

_APP = "grants.app"
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
    if providers := settings.identity_providers():
        from grants.web.openid.client import clients_of

        clients_of(providers)
    assets.load(govuk_identity=settings.govuk_identity)
    _check_port(host, port)
    _check_folder(data_dir(settings))
    gc.disable()  # until all is loaded, which stays
    with database(settings, serving=True, meanwhile=partial(_load, example=example)) as found:
        lines = _seeded(found.service_dsn) if example else []
        os.environ["TALLYSTICK_DATABASE_URL"] = found.service_dsn
        os.environ.pop("TALLYSTICK_OWNER_DATABASE_URL", None)
        # Example people sign in by a button only where nobody but this computer can reach it.
        os.environ["TALLYSTICK_EXAMPLE"] = str(example and host in LOOPBACK)
        os.environ["TALLYSTICK_BASE_URL"] = address = _address_of(settings, host, port)
        server = Granian(
            f"{_APP}:from_environment",
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
        gc.freeze()
        gc.enable()
        server.serve()


def _load(*, example: bool) -> None:
    """Loads what workers run, which are forked and find it there, and what the example is made with."""
    import_module(_APP)
    import_module(
        "holidays.countries"
    )  # those of all the world, as the library has it, when a working day is first asked for
    if example:
        import_module("grants.seeding")


def _seeded(service_dsn: str) -> list[str]:
    from grants.seeding import seed

    return uvloop.run(seed(service_dsn))


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
