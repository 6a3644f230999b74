"""A deed with a key happens once, however often and however many at a time ask for it."""

import asyncio
from datetime import timedelta

import pytest

from grants.domain.errors import Conflict, RuleBroken
from grants.store.transaction import ANSWERS_KEPT, Tx
from tests.grants.store.record import Record, Stop, deeds, recipients, write


async def test_the_same_key_and_request_are_answered_the_same_and_done_once(record: Record) -> None:
    first = await record.gate.once(record.lead, "key", b"body", int, write)
    second = await record.gate.once(record.lead, "key", b"body", int, write)
    assert (first, second, await deeds(record)) == (1, 1, 1)
    assert await record.gate.answered(record.lead, "key", b"body", int) == 1


async def test_a_key_belongs_to_a_person(record: Record) -> None:
    await record.gate.once(record.lead, "key", b"body", int, write)
    assert await record.gate.answered(record.approver, "key", b"body", int) is None
    assert await record.gate.once(record.approver, "key", b"other", int, write) == 2
    assert await deeds(record) == 2


async def test_the_same_key_with_another_request_is_refused(record: Record) -> None:
    await record.gate.once(record.lead, "key", b"body", int, write)
    for body in (b"", b"Body", b"body "):
        with pytest.raises(Conflict) as refused:
            await record.gate.once(record.lead, "key", body, int, write)
        assert refused.value.code == "idempotency_key"
        with pytest.raises(Conflict):
            await record.gate.answered(record.lead, "key", body, int)
    assert await deeds(record) == 1


async def test_without_a_key_each_request_is_a_deed_of_its_own(record: Record) -> None:
    assert [await record.gate.once(record.lead, None, b"body", int, write) for _ in range(2)] == [1, 2]
    assert await record.gate.answered(record.lead, None, b"body", int) is None


async def test_a_first_try_that_fails_leaves_its_key_free(record: Record) -> None:
    async def fails(tx: Tx) -> int:
        await write(tx)
        raise RuleBroken("no", "No.")

    with pytest.raises(RuleBroken):
        await record.gate.once(record.lead, "key", b"body", int, fails)
    assert (await deeds(record), await recipients(record)) == (0, 0)
    assert await record.gate.once(record.lead, "key", b"another", int, write) == 1


async def test_twenty_requests_with_one_key_at_once_are_one_deed(record: Record) -> None:
    async def slow(tx: Tx) -> int:
        await asyncio.sleep(0.05)
        return await write(tx)

    answers = await asyncio.gather(*(record.gate.once(record.lead, "key", b"body", int, slow) for _ in range(20)))
    assert answers == [1] * 20
    assert (await deeds(record), await recipients(record)) == (1, 1)


async def test_a_key_whose_first_request_fails_while_others_wait_is_taken_by_one_of_them(record: Record) -> None:
    tries = 0

    async def fails_first(tx: Tx) -> int:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0.02)
        if tries == 1:
            raise Stop
        return await write(tx)

    answers = await asyncio.gather(
        *(record.gate.once(record.lead, "key", b"body", int, fails_first) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(answer, Stop) for answer in answers) == 1
    assert [answer for answer in answers if not isinstance(answer, Stop)] == [1] * 7
    assert (tries, await deeds(record)) == (2, 1)


async def test_answers_are_forgotten_after_their_time(record: Record) -> None:
    await record.gate.once(record.lead, "key", b"body", int, write)
    await record.gate.forget_answers()
    assert await record.gate.answered(record.lead, "key", b"body", int) == 1
    now = record.gate.clock()
    record.gate.clock = lambda: now + ANSWERS_KEPT + timedelta(seconds=1)
    await record.gate.forget_answers()
    assert await record.gate.answered(record.lead, "key", b"body", int) is None
