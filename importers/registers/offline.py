"""Reads a register or a payment file on somebody's own computer: the same reader, the same answer."""

import asyncio
from pathlib import Path

from grants.domain.registers import ReadRegister, RegisterKind
from importers.answer import Refused
from importers.limits import Limits
from importers.messages import refuse
from importers.registers.asking import RegisterRequest
from importers.sandbox import Reader


def read_path(path: Path, kind: RegisterKind, limits: Limits | None = None) -> tuple[bytes, ReadRegister | Refused]:
    """A file's bytes and what it tells. Raises OSError where it cannot be opened; one that is too large is not opened.

    Not for use inside an event loop.
    """
    limits = limits or Limits()
    if path.stat().st_size > limits.file_bytes:
        return b"", refuse("file_too_large", limit=limits.file_bytes).refused
    content = path.read_bytes()

    async def ask() -> ReadRegister | Refused:
        async with Reader(limits, at_once=1) as reader:
            return await reader.register(RegisterRequest(content, kind))

    return content, asyncio.run(ask())
