"""Letters as files: one .eml each in a folder, which any mail program opens. What is there was sent, and is not written again."""

import asyncio
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from grants.domain.letters import Letter
from grants.mail.message import message_of
from grants.mail.transport import TAKEN, TOO_LATE, Answer, is_late, not_taken


class Folder:
    """A folder that letters are put into. Only its owner reads them: an invitation opens a door."""

    can_be_asked = True

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder, self._sender = folder, sender

    async def hand_over(self, letter: Letter, until: float) -> Answer:
        """Writes the letter to disk whole, under its own name, once."""
        return await asyncio.to_thread(self._put, letter, until)

    async def was_taken(self, key: str) -> bool | None:
        """Whether the letter is there."""
        return await asyncio.to_thread(self._is_there, key)

    async def close(self) -> None:
        """There is nothing to end."""

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.eml"

    def _is_there(self, key: str) -> bool:
        self._tidy(key)
        return self._file(key).exists()

    def _tidy(self, key: str) -> None:
        """Removes what somebody left who was stopped in the middle."""
        for left in self._folder.glob(f".{key}.*"):
            left.unlink(missing_ok=True)

    def _put(self, letter: Letter, until: float) -> Answer:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._tidy(letter.key)
            handle, name = tempfile.mkstemp(prefix=f".{letter.key}.", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(bytes(message_of(letter, self._sender)))
                    file.flush()
                    os.fsync(file.fileno())
                if is_late(until):
                    return TOO_LATE
                with suppress(FileExistsError):  # a link is made once, or is there already
                    os.link(name, self._file(letter.key))
                _sync(self._folder)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            return not_taken(f"The folder for letters could not be written ({type(error).__name__}).")
        return TAKEN


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
