"""The journal: one record a deed, numbered without gaps, read in order, word for word what was written."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grants.domain.access import Actor, Deed
from grants.store import journal
from tests.database import DatabaseServer, looking
from tests.grants.store.record import Record, opened


async def write(record: Record, subject: str, **facts: Any) -> int:
    async with record.gate.deed(record.lead) as tx:
        return await journal.record(tx, Deed.PROPOSE, "award", subject, **facts)


async def read(
    record: Record, after: int = 0, limit: int = 1000, subject: str | None = None
) -> list[journal.JournalLine]:
    async with looking(record.gate) as db:
        return await journal.extract(db, after=after, limit=limit, subject=subject)


async def test_numbers_have_no_gap_whatever_is_taken_back(record: Record) -> None:
    async def deed(place: int) -> None:
        async with record.gate.deed(record.lead) as tx:
            await journal.record(tx, "deed", "test", str(place))
            if place % 3 == 0:
                raise ZeroDivisionError

    await asyncio.gather(*(deed(place) for place in range(30)), return_exceptions=True)
    lines = await read(record)
    assert [line.number for line in lines] == list(range(1, 21))
    assert {int(line.subject) % 3 for line in lines} == {1, 2}


async def test_what_is_written_is_what_is_read(record: Record) -> None:
    number = await write(record, "AW-1", before={"state": "active", "n": [1, None]}, after={}, reason="It's “meant”")
    (line,) = await read(record)
    assert (line.number, line.person, line.deed, line.subject_kind, line.subject) == (number, "Lee Lead", "propose", "award", "AW-1")  # fmt: skip
    assert (line.before, line.after, line.reason) == ({"state": "active", "n": [1, None]}, {}, "It's “meant”")
    assert datetime.fromisoformat(line.at).tzinfo is not None
    assert abs((datetime.now(UTC) - datetime.fromisoformat(line.at)).total_seconds()) < 60


async def test_nothing_is_told_from_something_empty(record: Record) -> None:
    await write(record, "AW-1")
    await write(record, "AW-1", before={}, after={}, reason="")
    first, second = await read(record)
    assert (first.before, first.after, first.reason) == (None, None, None)
    assert (second.before, second.after, second.reason) == ({}, {}, "")


async def test_a_record_keeps_the_request_that_it_came_with(record: Record) -> None:
    asked = Actor(record.lead.id, record.lead.name, record.lead.grants, request_id="req-7")
    async with record.gate.deed(asked) as tx:
        await journal.record(tx, "deed", "test", "test")
    assert [line.request_id for line in await read(record)] == ["req-7"]


async def test_pages_join_up_and_a_subject_has_its_own(record: Record) -> None:
    for place in range(9):
        await write(record, f"AW-{place % 2}")
    pages, after = [], 0
    while page := await read(record, after, 4):
        assert len(page) <= 4
        pages += page
        after = page[-1].number
    assert [line.number for line in pages] == list(range(1, 10))
    assert [line.number for line in await read(record, subject="AW-1")] == [2, 4, 6, 8]
    assert [line.number for line in await read(record, after=4, limit=1, subject="AW-1")] == [6]
    assert await read(record, subject="AW-") == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcé\"\\' ", max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def test_any_facts_come_back_as_they_went(database_server: DatabaseServer) -> None:
    with database_server.fresh() as database, asyncio.Runner() as runner:
        manager = opened(database)
        record = runner.run(manager.__aenter__())

        @settings(max_examples=50)
        @given(
            st.dictionaries(st.text("abc", max_size=3), JSON, max_size=4), st.none() | st.text("a%'\"é\\", max_size=9)
        )
        def comes_back(facts: dict[str, Any], reason: str | None) -> None:
            number = runner.run(write(record, "AW-1", before=facts, after=facts, reason=reason))
            (line,) = runner.run(read(record, after=number - 1, limit=1))
            assert (line.before, line.after, line.reason) == (facts, facts, reason)

        try:
            comes_back()
        finally:
            runner.run(manager.__aexit__(None, None, None))


async def test_a_deed_waits_for_the_one_before_so_that_numbers_are_in_the_order_of_commits(record: Record) -> None:
    async with record.gate.deed(record.lead) as tx:
        await journal.record(tx, "deed", "test", "first")
        second = asyncio.create_task(write(record, "second"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(second), 0.2)
        assert await read(record) == []
    assert await second == 2
