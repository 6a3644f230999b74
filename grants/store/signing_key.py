"""Where the key that signs the journal's checkpoints is kept: in a file of the data folder that its owner alone can read."""

import os
import secrets
from pathlib import Path
from typing import Final

from grants.domain.checkpoints import NotSigned, Signer

FILE: Final = "journal-key"


def signing_key(data_dir: Path, given: str | None = None) -> Signer:
    """The key that was given, or that of the data folder, made at its first use. Raises NotSigned for one that is none.

    Services that share a database share a key: give it to each of them.
    """
    if given:
        return Signer.from_text(given)
    file = data_dir / FILE
    try:
        return Signer.from_text(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        pass
    except ValueError as error:
        raise NotSigned(f"{file} holds no key of a journal: bring the file back from a copy.") from error
    made = Signer.new()
    unfinished = data_dir / f".{FILE}.{secrets.token_hex(8)}"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(f"{made.text()}\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        # Unlike a rename, a link never takes the place of a key that another process has just made.
        os.link(unfinished, file)
    except FileExistsError:
        made = Signer.from_text(file.read_text(encoding="ascii"))
    finally:
        unfinished.unlink()
    return made
