"""variations-and-virements: each move once, heading by heading, with its share, its threshold, and who decided it."""

from pathlib import Path
from typing import Any

import msgspec

from grants.actions.decisions import propose
from grants.domain.awards import BudgetLine, CostCategory, PaymentBasis
from grants.domain.decisions import Allocate, AmendLine, CarryForward, LineFacts, Reduce, Vary, Vire, Withdraw
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.report import PRIVATE_MARKING
from tests.grants.actions.cast import decide
from tests.grants.actions.stage import TERMS
from tests.reports.ledger import AWARD, Record
from tests.reports.sheets import cover, table
from tests.reports.test_catalogue import made

NAME, LINE = "variations-and-virements", "LOCAL-INQUIRIES"
SHOWN = ("Kind", "State", "From", "To", "Amount", "Heading before", "Share of heading", "Over threshold")


def _shown(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in SHOWN) for row in rows]


def _budget(**pence: int) -> tuple[BudgetLine, ...]:
    return tuple(BudgetLine("2025-26", CostCategory(name), amount) for name, amount in pence.items())


async def test_lines_moves_stand_with_their_share_of_what_the_line_had_then(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate, award=False)
    lead, approver = record.stage.lead, record.stage.approver
    await decide(gate, lead, approver, Vire(LINE, "INVESTIGATIONS", "2025-26", 500_000_00))
    await decide(gate, lead, approver, Vire(LINE, "INVESTIGATIONS", "2025-26", 500_000_00))
    await decide(gate, lead, approver, CarryForward(LINE, "2025-26", 100_000_00))
    await decide(gate, lead, approver, Allocate(LINE, "2026-27", 100_000_00))
    await decide(gate, lead, approver, Reduce(LINE, "2025-26", 1_00))
    await decide(gate, lead, approver, Allocate("TOEX", "2025-26", 5_00))
    async with gate.deed(lead) as tx:
        await propose(tx, Vire("INVESTIGATIONS", LINE, "2025-26", 350_000_00), "Not so many")
    path, _ = await made(gate, tmp_path, NAME)
    rows = table(path, "Decisions")
    assert _shown(rows) == [
        ("Virement", "Approved", LINE, "INVESTIGATIONS", 500_000, 5_000_000, 0.1, "No"),
        ("Virement", "Approved", LINE, "INVESTIGATIONS", 500_000, 4_500_000, 5 / 45, "Yes"),
        ("Carry-forward", "Approved", LINE, f"{LINE} in 2026-27", 100_000, 4_000_000, 0.025, "No"),
        ("Allocation", "Approved", "New money", LINE, 100_000, 100_000, 1.0, "Yes"),
        ("Reduction", "Approved", LINE, "Taken back", 1, 3_900_000, 1 / 3_900_000, "No"),
        ("Allocation", "Approved", "New money", "TOEX", 5, 0, None, "Yes"),
        ("Virement", "Proposed", "INVESTIGATIONS", LINE, 350_000, 3_500_000, 0.1, "No"),
    ]
    assert [row["Decided by"] for row in rows] == [approver.name] * 6 + [None]
    assert rows[0]["Figures"].startswith("entry:")
    assert (rows[-1]["Entries"], rows[-1]["Reason"]) == (None, "Not so many")
    narrowed, _ = await made(gate, tmp_path, NAME, filters=Filters(funding_line="TOEX"))
    assert [row["To"] for row in table(narrowed, "Decisions")] == ["TOEX"]


async def test_a_variation_has_a_row_for_each_heading_that_it_changes(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    lead, approver = record.stage.lead, record.stage.approver
    vary = [
        _budget(staff_pay=55_000_00, travel_and_subsistence=45_000_00),
        _budget(staff_pay=55_000_00, travel_and_subsistence=45_000_00, training=1_000_00),
        _budget(staff_pay=50_000_00, travel_and_subsistence=45_000_00, training=2_000_00),
    ]
    in_arrears = msgspec.structs.replace(TERMS, payment_basis=PaymentBasis.ARREARS, profile=())
    for budget in vary:
        await decide(gate, lead, approver, Vary(AWARD, msgspec.structs.replace(in_arrears, budget=budget)))
    purpose = msgspec.structs.replace(in_arrears, budget=vary[-1], purpose="Another one")
    await decide(gate, lead, approver, Vary(AWARD, purpose))
    await decide(gate, lead, approver, Withdraw(AWARD))
    path, _ = await made(gate, tmp_path, NAME)
    staff, travel, others = "Staff pay", "Travel and subsistence", "Other headings of the award"
    assert _shown(table(path, "Decisions")) == [
        ("Variation", "Approved", staff, others, 5_000, 60_000, 5 / 60, "No"),
        ("Variation", "Approved", others, travel, 5_000, 40_000, 0.125, "Yes"),
        ("Variation", "Approved", LINE, "Training", 1_000, 0, None, "Yes"),
        ("Variation", "Approved", staff, f"{others}, and {LINE}", 5_000, 55_000, 5 / 55, "No"),
        ("Variation", "Approved", others, "Training", 1_000, 1_000, 1.0, "Yes"),
        ("Withdrawal", "Approved", AWARD, f"{LINE} in 2025-26", 97_000, 97_000, 1.0, "Yes"),
    ]


async def test_a_corrected_year_shows_what_it_took_along_and_secret_lines_are_marked(
    gate: Gate, tmp_path: Path
) -> None:
    record = await Record.set_up(gate, award=False)
    lead, approver = record.stage.lead, record.stage.approver
    empty, _ = await made(gate, tmp_path, NAME)
    assert [row["Kind"] for row in table(empty, "Decisions")] == [None]
    await decide(gate, lead, approver, AmendLine(LINE, LineFacts(year="2026-27")))
    earlier, answer = await made(gate, tmp_path, NAME)
    (row,) = table(earlier, "Decisions")
    assert (row["Kind"], row["From"], row["To"]) == ("Correction of the year", LINE, f"{LINE} in 2026-27")
    assert row["Amount"] == row["Heading before"] == 5_000_000
    await decide(gate, lead, approver, Vire("INVESTIGATIONS", "CAID", "2025-26", 100))
    path, _ = await made(gate, tmp_path, NAME)
    assert cover(path)["Marking"] == PRIVATE_MARKING
    assert "Do not publish" in str(table(path, "Decisions")[-1]["Markings"])
    _, same = await made(gate, tmp_path, NAME, entry_no=answer.entry_no, journal_no=answer.journal_no)
    assert same.sha256 == answer.sha256
