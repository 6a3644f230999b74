"""The folder of kept checkpoints: one file for each size of the journal, never overwritten, each whole or not there."""

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"checkpoint-(?P<size>\d{12,18})-\d{8}T\d{6}Z\.txt", re.ASCII)


def kept(folder: Path) -> list[tuple[int, Path]]:
    """The checkpoints of a folder with the sizes that their names say, smallest first. Raises OSError."""
    return sorted((int(named["size"]), path) for path in folder.iterdir() if (named := _NAME.fullmatch(path.name)))


def keep(folder: Path, size: int, at: datetime, note: str) -> Path | None:
    """Adds a checkpoint; None where one of its name is there already, whoever wrote it. Raises OSError.

    The name comes from what is signed alone, so that of several services that keep the same checkpoint one does.
    """
    file = folder / f"checkpoint-{size:012}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.txt"
    unfinished = folder / f".{file.name}.{secrets.token_hex(8)}"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(note)
            out.flush()
            os.fsync(out.fileno())
        # Unlike a rename, a link never takes the place of a file that is there.
        os.link(unfinished, file)
    except FileExistsError:
        return None
    finally:
        unfinished.unlink()
    _settle(folder)
    return file


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
