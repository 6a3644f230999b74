"""The README's walk, to the letter: its cells are typed, its commands given, and its answers are those that come."""

import re
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from openpyxl import load_workbook

from tests.database import Database
from tests.patience import wait_until
from tests.readme import Hand, section, typed_into
from tests.server import serving

_PEOPLE: Final = {
    "OFFICER": "finance.oldham@",
    "CERTIFIER": "certifier.oldham@",
    "LEAD": "lead@",
    "AUDITOR": "auditor@",
}


@pytest.fixture
def hand(fresh_database: Database, tmp_path: Path) -> Iterator[Hand]:
    """Somebody with `make run` in another window."""
    wanted = {"TALLYSTICK_DATABASE_URL": fresh_database.service_dsn, "TALLYSTICK_WAKE_SECONDS": "1"}
    with serving(tmp_path, "--example", **wanted) as address:
        said = wait_until(lambda: "These tokens last" in (log := (tmp_path / "serve.log").read_text()) and log)
        tokens = {name: re.search(rf" {email}\S+ +(\S+)", said) for name, email in _PEOPLE.items()}
        yield Hand(tmp_path, address, {name: found[1] for name, found in tokens.items() if found})


def _problems(answer: Any) -> str:
    return "".join(f"{one['sheet']}!{one['cell']}: {one['message']}\n" for one in answer["problems"])


def _figure(report: bytes) -> str:
    """The figure of the line of 12 pounds in the report."""
    rows = list(load_workbook(BytesIO(report))["Transactions"].iter_rows(values_only=True))
    [headings] = [row for row in rows if "Figure" in [str(cell).split(" [")[0] for cell in row]]
    names = [str(cell).split(" [")[0] for cell in headings]
    [line] = [row for row in rows if row[names.index("Reference")] == "INV-3"]
    return str(line[names.index("Figure")])


def test_the_walk_of_the_readme(hand: Hand) -> None:
    answers: list[Any] = []
    printed: list[str] = []
    file = "return.xlsx"
    for step in section("The walk over the API, by hand"):
        if step.kind == "table":
            path = hand.folder / file
            path.write_bytes(typed_into(path.read_bytes(), step.text))
        elif step.kind == "text":
            printed.append(step.text)
            assert answers[-1] == step.text
        elif "report-runs?" in step.text:
            runs = wait_until(partial(_all_made, hand, step.text))
            hand.names["RUN"] = runs[0]["id"]
        else:
            answers += [answer for answer in [hand.give(step.text)] if answer is not None]
            if answers and "versions" in answers[-1]:
                hand.names["ID"] = answers[-1]["id"]
            if "-o answer.xlsx" in step.text:
                file, cells = "answer.xlsx", [f"{one['sheet']}!{one['cell']}" for one in answers[-1]["problems"]]
                _check_copy((hand.folder / file).read_bytes(), cells)
            if "-o report.xlsx" in step.text:
                hand.names["FIGURE"] = _figure((hand.folder / "report.xlsx").read_bytes())
    due, wrong, right, changes, certified, accepted, _, traced = (one for one in answers if isinstance(one, dict))
    assert {one["period"] for one in due["items"]} >= {"2025-26-Q2"}
    assert (wrong["state"], printed) == ("has_problems", [_problems(wrong)])
    assert (right["state"], right["version"], right["problems"]) == ("ready_to_certify", 2, [])
    assert (changes["problems_gone_count"], changes["problems_new_count"]) == (3, 0)
    assert (certified["state"], accepted["state"]) == ("certified", "accepted")
    assert "'G8'" in str(traced)
    assert "'pence': 1200" in str(traced)


def _all_made(hand: Hand, command: str) -> list[Any]:
    runs = hand.give(command)["items"]
    return runs if runs and all(run["state"] == "done" for run in runs) else []


def _check_copy(workbook: bytes, cells: list[str]) -> None:
    """The recipient's own workbook marks these cells and no other, and leads to them from its first sheet."""
    book = load_workbook(BytesIO(workbook))
    noted = [f"{sheet.title}!{cell.coordinate}" for sheet in book for row in sheet for cell in row if cell.comment]
    assert sorted(noted) == sorted(cells)
    links = [cell.hyperlink.location for row in book.worksheets[0] for cell in row if cell.hyperlink]
    assert [str(link).replace("'", "") for link in links] == cells
