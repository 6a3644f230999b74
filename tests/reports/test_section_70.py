"""section-70: what each charity was given by the section's power, by year, and nothing that rests on another."""

from pathlib import Path

from grants.domain.awards import AwardTerms, BudgetLine, CostCategory, Instalment, LegalBasis
from grants.domain.decisions import Allocate, Vary, Withdraw
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.report import PRIVATE_MARKING
from tests.grants.actions.stage import OLDHAM, TERMS
from tests.reports.accessibility import problems
from tests.reports.awarding import CHARITY, Ledger, ledger, replaced
from tests.reports.ledger import CDEL, LINE
from tests.reports.sheets import csv_rows, table
from tests.reports.test_catalogue import made

NAME = "section-70"
S70 = LegalBasis.CHARITIES2006_S70
HELP = replaced(TERMS, legal_basis=S70, purpose="Help for survivors")
TWO_YEARS = replaced(
    HELP,
    purpose="A helpline\nfor two years",
    end=TERMS.end.replace(year=2027),
    budget=(
        BudgetLine("2025-26", CostCategory.STAFF_PAY, 1_000_00),
        BudgetLine("2026-27", CostCategory.STAFF_PAY, 2_000_00),
        BudgetLine("2025-26", CostCategory.CAPITAL, 300_00, CDEL),
    ),
    profile=(
        Instalment(1, TERMS.start, "2025-26", 1_000_00),
        Instalment(2, TERMS.start, "2026-27", 2_000_00),
        Instalment(3, TERMS.start, "2025-26", 300_00, CDEL),
    ),
)


async def set_up(gate: Gate) -> Ledger:
    record = await ledger(gate)
    await record.decided(Allocate(LINE, "2025-26", 300_00, CDEL))
    await record.decided(Allocate(LINE, "2026-27", 2_000_00))
    await record.made("CH-1", LINE, CHARITY.id, HELP)
    await record.made("CH-2", LINE, CHARITY.id, TWO_YEARS)
    return record


async def test_each_charity_stands_once_a_year_and_kind_with_what_it_was_given_and_for_what(
    gate: Gate, tmp_path: Path
) -> None:
    record = await set_up(gate)
    council: AwardTerms = replaced(TERMS, legal_basis=S70)
    await record.made("COUNCIL", LINE, OLDHAM.id, council)
    await record.paid("CH-1", 40_000_00)
    path, _ = await made(gate, tmp_path, NAME)
    assert problems(path) == []
    rows = table(path, "Charities")
    assert [
        (row["Financial year"], row["Budget kind"], row["Awarded"], row["Paid"], row["Awards"], row["Purpose"])
        for row in rows
    ] == [
        ("2025-26", "Capital (CDEL), programme", 300, 0, 1, "A helpline for two years"),
        ("2025-26", "Resource (RDEL), programme", 101_000, 40_000, 2, "Help for survivors; A helpline for two years"),
        ("2026-27", "Resource (RDEL), programme", 2_000, 0, 1, "A helpline for two years"),
    ]
    assert {(row["Charity's identifier"], row["Charity number"], row["Charity"]) for row in rows} == {
        (CHARITY.id, "1234567", CHARITY.name)
    }
    awards = table(path, "Awards")
    assert sum(row["Awarded"] for row in awards) == sum(row["Awarded"] for row in rows) == 103_300
    figures = {row["Figure"].split("@")[0]: 0.0 for row in table(path, "Sources")}
    for row in table(path, "Sources"):
        figures[row["Figure"].split("@")[0]] += row["Adds to the figure"]
    assert figures["awarded:recipient:GB-CHC-1234567:2025-26:rdel_programme"] == 101_000
    assert figures["paid:award:CH-1:2025-26:rdel_programme"] == 40_000
    path, _ = await made(gate, tmp_path, NAME, "csv", filters=Filters(period="2026-27"))
    assert [row["Awarded"] for row in csv_rows(path)] == ["2000.00"]


async def test_money_by_another_power_is_left_out_and_then_the_rows_figures_are_those_of_its_awards(
    gate: Gate, tmp_path: Path
) -> None:
    record = await set_up(gate)
    first, answer = await made(gate, tmp_path, NAME)
    await record.made("CH-3", LINE, CHARITY.id, replaced(TERMS, legal_basis=LegalBasis.OTHER))
    path, _ = await made(gate, tmp_path, NAME)
    assert [row["Awarded"] for row in table(path, "Charities")] == [row["Awarded"] for row in table(first, "Charities")]
    named = {row["Figure"].split("@")[0] for row in table(path, "Sources")}
    assert "awarded:recipient:GB-CHC-1234567:2025-26:rdel_programme" not in named
    assert {
        "awarded:award:CH-1:2025-26:rdel_programme",
        "awarded:recipient:GB-CHC-1234567:2026-27:rdel_programme",
    } <= named
    await record.decided(Vary("CH-1", replaced(HELP, legal_basis=LegalBasis.OTHER)))
    await record.decided(Withdraw("CH-2"))
    _, empty = await made(gate, tmp_path, NAME)
    assert empty.rows == 0
    _, again = await made(gate, tmp_path, NAME, entry_no=answer.entry_no, journal_no=answer.journal_no)
    assert again.sha256 == answer.sha256


async def test_what_must_not_be_published_is_marked(gate: Gate, tmp_path: Path) -> None:
    record = await set_up(gate)
    await record.made("CH-4", LINE, CHARITY.id, replaced(HELP, do_not_publish="An address at risk"))
    path, _ = await made(gate, tmp_path, NAME)
    assert problems(path, marking=PRIVATE_MARKING) == []
    marked = {
        row["Budget kind"]: row["Markings"] for row in table(path, "Charities") if row["Financial year"] == "2025-26"
    }
    assert marked == {
        "Capital (CDEL), programme": None,
        "Resource (RDEL), programme": "Do not publish: An address at risk",
    }
