"""The three reports over a small real ledger, opened and read cell by cell."""

from datetime import date, datetime
from pathlib import Path

import pytest

from grants.actions.people import OPERATOR
from grants.actions.returns import request_changes
from grants.domain.awards import CostCategory
from grants.domain.decisions import Pay
from grants.domain.errors import Invalid, NotAllowed, NotFound
from grants.domain.returns import Problem, Severity
from grants.domain.schedules import Filters
from grants.store.transaction import Gate
from reports.by_hand import Made, make_report
from tests.database import looking
from tests.grants.actions.cast import decide
from tests.reports.ledger import AWARD, LINE, Line, Record
from tests.reports.sheets import cover, csv_rows, table
from tests.reports.waking import SIGNER

HOSTILE = [
    '=HYPERLINK("http://x.example","pay")',
    "+44 20",
    "@SUM(A1)",
    "-2+3",
    "\tTab",
    "line\nfeed",
    "<b>&",
]


async def made(gate: Gate, tmp_path: Path, name: str, of: str = "xlsx", **more: object) -> tuple[Path, Made]:
    """A report by hand."""
    path = tmp_path / f"{name}-{len(list(tmp_path.iterdir()))}.{of}"
    return path, await make_report(gate, OPERATOR, name, output=path, signer=SIGNER, format=of, **more)  # type: ignore[arg-type]


async def _pay(record: Record, pence: int, instalment: int) -> None:
    terms = Pay(AWARD, "2025-26", pence, date(2025, 4, 2), instalment=instalment)
    await decide(record.gate, record.stage.lead, record.stage.approver, terms)


