"""Answers that cost something, kept until the next deed: made once for a crowd, and never older than the last deed."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from grants.domain.access import Actor
from grants.store.ledger import head
from grants.store.transaction import Gate, View

T = TypeVar("T")
_KEPT: Final = 32


class _Answers:
    """The newest answers of one gate, each with the journal number that it was made at. Every deed moves that number on."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._making: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def making(self, key: Hashable) -> asyncio.Lock:
        """Held by whoever makes an answer, so that a crowd after a deed does not make it many times over."""
        return self._making.setdefault(key, asyncio.Lock())

    def find(self, key: Hashable, journal_no: int) -> Any:
        made_at, answer = self._kept.get(key, (-1, None))
        if made_at < journal_no:
            return None
        self._kept.move_to_end(key)
        return answer

    def keep(self, key: Hashable, journal_no: int, answer: Any) -> None:
        self._kept[key] = (journal_no, answer)
        self._kept.move_to_end(key)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)


_answers: Final[WeakKeyDictionary[Gate, _Answers]] = WeakKeyDictionary()


async def kept(
    gate: Gate,
    actor: Actor,
    key: Hashable,
    made: Callable[[View], Awaitable[T]],
    *,
    journal_no: int | None = None,
) -> T:
    """What `made` gives, made anew only after a deed.

    `key` says what it is, and for whom: whoever has the same key is given the same. Whatever `made` gives is never changed.
    `journal_no` is the newest journal record's, from a caller who has just read it: it spares a query.
    """
    answers = _answers.get(gate) or _answers.setdefault(gate, _Answers())
    if journal_no is None:
        async with gate.glance() as db:
            journal_no = (await head(db)).journal_no
    found: T | None = answers.find(key, journal_no)
    if found is not None:
        return found
    async with answers.making(key):
        found = answers.find(key, journal_no)
        if found is not None:
            return found
        async with gate.reading(actor) as view:
            made_at = (await head(view.db)).journal_no
            answer = await made(view)
        answers.keep(key, made_at, answer)
        return answer
