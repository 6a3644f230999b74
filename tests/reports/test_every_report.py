"""What holds for every report of the catalogue: accessible, the same again, empty without a fault, example data marked."""

from pathlib import Path

import pytest
from msgspec import structs

from grants.actions.decisions import approve, propose
from grants.actions.people import OPERATOR
from grants.domain.awards import BudgetLine, CostCategory, LegalBasis
from grants.domain.decisions import Vary
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.catalogue import all_reports, by_name
from reports.report import EXAMPLE_MARKING, PRIVATE_MARKING
from tests.grants.actions.stage import TERMS
from tests.grants.store.record import unrecorded
from tests.reports.accessibility import problems
from tests.reports.awarding import CHARITY, ledger
from tests.reports.ledger import AWARD, LINE, Line, Record
from tests.reports.sheets import cover, csv_rows
from tests.reports.test_catalogue import HOSTILE, made

NAMES = [report.name for report in all_reports()]
NARROWED_TO_LINES = [report.name for report in all_reports() if "funding_line" in report.offer.filters]


@pytest.mark.parametrize("name", NAMES)
async def test_each_is_accessible_and_the_same_bytes_again(gate: Gate, tmp_path: Path, name: str) -> None:
    record = await Record.set_up(gate)
    await record.accept("2025-26-Q1", [Line(100_00, payee=text) for text in HOSTILE])
    entry_no = await record.newest_entry()
    path, first = await made(gate, tmp_path, name, entry_no=entry_no)
    marking = PRIVATE_MARKING if name == "allocation-position" else None
    assert problems(path, marking=marking) == []
    await record.accept("2025-26-Q2", [Line(1)])
    for of, sha256 in (("xlsx", first.sha256), ("csv", None)):
        once = (await made(gate, tmp_path, name, of, entry_no=entry_no))[1].sha256
        again = (await made(gate, tmp_path, name, of, entry_no=entry_no))[1].sha256
        assert once == again == (sha256 or again)
    async with gate.reading(OPERATOR) as view:  # a place names itself in full where no entry does
        journal_no = await view.db.fetchval("SELECT journal_no FROM entry WHERE number = $1", entry_no)
    full = (await made(gate, tmp_path, name, entry_no=entry_no, journal_no=journal_no))[1]
    assert full.sha256 == first.sha256


@pytest.mark.parametrize("name", NAMES)
async def test_one_that_finds_nothing_says_so(gate: Gate, tmp_path: Path, name: str) -> None:
    await Record.set_up(gate, award=False)
    words = {"Programme": "WIDER-CSA", "Period": "2019-20"}
    asked = {label: value for label, value in words.items() if label.lower() in by_name()[name].offer.filters}
    filters = Filters(programme=asked.get("Programme"), period=asked.get("Period"))
    path, answer = await made(gate, tmp_path, name, filters=filters)
    assert answer.rows == 0
    assert problems(path) == []
    assert cover(path)["Completeness"] == "0 of 0 returns accepted"
    assert cover(path)["Narrowed to"] == "; ".join(f"{label}: {value}" for label, value in asked.items())


@pytest.mark.parametrize("name", NARROWED_TO_LINES)
async def test_example_data_is_marked_on_every_sheet_and_in_every_row_of_a_csv(
    gate: Gate, tmp_path: Path, name: str
) -> None:
    record = await ledger(gate)  # every report has a row
    await record.accept("2025-26-Q1", [Line(100_00)])
    await record.paid(AWARD, 50_000_00)
    await record.made("CH-1", LINE, CHARITY.id, structs.replace(TERMS, legal_basis=LegalBasis.CHARITIES2006_S70))
    moved = structs.replace(TERMS, budget=(BudgetLine("2025-26", CostCategory.TRAVEL, 100_000_00),))
    async with gate.deed(record.stage.lead) as tx:
        varied = await propose(tx, Vary(AWARD, moved), "Needed", is_example=True)
    async with gate.deed(record.stage.approver) as tx:
        await approve(tx, varied.id, "Agreed")
    async with gate.deed(OPERATOR) as tx:
        await tx.db.execute("UPDATE award SET is_example = true")
        await unrecorded(tx)
    only = Filters(funding_line=LINE)
    path, answer = await made(gate, tmp_path, name, filters=only)
    assert answer.is_example
    assert problems(path, marking=EXAMPLE_MARKING) == []
    assert cover(path)["Marking"] == EXAMPLE_MARKING
    flat, _ = await made(gate, tmp_path, name, "csv", filters=only)
    assert {(row["Markings"], row["Marking"]) for row in csv_rows(flat)} == {("Example data", EXAMPLE_MARKING)}
