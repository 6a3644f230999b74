"""From example data: the last four quarters' reports are there, made by their schedules and not by hand."""

from datetime import UTC, datetime

from grants.actions.example import PERIODS_BEHIND, load_example
from grants.actions.example_data import example_data
from grants.actions.people import OPERATOR
from grants.actions.recipients import load_recipients
from grants.domain.periods import quarter_of
from importers.example import example_workbook
from importers.sandbox import Reader
from reports.catalogue import offers
from reports.runs import wake
from tests.database import Database, looking
from tests.grants.actions.cast import load
from tests.reports.waking import SIGNER, Clock, all_runs, clocked


async def test_each_schedule_has_made_its_last_four_quarters(fresh_database: Database) -> None:
    clock = Clock(datetime(2026, 2, 2, 12, tzinfo=UTC))
    quarters, quarter = [], quarter_of(clock.now.date().replace(year=2025))
    for _ in range(PERIODS_BEHIND):  # those that were over on 2 February 2026
        quarters.append(quarter.code)
        quarter = quarter.next()
    async with clocked(fresh_database, clock) as gate:
        async with gate.deed(OPERATOR) as tx:
            await load_recipients(tx)
        await load(gate)
        async with Reader() as reader:
            assert await load_example(gate, example_workbook(reader), offers())
        planned = [schedule.report for schedule in example_data().schedule]
        assert set(planned) <= set(offers())
        assert await wake(gate, SIGNER) == PERIODS_BEHIND * len(planned)
        for report in planned:
            runs = await all_runs(gate, report=report)
            assert [run.period for run in runs] == quarters
            assert all(run.state == "done" and run.is_example and run.schedule for run in runs)
            assert {run.requested_by for run in runs} == {"The scheduler"}
            assert {file.format for run in runs for file in run.files} == {"xlsx", "csv"}
            assert all((run.since_entry_no is None) is (run is runs[0]) for run in runs)
            places = [run.entry_no or 0 for run in runs]
            assert places == sorted(set(places))  # each from further on than the one before
        async with looking(gate) as db:
            told = await db.fetch(
                "SELECT DISTINCT p.email, o.is_example FROM outbox o JOIN person p ON p.id = o.person_id WHERE what = 'report_ready'"
            )
        assert {row["email"] for row in told} == {"lead@example.org", "approver@example.org", "auditor@example.org"}
        assert all(row["is_example"] for row in told)
        assert await wake(gate, SIGNER) == 0
