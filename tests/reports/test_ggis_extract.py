"""ggis-extract: every scheme and award with its money, those that must not be published marked."""

from datetime import datetime
from pathlib import Path

from grants.domain.decisions import Vary
from grants.domain.publishing import Publisher
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.report import PRIVATE_MARKING
from tests.grants.actions.stage import TERMS
from tests.reports.accessibility import problems
from tests.reports.awarding import CHARITY, POLICE, ledger, replaced
from tests.reports.ledger import AWARD, LINE, Line
from tests.reports.sheets import csv_rows, table
from tests.reports.test_catalogue import made

NAME = "ggis-extract"


async def test_schemes_and_awards_are_those_of_the_record(gate: Gate, tmp_path: Path) -> None:
    record = await ledger(gate)
    await record.made("CH-1", LINE, CHARITY.id, TERMS)
    await record.made("UC-1", "UNDERCOVER", POLICE.id, replaced(TERMS, purpose="Officers"))
    await record.paid(AWARD, 50_000_00)
    await record.accept("2025-26-Q1", [Line(1_234_56)])
    path, answer = await made(gate, tmp_path, NAME, publisher=Publisher("Department of Tests"))
    assert problems(path, marking=PRIVATE_MARKING) == []
    rows = {row["Award reference"]: row for row in table(path, "Awards")}
    assert set(rows) == {AWARD, "CH-1", "UC-1"}
    assert answer.rows == 3
    council = rows[AWARD]
    assert (council["Awarded"], council["Paid"], council["Spent"], council["Publish"]) == (
        100_000,
        50_000,
        1234.56,
        "Yes",
    )
    assert (council["Scheme code"], council["Department"], council["State"]) == (LINE, "Department of Tests", "Active")
    assert council["Start date"] == datetime(2025, 4, 1)  # noqa: DTZ001 – a spreadsheet's dates have no zone
    assert (rows["CH-1"]["Charity number"], rows["CH-1"]["Company number"]) == ("1234567", "01234567")
    assert rows["CH-1"]["Recipient type"] == "Charity"
    assert rows["UC-1"]["Publish"] == "No"
    assert rows["UC-1"]["Markings"].startswith("Do not publish: ")
    schemes = {row["Scheme code"]: row for row in table(path, "Schemes")}
    assert len(schemes) == 6
    local = schemes[LINE]
    assert (local["Allocated"], local["Awarded"], local["Paid"]) == (5_000_000, 200_000, 50_000)
    assert (local["Awards"], local["Recipients"], local["Publish"]) == (2, 2, "Yes")
    assert (schemes["CAID"]["Awards"], schemes["CAID"]["Publish"]) == (0, "No")


async def test_it_is_narrowed_and_says_the_same_of_a_place_whatever_came_later(gate: Gate, tmp_path: Path) -> None:
    record = await ledger(gate)
    await record.made("UC-1", "UNDERCOVER", POLICE.id, TERMS)
    first = [(await made(gate, tmp_path, NAME, of))[1] for of in ("xlsx", "ods", "csv")]
    await record.decided(Vary(AWARD, replaced(TERMS, purpose="Other words", do_not_publish="Now")))
    again = [
        (await made(gate, tmp_path, NAME, of, entry_no=was.entry_no, journal_no=was.journal_no))[1]
        for of, was in zip(("xlsx", "ods", "csv"), first, strict=True)
    ]
    assert [one.sha256 for one in again] == [one.sha256 for one in first]
    for filters, awards in (
        (Filters(programme="WIDER-CSA"), ["UC-1"]),
        (Filters(funding_line=LINE), [AWARD]),
        (Filters(period="2024-25"), []),
    ):
        path, _ = await made(gate, tmp_path, NAME, "csv", filters=filters)
        assert [row["Award reference"] for row in csv_rows(path)] == awards
