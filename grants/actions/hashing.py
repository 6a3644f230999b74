"""Passwords as they are kept: argon2id, made and checked in threads, no more at once than there are cores."""

import asyncio
import base64
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from grants.domain import passwords
from grants.domain.errors import Conflict
from grants.store import breached_passwords

T = TypeVar("T")
_WAITING_MAX: Final = 100
"""Requests that may wait for a core: each hash takes 64 MiB, and 50 ms or more of two cores."""


class Hashing:
    """Makes and checks hashes with the second parameters that RFC 9106 recommends: 64 MiB, 3 passes, 4 lanes."""

    def __init__(self, breached: Path | None = None, at_once: int | None = None) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._breached = breached
        self._turns = asyncio.Semaphore(at_once or os.cpu_count() or 1)
        self._waiting = 0
        self._nobodys = _nobodys_hash()

    async def fault_of(self, password: str, own_words: Iterable[str]) -> str | None:
        """What is wrong with a new password, as a sentence; None where it is good. Raises Conflict where too many wait."""
        text, words = passwords.normalised(password), list(own_words)

        def look() -> str | None:
            fault = passwords.fault_of(text, words)
            if fault is None and self._breached is not None and breached_passwords.is_listed(self._breached, text):
                fault = passwords.BREACHED
            return fault

        return await self._in_turn(look)

    async def hashed(self, password: str) -> str:
        """A new hash of a password, with its parameters and a salt of its own. Raises Conflict where too many wait."""
        text = passwords.normalised(password)
        return await self._in_turn(lambda: self._hasher.hash(text))

    async def holds(self, kept: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash to hold it against it takes as long, and is not.

        Raises Conflict where too many wait.
        """
        text = passwords.normalised(password)[: passwords.CHARACTERS_MAX + 1]

        def check() -> bool:
            try:
                self._hasher.verify(kept or self._nobodys, text)
            except (VerificationError, InvalidHashError):
                return False
            return kept is not None

        return await self._in_turn(check)

    def is_old(self, kept: str) -> bool:
        """Whether a hash was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(kept)

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= _WAITING_MAX:
            raise Conflict("busy", "Many people are signing in just now. Try again in a minute.")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _nobodys_hash() -> str:
    """A hash that no password has: its salt and its digest are nothing but zeros."""
    of = RFC_9106_LOW_MEMORY
    salt, digest = (base64.b64encode(bytes(size)).decode().rstrip("=") for size in (of.salt_len, of.hash_len))
    return f"$argon2id$v={of.version}$m={of.memory_cost},t={of.time_cost},p={of.parallelism}${salt}${digest}"
