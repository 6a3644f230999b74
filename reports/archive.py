"""A zip archive that is the same bytes on any day: fixed times and attributes, parts streamed, deflate in a thread.

The deflate library is the interpreter's own zlib; another zlib (zlib-ng, hardware deflate) may squeeze the same
parts into other bytes. `content_digest` tells whether two archives hold the same whatever squeezed them.
"""

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

# Level 1 keeps the thread that deflates ahead of the one that writes rows; level 6 saves a sixth of the file and takes
# half as much time again.
_LEVEL: Final = 1

# Blocks on their way to the thread: enough to keep it busy, few enough to keep memory flat. The blocks are big because the
# thread waits for the interpreter's lock a few times for each.
_BLOCK_BYTES: Final = 1 << 22
_BACKLOG: Final = 3


class Part:
    """One file inside the archive, open for writing."""

    def __init__(self, handle: IO[bytes], pool: ThreadPoolExecutor) -> None:
        self._handle = handle
        self._pool = pool
        self._backlog: deque[Future[int]] = deque()
        self._block: list[bytes] = []
        self._block_bytes = 0
        self.size_bytes = 0

    def write(self, text: str) -> None:
        """Append text as UTF-8. An error of an earlier write, such as a full disk, is raised here or on closing."""
        self.write_bytes(text.encode())

    def write_bytes(self, data: bytes) -> None:
        """Append bytes, as `write` does."""
        self.size_bytes += len(data)
        self._block.append(data)
        self._block_bytes += len(data)
        if self._block_bytes >= _BLOCK_BYTES:
            self._send()

    def drain(self) -> None:
        """Wait until all that was written is in the file."""
        self._send()
        while self._backlog:
            self._backlog.popleft().result()

    def _send(self) -> None:
        self._backlog.append(self._pool.submit(self._handle.write, b"".join(self._block)))
        self._block, self._block_bytes = [], 0
        if len(self._backlog) > _BACKLOG:
            self._backlog.popleft().result()


class Archive:
    """An archive under construction. One part is open at a time; leaving the context closes the file."""

    def __init__(self, path: Path) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="deflate")
        # A part opened by name has the time 1980-01-01 and fixed attributes, where ZipFile.write would take the clock's.
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL)
        self._handle: IO[bytes] | None = None

    def open_part(self, name: str) -> Part:
        """Begin a part; `close_part` ends it."""
        self._handle = self._zip.open(name, "w")
        return Part(self._handle, self._pool)

    def close_part(self, part: Part) -> None:
        """Finish the part. Raises what went wrong in writing it."""
        part.drain()
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def write(self, name: str, text: str) -> None:
        """A whole part at once."""
        part = self.open_part(name)
        part.write(text)
        self.close_part(part)

    def store(self, name: str, text: str) -> None:
        """A whole part, not deflated: some formats tell what they are by one."""
        self._zip.writestr(ZipInfo(name), text, ZIP_STORED)

    def close(self) -> None:
        """Finish the archive."""
        self._pool.shutdown()
        self._zip.close()

    def abandon(self) -> None:
        """Let go of the file in whatever state it is."""
        self._pool.shutdown(cancel_futures=True)
        with suppress(OSError, RuntimeError, ValueError):
            if self._handle is not None:
                self._handle.close()
        with suppress(OSError, RuntimeError, ValueError):
            self._zip.close()


def content_digest(path: Path) -> str:
    """SHA-256, in hexadecimal, over the names and the inflated bytes of an archive's parts, in their order."""
    digest = hashlib.sha256()
    with ZipFile(path) as archive:
        for entry in archive.infolist():
            digest.update(f"{entry.filename}\n{entry.file_size}\n".encode())
            with archive.open(entry) as part:
                while chunk := part.read(1 << 20):
                    digest.update(chunk)
    return digest.hexdigest()
