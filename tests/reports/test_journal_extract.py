"""The journal as a report: every record once, in order, what it says and what it is about, and for auditors only."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grants.actions.people import OPERATOR
from grants.actions.recipients import add_recipient
from grants.actions.reports import NewRun, NewSchedule, add_schedule, ask_for_run
from grants.domain.access import Role
from grants.domain.decisions import Allocate, AmendLine, LineFacts, Reverse, Vire
from grants.domain.errors import NotAllowed
from grants.domain.recipients import NewRecipient, RecipientKind
from grants.domain.schedules import Every, Filters, Rule
from grants.store import journal_extract
from grants.store.transaction import Gate
from reports.catalogue import offers
from reports.report import EXAMPLE_DATA, EXAMPLE_MARKING, PRIVATE_MARKING
from reports.runs import wake
from tests.database import looking
from tests.grants.actions.cast import decide, person
from tests.reports.ledger import AWARD, Line, Record
from tests.reports.sheets import cover, csv_rows, table
from tests.reports.test_catalogue import made
from tests.reports.waking import SIGNER, downloaded

NAME = "journal-extract"


async def test_every_record_stands_once_with_who_when_what_and_how_it_was_before_and_after(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_extract, "_BATCH", 3)
    record = await Record.set_up(gate)
    await record.accept("2025-26-Q1", [Line(100_00)])
    path, answer = await made(gate, tmp_path, NAME)
    rows = table(path, "Journal")
    assert [row["Position"] for row in rows] == list(range(1, answer.journal_no + 1))
    assert answer.rows == len(rows) > 20
    async with looking(gate) as db:
        kept = await db.fetch(
            "SELECT j.number, p.name, j.deed, j.subject, j.before::text, j.after::text, j.reason FROM journal j "
            "JOIN person p ON p.id = j.person_id WHERE j.number <= $1 ORDER BY j.number",
            answer.journal_no,
        )
    assert [tuple(row) for row in kept] == [
        (row["Position"], row["Who"], row["What"], row["On which"], row["Before"], row["After"], row["Reason"])
        for row in rows
    ]
    moved = next(row for row in rows if row["What"] == "move_award" and row["On which"] == AWARD)
    assert (moved["Who"], moved["Role"], moved["Reason"]) == (record.stage.lead.name, "programme_lead", "As agreed")
    assert json.loads(moved["Before"])["state"] == "allocated"
    assert json.loads(moved["After"])["state"] == "due_diligence"
    assert cover(path)["Narrowed to"].startswith("Nothing")


async def test_a_period_is_whole_days_in_london(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate, award=False)
    days = {
        "before": datetime(2025, 6, 30, 22, 59, 59, tzinfo=UTC),
        "first": datetime(2025, 6, 30, 23, 0, tzinfo=UTC),
        "last": datetime(2025, 9, 30, 22, 59, 59, tzinfo=UTC),
        "after": datetime(2025, 9, 30, 23, 0, tzinfo=UTC),
    }
    for name, now in days.items():
        gate.clock = lambda now=now: now  # type: ignore[misc]
        async with gate.deed(record.stage.lead) as tx:
            await add_recipient(tx, NewRecipient(f"GB-CHC-{name.upper()}", name, RecipientKind.CHARITY))
    path, _ = await made(gate, tmp_path, NAME, "csv", filters=Filters(period="2025-26-Q2"))
    assert [row["On which"] for row in csv_rows(path)] == ["GB-CHC-FIRST", "GB-CHC-LAST"]
    assert csv_rows(path)[0]["When"] == "2025-06-30T23:00:00Z"


async def test_a_record_about_private_money_or_an_example_is_marked_whatever_it_is_about(
    gate: Gate, tmp_path: Path
) -> None:
    record = await Record.set_up(gate)
    lead, approver = record.stage.lead, record.stage.approver
    before, _ = await made(gate, tmp_path, NAME)
    assert not {row["Markings"] for row in table(before, "Journal")} - {None}
    await decide(gate, lead, approver, Allocate("CAID", "2025-26", 100))
    entry = await record.newest_entry()
    await decide(gate, lead, approver, Reverse(entry))
    await decide(gate, lead, approver, Vire("LOCAL-INQUIRIES", "INVESTIGATIONS", "2025-26", 100))
    await decide(gate, lead, approver, Vire("LOCAL-INQUIRIES", "UNDERCOVER", "2025-26", 100))
    async with gate.deed(OPERATOR) as tx:
        example = NewRecipient("GB-CHC-EXAMPLE", "Example", RecipientKind.CHARITY)
        await add_recipient(tx, example, is_example=True)
    path, _ = await made(gate, tmp_path, NAME)
    rows = table(path, "Journal")[len(table(before, "Journal")) :]
    marked = [(row["Markings"] or "").split(":")[0] for row in rows if row["What"] in ("propose", "decide")]
    assert marked == ["Do not publish"] * 4 + [""] * 2 + ["Do not publish"] * 2
    assert [row["On which"] for row in rows if row["Markings"] == EXAMPLE_DATA] == ["GB-CHC-EXAMPLE"]
    assert cover(path)["Marking"] == f"{EXAMPLE_MARKING} {PRIVATE_MARKING}"


async def test_it_says_the_same_of_a_place_whatever_came_later(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    _, first = await made(gate, tmp_path, NAME)
    place = {"entry_no": first.entry_no, "journal_no": first.journal_no}
    await decide(
        gate, record.stage.lead, record.stage.approver, AmendLine("LOCAL-INQUIRIES", LineFacts(do_not_publish="Secret"))
    )
    for of in ("xlsx", "csv"):
        one, two = [(await made(gate, tmp_path, NAME, of, **place))[1] for _ in range(2)]
        assert one.sha256 == two.sha256
        assert of == "csv" or one.sha256 == first.sha256


async def test_only_an_auditor_of_everything_may_ask_for_it_or_read_it(gate: Gate) -> None:
    record = await Record.set_up(gate, award=False)
    auditor = await person(gate, Role.AUDITOR)
    half = await person(gate, Role.AUDITOR, "ACTION-PLAN")
    for actor in (record.stage.lead, half):
        with pytest.raises(NotAllowed):
            async with gate.deed(actor) as tx:
                await ask_for_run(tx, offers(), NewRun(NAME, formats=("csv",)))
        with pytest.raises(NotAllowed):
            async with gate.deed(actor) as tx:
                await add_schedule(tx, offers(), NewSchedule(NAME, "Journal", Rule(Every.MONTH)))
    async with gate.deed(auditor) as tx:
        asked = await ask_for_run(tx, offers(), NewRun(NAME, formats=("csv",)))
    assert await wake(gate, SIGNER) == 1
    _, content = await downloaded(gate, auditor, asked.id, "csv")
    assert b"load_plan" in content
    for actor in (record.stage.lead, record.stage.approver):
        with pytest.raises(NotAllowed):
            await downloaded(gate, actor, asked.id, "csv")
