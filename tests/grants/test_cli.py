"""The command line, as an operator types it: what it prints, where, and its exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

import grants
from grants.cli import main
from tests.database import Database
from tests.importers.making import AWARD, Typed, filled
from tests.reports.offline import verifier
from tests.server import command, free_port, serving

PLAN = Path(grants.__file__).parent / "data" / "plan.toml"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(fresh_database: Database, in_process: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a database of its own."""
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", fresh_database.service_dsn)
    monkeypatch.setenv("TALLYSTICK_OWNER_DATABASE_URL", fresh_database.owner_dsn)
    return in_process


@pytest.fixture
def in_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process, which saves the second that each start costs."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        out, err, code = StringIO(), StringIO(), 0
        monkeypatch.setattr(sys, "argv", ["tallystick", *arguments])
        with redirect_stdout(out), redirect_stderr(err):
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1 if end.code else 0
        return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())

    return run


def test_the_plan_in_twice_and_the_positions_out(run: Run) -> None:
    first = run("plan", "load", str(PLAN))
    assert first.returncode == 0, first.stderr
    again = run("plan", "load", str(PLAN))
    assert (again.returncode, again.stderr) == (0, "The plan is loaded already; nothing has changed.\n")
    shown = run("plan", "show", "--json")
    plan = json.loads(shown.stdout)
    announced = {
        line["code"]: line["announced_pence"] for programme in plan["programmes"] for line in programme["funding_lines"]
    }
    assert announced == {
        "INVESTIGATIONS": 250_000_000,
        "LOCAL-INQUIRIES": 500_000_000,
        "AUDIT-PANEL": 250_000_000,
        "UNDERCOVER": 1_100_000_000,
        "CAID": 500_000_000,
        "TOEX": 650_000_000,
    }
    then = json.loads(run("plan", "show", "--json", "--as-at", "0").stdout)
    years = [
        year
        for programme in then["programmes"]
        for line in programme["funding_lines"]
        for year in line["financial_years"]
    ]
    assert {year["allocated_pence"] for year in years} <= {0}
    table = run("plan", "show").stdout
    assert "allocated £5,000,000" in table
    assert "mixes years" in table


