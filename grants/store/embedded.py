"""The PostgreSQL that starts by itself when no database is named: first start, start, stop, and what a crash left behind.

It listens on a socket in a private folder only, and asks everybody for a password. It runs in a session of its own, so
that Ctrl-C reaches the service first, and ends with the process that started it.
"""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import asyncpg

from grants.store import embedded_folders
from grants.store.embedded_folders import AlreadyRunning, EmbeddedError, Folders, Passwords

__all__ = ["AlreadyRunning", "EmbeddedError", "EmbeddedServer", "attach", "start"]

DATABASE = "tallystick"
SUPERUSER = "tallystick_bootstrap"
OWNER = "tallystick_owner"
SERVICE = "tallystick_service"

READY_SECONDS_MAX = 120  # replaying the log after a crash takes a while; a healthy start takes well under a second
STOP_SECONDS_MAX = 30
SHARED_MEMORY_SECONDS_MAX = 10
PR_SET_PDEATHSIG = 1

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failed statement and its details can hold what a recipient typed: neither may reach the log.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FAST_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class EmbeddedServer:
    """A running PostgreSQL. As an async context manager it stops at the end of the block."""

    owner_dsn: str = field(repr=False)
    service_dsn: str = field(repr=False)
    superuser_dsn: str = field(repr=False)
    process: subprocess.Popen[bytes] | None = None
    lock: int | None = None

    async def stop(self) -> None:
        """Close all connections, write everything out, end. Does nothing to a server that another process started."""
        if self.process is not None:
            await asyncio.to_thread(_end, self.process)
            self.process = None
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


async def start(data_dir: Path, *, fast_unsafe: bool = False) -> EmbeddedServer:
    """Start the PostgreSQL of this data folder, and make its cluster, roles and database if they are not there yet.

    Call it from a thread that lives as long as the server shall: the kernel stops the server when that thread ends.
    `fast_unsafe` gives up safety against a power cut for speed: for tests only.
    Raises AlreadyRunning if another process serves from the folder, EmbeddedError for all else, each with a sentence.
    """
    data_dir = embedded_folders.make_data_dir(data_dir)
    lock = embedded_folders.lock(data_dir)
    server = EmbeddedServer("", "", "", lock=lock)
    try:
        folders, secrets = await asyncio.to_thread(_prepare, data_dir, durable=not fast_unsafe)
        server = _server(folders.sockets, secrets, lock)
        server.process = _launch(folders, durable=not fast_unsafe)
        await _until_ready(server, folders, durable=not fast_unsafe)
    except (OSError, ValueError, TypeError, asyncpg.PostgresError) as error:
        await server.stop()
        raise EmbeddedError(f"The database in {data_dir} could not be started: {error}.") from error
    except BaseException:
        await server.stop()
        raise
    return server


async def attach(data_dir: Path) -> EmbeddedServer:
    """The server that another process runs on this data folder: how a command reaches it while `serve` is at work.

    Raises EmbeddedError if no process runs there.
    """
    data_dir = embedded_folders.served_data_dir(data_dir)
    return _server(embedded_folders.find_folders(data_dir).sockets, embedded_folders.passwords(data_dir))


def _server(sockets: Path, secrets: Passwords, lock: int | None = None) -> EmbeddedServer:
    def dsn(role: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(sockets), safe='/')}"

    superuser = dsn(SUPERUSER, secrets.superuser, "postgres")
    return EmbeddedServer(dsn(OWNER, secrets.owner), dsn(SERVICE, secrets.service), superuser, lock=lock)


def _prepare(data_dir: Path, *, durable: bool) -> tuple[Folders, Passwords]:
    secrets = embedded_folders.passwords(data_dir)
    folders = embedded_folders.find_folders(data_dir)
    _end_leftover(folders)
    if not folders.cluster.exists():
        _make_cluster(folders, secrets, durable=durable)
    return folders, secrets


