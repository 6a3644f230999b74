"""Reports and traces, as an operator asks for them on the command line."""

import json
import re
from pathlib import Path

from openpyxl import load_workbook

from tests.grants.test_cli import PLAN, Run, in_process, run

__all__ = ["in_process", "run"]


def test_reports_by_hand(run: Run, tmp_path: Path) -> None:
    assert run("plan", "load", str(PLAN)).returncode == 0
    listed = {report["name"] for report in json.loads(run("report", "list", "--json").stdout)}
    assert listed >= {"allocation-position", "returns-tracker", "spend-transactions"}
    assert json.loads(run("report", "schedules", "--json").stdout) == []
    made = run("report", "make", "allocation-position", "--output", "position.xlsx", "--as-at", "6", "--since", "0")
    assert made.returncode == 0, made.stderr
    book = load_workbook(tmp_path / "position.xlsx")
    assert {"Position", "What changed", "Sources"} <= set(book.sheetnames)
    place = re.search(r"entry (6), record (\d+)", made.stderr)
    assert place is not None
    options = ("--as-at", ".".join(place.groups()), "--since", "0", "--output", "again.xlsx")
    assert run("report", "make", "allocation-position", *options).returncode == 0
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "position.xlsx").read_bytes()
    told = run("verify", "--report", "position.xlsx")
    assert told.returncode == 0, told.stderr
    assert "position.xlsx is exactly what the service made: allocation-position as xlsx" in told.stdout
    for wrong in (
        ("no-such-report",),
        ("allocation-position", "--as-at", "now"),
        ("allocation-position", "--since", "9"),
    ):
        refused = run("report", "make", *wrong, "--output", "x.xlsx", *(("--as-at", "6") if "--since" in wrong else ()))
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert not (tmp_path / "x.xlsx").exists()


def test_a_figure_is_traced_by_hand(run: Run) -> None:
    assert run("plan", "load", str(PLAN)).returncode == 0
    figure = "unawarded:TOEX:2024-25:rdel_programme@6"
    told = run("trace", figure)
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith(f"{figure}: £6,500,000")
    assert re.search(r"£6,500,000  entry \d+, allocate, decision \d+ \(entry:\d+@6\)", told.stdout)
    found = json.loads(run("trace", "announced:TOEX:2024-25:rdel_programme@6", "--json").stdout)
    assert (found["pence"], found["facts"][0]["pence"], found["entries"]) == (650_000_000, 650_000_000, [])
    refused = run("trace", "spent")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
