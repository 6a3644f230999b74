"""quarterly-monitoring: budget, profile, actual and forecast of each heading by an addition of its own, with ratings and reasons."""

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import structs, to_builtins

from grants.actions.returns import accept
from grants.actions.submissions import Upload, submit
from grants.domain.awards import BudgetLine, CostCategory, Frequency, Instalment, PaymentBasis
from grants.domain.decisions import Allocate, MakeAward
from grants.domain.plan import Rag
from grants.domain.return_documents import Documents, MilestoneReport
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from grants.store.variance_reasons import VarianceReason
from reports.report import PRIVATE_MARKING
from tests.grants.actions.cast import decide
from tests.grants.actions.stage import OLDHAM, TERMS
from tests.reports.accessibility import problems
from tests.reports.ledger import AWARD, CDEL, LINE, RDEL, Line, Record, checked
from tests.reports.sheets import table
from tests.reports.test_catalogue import made

NAME = "quarterly-monitoring"
Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
STAFF, TRAVEL, ICT = CostCategory.STAFF_PAY, CostCategory.TRAVEL, CostCategory.ICT
MONEY = ("Budget", "Profile to date", "Actual to date", "Variance to date", "Forecast outturn", "Forecast variance")
REASON = "=The hearings\nbegan late"


def _shown(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def tell(record: Record, period: str, lines: list[Line], rest: dict[str, int], reason: str) -> None:
    """An accepted return that explains its variance of staff pay, and tells of two milestones."""
    milestones = tuple(MilestoneReport(rag, None, None, None, rag, "", "C4") for rag in (Rag.AMBER, Rag.GREEN))
    more = dataclasses.replace(
        checked(lines, rest),
        header={"reasons": to_builtins([VarianceReason(STAFF, RDEL, reason)])},
        documents=Documents(milestones=milestones),
    )
    async with record.gate.deed(record.stage.officer) as tx:
        found = await submit(tx, AWARD, period, Upload("return.xlsx", f"{period} told".encode()), more)
    await record.certify(found.id)
    async with record.gate.deed(record.stage.lead) as tx:
        await accept(tx, found.id)


async def test_each_heading_stands_against_budget_and_profile(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    lines = [Line(20_000_00, 1_000_00), Line(-500_00), Line(4_000_00, category=TRAVEL), Line(7, category=ICT)]
    await tell(record, Q1, lines, {Q2: 30_000_00, "2025-26-Q3": 20_000_00}, REASON)
    await record.accept(Q2, [Line(1_00, category=TRAVEL)], {"2025-26-Q3": 49_500_00})
    path, _ = await made(gate, tmp_path, NAME, filters=Filters(period=Q1))
    assert problems(path) == []
    rows = table(path, "Monitoring")
    assert _shown(rows, "Cost category", *MONEY) == [
        ("ICT", 0, 0, 0.07, 0.07, 0.07, 0.07),
        ("Staff pay", 60_000, 30_000, 20_500, -9_500, 70_000, 10_000),
        ("Travel and subsistence", 40_000, 20_000, 4_000, -16_000, 4_001, -35_999),
    ]
    assert _shown(rows, "RAG to date", "RAG of forecast", "Amber from", "Red from") == [("Red", "Red", 0.05, 0.1)] * 3
    shares = ("Variance to date, of profile", "Forecast variance, of budget")
    assert _shown(rows, *shares) == [(None, None), (-9_500 / 30_000, 1 / 6), (-0.8, -35_999 / 40_000)]
    said = " ".join(REASON.split("\n"))
    assert [row["Reason for the variance"] and row["Reason for the variance"].replace("\n", " ") for row in rows] == [
        None,
        said,
        None,
    ]
    assert {row["Newest accepted return"] for row in rows} == {f"{Q1}, version 1"}
    (award,) = table(path, "Awards")
    assert (award["RAG of delivery"], award["Awarded"], award["Forecast outturn"]) == ("Amber", 100_000, 74_001.07)
    assert (award["Profile to date"], award["Actual to date"]) == (50_000, 24_500.07)
    whole, _ = await made(gate, tmp_path, NAME)
    staff = table(whole, "Monitoring")[1]
    assert _shown([staff], *MONEY) == [(60_000, 60_000, 20_500, -39_500, 70_000, 10_000)]
    assert (staff["To date means to the end of"], staff["Reason for the variance"]) == ("2025-26-Q4", None)
    quarters = _shown(table(whole, "By quarter"), "To the end of", "Profile to date", "Spent to date")
    assert quarters == [
        (Q1, 50_000, 24_500.07), (Q2, 50_000, 24_501.07), ("2025-26-Q3", 100_000, 24_501.07), ("2025-26-Q4", 100_000, 24_501.07),
    ]  # fmt: skip
    figures = {row["Figure"].split("@")[0] for row in table(path, "Sources")}
    assert f"variance_to_date:award:{AWARD}:to-{Q1}:rdel_programme:staff_pay" in figures


async def test_years_and_kinds_stand_apart_and_what_has_not_begun_has_nothing_to_date(
    gate: Gate, tmp_path: Path
) -> None:
    record = await Record.set_up(gate, award=False)
    lead, approver = record.stage.lead, record.stage.approver
    far = "2090-91"
    await decide(gate, lead, approver, Allocate(LINE, far, 100))
    await decide(gate, lead, approver, Allocate(LINE, "2025-26", 600, CDEL))
    budget = (BudgetLine("2025-26", STAFF, 1), BudgetLine(far, STAFF, 100), BudgetLine("2025-26", ICT, 300, CDEL))
    terms = structs.replace(
        TERMS,
        end=date(2091, 3, 31),
        budget=budget,
        payment_basis=PaymentBasis.ARREARS,
        profile=(),
        frequency=Frequency.MONTHLY,
        do_not_publish="An address at risk",
    )
    await decide(gate, lead, approver, MakeAward("MANY", LINE, OLDHAM.id, terms))
    empty = ("Profile to date", "Variance to date", "Variance to date, of profile")
    path, answer = await made(gate, tmp_path, NAME)
    assert problems(path, marking=PRIVATE_MARKING) == []
    rows = table(path, "Monitoring")
    assert _shown(rows, "Financial year", "Budget kind", "Budget", "Actual to date", "Forecast variance") == [
        ("2025-26", CDEL.label, 3, 0, 0),
        ("2025-26", RDEL.label, 0.01, 0, 0),
        (far, RDEL.label, 1, None, 0),
    ]
    assert _shown(rows, *empty) == [(None, None, None)] * 3
    assert _shown(rows, "RAG to date", "RAG of forecast") == [("Not rated", "Green")] * 3
    assert _shown(rows, "To date means to the end of") == [("2025-26-P12",), ("2025-26-P12",), (None,)]
    only, _ = await made(
        gate, tmp_path, NAME, filters=Filters(period=far, recipient=OLDHAM.id, programme="ACTION-PLAN")
    )
    assert [row["Financial year"] for row in table(only, "Monitoring")] == [far]
    none, _ = await made(gate, tmp_path, NAME, filters=Filters(funding_line="TOEX"))
    assert [row["Award"] for row in table(none, "Monitoring")] == [None]
    profile = (Instalment(1, date(2025, 4, 1), "2025-26", 1), Instalment(2, date(2026, 1, 1), "2025-26", 300, CDEL))
    later = structs.replace(
        terms, end=date(2026, 3, 31), budget=(budget[0], budget[2]), payment_basis=PaymentBasis.ADVANCE, profile=profile
    )
    await decide(gate, lead, approver, MakeAward("LATER", LINE, OLDHAM.id, later))
    _, same = await made(gate, tmp_path, NAME, entry_no=answer.entry_no, journal_no=answer.journal_no)
    assert same.sha256 == answer.sha256
    after, _ = await made(gate, tmp_path, NAME, filters=Filters(period="2025-26-P03"))
    found = [row for row in table(after, "Monitoring") if row["Award"] == "LATER"]
    assert _shown(found, "Cost category", "Budget kind", "Profile to date") == [
        ("ICT", CDEL.label, 0),
        ("Staff pay", RDEL.label, 0.01),
    ]
