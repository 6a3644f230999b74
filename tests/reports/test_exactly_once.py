"""Exactly once: processes that are killed and paused, and a database that is killed, and yet each period has one set of files."""

import hashlib
import shutil
from collections import Counter
from pathlib import Path

from grants.actions.people import OPERATOR
from grants.actions.proof import verify
from grants.domain.schedules import EVERYTHING
from grants.store.ledger import AsAt
from grants.store.transaction import Gate
from reports.making import Order, make
from tests.database import looking, make_folder
from tests.reports.nursery import CATALOGUE
from tests.reports.upheaval import FORMATS, Tally, Trial, Upheaval, tally
from tests.reports.waking import SIGNER

TRIAL = Trial(periods=160, kills=8)
"""A smaller one than that of the benchmarks, with as many pauses and crashes."""
_EVERY_EACH = 16
"""Every sixteenth report is made again."""


async def test_each_period_has_one_set_of_files_whoever_is_killed(tmp_path: Path) -> None:
    trial = TRIAL.as_told()
    folder = make_folder("tallystick-once-")
    upheaval = Upheaval(trial, folder)
    try:
        async with upheaval.begun() as gate:
            await upheaval.to_the_end()
            assert await tally(trial, gate) == Tally(duplicates=0, missing=0)
            await _check_runs(trial, gate)
            await _check_files(gate)
            await _check_made_again(gate, tmp_path)
            async with gate.reading(OPERATOR) as view:
                assert (await verify(view)).faults == ()
            assert upheaval.overtaken >= min(trial.pauses, 1)
    finally:
        shutil.rmtree(folder)


async def _check_runs(trial: Trial, gate: Gate) -> None:
    """One run a period, begun once and done once in the journal, told of once, whose last attempt alone ended well."""
    async with looking(gate) as db:
        runs = await db.fetch("SELECT report, period, state FROM report_run")
        notes = await db.fetch(
            "SELECT count(*) AS records, count(*) FILTER (WHERE after ? 'sha256') AS done FROM journal "
            "WHERE subject_kind = 'report_run' GROUP BY subject"
        )
        told = await db.fetch(
            "SELECT about, count(*) AS notices FROM outbox WHERE what = 'report_ready' GROUP BY about"
        )
        attempts = await db.fetch(
            "SELECT count(*) FILTER (WHERE failure IS NULL) AS well, bool_and(ended_at IS NOT NULL) AS ended, "
            "max(number) FILTER (WHERE failure IS NULL) = max(number) AS at_last FROM report_attempt GROUP BY run_id"
        )
    assert Counter((run["report"], run["period"]) for run in runs) == trial.expected
    assert {run["state"] for run in runs} == {"done"}
    assert [tuple(note) for note in set(notes)] == [(2, 1)]
    assert len(notes) == len(attempts) == len(told) == trial.periods
    assert {each["notices"] for each in told} == {1}
    assert [tuple(attempt) for attempt in set(attempts)] == [(1, True, True)]


async def _check_files(gate: Gate) -> None:
    async with looking(gate) as db:
        files = await db.fetch(
            "SELECT sha256, size_bytes, content FROM report_file JOIN report_piece USING (run_id, format)"
        )
        noted = await db.fetch("SELECT run_id, format, sha256 FROM report_file")
    assert all(
        (hashlib.sha256(file["content"]).hexdigest(), len(file["content"])) == (file["sha256"], file["size_bytes"])
        for file in files
    )
    assert len({(note["run_id"], note["format"]) for note in noted}) == len(noted)


async def _check_made_again(gate: Gate, folder: Path) -> None:
    """Whoever made a file, it is what its place in the record gives."""
    async with looking(gate) as db:
        runs = await db.fetch(
            "SELECT r.report, r.entry_no, r.journal_no, r.since_entry_no, r.since_journal_no, "
            "(SELECT array_agg(sha256 ORDER BY format) FROM report_file f WHERE f.run_id = r.id) AS sha256 "
            "FROM report_run r ORDER BY r.journal_no"
        )
        for run in runs[::_EVERY_EACH]:
            since = None if run["since_entry_no"] is None else AsAt(run["since_entry_no"], run["since_journal_no"])
            at = AsAt(run["entry_no"], run["journal_no"])
            order = Order(CATALOGUE[run["report"]], EVERYTHING, at, FORMATS, SIGNER, since=since)
            made = await make(db, order, folder)
            assert [made.sha256[name] for name in sorted(FORMATS)] == run["sha256"]
