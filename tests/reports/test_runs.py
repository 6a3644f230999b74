"""Runs: one set of files for each period, whoever wakes and whenever."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from grants.actions import reports
from grants.actions.people import OPERATOR
from grants.actions.report_views import run
from grants.actions.reports import Looked, NewRun, ask_for_run, pause, resume, run_now
from grants.domain.errors import NotFound, RuleBroken
from grants.domain.rule_times import Due, due_until
from grants.domain.schedules import Rule
from grants.store.transaction import Gate
from reports.catalogue import offers
from reports.making import file_digest
from reports.runs import wake
from reports.schedule import Waker
from reports.verify import verify
from tests.database import Database, looking
from tests.patience import until
from tests.reports.ledger import Line, Record
from tests.reports.waking import (
    SIGNER,
    START,
    Clock,
    all_runs,
    clocked,
    downloaded,
    has_done,
    scheduled,
)


async def test_three_wakers_over_fifty_due_periods_make_one_file_each(fresh_database: Database) -> None:
    clock = Clock(START + timedelta(days=49))
    async with (
        clocked(fresh_database, clock) as one,
        clocked(fresh_database, clock) as two,
        clocked(fresh_database, clock) as three,
    ):
        await scheduled(one)
        done = await asyncio.gather(*(wake(gate, SIGNER) for gate in (one, two, three, one)))
        found = await all_runs(one)
        assert len(found) == 50 == sum(done)
        assert [run.period for run in found] == [
            (date(2025, 10, 19) + timedelta(days=n)).isoformat() for n in range(50)
        ]
        assert all(run.state == "done" and len(run.files) == 1 and len(run.attempts) == 1 for run in found)
        assert len([share for share in done if share]) > 1, "the work was shared"
        assert await wake(two, SIGNER) == 0
        async with looking(one) as db:
            notes = await db.fetch(
                "SELECT subject, count(*) AS records FROM journal WHERE subject_kind = 'report_run' GROUP BY 1"
            )
        assert {note["records"] for note in notes} == {2}  # begun and done, each once


async def test_a_run_keeps_its_file_hash_and_place_and_reads_from_that_place_alone(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await record.accept("2025-26-Q1", [Line(100_00)])
    async with gate.deed(OPERATOR) as tx:
        asked = await ask_for_run(tx, offers(), NewRun("spend-transactions", formats=("xlsx", "csv")))
    assert (asked.state, asked.files, asked.period) == ("due", [], "by hand")
    await record.accept("2025-26-Q2", [Line(999_00)])  # after the asking: it does not count
    assert await wake(gate, SIGNER) == 1
    async with gate.reading(OPERATOR) as view:
        found = await run(view, asked.id)
        assert (found.state, found.rows_done, [file.format for file in found.files]) == ("done", 1, ["xlsx", "csv"])
        assert (found.entry_no, found.journal_no) == (asked.entry_no, asked.journal_no)
        for file in found.files:
            facts, content = await downloaded(gate, OPERATOR, found.id, file.format)
            assert (len(content), facts.sha256) == (file.size_bytes, file.sha256)
            assert (await verify(view, file.sha256.upper())).run_id == found.id
            assert b",999.00," not in content
        with pytest.raises(NotFound):
            await verify(view, "0" * 64)
        with pytest.raises(NotFound):
            await downloaded(gate, OPERATOR, found.id, "ods")


async def test_the_same_place_asked_for_again_gives_the_same_bytes(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await record.accept("2025-26-Q1", [Line(100_00)])
    entry_no = await record.newest_entry()
    hashes = []
    for _ in range(2):
        async with gate.deed(OPERATOR) as tx:
            asked = await ask_for_run(tx, offers(), NewRun("allocation-position", as_at=entry_no))
        await wake(gate, SIGNER)
        async with gate.reading(OPERATOR) as view:
            hashes.append([file.sha256 for file in (await run(view, asked.id)).files])
        await record.accept("2025-26-Q2", [Line(1)]) if len(hashes) == 1 else None
    assert hashes[0] == hashes[1]


async def test_an_outage_is_caught_up_and_nothing_is_made_twice(
    fresh_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    looked: Looked = {}
    async with clocked(fresh_database, clock) as gate:
        await scheduled(gate)
        assert await wake(gate, SIGNER, looked=looked) == 1
        clock.now += timedelta(days=9)  # over the October change of the clocks
        assert await wake(gate, SIGNER, looked=looked) == 9
        from_when: list[date] = []

        def noted(rule: Rule, first: date, now: datetime) -> Iterator[Due]:
            from_when.append(first)
            return due_until(rule, first, now)

        monkeypatch.setattr(reports, "due_until", noted)
        assert await wake(gate, SIGNER, looked=looked) == 0
        assert from_when == [clock.now.date()], "what was looked at is not looked at again"
        periods = [found.period for found in await all_runs(gate)]
        assert periods == [(date(2025, 10, 19) + timedelta(days=n)).isoformat() for n in range(10)]


async def test_what_falls_due_in_a_pause_is_not_made_and_can_be_made_by_hand(fresh_database: Database) -> None:
    clock = Clock()
    looked: Looked = {}
    async with clocked(fresh_database, clock) as gate:
        schedule_id = await scheduled(gate)
        async with gate.deed(OPERATOR) as tx:
            assert (await pause(tx, schedule_id)).next == []  # what was due before is still made
        clock.now += timedelta(days=5)
        assert await wake(gate, SIGNER, looked=looked) == 1
        async with gate.deed(OPERATOR) as tx:
            again = await resume(tx, schedule_id)
        assert again.next[0].period == "2025-10-25"
        clock.now += timedelta(days=1)
        assert await wake(gate, SIGNER, looked=looked) == 2
        async with gate.deed(OPERATOR) as tx:
            await run_now(tx, schedule_id, "2025-10-21")
            with pytest.raises(RuleBroken):
                await run_now(tx, schedule_id, "2025-10-26")
        assert await wake(gate, SIGNER, looked=looked) == 1
        periods = [found.period for found in await all_runs(gate)]
        assert periods == ["2025-10-19", "2025-10-21", "2025-10-24", "2025-10-25"]


async def test_the_waker_makes_what_is_due_does_its_chores_and_hears_a_nudge(gate: Gate) -> None:
    chores: list[str] = []

    async def chore() -> None:
        chores.append("done")
        raise RuntimeError  # a chore that fails does not keep the reports from being made

    await Record.set_up(gate, award=False)
    waker = Waker(gate, SIGNER, every_seconds=3600, also=[chore])
    await waker.start()
    try:
        for number in (1, 2):
            async with gate.deed(OPERATOR) as tx:
                asked = await ask_for_run(tx, offers(), NewRun("allocation-position", formats=("csv",)))
            waker.nudge()
            await until(partial(has_done, gate, number))
            assert asked.state == "due"
        assert len(chores) >= 2
    finally:
        await waker.stop()
        await waker.stop()


def test_a_digest_is_of_the_bytes(tmp_path: Any) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert file_digest(tmp_path / "file") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


async def test_an_alarm_that_rings_while_a_report_is_made_neither_warns_nor_wakes_twice(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    awake, most, begun = 0, 0, asyncio.Event()

    async def chore() -> None:
        nonlocal awake, most
        awake += 1
        most = max(most, awake)
        begun.set()
        await asyncio.sleep(0.5)
        awake -= 1

    waker = Waker(gate, SIGNER, every_seconds=0.05, also=[chore])
    await waker.start()
    await begun.wait()
    await asyncio.sleep(0.4)
    await waker.stop()
    assert most == 1
    assert "maximum number of running instances" not in caplog.text
