"""exceptions: each rule broken in a real record, or in one that the service itself would refuse, and found where it is broken."""

import dataclasses
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest

from grants.actions.people import OPERATOR
from grants.domain.awards import CostCategory
from grants.domain.decisions import Pay, Vire
from grants.domain.schedules import Filters
from grants.store import ledger
from grants.store.standing import DecisionAt, ReturnAt, decisions_at, returns_at
from grants.store.transaction import Gate
from reports.breaches import Breach, Rule, of_decisions, of_returns
from reports.report import PRIVATE_MARKING
from tests.grants.actions.cast import decide
from tests.grants.actions.stage import TERMS
from tests.reports.accessibility import problems
from tests.reports.awarding import replaced
from tests.reports.ledger import AWARD, Line, Record
from tests.reports.sheets import cover, table
from tests.reports.test_catalogue import made
from tests.reports.test_quarterly_monitoring import tell

NAME = "exceptions"
Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
TRAVEL = CostCategory.TRAVEL
BEFORE_ALL_ARE_DUE = date(2025, 4, 1)


def _shown(rows: list[dict[str, Any]], rule: Rule, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows if row["Exception"] == rule]


async def _standing(gate: Gate) -> tuple[list[ReturnAt], list[DecisionAt]]:
    async with gate.reading(OPERATOR) as view:
        at = await ledger.head(view.db)
        return await returns_at(view.db, at), await decisions_at(view.db, at)


