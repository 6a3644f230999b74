"""audit-sample: what another person draws from the other reports is what it shows, as at any place; and results over HTTP."""

import hashlib
import io
from datetime import date
from pathlib import Path
from typing import Any

from grants.actions.evidence import attach, look_at
from grants.actions.returns import accept
from grants.domain.awards import CostCategory
from grants.domain.samples import Population, Sample, SampleMethod
from grants.domain.schedules import Filters
from grants.store.evidence_files import Line as Of
from grants.store.transaction import Gate
from tests.grants.actions.stage import TERMS
from tests.grants.evidence_record import RULES, add_evidence
from tests.reports.accessibility import problems
from tests.reports.awarding import CHARITY, ledger
from tests.reports.ledger import AWARD, LINE, Line, Record
from tests.reports.sheets import cover, csv_rows, table
from tests.reports.test_catalogue import made

NAME = "audit-sample"
RANDOM, MONETARY, TOP = SampleMethod
STAFF = [Line(pence) for pence in (100_00, 2_345_67, 1, 4_000_00, -50_00, 77_77)]
TRAVEL = [Line(pence, 5, CostCategory.TRAVEL) for pence in (10_00, 10_00, -40, 999_99)]


def sampled(*how: Any, **more: Any) -> Filters:
    return Filters(sample=Sample(*how), **more)


def pounds(text: str) -> int:
    return round(float(text) * 100)


async def population(gate: Gate, tmp_path: Path) -> dict[str, int]:
    """Each accepted line and its pence, as the report of all of them has it, in the order of version and row."""
    path, _ = await made(gate, tmp_path, "spend-transactions", "csv")
    found = {row["Figure"].partition("@")[0]: pounds(row["Amount"]) for row in csv_rows(path)}
    return dict(sorted(found.items(), key=lambda item: [int(part) for part in item[0].split(":")[1:]]))


def by_hash(lines: dict[str, int], seed: str, size: int) -> list[str]:
    return sorted(lines, key=lambda item: hashlib.sha256(f"{seed}:{item}".encode()).hexdigest())[:size]


