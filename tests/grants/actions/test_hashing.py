"""Hashes are made in threads, no more at once than there are cores, and nobody waits without end."""

import asyncio
import threading
import time

import pytest

from grants.actions.hashing import Hashing
from grants.domain.errors import Conflict

PASSWORD = "otter lamp velocity 17"


class _Slow:
    """Stands where the hasher stands, and counts how many ask it at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        """Takes a while."""
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self._lock:
            self.now -= 1
        return password


async def test_a_hash_holds_for_its_password_alone() -> None:
    hashing = Hashing()
    kept = await hashing.hashed(PASSWORD)
    assert kept != await hashing.hashed(PASSWORD)
    assert await hashing.holds(kept, PASSWORD)
    for other in ("", PASSWORD + " ", PASSWORD.upper(), "x" * 10_000):
        assert not await hashing.holds(kept, other)
    assert not await hashing.holds(None, PASSWORD)
    assert not await hashing.holds("no hash at all", PASSWORD)
    assert not hashing.is_old(kept)


async def test_no_password_opens_the_hash_that_strangers_are_held_against() -> None:
    hashing = Hashing()
    for password in ("", "\0" * 32, PASSWORD):
        assert not await hashing.holds(None, password)


async def test_the_same_characters_typed_another_way_are_the_same_password() -> None:
    hashing = Hashing()
    assert await hashing.holds(await hashing.hashed("café au lait at nine"), "cafe\u0301 au lait at nine")


async def test_no_more_at_once_than_there_are_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing, slow = Hashing(at_once=2), _Slow()
    monkeypatch.setattr(hashing, "_hasher", slow)
    await asyncio.gather(*(hashing.hashed(str(number)) for number in range(40)))
    assert slow.most == 2


async def test_whoever_comes_when_too_many_wait_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = Hashing(at_once=1)
    monkeypatch.setattr(hashing, "_hasher", _Slow())
    answers = await asyncio.gather(*(hashing.hashed(str(number)) for number in range(120)), return_exceptions=True)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 20
    assert await hashing.hashed("later") == "later"
