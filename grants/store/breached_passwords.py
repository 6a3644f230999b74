"""A list of stolen passwords on disk: SHA-1 hashes in order, as Have I Been Pwned's downloader writes them into one file.

Each line is 40 hexadecimal digits, a colon and a count. The list is some 40 GB, so that it is searched where it lies.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final

from grants.domain.errors import Invalid

_LINE: Final = re.compile(rb"[0-9A-Fa-f]{40}(:[0-9]+)?\r?\n?")
_LINE_BYTES_MAX: Final = 100


class NotAList(Invalid):
    """A file is no list of hashes. The message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__("breached_passwords", message)


def check(path: Path) -> None:
    """Raises NotAList for a file that is none, or that cannot be read."""
    try:
        with path.open("rb") as lines:
            first = lines.readline(_LINE_BYTES_MAX)
    except OSError as error:
        raise NotAList(f"The list of breached passwords cannot be read ({error.strerror}): {path}.") from None
    if not _LINE.fullmatch(first):
        raise NotAList(f"{path} is no list of SHA-1 hashes, as Have I Been Pwned's downloader writes into one file.")


def is_listed(path: Path, password: str) -> bool:
    """Whether a password is in the list. A few dozen reads of the disk."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as lines:
        low, high = 0, os.fstat(lines.fileno()).st_size
        while low < high:
            middle = (low + high) // 2
            lines.seek(max(middle - 1, 0))
            if middle:
                lines.readline()  # the rest of a line that began earlier
            start = lines.tell()
            found = lines.readline()[:40].upper() if start < high else b""
            if found == wanted:
                return True
            if found and found < wanted:
                low = lines.tell()
            else:
                high = middle
    return False