def test_a_wrong_plan_is_one_sentence_a_mistake_and_no_traceback(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "plan.toml"
    wrong.write_text(PLAN.read_text().replace("£5,000,000", "five million", 1))
    told = run("plan", "load", str(wrong))
    assert told.returncode == 1
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    assert "amount" in told.stderr.lower() or "£" in told.stderr
    wrong.write_bytes(b"\xff\xd8\xff\xe0 no text")
    assert run("plan", "load", str(wrong)).returncode == 1
    missing = run("plan", "load", str(tmp_path / "nothing.toml"))
    assert missing.returncode != 0
    assert "Traceback" not in missing.stderr


def test_people_and_tokens(run: Run) -> None:
    assert run("plan", "load", str(PLAN)).returncode == 0
    added = run("user", "add", "Officer@Example.org", "--role", "finance-officer", "--organisation", "GB-LAE-OLD")
    assert (added.returncode, added.stderr) == (0, "officer@example.org: finance_officer\n")
    token = run("token", "create", "officer@example.org", "--days", "2")
    assert token.stdout.startswith("tally_")
    assert len(token.stdout.strip()) > 40
    for wrong, word in (
        (("user", "add", "nobody", "--role", "auditor"), "email"),
        (("user", "add", "a@example.org", "--role", "king"), "roles"),
        (("user", "add", "a@example.org", "--role", "certifier"), "recipient"),
        (("user", "add", "a@example.org", "--role", "certifier", "--organisation", "XX-NONE"), "recipient"),
        (("token", "create", "stranger@example.org"), "email"),
        (("token", "create", "officer@example.org", "--days", "0"), "days"),
    ):
        told = run(*wrong)
        assert (told.returncode, told.stdout) == (1, ""), wrong
        assert word in told.stderr
        assert told.stderr.count("\n") == 1


def test_people_are_listed_and_shut_out_and_tokens_are_for_some_deeds_only(run: Run) -> None:
    assert run("plan", "load", str(PLAN)).returncode == 0
    both = ("--organisation", "GB-LAE-OLD", "--organisation", "E23000010")
    for _ in range(2):
        added = run("user", "add", "officer@example.org", "--role", "finance-officer", *both)
        assert (added.returncode, added.stderr) == (0, "officer@example.org: finance_officer\n")
    assert run("user", "add", "admin@example.org", "--role", "administrator").returncode == 0
    listed = run("user", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["admin@example.org", "officer@example.org"]
    assert "finance_officer E23000010, GB-LAE-OLD" in listed[1]
    assert "last here: never" in listed[1]
    assert run("user", "list", "--role", "administrator").stdout.count("\n") == 1
    ended = run("user", "end-role", "officer@example.org", "finance-officer", "--organisation", "E23000010")
    assert (ended.returncode, "finance_officer GB-LAE-OLD" in ended.stderr) == (0, True)
    again = run("user", "end-role", "officer@example.org", "finance-officer", "--organisation", "E23000010")
    assert (again.returncode, again.stderr) == (1, "This person holds no such role.\n")
    kept = run("user", "end-role", "admin@example.org", "administrator")
    assert (kept.returncode, "Nobody else manages people" in kept.stderr) == (1, True)
    assert run("token", "create", "officer@example.org", "--only", "read", "--only", "upload_return").returncode == 0
    wrong = run("token", "create", "officer@example.org", "--only", "everything")
    assert (wrong.returncode, wrong.stdout, "read" in wrong.stderr) == (1, "", True)
    (token,) = run("token", "list", "officer@example.org").stdout.splitlines()
    assert "upload_return" in token
    assert "last used: never" in token
    assert run("token", "revoke", token.split()[0]).returncode == 0
    assert "revoked" in run("token", "list", "officer@example.org").stdout
    unknown = run("token", "revoke", "00000000-0000-4000-8000-000000000000")
    assert (unknown.returncode, unknown.stderr) == (1, "There is no such token.\n")
    out = run("user", "deactivate", "officer@example.org", "--reason", "Has left")
    assert (out.returncode, out.stderr.strip().endswith("shut out")) == (0, True)
    assert "shut out" not in run("user", "reactivate", "officer@example.org").stderr
    assert run("user", "deactivate", "operator@service.invalid").returncode == 1


def test_check_tells_a_clean_return_from_a_damaged_one_and_from_none(
    in_process: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://127.0.0.1:9/none")
    clean, damaged, jpeg = tmp_path / "clean.xlsx", tmp_path / "damaged.xlsx", tmp_path / "photo.xlsx"
    clean.write_bytes(filled(AWARD, [Typed()]))
    book = load_workbook(BytesIO(clean.read_bytes()))
    book["Spend"]["G6"] = "twelve pounds"
    book.save(damaged)
    jpeg.write_bytes(bytes.fromhex("ffd8ffe000104a464946") + bytes(100))
    assert (in_process("check", "clean.xlsx").returncode, in_process("check", "clean.xlsx").stdout) == (
        0,
        "",
    )
    told = in_process("check", "damaged.xlsx")
    assert told.returncode == 1
    assert [line for line in told.stdout.splitlines() if line.startswith("Spend!G6: ")]
    program = json.loads(in_process("check", "damaged.xlsx", "--json").stdout)
    assert [(found["cell"], found["value"]) for found in program["problems"]] == [("G6", "twelve pounds")]
    none = in_process("check", "photo.xlsx")
    assert (none.returncode, "picture" in none.stdout) == (2, True)
    assert in_process("check", "nothing.xlsx").returncode == 2
    assert in_process("check", "clean.xlsx", "--award", "LI-OLDHAM-01").returncode == 2


def test_everything_in_one_file_and_back_and_the_proof_of_it(
    run: Run, fresh_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("plan", "load", str(PLAN)).returncode == 0
    monkeypatch.setenv("TALLYSTICK_SECRET_KEY", run("key").stdout.strip())
    holds = run("verify")
    assert (holds.returncode, holds.stdout) == (0, "")
    assert holds.stderr.startswith("Holds: ")
    before = run("plan", "show", "--json").stdout
    assert run("backup", "all.tally").returncode == 0
    assert (tmp_path / "all.tally").stat().st_mode & 0o077 == 0
    refused = run("restore", "all.tally")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    (tmp_path / "report.xlsx").write_bytes(b"no report of ours")
    told = run("verify", "--report", "report.xlsx")
    assert told.returncode == 1
    assert "report.xlsx" in told.stdout
    assert run("plan", "show", "--json").stdout == before


def test_an_auditor_takes_the_journal_away_and_proves_it_elsewhere(run: Run, tmp_path: Path) -> None:
    assert run("plan", "load", str(PLAN)).returncode == 0
    kept = run("checkpoint", "--output", "older.txt")
    key = kept.stderr.strip().rpartition(" ")[2]
    for command_line in (
        ("journal", "extract", "--entry", "3", "--output", "extract.json"),
        ("journal", "extract", "--all", "--output", "leaves.ndjson"),
        ("user", "add", "ada@example.org", "--role", "auditor"),
        ("checkpoint", "--output", "newer.txt"),
        ("journal", "consistency", "--from", str(_size(tmp_path / "older.txt")), "--output", "proof.json"),
    ):
        done = run(*command_line)
        assert done.returncode == 0, done.stderr
    joined = ("--checkpoint", "older.txt", "newer.txt", "--consistency", "proof.json")
    for asked in (("extract.json",), ("leaves.ndjson", "--checkpoint", "older.txt"), joined):
        proved = verifier.run(tmp_path, *asked, "--key", key)
        assert proved.returncode == 0, proved.stdout
    assert run("verify", "--checkpoint", "older.txt").returncode == 0
    assert run("journal", "extract", "--output", "none.json").stderr.startswith("Name an entry, a record or a subject")
    both = run("journal", "extract", "--all", "--record", "1", "--output", "none.json")
    assert (both.returncode, (tmp_path / "none.json").exists()) == (2, False)


def _size(note: Path) -> int:
    return int(note.read_text(encoding="utf-8").splitlines()[1])


def test_a_database_that_does_not_answer_is_one_sentence(in_process: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    told = in_process("plan", "show")
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1
    assert "TALLYSTICK_DATABASE_URL" in told.stderr
    assert in_process("migrate").stderr == told.stderr
    monkeypatch.setenv("TALLYSTICK_UPLOAD_BYTES", "plenty")
    wrong = in_process("plan", "show")
    assert (wrong.returncode, wrong.stderr) == (1, "These settings are not right: TALLYSTICK_UPLOAD_BYTES.\n")


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_started(
    in_process: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setenv("TALLYSTICK_DATA_DIR", "/proc/nothing/data")
    told = in_process("serve", "--port", str(free_port()))
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "The data folder /proc/nothing/data cannot be made" in told.stderr


def test_two_services_on_one_data_folder_and_commands_beside_a_running_one(in_process: Run, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name.startswith("TALLYSTICK_")}
    for name in environment:
        del os.environ[name]
    try:
        with serving(tmp_path, "--example") as address:
            assert command("health", "--url", address, folder=tmp_path).returncode == 0
            second = command("serve", "--port", str(free_port()), folder=tmp_path)
            assert second.returncode == 1
            assert second.stderr.count("\n") == 1
            assert "already running" in second.stderr
            third = in_process("serve", "--port", address.rpartition(":")[2])
            assert (third.returncode, third.stderr) == (
                1,
                f"Nothing can be served on {address}: Address already in use. Choose another --port.\n",
            )
            shown = in_process("plan", "show", "--json")
            assert json.loads(shown.stdout)["has_example_data"] is True
            template = in_process("template", "--award", "LI-OLDHAM-01", "--period", "2025-26-Q2", "--output", "t.xlsx")
            assert template.returncode == 0, template.stderr
            assert "EXAMPLE" in str(load_workbook(tmp_path / "t.xlsx")["Return"]["A2"].value)
            other = in_process("check", "t.xlsx", "--award", "LI-OLDHAM-01", "--period", "2025-26-Q3")
            assert other.returncode == 1
            assert other.stdout.startswith("Return!B9: ")
        assert in_process("health", "--url", address).returncode == 1
        assert "Traceback" not in (tmp_path / "serve.log").read_text()
        again = in_process("plan", "show", "--json")
        assert json.loads(again.stdout) == json.loads(shown.stdout)
    finally:
        os.environ.update(environment)