def by_penny(lines: dict[str, int], seed: str, size: int) -> list[str]:
    pennies = [item for item, pence in lines.items() for _ in range(max(pence, 0))]
    start = int(hashlib.sha256(f"{seed}:start".encode()).hexdigest(), 16) % len(pennies)
    return [pennies[(hit * len(pennies) + start) // size] for hit in range(size)]


async def test_what_anybody_draws_from_the_lines_is_what_it_shows(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    reopened = await record.accept("2025-26-Q1", STAFF)
    await record.reopen(reopened)
    await record.accept("2025-26-Q1", [*STAFF, *TRAVEL])
    await record.accept("2025-26-Q2", [*TRAVEL, *(Line(pence) for pence in range(200_00, 230_00, 1_00))])
    lines = await population(gate, tmp_path)
    assert len(lines) == 44
    for seed, size in (("a", 1), ("2025-26.b", 12), ("c", 100)):
        path, _ = await made(gate, tmp_path, NAME, "csv", filters=sampled(RANDOM, size, seed))
        rows = csv_rows(path)
        assert [row["Item"] for row in rows] == by_hash(lines, seed, size)
        assert {row["Item"]: pounds(row["Amount"]) for row in rows}.items() <= lines.items()
        path, _ = await made(gate, tmp_path, NAME, "csv", filters=sampled(MONETARY, size, seed))
        hits = by_penny(lines, seed, size)
        assert {row["Item"]: int(row["Hits"]) for row in csv_rows(path)} == {item: hits.count(item) for item in hits}
        path, _ = await made(gate, tmp_path, NAME, "csv", filters=sampled(TOP, size, seed))
        assert [row["Item"] for row in csv_rows(path)] == sorted(lines, key=lambda item: -lines[item])[:size]


async def test_a_sheet_says_how_it_was_drawn_and_ties_the_population_to_the_ledger(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    await record.accept("2025-26-Q1", [*STAFF, *TRAVEL, Line(5, category=CostCategory.TRAINING), Line(0)])
    lines = await population(gate, tmp_path)
    path, answer = await made(gate, tmp_path, NAME, filters=sampled(MONETARY, 6, "seed-1"))
    assert problems(path) == []
    how = {row["What"]: row for row in table(path, "How it was drawn")}
    above = [pence for pence in lines.values() if pence > 0]
    assert (how["Population"]["Items"], how["Population"]["Amount"]) == (12, sum(lines.values()) / 100)
    assert (how["Amounts above zero"]["Items"], how["Amounts above zero"]["Amount"]) == (len(above), sum(above) / 100)
    assert (how["Credits"]["Items"], how["Zero amounts"]["Items"]) == (2, 1)
    rows = table(path, "Sample")
    assert (how["Asked for"]["Items"], how["Sample"]["Items"]) == (6, len(rows)) == (6, answer.rows)
    assert how["Coverage by amount"]["Share"] == sum(round(row["Amount"] * 100) for row in rows) / sum(above)
    assert how["Seed"]["In words"] == "seed-1"
    (tied,) = table(path, "Population")
    assert tied["Amount"] == how["Population"]["Amount"]
    assert sum(row["Adds to the figure"] for row in table(path, "Sources")) == tied["Amount"]
    assert cover(path)["Method and seed"] == "Monetary, seed seed-1"
    (untested,) = [row for row in table(path, "Results") if row["Items"]]
    assert (untested["Result"], untested["Items"]) == ("Not tested yet", len(rows))


async def test_each_line_stands_with_its_cell_its_evidence_and_its_figure(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    found = await record.submit("2025-26-Q1", STAFF[:2])
    await add_evidence(gate, record.stage.officer, found, Of("REF-9"))
    await record.certify(found)
    async with gate.deed(record.stage.lead) as tx:
        await accept(tx, found)
    path, early = await made(gate, tmp_path, NAME, filters=sampled(TOP, 5, "a"))
    second, first = table(path, "Sample")
    assert (first["Sheet"], first["Cell"], first["Reference"], first["Amount"]) == ("Spend", "G9", "REF-9", 100)
    assert first["Files attached"].startswith("invoice.pdf (SHA-256 ")
    assert "wrong.png" not in first["Files attached"]
    assert (first["Evidence"], second["Files attached"]) == ("invoice 9", None)
    assert first["Figure"] == f"{first['Item']}@{early.entry_no}"
    assert first["Workbook's SHA-256"] == hashlib.sha256(b"workbook 1").hexdigest()
    assert (second["Chance"], second["Drawn by"], second["Hits"]) == (None, None, None)
    await record.reopen(found)
    late = look_at("late.pdf", io.BytesIO(b"%PDF-1.7 late"), RULES.bytes_max)
    async with gate.deed(record.stage.officer) as tx:
        await attach(tx, found, late, Of("REF-10"), RULES)
    _, again = await made(
        gate, tmp_path, NAME, filters=sampled(TOP, 5, "a"), entry_no=early.entry_no, journal_no=early.journal_no
    )
    assert again.sha256 == early.sha256


async def test_payments_that_stand_and_awards_are_populations_too(gate: Gate, tmp_path: Path) -> None:
    record = await ledger(gate)
    first = await record.paid(AWARD, 20_000_00)
    undone = await record.paid(AWARD, 10_000_00)
    await record.made("CH-1", LINE, CHARITY.id, TERMS)
    other = await record.paid("CH-1", 30_000_00, on=date(2025, 8, 2))
    await record.reversed(undone)
    path, _ = await made(gate, tmp_path, NAME, filters=sampled(TOP, 9, "a", Population.PAYMENTS))
    assert [(row["Item"], row["Amount"], row["Award"]) for row in table(path, "Sample")] == [
        (f"entry:{other}", 30_000, "CH-1"),
        (f"entry:{first}", 20_000, AWARD),
    ]
    narrowed = sampled(RANDOM, 9, "a", Population.PAYMENTS, period="2025-26-Q2")
    path, _ = await made(gate, tmp_path, NAME, "csv", filters=narrowed)
    assert [row["Figure"].partition("@")[0] for row in csv_rows(path)] == [f"entry:{other}"]
    path, _ = await made(gate, tmp_path, NAME, filters=sampled(MONETARY, 9, "a", Population.AWARDS))
    rows = table(path, "Sample")
    assert [(row["Item"], row["Amount"]) for row in rows] == [("award:CH-1", 100_000), (f"award:{AWARD}", 100_000)]
    assert sum(row["Hits"] for row in rows) == 9
    path, _ = await made(gate, tmp_path, NAME, "csv", filters=sampled(TOP, 9, "a", Population.AWARDS, period="2024-25"))
    assert {row["Amount"] for row in csv_rows(path)} == {"0.00"}
