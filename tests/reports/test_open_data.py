"""Open data: by the standard, what the record says, and not a trace of what must not be published."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pydantic import ValidationError

from grants.domain.awards import BudgetLine, CostCategory, Instalment
from grants.domain.decisions import Allocate, AmendLine, LineFacts, Vary, Withdraw
from grants.domain.publishing import PLACEHOLDER_PREFIX, Publisher
from grants.domain.schedules import Filters
from grants.settings import Settings
from grants.store.transaction import Db, Gate
from reports.catalogue import by_name
from reports.open_data import TITLE_LIMIT, title_of
from reports.report import Gathered, Place
from tests.grants.actions.stage import OLDHAM, TERMS
from tests.reports.awarding import CHARITY, POLICE, Ledger, ledger, replaced
from tests.reports.ledger import AWARD, CDEL, LINE, Line, Record
from tests.reports.sheets import csv_rows, table
from tests.reports.test_catalogue import made
from tests.reports.threesixty_standard import PACKAGE, path_of

GIVING, SPEND = "360giving", "transparency-25k"
OF_THE_PLACE = (
    *("As at", "Newest ledger entry that counts", "Newest journal record that counts"),
    *("Root of the journal’s tree", "Signed checkpoint of the journal"),
)
PUBLISHER = Publisher("Department of Tests", "GB-GOR-D99", "360G-tests")
STANDARD = jsonschema_rs.Draft4Validator(PACKAGE, validate_formats=True)


async def set_up(gate: Gate) -> Ledger:
    """Three awards that may be published: to a council, a charity and a police force."""
    record = await ledger(gate)
    await record.decided(Allocate(LINE, "2025-26", 10_000_00, CDEL))
    both = (*TERMS.budget, BudgetLine("2025-26", CostCategory.CAPITAL, 7_000_01, CDEL))
    profile = (*TERMS.profile, Instalment(3, date(2025, 10, 1), "2025-26", 7_000_01, CDEL))
    await record.made(
        "CH-1", LINE, CHARITY.id, replaced(TERMS, purpose="=1+1\n  two lines", budget=both, profile=profile)
    )
    await record.made("INV-1", "INVESTIGATIONS", POLICE.id, replaced(TERMS, purpose="Look again " * 40))
    return record


async def grants_of(gate: Gate, tmp_path: Path, **more: object) -> list[dict[str, Any]]:
    """The grants of a package that satisfies the standard."""
    path, _ = await made(gate, tmp_path, GIVING, "json", publisher=PUBLISHER, **more)
    package = json.loads(path.read_bytes(), parse_float=Decimal)
    STANDARD.validate(json.loads(path.read_bytes()))
    found: list[dict[str, Any]] = package["grants"]
    return found


async def test_awards_satisfy_the_standard_and_say_what_the_record_says(gate: Gate, tmp_path: Path) -> None:
    record = await set_up(gate)
    await record.made("LI-NOT-AGREED", LINE, CHARITY.id, TERMS, agreed=False)
    await record.made("LI-WITHDRAWN", LINE, CHARITY.id, TERMS)
    await record.decided(Withdraw("LI-WITHDRAWN"))
    await record.paid("CH-1", 25_000_50)
    wrong = await record.paid("CH-1", 10_00)
    await record.reversed(wrong)
    path, answer = await made(gate, tmp_path, GIVING, "json", publisher=PUBLISHER)
    package = json.loads(path.read_bytes(), parse_float=Decimal)
    STANDARD.validate(json.loads(path.read_bytes()))
    assert path.read_bytes().count(b"\n") == len(package) + len(package["grants"]) + 1
    assert package["version"] == "1.4"
    assert package["publisher"] == {"identifier": "GB-GOR-D99", "name": "Department of Tests"}
    assert answer.rows == 3
    grants = {grant["id"]: grant for grant in package["grants"]}
    council, charity, police = (grants.pop(f"360G-tests-{reference}") for reference in (AWARD, "CH-1", "INV-1"))
    assert not grants
    assert council["recipientOrganization"] == [{"id": OLDHAM.id, "name": OLDHAM.name}]
    assert charity["recipientOrganization"] == [
        {"id": CHARITY.id, "name": "A Charity", "charityNumber": "1234567", "companyNumber": "01234567"}
    ]
    assert police["recipientOrganization"][0]["id"] == "360G-tests-E23000005"
    assert (charity["title"], charity["description"]) == ("=1+1 two lines", "=1+1 two lines")
    assert (charity["amountAwarded"], charity["amountDisbursed"]) == (Decimal("107000.01"), Decimal("25000.50"))
    assert (council["amountAwarded"], council["amountDisbursed"], council["currency"]) == (100_000, 0, "GBP")
    assert council["plannedDates"] == [{"startDate": "2025-04-01", "endDate": "2026-03-31"}]
    assert charity["dateModified"] > charity["awardDate"]
    assert len(police["title"]) < 140
    assert police["title"].endswith("…")


async def test_the_spreadsheets_headings_are_the_standards_and_hold_what_its_json_holds(
    gate: Gate, tmp_path: Path
) -> None:
    record = await set_up(gate)
    await record.paid(AWARD, 30_000_00)
    grants = {grant["id"]: grant for grant in await grants_of(gate, tmp_path)}
    path, _ = await made(gate, tmp_path, GIVING, "csv", publisher=PUBLISHER)
    rows = csv_rows(path)
    assert set(grants) == {row["Identifier"] for row in rows}
    for row in rows:
        for heading, cell in row.items():
            found: Any = grants[row["Identifier"]]
            for step in path_of(heading):
                found = found.get(step) if isinstance(step, str) else found[step]
            said = Decimal(cell) if isinstance(found, int | Decimal) else cell.removeprefix("'") or None
            assert said == found, heading
    workbook, _ = await made(gate, tmp_path, GIVING, publisher=PUBLISHER)
    assert [row["Identifier"] for row in table(workbook, "Grants")] == [row["Identifier"] for row in rows]


async def test_payments_are_listed_from_the_threshold_up_and_those_taken_back_below_zero(
    gate: Gate, tmp_path: Path
) -> None:
    record = await set_up(gate)
    await record.paid(AWARD, 25_000_00, on=date(2025, 4, 30))
    await record.paid(AWARD, 24_999_99, on=date(2025, 5, 1))
    await record.reversed(await record.paid("CH-1", 26_000_00, on=date(2025, 5, 2)))
    path, _ = await made(gate, tmp_path, SPEND, "csv", publisher=PUBLISHER)
    first, second, third = csv_rows(path)
    assert first == {
        "Department Family": "Department of Tests",
        "Entity": "Department of Tests",
        "Date": "2025-04-30",
        "Expense Type": "Grants to local authorities",
        "Expense Area": "Locally-led inquiries",
        "Supplier": "Oldham Metropolitan Borough Council",
        "Transaction Number": f"{AWARD}-1",
        "Amount": "25000.00",
        "Description": "A local inquiry",
        "Supplier Postcode": "",
        "Markings": "",
    }
    assert [(row["Transaction Number"], row["Amount"]) for row in (second, third)] == [
        ("CH-1-1", "26000.00"),
        ("CH-1-1R", "-26000.00"),
    ]
    assert second["Supplier Postcode"] == "OL1 1UT"
    assert second["Description"] == "'=1+1 two lines"
    for period, numbers in (("2025-26-P01", [f"{AWARD}-1"]), ("2025-26-P02", ["CH-1-1"]), ("2024-25", [])):
        path, _ = await made(gate, tmp_path, SPEND, "csv", filters=Filters(period=period))
        assert [row["Transaction Number"] for row in csv_rows(path)] == numbers
    path, _ = await made(gate, tmp_path, SPEND, "csv", publisher=replace(PUBLISHER, spend_from_pence=24_999_99))
    assert [row["Transaction Number"] for row in csv_rows(path)] == [f"{AWARD}-1", f"{AWARD}-2", "CH-1-1", "CH-1-1R"]


async def test_nothing_betrays_what_must_not_be_published(gate: Gate, tmp_path: Path) -> None:
    record = await set_up(gate)
    await record.paid(AWARD, 30_000_00)
    before = [await said(gate, tmp_path, name) for name in (GIVING, SPEND)]
    secret = replaced(TERMS, purpose="Words of the secret", do_not_publish="A reason of security")
    await record.made("UC-SECRET-1", "UNDERCOVER", OLDHAM.id, replaced(TERMS, purpose="Words of the secret"))
    await record.made("LI-SECRET-2", LINE, CHARITY.id, secret)
    for award in ("UC-SECRET-1", "LI-SECRET-2"):
        await record.reversed(await record.paid(award, 45_000_00))
        await record.paid(award, 44_000_00)
    await record.stage.round("WIDER-CSA", "2025-26-Q1")
    await record.accept("2025-26-Q1", [Line(1_00)], award="UC-SECRET-1")
    after = [await said(gate, tmp_path, name) for name in (GIVING, SPEND)]
    assert before == after
    for word in ("SECRET", "secret", "security", "UNDERCOVER"):
        assert word not in str(after)


async def said(gate: Gate, tmp_path: Path, name: str) -> tuple[object, ...]:
    """What a report says in every format, but for its place in the record."""
    workbook, _ = await made(gate, tmp_path, name, publisher=PUBLISHER)
    flat, _ = await made(gate, tmp_path, name, "csv", publisher=PUBLISHER)
    grants = await grants_of(gate, tmp_path) if name == GIVING else []
    opened = load_workbook(workbook)
    sheets = {
        sheet.title: [row for row in sheet.iter_rows(values_only=True) if row[0] not in OF_THE_PLACE]
        for sheet in opened
    }
    return sheets, csv_rows(flat), grants


async def test_a_place_says_the_same_in_every_format_whatever_came_later(gate: Gate, tmp_path: Path) -> None:
    record = await set_up(gate)
    await record.paid("INV-1", 30_000_00)
    formats = [(GIVING, of) for of in ("xlsx", "ods", "csv", "json")] + [(SPEND, of) for of in ("xlsx", "ods", "csv")]
    first = [(await made(gate, tmp_path, name, of))[1] for name, of in formats]
    await record.paid("INV-1", 40_000_00, 2, date(2025, 4, 2))
    less = replaced(
        TERMS,
        purpose="Other words",
        budget=TERMS.budget[:1],
        profile=(Instalment(1, date(2025, 4, 1), "2025-26", 60_000_00),),
    )
    await record.decided(Vary(AWARD, less))
    await record.decided(AmendLine("INVESTIGATIONS", LineFacts(do_not_publish="Now", title="Now")))
    again = [
        (await made(gate, tmp_path, name, of, entry_no=was.entry_no, journal_no=was.journal_no))[1]
        for (name, of), was in zip(formats, first, strict=True)
    ]
    assert [one.sha256 for one in again] == [one.sha256 for one in first]
    assert "INV-1" not in str(await grants_of(gate, tmp_path))


async def test_open_data_with_anything_private_in_them_are_not_made(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Record.set_up(gate)
    report = by_name()[SPEND]

    async def gather(db: Db, place: Place, filters: Filters) -> Gathered:
        return replace(await report.gather(db, place, filters), is_private=True)

    monkeypatch.setattr("reports.by_hand.by_name", lambda: {SPEND: replace(report, gather=gather)})
    with pytest.raises(ValueError, match="open data"):
        await made(gate, tmp_path, SPEND)
    assert list(tmp_path.iterdir()) == []


async def test_example_data_and_a_prefix_that_is_nobodys_say_so(gate: Gate, tmp_path: Path) -> None:
    await Record.set_up(gate)
    empty, answer = await made(gate, tmp_path, GIVING, "json", filters=Filters(period="2019-20"))
    package = json.loads(empty.read_bytes())
    assert (package["grants"], answer.rows) == ([], 0)
    assert PLACEHOLDER_PREFIX in package["description"]
    path, _ = await made(gate, tmp_path, GIVING)
    assert any(PLACEHOLDER_PREFIX in row["Note"] for row in table(path, "Notes"))
    named, _ = await made(gate, tmp_path, GIVING, publisher=PUBLISHER)
    assert PLACEHOLDER_PREFIX not in str(table(named, "Notes"))


def test_who_publishes_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().publisher == Publisher()
    told = {"NAME": "Department of Tests", "ID": "GB-GOR-D99", "PREFIX": "360G-tests"}
    for name, value in told.items():
        monkeypatch.setenv(f"TALLYSTICK_PUBLISHER_{name}", value)
    monkeypatch.setenv("TALLYSTICK_SPEND_FROM_PENCE", "50000")
    assert Settings().publisher == replace(PUBLISHER, spend_from_pence=500_00)
    monkeypatch.setenv("TALLYSTICK_PUBLISHER_PREFIX", "tests")
    with pytest.raises(ValidationError):
        Settings()


@given(st.text(min_size=1, max_size=400).filter(str.strip))
def test_a_title_is_one_line_of_less_than_the_limit_and_says_how_the_purpose_begins(purpose: str) -> None:
    title = title_of(purpose)
    words = " ".join(purpose.split())
    assert len(title) < TITLE_LIMIT
    assert "\n" not in title
    assert words == title if len(words) < TITLE_LIMIT else words.startswith(title.removesuffix("…"))


def test_the_test_of_the_standard_can_fail() -> None:
    grant: dict[str, Any] = {"id": "1", "title": "t", "description": "d", "currency": "GBP", "amountAwarded": 1}
    organisation = [{"id": "a", "name": "b"}]
    grant |= {"awardDate": "2025-04-01", "recipientOrganization": organisation, "fundingOrganization": organisation}
    STANDARD.validate({"grants": [grant]})
    faults: list[dict[str, Any]] = [
        {"awardDate": "1 April 2025"},
        {"amountAwarded": "1"},
        {"dateModified": "2025-04-01"},
        {"recipientOrganization": []},
        {"recipientOrganisation": organisation},
        {"title": "t" * 141},
    ]
    for wrong in faults:
        with pytest.raises(jsonschema_rs.ValidationError):
            STANDARD.validate({"grants": [{**grant, **wrong}]})
    with pytest.raises(jsonschema_rs.ValidationError):
        STANDARD.validate({"grants": [{name: value for name, value in grant.items() if name != "title"}]})