def _make_cluster(folders: Folders, secrets: Passwords, *, durable: bool) -> None:
    """Run initdb beside the final place and move the result there: a start cut short leaves no half cluster."""
    unfinished = folders.cluster.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    folders.account.make_private_folder(unfinished)
    password_file = folders.sockets / "password"
    password_file.unlink(missing_ok=True)
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secrets.superuser)
    folders.account.own(password_file)
    command = [
        *(
            str(folders.programs / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
        ),
        *(
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ),
        *("--data-checksums", "--no-instructions", *(() if durable else ("--no-sync",))),
    ]
    try:
        made = subprocess.run(command, **folders.account.popen_options(), capture_output=True, text=True, check=False)
    finally:
        password_file.unlink()
    if made.returncode:
        raise EmbeddedError(f"A database could not be made in {unfinished}: {made.stderr.strip().splitlines()[-1]}.")
    unfinished.rename(folders.cluster)


def _launch(folders: Folders, *, durable: bool) -> subprocess.Popen[bytes]:
    settings = SETTINGS | {"unix_socket_directories": str(folders.sockets)} | (DURABLE if durable else FAST_UNSAFE)
    command = [str(folders.programs / "postgres"), "-D", str(folders.cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    # Looked up before the fork: another thread may hold the loader's lock in the midst of it.
    prctl: Any = getattr(ctypes.CDLL(None), "prctl", None)

    def end_with_parent() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGINT)

    with os.fdopen(os.open(folders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log:
        return subprocess.Popen(
            command,
            **folders.account.popen_options(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # Nothing else ties the server's life to ours when we are killed.
            preexec_fn=end_with_parent if prctl is not None else None,  # noqa: PLW1509 - it makes one call
        )


async def _until_ready(server: EmbeddedServer, folders: Folders, *, durable: bool) -> None:
    """Wait until the owner can connect. Starts the process again while sessions of a killed one still hold its memory."""
    began = time.monotonic()
    while not await _answers(server):
        elapsed = time.monotonic() - began
        if server.process is not None and server.process.poll() is not None:
            last = _last_words(folders.log)
            if "shared memory" not in last or elapsed > SHARED_MEMORY_SECONDS_MAX:
                raise EmbeddedError(f"PostgreSQL stopped at once: {last} See {folders.log}.")
            await asyncio.sleep(0.2)
            server.process = _launch(folders, durable=durable)
        if elapsed > READY_SECONDS_MAX:
            raise EmbeddedError(f"PostgreSQL was not ready after {READY_SECONDS_MAX} seconds. See {folders.log}.")
        await asyncio.sleep(0.02)


async def _answers(server: EmbeddedServer) -> bool:
    try:
        connection = await asyncpg.connect(server.owner_dsn, timeout=5)
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidCatalogNameError):
        await _make_roles_and_database(server)
        return False
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
        return False
    await connection.close()
    return True


async def _make_roles_and_database(server: EmbeddedServer) -> None:
    """Make what is missing: safe to run again after a first start that was cut short."""
    passwords = {OWNER: _password(server.owner_dsn), SERVICE: _password(server.service_dsn)}
    try:
        connection = await asyncpg.connect(server.superuser_dsn, timeout=5)
    except asyncpg.InvalidPasswordError as error:
        raise EmbeddedError(
            "The database does not know the passwords in postgres-passwords.json: put back the file that was made with it."
        ) from error
    try:
        for role, password in passwords.items():
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                await connection.execute(f"CREATE ROLE {role} LOGIN")
            await connection.execute(
                f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS PASSWORD '{password}'"
            )
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
        await connection.execute(f"REVOKE ALL ON DATABASE {DATABASE}, postgres, template1 FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {SERVICE}")
    finally:
        await connection.close()


def _password(dsn: str) -> str:
    return dsn.split("@", 1)[0].rsplit(":", 1)[1]


def _end_leftover(folders: Folders) -> None:
    """Stop the server that a killed process left on this cluster, and clear the notes of one that is long gone.

    The caller holds the folder's lock, so nobody uses that server. PostgreSQL itself cannot tell its own process from a
    stranger that got the same number after a restart of the machine, and would not start: so the command line decides.
    """
    note = folders.cluster / "postmaster.pid"
    deadline = time.monotonic() + STOP_SECONDS_MAX
    wanted = int(signal.SIGINT)
    while (pid := _postmaster(note, folders.cluster)) is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, wanted)
        wanted = int(signal.SIGQUIT) if time.monotonic() > deadline else 0
        time.sleep(0.02)
    if Path("/proc/self").exists():
        note.unlink(missing_ok=True)
        (folders.sockets / f"{embedded_folders.SOCKET_NAME}.lock").unlink(missing_ok=True)


def _postmaster(note: Path, cluster: Path) -> int | None:
    """The process that the note names, if that is alive and PostgreSQL on this cluster."""
    try:
        pid = int(note.read_text().split("\n", 1)[0])
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(cluster) in arguments else None


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            continue
        return


def _last_words(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").splitlines()
    fatal = [line for line in lines if "FATAL:" in line]
    return (fatal or lines or ["nothing was written to its log."])[-1].split("FATAL:")[-1].strip() + "."
