"""Runs that fail, crash, sleep or never end: nothing is lost, nothing is made twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from grants.actions.people import OPERATOR, SCHEDULER
from grants.actions.reports import add_due_runs, run_now
from grants.domain.errors import Conflict
from grants.domain.schedules import Filters
from grants.store import report_claims
from grants.store.report_claims import LEASE, MAX_ATTEMPTS
from grants.store.transaction import Db, Gate
from reports import runs as making
from reports.book import Row
from reports.catalogue import by_name
from reports.report import Gathered, Place, Report
from reports.runs import Pace, wake
from tests.database import Database, looking
from tests.patience import until
from tests.reports.waking import (
    SIGNER,
    START,
    TROUBLED_OFFER,
    Clock,
    all_runs,
    clocked,
    downloaded,
    rows_done,
    scheduled,
    troubled,
)


async def test_a_report_that_fails_says_so_is_tried_again_and_then_is_done(fresh_database: Database) -> None:
    clock = Clock()
    outcomes = iter([OSError(28, "No space left on device"), ValueError("a name that a recipient typed"), None])

    def trouble() -> None:
        if (error := next(outcomes)) is not None:
            raise error

    async with clocked(fresh_database, clock) as gate:
        await scheduled(gate, report="troubled")
        catalogue = troubled(trouble)
        assert await wake(gate, SIGNER, reports=catalogue) == 0
        (failed,) = await all_runs(gate, state="failed")
        assert (
            failed.attempts[0].failure
            == "The files could not be written or the database not be reached: No space left on device."
        )
        assert failed.next_try_at == clock.now + timedelta(seconds=30)
        assert await wake(gate, SIGNER, reports=catalogue) == 0, "not before its time"
        clock.now += timedelta(seconds=30)
        assert await wake(gate, SIGNER, reports=catalogue) == 0
        (failed,) = await all_runs(gate)
        assert failed.attempts[1].failure is not None
        assert "recipient" not in failed.attempts[1].failure
        assert failed.next_try_at == clock.now + timedelta(minutes=2)
        clock.now += timedelta(minutes=2)
        assert await wake(gate, SIGNER, reports=catalogue) == 1
        (done,) = await all_runs(gate)
        assert (done.state, [attempt.failure is None for attempt in done.attempts]) == ("done", [False, False, True])
        assert all(attempt.ended_at is not None for attempt in done.attempts)
        assert len(done.files) == 1


async def test_it_is_not_tried_for_ever_but_a_person_may_try_it_again(fresh_database: Database) -> None:
    clock = Clock()
    healthy: list[bool] = []

    def trouble() -> None:
        if not healthy:
            raise RuntimeError("no")

    async with clocked(fresh_database, clock) as gate:
        schedule_id = await scheduled(gate, report="troubled")
        catalogue = troubled(trouble)
        for _ in range(MAX_ATTEMPTS + 3):
            await wake(gate, SIGNER, reports=catalogue)
            clock.now += timedelta(hours=1)
        (failed,) = await all_runs(gate)
        assert (failed.state, len(failed.attempts), failed.next_try_at) == ("failed", MAX_ATTEMPTS, None)
        healthy.append(True)
        assert await wake(gate, SIGNER, reports=catalogue) == 0
        async with gate.deed(OPERATOR) as tx:
            await run_now(tx, schedule_id, failed.period)
        assert await wake(gate, SIGNER, reports=catalogue) == 1
        async with gate.deed(OPERATOR) as tx:
            with pytest.raises(Conflict):
                await run_now(tx, schedule_id, failed.period)


async def test_one_failing_report_does_not_hold_up_the_others(fresh_database: Database) -> None:
    clock = Clock(START + timedelta(days=2))

    def trouble() -> None:
        raise RuntimeError

    async with clocked(fresh_database, clock) as gate:
        await scheduled(gate, report="troubled")
        await scheduled(gate)
        assert await wake(gate, SIGNER, reports={**by_name(), **troubled(trouble)}) == 3
        assert {found.state for found in await all_runs(gate, report="troubled")} == {"failed"}


async def test_a_claim_whose_process_died_is_taken_over_when_its_lease_ends(fresh_database: Database) -> None:
    clock = Clock()
    async with clocked(fresh_database, clock) as gate:
        await scheduled(gate)
        async with gate.deed(SCHEDULER) as tx:
            await add_due_runs(tx, {})
        lost = await making._claim(gate)  # and then its process dies
        assert lost is not None
        assert await wake(gate, SIGNER) == 0
        clock.now += LEASE
        assert await wake(gate, SIGNER) == 1
        (found,) = await all_runs(gate)
        assert [attempt.failure for attempt in found.attempts] == [report_claims.STOPPED, None]
        assert (found.entry_no, found.journal_no) == (lost.run.entry_no, lost.run.journal_no)


async def test_a_worker_that_slept_past_its_lease_keeps_nothing(fresh_database: Database) -> None:
    clock = Clock()
    asleep, wake_up = asyncio.Event(), asyncio.Event()

    async def sleep() -> None:
        if not asleep.is_set():
            asleep.set()
            await wake_up.wait()

    async with clocked(fresh_database, clock) as gate, clocked(fresh_database, clock) as other:
        await scheduled(gate, report="troubled")
        sleeper = asyncio.create_task(wake(gate, SIGNER, reports=troubled(sleep, [("slow", 1)])))
        await asleep.wait()
        clock.now += LEASE
        assert await wake(other, SIGNER, reports=troubled(lambda: None, [("quick", 2)])) == 1
        wake_up.set()
        assert await sleeper == 0
        (found,) = await all_runs(gate)
        _, content = await downloaded(gate, OPERATOR, found.id, "csv")
        assert b"quick" in content
        assert b"slow" not in content
        assert [attempt.failure for attempt in found.attempts] == [report_claims.STOPPED, None]
        async with looking(gate) as db:
            assert await db.fetchval("SELECT count(*) FROM report_file") == 1


async def test_a_worker_that_slept_cannot_spoil_a_finished_run_by_failing(fresh_database: Database) -> None:
    clock = Clock()
    async with clocked(fresh_database, clock) as gate:
        await scheduled(gate)
        async with gate.deed(SCHEDULER) as tx:
            await add_due_runs(tx, {})
        first = await making._claim(gate)
        assert first is not None
        clock.now += LEASE
        assert await wake(gate, SIGNER) == 1
        await making._fail(gate, first, RuntimeError())
        async with gate.deed(SCHEDULER) as tx:
            assert not await report_claims.renew(tx, first, 5)
            assert not await report_claims.finish(tx, replace(first), 5, is_example=False)
        assert [found.state for found in await all_runs(gate)] == ["done"]


async def test_a_long_report_keeps_its_lease_and_says_how_far_it_is(fresh_database: Database) -> None:
    clock = Clock()
    finish = asyncio.Event()

    async def batches() -> Any:
        yield [("a", 1), ("b", 2)]
        yield [("c", 3)]
        await finish.wait()
        yield [("d", 4)]

    async def gather(db: Db, place: Place, filters: Filters) -> Gathered:
        return replace(await troubled(lambda: None)["troubled"].gather(db, place, filters), batches=batches())

    async with clocked(fresh_database, clock) as gate:
        await scheduled(gate, report="troubled")
        catalogue, quick = {"troubled": Report(TROUBLED_OFFER, gather)}, Pace(heartbeat_seconds=0.05)
        worker = asyncio.create_task(wake(gate, SIGNER, reports=catalogue, pace=quick))
        # The batch that is being written is not counted yet.
        assert await until(lambda: rows_done(gate)) == 2
        (found,) = await all_runs(gate)
        assert found.state == "running"
        clock.now += LEASE - timedelta(seconds=1)
        await until(lambda: _is_leased(gate), "its lease is renewed")
        clock.now += LEASE - timedelta(seconds=1)
        assert await wake(gate, SIGNER) == 0, "renewed, so nobody else has it"
        finish.set()
        assert await worker == 1
        assert (await all_runs(gate))[0].rows_done == 4


async def _is_leased(gate: Gate) -> bool:
    async with looking(gate) as db:
        return bool(await db.fetchval("SELECT lease_until FROM report_run") == gate.clock() + LEASE)


async def test_a_last_attempt_that_dies_ends_the_run(fresh_database: Database) -> None:
    clock = Clock()
    async with clocked(fresh_database, clock) as gate:
        await scheduled(gate)
        async with gate.deed(SCHEDULER) as tx:
            await add_due_runs(tx, {})
        for _ in range(MAX_ATTEMPTS):
            assert await making._claim(gate) is not None
            clock.now += LEASE
        assert await wake(gate, SIGNER) == 0
        (found,) = await all_runs(gate)
        assert (found.state, found.attempts[-1].failure) == ("failed", report_claims.STOPPED)


async def test_a_report_that_this_version_does_not_know_fails_in_words(fresh_database: Database) -> None:
    async with clocked(fresh_database, Clock()) as gate:
        await scheduled(gate, report="troubled")
        assert await wake(gate, SIGNER) == 0
        (found,) = await all_runs(gate)
        assert found.attempts[0].failure == "This version of the service has no report named troubled."


async def test_no_half_file_is_left_on_the_disk(
    fresh_database: Database, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    async with clocked(fresh_database, Clock()) as gate:
        await scheduled(gate, report="troubled")
        bad: Sequence[Row] = [("a", "not a number")]
        assert await wake(gate, SIGNER, reports=troubled(lambda: None, bad)) == 0
        (found,) = await all_runs(gate)
        assert (
            found.attempts[0].failure
            == "The report could not be made: ValueError. Tell whoever looks after the service."
        )
    assert list(tmp_path.iterdir()) == []
