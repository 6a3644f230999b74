"""What changed since the run before: what made each difference, what came late, and a first run that has none before it."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from grants.actions.people import OPERATOR
from grants.actions.proof import verify as prove
from grants.actions.reports import NewRun, ask_for_run, run_now
from grants.domain.decisions import Pay
from grants.domain.errors import Invalid, NotFound
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.by_hand import make_report
from reports.catalogue import offers
from reports.report import PRIVATE_MARKING
from reports.runs import wake
from reports.verify import verify
from tests.database import Database
from tests.grants.actions.cast import decide
from tests.reports.accessibility import problems
from tests.reports.ledger import AWARD, LINE, Line, Record
from tests.reports.sheets import cover, table
from tests.reports.waking import SIGNER, Clock, all_runs, clocked, scheduled

Q1 = "2025-26-Q1"
SPENT = f"spent:{LINE}:2025-26:rdel_programme"


async def _file(gate: Gate, run_id: object, of_format: str = "xlsx") -> bytes:
    async with gate.reading(OPERATOR) as view:
        found: bytes = await view.db.fetchval(
            "SELECT content FROM report_piece WHERE run_id = $1 AND format = $2", run_id, of_format
        )
    return found


async def test_a_schedules_runs_are_held_against_the_run_before(fresh_database: Database, tmp_path: Path) -> None:
    clock = Clock(datetime(2025, 10, 20, 12, tzinfo=UTC))
    async with clocked(fresh_database, clock) as gate:
        record = await Record.set_up(gate)
        schedule = await scheduled(gate, report="allocation-position", formats=("xlsx", "ods"))
        await wake(gate, SIGNER)
        late = Pay(AWARD, "2025-26", 5_00, date(2025, 4, 2), instalment=1)
        await decide(record.gate, record.stage.lead, record.stage.approver, late)
        clock.now = datetime(2025, 10, 21, 12, tzinfo=UTC)
        await wake(gate, SIGNER)
        await record.accept(Q1, [Line(100_00)])
        clock.now = datetime(2025, 10, 22, 12, tzinfo=UTC)
        await wake(gate, SIGNER)
        first, second, third = await all_runs(gate)
        assert (first.since_entry_no, first.since_journal_no) == (None, None)
        for before, run in ((first, second), (second, third)):
            assert (run.since_entry_no, run.since_journal_no) == (before.entry_no, before.journal_no)
        path = tmp_path / "report.xlsx"
        path.write_bytes(await _file(gate, first.id))
        assert cover(path)["Compared with"] == "Nothing: there is no earlier run"
        assert "nothing matched" in str(table(path, "What changed")[0]["Figure"])
        path.write_bytes(await _file(gate, second.id))
        assert cover(path)["Compared with"].startswith(f"Entry {first.entry_no}, journal record {first.journal_no}, ")
        rows = {row["Figure"].split("@")[0]: row for row in table(path, "What changed")}
        assert rows.keys() == {f"paid:{LINE}:2025-26:rdel_programme", "paid:plan:2025-26:rdel_programme"}
        row = rows[f"paid:{LINE}:2025-26:rdel_programme"]
        assert (row["Before"], row["Now"], row["Change"], row["Adds to the change"]) == (0, 5, 5, 5)
        assert (row["Late"], row["Entry"], row["What"]) == ("Late: for a closed period", second.entry_no, "Pay")
        assert [problem for problem in problems(path, marking=PRIVATE_MARKING) if "What changed" in problem] == []
        path.write_bytes(await _file(gate, third.id))
        spent = next(row for row in table(path, "What changed") if row["Figure"].startswith(SPENT))
        assert (spent["Change"], spent["Sheet and cell"]) == (100, "Spend!G9")
        # The same by hand, from the same places, is the same file; and each is known for what it is.
        for run, of_format in ((first, "xlsx"), (second, "xlsx"), (third, "ods")):
            await _check_made_again(gate, tmp_path / f"again.{of_format}", run.id, of_format)
        async with gate.deed(OPERATOR) as tx:
            with pytest.raises(Invalid):
                await ask_for_run(tx, offers(), NewRun("allocation-position", as_at=1, since=third.entry_no))
        async with gate.deed(OPERATOR) as tx:
            earlier = await run_now(tx, schedule, "2025-10-18")
        assert (earlier.since_entry_no, earlier.since_journal_no) == (third.entry_no, third.journal_no)


async def _check_made_again(gate: Gate, path: Path, run_id: object, of_format: str) -> None:
    (run,) = [found for found in await all_runs(gate) if found.id == run_id]
    assert run.entry_no is not None
    since = None if run.since_entry_no is None else (run.since_entry_no, run.since_journal_no)
    made = await make_report(
        gate,
        OPERATOR,
        run.report,
        output=path,
        signer=SIGNER,
        format=of_format,
        filters=run.filters,
        entry_no=run.entry_no,
        journal_no=run.journal_no,
        since=since,
    )
    assert path.read_bytes() == await _file(gate, run_id, of_format)
    async with gate.reading(OPERATOR) as view:
        found = await verify(view, made.sha256)
        assert (found.run_id, found.format, found.entry_no) == (run_id, of_format, run.entry_no)
        assert (found.since_entry_no, found.since_journal_no) == (run.since_entry_no, run.since_journal_no)
        told = (await prove(view, report=path)).report or ""
    assert "is exactly what the service made" in told
    assert f"from entry {run.entry_no} and record {run.journal_no}" in told
    assert (since is None) == ("compared with" not in told)


async def test_what_was_made_by_hand_is_known_by_its_bytes_too(gate: Gate, tmp_path: Path) -> None:
    await Record.set_up(gate)
    path, only = tmp_path / "report.csv", Filters(funding_line=LINE)
    made = await make_report(
        gate, OPERATOR, "allocation-position", output=path, signer=SIGNER, format="csv", filters=only, since=(1, None)
    )
    async with gate.reading(OPERATOR) as view:
        found = await verify(view, made.sha256)
        assert (found.run_id, found.period, found.filters.funding_line) == (None, "by hand", LINE)
        assert (found.entry_no, found.journal_no, found.since_entry_no) == (made.entry_no, made.journal_no, 1)
        told = await prove(view, report=path)
        assert told.holds
        assert f"by {OPERATOR.name}, by hand," in (told.report or "")
        path.write_bytes(path.read_bytes() + b"x")
        changed = await prove(view, report=path)
        assert (changed.report, changed.fault_count) == (None, 1)
        with pytest.raises(NotFound):
            await verify(view, "0" * 64)