async def test_forecasts_and_spend_of_headings_are_held_against_the_terms(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    # Staff pay has £60,000, travel £40,000: amber is from 5%, red from 10%, and 10% may be moved.
    await tell(record, Q1, [Line(1_00), Line(44_000_01, category=TRAVEL)], {Q2: 56_999_00}, "")
    path, first = await made(gate, tmp_path, NAME)
    assert problems(path) == []
    rows = table(path, "Exceptions")
    money = ("Cost category", "Budget", "Spent", "Forecast variance")
    travel = ("Travel and subsistence", 40_000, 44_000.01, 4_000.01)
    staff = ("Staff pay", 60_000, 1, -3_000)
    assert _shown(rows, Rule.OVER_THRESHOLD, *money) == [travel]
    assert _shown(rows, Rule.OVER_BUDGET, *money) == [travel]
    assert _shown(rows, Rule.UNEXPLAINED, *money) == [staff, travel]
    assert {row["Where"] for row in rows if row["Cost category"]} == {f"Return {AWARD}/{Q1}, version 1"}
    assert {row["Figure"].split(":")[0] for row in table(path, "Sources")} >= {"variance", "budget", "spent"}
    await tell(record, Q2, [Line(-1_00, category=TRAVEL)], {"2025-26-Q3": 57_001_00}, "Late hearings")
    later, _ = await made(gate, tmp_path, NAME)
    rows = table(later, "Exceptions")
    assert _shown(rows, Rule.OVER_BUDGET, *money) == []
    assert _shown(rows, Rule.UNEXPLAINED, "Cost category") == [("Travel and subsistence",)]
    _, same = await made(gate, tmp_path, NAME, entry_no=first.entry_no, journal_no=first.journal_no)
    assert same.sha256 == first.sha256


async def test_lines_that_stand_twice_are_found_across_a_recipients_awards(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    await record.stage.award("AP-1", "AUDIT-PANEL", replaced(TERMS, do_not_publish="A secret"))
    await record.accept(Q1, [Line(10_00), Line(20_00)])
    await record.accept(Q2, [Line(10_00), Line(20_01), Line(30_00)])
    await record.accept(Q1, [Line(11_00), Line(20_00)], award="AP-1")
    await record.submit(Q2, [Line(11_00)], award="AP-1")  # it is not accepted
    path, _ = await made(gate, tmp_path, NAME)
    assert problems(path, marking=PRIVATE_MARKING) == []
    names = ("Award", "Amount", "Where", "What", "Markings")
    at, same = "Spend!{} of return {}, version 1", "The same as Spend!{} of return {}, version 1"
    assert _shown(table(path, "Exceptions"), Rule.DUPLICATE, *names) == [
        (AWARD, 20, at.format("G10", f"{AWARD}/{Q1}"), same.format("G10", f"AP-1/{Q1}"), "Do not publish: A secret"),
        (AWARD, 10, at.format("G9", f"{AWARD}/{Q2}"), same.format("G9", f"{AWARD}/{Q1}"), None),
    ]
    only, _ = await made(gate, tmp_path, NAME, filters=Filters(period=Q2))
    ((pence, figure),) = _shown(table(only, "Exceptions"), Rule.DUPLICATE, "Amount", "Figure of the amount")
    assert (pence, figure.split(":")[0]) == (10, "line")


async def test_what_was_reopened_is_told_with_the_difference(gate: Gate, tmp_path: Path) -> None:
    record = await Record.set_up(gate)
    first = await record.accept(Q1, [Line(10_00)])
    await record.reopen(first)
    path, answer = await made(gate, tmp_path, NAME)
    shown = ("Amount", "What")
    reopened = f"Reopened by {record.stage.lead.name}: A wrong line. "
    assert _shown(table(path, "Exceptions"), Rule.CHANGED, *shown) == [(None, f"{reopened}Not accepted again yet")]
    await record.accept(Q1, [Line(7_50)])
    again, _ = await made(gate, tmp_path, NAME)
    told = f"{reopened}Accepted again as version 2"
    assert _shown(table(again, "Exceptions"), Rule.CHANGED, *shown) == [(-2.5, told)]
    _, same = await made(gate, tmp_path, NAME, entry_no=answer.entry_no, journal_no=answer.journal_no)
    assert same.sha256 == answer.sha256
    empty, _ = await made(gate, tmp_path, NAME, filters=Filters(funding_line="TOEX"))
    assert cover(empty)["Exceptions"] == f"0 found by {len(Rule)} rules"
    assert [row["Found"] for row in table(empty, "Rules")] == [0] * len(Rule)


async def test_returns_are_late_by_the_day_after_they_are_due(gate: Gate) -> None:
    record = await Record.set_up(gate)
    await record.certify(await record.submit(Q1, [Line(1)]))
    (first, second), _ = await _standing(gate)
    due, certified = second.due_on, first.submitted_at
    assert certified is not None

    def late(found: ReturnAt, due_on: date, today: date) -> list[str]:
        held = dataclasses.replace(found, due_on=due_on)
        return [breach.what for breach in of_returns([held], today) if breach.rule is Rule.LATE]

    assert late(second, due, due) == []
    assert late(second, due, due + timedelta(days=1)) == ["Overdue by 1 day"]
    assert late(second, due, due + timedelta(days=1_000)) == ["Overdue by 1,000 days"]
    submitted = certified.astimezone(UTC).date()
    assert late(first, submitted + timedelta(days=1), date.max) == []
    assert late(first, submitted - timedelta(days=9), date.max)[0].startswith("Submitted ")


async def test_nobody_has_two_parts(gate: Gate) -> None:
    record = await Record.set_up(gate)
    found = await record.accept(Q1, [Line(10_00)])
    await record.reopen(found)
    await record.accept(Q1, [Line(20_00)])
    await decide(gate, record.stage.lead, record.stage.approver, Vire("TOEX", "CAID", "2024-25", 1))
    (ours, _), decisions = await _standing(gate)

    def broken(changed: ReturnAt) -> list[tuple[str, Rule]]:
        every = of_returns([changed], BEFORE_ALL_ARE_DUE)
        return [(breach.where, breach.rule) for breach in every if breach.rule is Rule.SEGREGATION]

    assert broken(ours) == []
    first, second = ours.versions
    assert first.certifier_id is not None
    name = f"Return {AWARD}/{Q1}, version 2"
    # Whoever certifies the second version had prepared the first.
    other = dataclasses.replace(second, certifier_id=first.uploader_id, uploader_id=record.stage.approver.id)
    assert broken(dataclasses.replace(ours, versions=(first, other))) == [(name, Rule.SEGREGATION)]
    for person in (first.uploader_id, first.certifier_id):
        events = (dataclasses.replace(e, person_id=person) if e.deed == "accept" else e for e in ours.events)
        found_twice = [(name.replace("version 2", f"version {number}"), Rule.SEGREGATION) for number in (1, 2)]
        assert broken(dataclasses.replace(ours, events=tuple(events))) == found_twice
    assert list(of_decisions(decisions, {}, [ours])) == []
    vire = dataclasses.replace(decisions[-1], decider=decisions[-1].proposer)
    (breach,) = of_decisions([vire], {}, [ours])
    assert (breach.rule, breach.where, breach.subject) == (Rule.SEGREGATION, f"Decision {vire.number}", "TOEX")


@pytest.mark.parametrize("part", ["proposer", "decider"])
async def test_a_payment_is_not_proposed_or_decided_by_its_claims_people(gate: Gate, part: str) -> None:
    record = await Record.set_up(gate)
    await record.accept(Q1, [Line(10_00)])
    returns, decisions = await _standing(gate)
    pay = dataclasses.replace(decisions[-1], terms=Pay(AWARD, "2025-26", 1, date(2025, 7, 1), claim=Q1), subject=AWARD)

    def told(**people: object) -> list[Breach]:
        return list(of_decisions([dataclasses.replace(pay, **people)], {}, returns))  # type: ignore[arg-type]

    assert told() == []
    for person in (record.stage.officer.id, record.stage.certifier.id):
        assert len(told(**{part: person})) == 1
        elsewhere = Pay(AWARD, "2025-26", 1, date(2025, 7, 1), claim=Q2)
        assert told(**{part: person, "terms": elsewhere}) == []
