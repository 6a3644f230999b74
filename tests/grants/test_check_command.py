"""Matching an extract from a terminal, without a service: what is taken for what, the matching to correct, the same answer by it."""

import json
from pathlib import Path

import msgspec
import pytest

from grants.domain.matchings import Matching
from importers.offline import report_json
from tests.grants.test_cli import Run, in_process  # noqa: F401  a fixture
from tests.importers.matching.extracts import LINES, MEANINGS, SYSTEMS, as_csv, as_xlsx, read_by, suggested


@pytest.fixture
def ledger(in_process: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:  # noqa: F811
    """The command beside an extract, with no database to ask."""
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "postgresql://127.0.0.1:9/none")
    (tmp_path / "ledger.csv").write_bytes(as_csv(SYSTEMS["sap"](LINES)))
    (tmp_path / "unit4.xlsx").write_bytes(as_xlsx(SYSTEMS["unit4"](LINES)))
    return in_process


def test_an_extract_is_matched_corrected_and_read(ledger: Run, tmp_path: Path) -> None:
    unknown = ledger("check", "ledger.csv")
    assert unknown.returncode == 2
    assert unknown.stdout.startswith("CSV!A1: This is a table of transactions")
    matched = ledger("check", "ledger.csv", "--match", "--save-match", "m.json")
    assert matched.returncode == 1
    assert '  D is the spent_on (sure): Headed "Posting Date", and it holds dates.' in matched.stdout.splitlines()
    assert matched.stdout.splitlines()[-2] == "To be decided:"
    matching = json.loads((tmp_path / "m.json").read_bytes())
    assert matching["codes"] == {"1001": None, "2040": None, "3310": None}
    not_yet = ledger("check", "ledger.csv", "--use-match", "m.json")
    assert not_yet.returncode == 1
    places = [line.partition(": ")[0] for line in not_yet.stdout.splitlines() if "has no cost category yet" in line]
    assert places == ["CSV!A2", "CSV!A4", "CSV!A6"]
    matching["codes"] = json.loads(msgspec.json.encode(MEANINGS))
    (tmp_path / "m.json").write_text(json.dumps(matching))
    told = ledger("check", "ledger.csv", "--match", "--use-match", "m.json", "--json")
    assert told.returncode == 0, told.stdout
    again = read_by((tmp_path / "ledger.csv").read_bytes(), msgspec.convert(matching, Matching), None)
    assert json.loads(told.stdout) == json.loads(json.dumps(report_json(again)))


def test_an_extract_that_says_everything_leaves_nothing_to_decide(ledger: Run, tmp_path: Path) -> None:
    told = ledger("check", "unit4.xlsx", "--match", "--json")
    assert told.returncode == 0
    expected = suggested((tmp_path / "unit4.xlsx").read_bytes(), None)
    assert json.loads(told.stdout) == json.loads(msgspec.json.encode(expected))
    assert ledger("check", "unit4.xlsx", "--save-match", "m.json").returncode == 0
    assert ledger("check", "unit4.xlsx", "--use-match", "m.json").returncode == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "is not a matching. It is no JSON."),
        (b"\xff", "is not a matching."),
        (b'{"sheet": "S"}', "is not a matching. Object missing required field `headings`"),
    ],
)
def test_a_file_that_is_no_matching_is_refused_in_a_sentence(
    ledger: Run, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "m.json").write_bytes(content)
    told = ledger("check", "ledger.csv", "--use-match", "m.json")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith(f"m.json {says}")


def test_what_is_not_there_or_no_table_is_told(ledger: Run, tmp_path: Path) -> None:
    assert (
        ledger("check", "nothing.csv", "--match").stderr == "nothing.csv cannot be opened: No such file or directory.\n"
    )
    assert ledger("check", "ledger.csv", "--use-match", "no.json").stderr.startswith("no.json cannot be opened")
    (tmp_path / "letter.csv").write_bytes(b"Dear all,\nplease find\n")
    told = ledger("check", "letter.csv", "--match")
    assert (told.returncode, told.stdout.splitlines()[0][:38]) == (2, "No table of transactions was found: on")
    assert ledger("check", "ledger.csv", "--save-match", "a.json", "--use-match", "b.json").returncode == 2