async def test_the_position_of_each_line_is_that_of_the_ledger(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    await _pay(record, 50_000_00, 1)
    spent = [Line(20_000_00, 1_000_00), Line(-500_00), Line(4_000_00, category=CostCategory.TRAVEL)]
    await record.accept("2025-26-Q1", spent, {"2025-26-Q2": 30_000_00, "2025-26-Q3": 50_000_00})
    path, _ = await made(gate, tmp_path, "allocation-position")
    rows = {row["Funding line"]: row for row in table(path, "Position")}
    assert set(rows) == {LINE, "INVESTIGATIONS", "AUDIT-PANEL", "UNDERCOVER", "CAID", "TOEX"}
    row = rows[LINE]
    expected = {
        "Announced": 5_000_000,
        "Allocated": 5_000_000,
        "Awarded": 100_000,
        "Paid": 50_000,
        "Spent": 24_500,
        "Forecast": 104_500,
        "Unawarded": 4_900_000,
        "Unspent": 75_500,
        "Variance": 4_500,
    }
    assert {name: row[name] for name in expected} == expected
    assert (row["RAG"], row["Year stated or assumed"], row["Budget kind"]) == (
        "Green",
        "Assumed",
        "Resource (RDEL), programme",
    )
    assert (rows["TOEX"]["Financial year"], rows["TOEX"]["Year stated or assumed"]) == ("2024-25", "Stated")
    assert rows["TOEX"]["RAG"] == "Not rated"
    assert rows["CAID"]["Markings"].startswith("Do not publish: ")
    totals = {row["Financial year"]: row for row in table(path, "Totals by year")}
    assert totals["2024-25"]["Allocated"] == 6_500_000
    assert totals["2025-26"]["Allocated"] == 26_000_000
    _check_sources(path, {name: row[name] for name in expected})
    facts = cover(path)
    assert facts["Completeness"] == "1 of 2 returns accepted"
    assert facts["Newest ledger entry that counts"] == str(await record.newest_entry())
    assert "above zero is over budget" in facts["Sign convention"]
    assert facts["Narrowed to"].startswith("Nothing: all programmes")


def _check_sources(path: Path, expected: dict[str, float]) -> None:
    """The sources of Oldham's figures come to what the report shows, and there is nothing to compare with yet."""
    sources = table(path, "Sources")
    for measure in expected:
        of_measure = [source for source in sources if (source["Of"], source["Measure"]) == (LINE, measure)]
        assert sum(source["Adds to the figure"] for source in of_measure) == expected[measure]
        entries = measure in ("Allocated", "Awarded", "Paid", "Spent")
        assert all(isinstance(source["Entry"], int) for source in of_measure if entries)
    rest = [source for source in sources if source["Of"] == LINE and source["Sheet and cell"] == "Forecast!F7"]
    assert [(source["Adds to the figure"], source["Return"]) for source in rest] == [
        (30_000, f"{AWARD}/2025-26-Q1, version 1"),
        (50_000, f"{AWARD}/2025-26-Q1, version 1"),
    ]
    (changed,) = table(path, "What changed")
    assert "nothing matched" in str(changed["Figure"])
    assert cover(path)["Compared with"] == "Nothing: there is no earlier run"


async def test_every_accepted_line_stands_with_its_cell_its_file_and_its_entry(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    lines = [
        Line(
            1_000_00 + number,
            payee=text,
            description=text,
            category=CostCategory.STAFF_PAY if number % 2 else CostCategory.TRAVEL,
        )
        for number, text in enumerate(HOSTILE)
    ]
    await record.accept("2025-26-Q1", [*lines, Line(-25_00, -5_00, category=CostCategory.TRAVEL)])
    await record.submit("2025-26-Q2", [Line(77)])
    path, answer = await made(gate, tmp_path, "spend-transactions")
    rows = table(path, "Transactions")
    assert answer.rows == len(rows) == len(HOSTILE) + 1
    assert [row["Payee"] for row in rows[:-1]] == HOSTILE
    assert [row["Description"] for row in rows[:-1]] == HOSTILE
    assert [row["Cell"] for row in rows] == [f"G{number}" for number in range(9, 9 + len(rows))]
    assert rows[0]["Date"] == datetime(2025, 5, 17)  # noqa: DTZ001 – a spreadsheet's dates have no zone
    assert rows[0]["Net"] == 1_000
    assert (rows[-1]["Net"], rows[-1]["VAT not recoverable"], rows[-1]["Amount"]) == (-25, -5, -30)
    async with looking(gate) as db:
        sha256 = await db.fetchval("SELECT sha256 FROM return_version WHERE number = 1 ORDER BY id LIMIT 1")
        entries = {
            row["category"]: row["number"]
            for row in await db.fetch("SELECT category, number FROM entry WHERE kind = 'spend'")
        }
    assert {row["Workbook's SHA-256"] for row in rows} == {sha256}
    assert {row["Cost category"]: row["Entry"] for row in rows} == {
        "Staff pay": entries["staff_pay"],
        "Travel and subsistence": entries["travel_and_subsistence"],
    }
    (total,) = table(path, "Totals by year")
    assert total["Amount"] == pytest.approx(sum(row["Amount"] for row in rows), abs=0.001)
    flat, _ = await made(gate, tmp_path, "spend-transactions", "csv")
    texts = [row["Payee"] for row in csv_rows(flat)]
    assert not any(text.lstrip()[:1] in "=+-@" for text in texts)


async def test_lines_leave_when_a_return_is_reopened_and_the_place_before_keeps_them(
    gate: Gate, tmp_path: Path
) -> None:
    record = await Record.set_up(gate)
    found = await record.accept("2025-26-Q1", [Line(100_00)])
    before = await record.newest_entry()
    await record.reopen(found)
    await record.accept("2025-26-Q1", [Line(40_00), Line(2_00)])
    now, _ = await made(gate, tmp_path, "spend-transactions")
    assert [(row["Version"], row["Amount"]) for row in table(now, "Transactions")] == [(2, 40), (2, 2)]
    then, answer = await made(gate, tmp_path, "spend-transactions", entry_no=before)
    assert answer.entry_no == before
    assert [(row["Version"], row["Amount"]) for row in table(then, "Transactions")] == [(1, 100)]
    assert cover(then)["Completeness"] == "1 of 2 returns accepted"


async def test_lines_of_a_category_that_comes_to_nothing_are_shown_without_an_entry(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    nothing = [Line(500_00, category=CostCategory.TRAVEL), Line(-500_00, category=CostCategory.TRAVEL)]
    found = await record.accept("2025-26-Q1", [Line(10_00), *nothing])
    path, _ = await made(gate, tmp_path, "spend-transactions")
    rows = table(path, "Transactions")
    assert [(row["Amount"], row["Entry"] is None, row["Figure"] is None) for row in rows] == [
        (10, False, False),
        (500, True, True),
        (-500, True, True),
    ]
    await record.reopen(found)
    empty, answer = await made(gate, tmp_path, "spend-transactions")
    assert answer.rows == 0
    assert "nothing matched" in str(table(empty, "Transactions")[0]["Programme"])


async def test_the_tracker_tells_who_is_late_and_what_waits_for_whom(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    first = await record.accept("2025-26-Q1", [Line(100_00)])
    warning = Problem("late", Severity.WARNING, "Spend", "G9", "Say why", "x")
    second = await record.submit("2025-26-Q2", [Line(5)], problems=(warning,))
    path, _ = await made(gate, tmp_path, "returns-tracker")
    q1, q2 = table(path, "Returns")
    assert (q1["State"], q1["Certifier"], q1["Certifier's role"], q1["Version"]) == (
        "Accepted",
        "C. Ertifier",
        "Section 151 officer",
        1,
    )
    assert q1["Reviewer"] == record.stage.lead.name
    assert q1["Due"] == datetime(2025, 7, 28)  # noqa: DTZ001
    assert q1["Days late"] == (q1["Submitted"] - q1["Due"]).days > 300
    assert (q2["State"], q2["Submitted"], q2["Open queries"], q2["Reviewer"]) == ("Ready to certify", None, 1, None)
    at_problem = await record.newest_entry()
    async with gate.deed(record.stage.officer) as tx:
        await tx.db.execute("UPDATE return_problem SET reason = 'because' WHERE code = 'late'")
        from grants.store.journal import record as write  # the reason's own record is what the report goes by

        await write(tx, "upload_return", "return", f"{AWARD}/2025-26-Q2", after={"explained": [1]})
    await record.certify(second)
    async with gate.deed(record.stage.lead) as tx:
        await request_changes(tx, second, "Explain line 1")
    again, _ = await made(gate, tmp_path, "returns-tracker")
    row = table(again, "Returns")[1]
    assert (row["State"], row["Open queries"], row["Submitted"], row["Certifier"]) == (
        "Changes requested",
        1,
        None,
        "C. Ertifier",
    )
    # The states are those of the place asked for, not today's.
    old, _ = await made(gate, tmp_path, "returns-tracker", entry_no=at_problem)
    assert [row["State"] for row in table(old, "Returns")] == ["Accepted", "Due"]
    assert first != second


async def test_filters_narrow_to_what_they_name(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    await record.accept("2025-26-Q1", [Line(100_00)])
    await record.accept("2025-26-Q2", [Line(200_00)])
    for filters, amounts in [
        (Filters(period="2025-26-Q2"), [200]),
        (Filters(period="2025-26"), [100, 200]),
        (Filters(recipient="GB-LAE-OLD", funding_line=LINE), [100, 200]),
        (Filters(programme="WIDER-CSA"), []),
    ]:
        path, _ = await made(gate, tmp_path, "spend-transactions", "csv", filters=filters)
        assert [float(row["Amount"]) for row in csv_rows(path)] == amounts


@pytest.mark.parametrize(
    ("name", "filters", "error"),
    [
        ("no-such-report", Filters(), NotFound),
        ("allocation-position", Filters(recipient="GB-LAE-OLD"), Invalid),
        ("allocation-position", Filters(period="2025-26-Q1"), Invalid),
        ("spend-transactions", Filters(programme="NONE"), NotFound),
        ("spend-transactions", Filters(funding_line="NONE"), NotFound),
        ("spend-transactions", Filters(funding_line=LINE, programme="WIDER-CSA"), NotFound),
        ("spend-transactions", Filters(recipient="GB-LAE-NONE"), NotFound),
    ],
)
async def test_what_cannot_be_made_leaves_nothing_behind(
    gate: Gate, tmp_path: Path, name: str, filters: Filters, error: type[Exception]
) -> None:
    await Record.set_up(gate, award=False)
    with pytest.raises(error):
        await made(gate, tmp_path, name, filters=filters)
    with pytest.raises(Invalid):
        await made(gate, tmp_path, "allocation-position", entry_no=10_000)
    record = await Record.set_up(gate, award=False)
    with pytest.raises(NotAllowed):
        await make_report(gate, record.stage.officer, "spend-transactions", output=tmp_path / "x.xlsx", signer=SIGNER)
    assert list(tmp_path.iterdir()) == []
