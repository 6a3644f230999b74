"""The file that a backup is: a zip with one part a table, in PostgreSQL's COPY text, and a manifest that says what is in them.

Text rather than PostgreSQL's binary form: it is the same for every version of the server, and any tool can read it.
"""

import contextlib
import hashlib
import os
import secrets
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Self

import msgspec

from grants.domain.zips import DAMAGE

FORMAT: Final = "tallystick-backup 1"
MANIFEST: Final = "manifest.json"
MANIFEST_BYTES_MAX: Final = 1_000_000
CHUNK_BYTES: Final = 1 << 18
DEFLATE_LEVEL: Final = 1
"""Most of a backup is workbooks, which are deflated already: a higher level takes longer and gains nothing."""


class BackupError(Exception):
    """The backup was not made, or not restored, and nothing was changed. The message is one sentence that says why."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table: its columns in the order of the text, how many rows, and what the text weighs (bytes) and hashes to."""

    table: str
    columns: tuple[str, ...]
    rows: int
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds: the schema it was made from, the newest entry and journal record, and each part."""

    format: str
    made_at: datetime
    schema: str
    entry_no: int
    journal_no: int
    sequences: dict[str, int]
    parts: tuple[Part, ...]


class BackupWriter:
    """Writes a backup beside its final place. Nobody finds a file under that name before it is whole and on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        self._file: IO[bytes] | None = None
        self._zip: zipfile.ZipFile | None = None

    def __enter__(self) -> Self:
        with self._writing():
            descriptor = os.open(self._unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            self._file = os.fdopen(descriptor, "w+b")
            self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=DEFLATE_LEVEL)
        return self

    def __exit__(self, *error: object) -> None:
        for opened in (self._zip, self._file):
            if opened is not None:
                with contextlib.suppress(OSError):  # what is left is of no use: the file goes away
                    opened.close()
        self._unfinished.unlink(missing_ok=True)

    @contextlib.contextmanager
    def part(self, table: str, columns: tuple[str, ...]) -> Iterator["PartWriter"]:
        """The part of a table, to be written within the block."""
        if self._zip is None:
            raise BackupError("The backup is not open.")
        with self._writing(), self._zip.open(f"{table}.copy", "w", force_zip64=True) as out:
            yield PartWriter(table, columns, out)

    def finish(self, manifest: Manifest) -> int:
        """Ends the backup, and gives its size in bytes."""
        if self._zip is None or self._file is None:
            raise BackupError("The backup is not open.")
        with self._writing():
            self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
            self._zip.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            size = os.fstat(self._file.fileno()).st_size
            self._unfinished.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            os.fsync(folder)
            os.close(folder)
        return size

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BackupError(f"{self._path} cannot be written: {error.strerror or error}.") from error


class PartWriter:
    """Takes a table's text as it comes; never more than a piece of it is in memory."""

    def __init__(self, table: str, columns: tuple[str, ...], out: IO[bytes]) -> None:
        self._table, self._columns, self._out = table, columns, out
        self._sha256 = hashlib.sha256()
        self._size_bytes = 0
        self.rows = 0

    def write(self, piece: bytes) -> None:
        """Adds a piece. A line feed always ends a row: one within a value is written as an escape."""
        self._sha256.update(piece)
        self._size_bytes += len(piece)
        self.rows += piece.count(b"\n")
        self._out.write(piece)

    def part(self) -> Part:
        """What was written."""
        return Part(self._table, self._columns, self.rows, self._size_bytes, self._sha256.hexdigest())


class _Format(msgspec.Struct):
    """What every version of the manifest begins with."""

    format: str


class BackupReader:
    """Reads a backup. Every method raises BackupError for a file that is none, or is damaged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip: zipfile.ZipFile | None = None

    def __enter__(self) -> Self:
        with self._damage():
            self._zip = zipfile.ZipFile(self._path)
        return self

    def __exit__(self, *error: object) -> None:
        if self._zip is not None:
            self._zip.close()

    def manifest(self) -> Manifest:
        """What the backup says that it holds."""
        with self._damage():
            info = self._member(MANIFEST)
            if info.file_size > MANIFEST_BYTES_MAX:
                raise zipfile.BadZipFile
            text = self._opened().read(info)
            found = msgspec.json.decode(text, type=_Format).format
            if found == FORMAT:
                return msgspec.json.decode(text, type=Manifest)
        raise BackupError(f"{self._path} was made by another version of Tallystick, in the format {found}.")

    @property
    def size_bytes(self) -> int:
        """What the file weighs."""
        return self._path.stat().st_size

    def pieces(self, part: Part) -> Iterator[bytes]:
        """A part's text. Raises at its end where it is not what the manifest says."""
        sha256, size_bytes = hashlib.sha256(), 0
        with self._damage(), self._opened().open(self._member(f"{part.table}.copy")) as member:
            while piece := member.read(CHUNK_BYTES):
                sha256.update(piece)
                size_bytes += len(piece)
                yield piece
            if (size_bytes, sha256.hexdigest()) != (part.size_bytes, part.sha256):
                raise zipfile.BadZipFile

    def check(self, manifest: Manifest) -> None:
        """Reads all of it once, so that a damaged file is known before anything is done with it."""
        for part in manifest.parts:
            for _ in self.pieces(part):
                pass

    def _member(self, name: str) -> zipfile.ZipInfo:
        info = self._opened().getinfo(name)
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise zipfile.BadZipFile
        return info

    def _opened(self) -> zipfile.ZipFile:
        if self._zip is None:
            raise BackupError("The backup is not open.")
        return self._zip

    @contextlib.contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise BackupError(f"{self._path} cannot be read: {error.strerror}.") from error
        except _DAMAGE as error:
            raise BackupError(f"{self._path} is no backup of Tallystick, or it is damaged.") from error


_DAMAGE: Final = (*DAMAGE, KeyError, msgspec.MsgspecError)
"""What is raised where bytes are not what they were: by zipfile, for a part that is not there, and by what reads the manifest."""
