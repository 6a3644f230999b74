"""payments-reconciliation: claimed, accepted, paid and paid back, added up here from what was done."""

import dataclasses
from datetime import date
from pathlib import Path

from grants.actions.returns import accept, request_changes
from grants.actions.submissions import Upload, submit
from grants.domain.awards import BudgetLine, CostCategory, PaymentBasis
from grants.domain.decisions import Allocate, Pay, Recover
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.report import PRIVATE_MARKING
from tests.grants.actions.stage import OLDHAM, TERMS
from tests.reports.accessibility import problems
from tests.reports.awarding import Ledger, replaced
from tests.reports.ledger import AWARD, CDEL, LINE, RDEL, Line, checked
from tests.reports.sheets import table
from tests.reports.test_catalogue import made

NAME = "payments-reconciliation"
Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
MONEY = (
    *("Awarded", "Claimed", "Eligible", "Awaiting review", "Disallowed", "Accrued", "Paid", "Recovered", "Unpaid"),
    *("Paid against spent", "Balance", "Where the balance stands"),
)


async def _accepted_with_accruals(record: Ledger, lines: list[Line]) -> None:
    """A second version, all of whose lines are accruals."""
    done = checked(lines)
    done = dataclasses.replace(done, lines=done.lines.replace(b"\tf\tinvoice", b"\tt\tinvoice"))
    async with record.gate.deed(record.stage.officer) as tx:
        found = await submit(tx, AWARD, Q1, Upload("return.xlsx", b"again"), done)
    await record.certify(found.id)
    async with record.gate.deed(record.stage.lead) as tx:
        await accept(tx, found.id)


async def _lived(gate: Gate) -> Ledger:
    """£20,000 claimed, sent back, £18,000 accepted; £5,000 waits; £60,000 paid, £10,000 undone, £2,500 paid back."""
    record = await Ledger.set_up(gate)
    assert isinstance(record, Ledger)
    first = await record.submit(Q1, [Line(20_000_00)])
    await record.certify(first)
    async with gate.deed(record.stage.lead) as tx:
        await request_changes(tx, first, "Too much")
    await _accepted_with_accruals(record, [Line(19_000_00), Line(-1_000_00)])
    await record.certify(await record.submit(Q2, [Line(5_000_00, category=CostCategory.TRAVEL)]))
    await record.paid(AWARD, 50_000_00)
    await record.reversed(await record.paid(AWARD, 10_000_00, instalment=2))
    await record.decided(Recover(AWARD, 2_500_00, date(2026, 5, 1)))
    return record


async def test_each_award_is_claimed_accepted_paid_and_settled(gate: Gate, tmp_path: Path) -> None:
    await _lived(gate)
    path, _ = await made(gate, tmp_path, NAME)
    assert problems(path) == []
    (row,) = table(path, "Reconciliation")
    claims = (25_000, 18_000, 5_000, 2_000, 18_000)
    assert (row["Financial year"], row["Payment basis"]) == ("All years", "In advance")
    assert [row[name] for name in MONEY] == [
        *(100_000, *claims, 50_000, 2_500, 50_000, 32_000, 29_500, "With the recipient"),
    ]
    by_year = {row["Financial year"]: [row[name] for name in MONEY[1:-1]] for row in table(path, "By year")}
    assert by_year == {
        "2025-26": [*claims, 50_000, 0, 50_000, 32_000, 32_000],
        "2026-27": [0, 0, 0, 0, 0, 0, 2_500, 0, 0, -2_500],
    }
    periods = [[row[name] for name in ("Period", *MONEY[1:6])] for row in table(path, "Claims")]
    assert periods == [[Q1, 20_000, 18_000, 0, 2_000, 18_000], [Q2, 5_000, 0, 5_000, 0, 0]]
    payments = [(row["Payment"], row["Amount"]) for row in table(path, "Payments")]
    assert sorted(payments) == [(1, 50_000), (2, -10_000), (2, 10_000)]
    year, _ = await made(gate, tmp_path, NAME, filters=Filters(period="2025-26", recipient=OLDHAM.id))
    assert [row["Balance"] for row in table(year, "Reconciliation")] == [32_000]


async def test_kinds_stand_apart_secrets_are_marked_and_a_place_stays_as_it_was(gate: Gate, tmp_path: Path) -> None:
    record = await _lived(gate)
    first, answer = await made(gate, tmp_path, NAME)
    assert [row["Award"] for row in table(first, "Reconciliation")] == [AWARD]
    await record.decided(Allocate(LINE, "2025-26", 7_00, CDEL))
    both = (BudgetLine("2025-26", CostCategory.ICT, 7_00, CDEL), BudgetLine("2025-26", CostCategory.ICT, 3_00))
    in_arrears = replaced(TERMS, budget=both, payment_basis=PaymentBasis.ARREARS, profile=(), do_not_publish="A secret")
    await record.made("BOTH", LINE, OLDHAM.id, in_arrears)
    await record.accept(Q1, [Line(2_00, budget_kind=CDEL, category=CostCategory.ICT)], award="BOTH")
    await record.decided(Pay("BOTH", "2025-26", 1_50, date(2025, 7, 2), CDEL, claim=Q1))
    path, _ = await made(gate, tmp_path, NAME)
    assert problems(path, marking=PRIVATE_MARKING) == []
    rows = [row for row in table(path, "Reconciliation") if row["Award"] == "BOTH"]
    assert [(row["Budget kind"], row["Awarded"], row["Paid"], row["Where the balance stands"]) for row in rows] == [
        (CDEL.label, 7, 1.5, "Owed to the recipient"),
        (RDEL.label, 3, 0, "Settled"),
    ]
    assert {row["Markings"] for row in rows} == {"Do not publish: A secret"}
    none, _ = await made(gate, tmp_path, NAME, filters=Filters(programme="WIDER-CSA"))
    assert [row["Award"] for row in table(none, "Reconciliation")] == [None]
    _, same = await made(gate, tmp_path, NAME, entry_no=answer.entry_no, journal_no=answer.journal_no)
    assert same.sha256 == answer.sha256
