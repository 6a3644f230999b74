"""annual-review: each year's money added up here from what was done, and the review that two people agreed on."""

from datetime import date
from pathlib import Path
from typing import Any

from grants.actions.decisions import decline, propose
from grants.domain.awards import BudgetLine, CostCategory, Instalment
from grants.domain.decisions import Allocate, Recover, ReviewAward, ReviewOutcome
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.report import PRIVATE_MARKING
from tests.grants.actions.stage import OLDHAM, TERMS
from tests.reports.accessibility import problems
from tests.reports.awarding import Ledger, replaced
from tests.reports.ledger import AWARD, CDEL, LINE, RDEL, Line
from tests.reports.sheets import cover, table
from tests.reports.test_catalogue import made

NAME = "annual-review"
MONEY = ("Financial year", "Awarded", "Paid", "Outturn", "Underspend", "Recovered", "Recovery due")
REVIEW = ("Review", "Outcome", "Reviewed by", "Approved by", "What the review found")


def _shown(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def _set_up(gate: Gate) -> Ledger:
    record = await Ledger.set_up(gate)
    assert isinstance(record, Ledger)
    return record


async def test_a_year_is_looked_back_on_with_what_is_to_be_paid_back(gate: Gate, tmp_path: Path) -> None:
    record = await _set_up(gate)
    await record.accept("2025-26-Q1", [Line(30_000_00), Line(-1_000_00)])
    await record.paid(AWARD, 50_000_00)
    path, before = await made(gate, tmp_path, NAME)
    assert problems(path) == []
    rows = table(path, "Annual review")
    assert _shown(rows, MONEY) == [("2025-26", 100_000, 50_000, 29_000, 71_000, 0, 21_000)]
    assert _shown(rows, REVIEW) == [("None yet", None, None, None, None)]
    assert rows[0]["Returns accepted"] == "1 of 2"
    assert cover(path)["Reviews"] == "0 of 1 award years that are over have an approved review"
    async with gate.deed(record.stage.lead) as tx:
        hasty = await propose(tx, ReviewAward(AWARD, "2025-26", ReviewOutcome.DISCONTINUE), "It is late")
    waiting, _ = await made(gate, tmp_path, NAME)
    waits = ("Proposed", "Discontinue", record.stage.lead.name, None, "It is late")
    assert _shown(table(waiting, "Annual review"), REVIEW) == [waits]
    async with gate.deed(record.stage.approver) as tx:
        await decline(tx, hasty.id, "It is not")
    await record.decided(ReviewAward(AWARD, "2025-26", ReviewOutcome.CONTINUE))
    await record.decided(Recover(AWARD, 1_000_00, date(2026, 6, 1)))
    after, _ = await made(gate, tmp_path, NAME)
    rows = table(after, "Annual review")
    assert _shown(rows, MONEY) == [
        ("2025-26", 100_000, 50_000, 29_000, 71_000, 0, None),
        ("2026-27", 0, 0, 0, 0, 1_000, 20_000),
    ]
    approved = ("Approved", "Continue", record.stage.lead.name, record.stage.approver.name, "Needed")
    assert _shown(rows, REVIEW)[0] == approved
    assert cover(after)["Reviews"].startswith("1 of ")
    year, _ = await made(gate, tmp_path, NAME, filters=Filters(period="2025-26", recipient=OLDHAM.id))
    assert _shown(table(year, "Annual review"), MONEY) == [("2025-26", 100_000, 50_000, 29_000, 71_000, 0, None)]
    _, same = await made(gate, tmp_path, NAME, entry_no=before.entry_no, journal_no=before.journal_no)
    assert same.sha256 == before.sha256


async def test_kinds_stand_apart_and_money_that_can_still_be_spent_is_not_due_back(gate: Gate, tmp_path: Path) -> None:
    record = await _set_up(gate)
    await record.decided(Allocate(LINE, "2025-26", 7_00, CDEL))
    budget = (
        BudgetLine("2025-26", CostCategory.ICT, 7_00, CDEL),
        BudgetLine("2025-26", CostCategory.ICT, 3_00),
    )
    profile = (
        Instalment(1, date(2025, 4, 1), "2025-26", 7_00, CDEL),
        Instalment(2, date(2025, 4, 1), "2025-26", 3_00),
    )
    terms = replaced(TERMS, end=date(2090, 3, 31), budget=budget, profile=profile, do_not_publish="A secret")
    await record.made("LONG", LINE, OLDHAM.id, terms)
    await record.paid("LONG", 3_00, instalment=2)
    await record.decided(ReviewAward("LONG", "2026-27", ReviewOutcome.AMEND))
    path, _ = await made(gate, tmp_path, NAME)
    assert problems(path, marking=PRIVATE_MARKING) == []
    rows = [row for row in table(path, "Annual review") if row["Award"] == "LONG"]
    assert _shown(rows, ("Budget kind", *MONEY)) == [
        (CDEL.label, "2025-26", 7, 0, 0, 7, 0, None),
        (RDEL.label, "2025-26", 3, 3, 0, 3, 0, None),
        (None, "2026-27", None, None, None, None, None, None),
    ]
    assert [row["Outcome"] for row in rows] == [None, None, "Amend"]
    none, _ = await made(gate, tmp_path, NAME, filters=Filters(programme="WIDER-CSA"))
    assert [row["Award"] for row in table(none, "Annual review")] == [None]
