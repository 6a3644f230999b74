"""Loading the plan: opened once, repeated without effect, and changed by proposals only."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg

from grants.actions.decisions import approve, decline
from grants.actions.people import ANNOUNCEMENT, OPERATOR
from grants.domain.access import Role
from grants.domain.decisions import AddLine, Allocate, AmendLine, LineFacts, Vire
from grants.domain.plan import BudgetKind, FundingLine, HistoryEvent, Milestone, Plan, Programme, Rag, YearBasis
from grants.store import plan as stored
from grants.store.ledger import positions
from grants.store.transaction import Gate
from tests.database import looking
from tests.grants.actions.cast import REAL_PLAN, count, decide, load, person

RECORDS = ("journal", "decision", "entry", "funding_line", "milestone", "history_event", "programme")


async def counts(gate: Gate) -> dict[str, int]:
    return {table: await count(gate, table) for table in RECORDS}


def changed(code: str, **facts: Any) -> Plan:
    """The real plan with one funding line changed."""
    lines = tuple(replace(line, **facts) if line.code == code else line for line in REAL_PLAN.funding_lines)
    return replace(REAL_PLAN, funding_lines=lines)


async def balances(gate: Gate) -> dict[str, int]:
    async with looking(gate) as db:
        return {row.account: row.balance_pence for row in await positions(db)}


async def open_decisions(gate: Gate) -> list[asyncpg.Record]:
    async with looking(gate) as db:
        rows: list[asyncpg.Record] = await db.fetch(
            "SELECT id, kind FROM decision WHERE state = 'proposed' ORDER BY number"
        )
    return rows


async def approve_all(gate: Gate) -> None:
    approver = await person(gate, Role.APPROVER)
    for row in await open_decisions(gate):
        async with gate.deed(approver) as tx:
            await approve(tx, row["id"], "As the file says")


async def line(gate: Gate, code: str) -> FundingLine:
    async with looking(gate) as db:
        return next(item for item in await stored.funding_lines(db) if item.code == code)


async def test_the_first_load_opens_the_plan(gate: Gate) -> None:
    done = await load(gate)
    assert not done.proposed
    assert not done.reported
    assert not done.unchanged
    async with looking(gate) as db:
        assert tuple(await stored.funding_lines(db)) == REAL_PLAN.funding_lines
        assert set(await stored.programmes(db)) == set(REAL_PLAN.programmes)
        assert set(await stored.milestones(db)) == set(REAL_PLAN.milestones)
        assert set(await stored.history(db)) == set(REAL_PLAN.history)
        decisions = await db.fetch("SELECT kind, state, programme, proposed_by, decided_by FROM decision")
        entries = await db.fetch("SELECT kind, source, target, pence, effective_on::text FROM entry ORDER BY number")
    assert sorted((row["programme"], row["kind"], row["state"]) for row in decisions) == [
        ("ACTION-PLAN", "open_plan", "approved"),
        ("WIDER-CSA", "open_plan", "approved"),
    ]
    assert {(row["proposed_by"], row["decided_by"]) for row in decisions} == {(ANNOUNCEMENT.id, OPERATOR.id)}
    assert [(row["kind"], row["source"], row["target"], row["pence"]) for row in entries] == [
        ("allocate", "source", f"line:{item.code}:{item.year}", item.announced_pence)
        for item in REAL_PLAN.funding_lines
    ]
    assert {row["effective_on"] for row in entries} == {"2025-01-16"}


async def test_the_same_file_again_changes_nothing(gate: Gate) -> None:
    await load(gate)
    before = await counts(gate)
    for _ in range(2):
        assert (await load(gate)).unchanged
    assert await counts(gate) == before


async def test_many_replicas_that_start_at_once_open_it_once(gate: Gate) -> None:
    done = await asyncio.gather(*(load(gate) for _ in range(4)))
    assert sorted(answer.unchanged for answer in done) == [False, True, True, True]
    assert await count(gate, "entry") == 6


async def test_what_decisions_have_changed_since_is_left_alone(gate: Gate) -> None:
    await load(gate)
    lead, approver = await person(gate, Role.PROGRAMME_LEAD), await person(gate, Role.APPROVER)
    facts = LineFacts(year="2026-27", year_basis=YearBasis.STATED, title="Named otherwise")
    await decide(gate, lead, approver, AmendLine("CAID", facts))
    await decide(gate, lead, approver, Vire("INVESTIGATIONS", "AUDIT-PANEL", "2025-26", 100))
    await decide(gate, lead, approver, Allocate("TOEX", "2025-26", 880_000_000))
    before = await counts(gate)
    assert (await load(gate)).unchanged
    assert await counts(gate) == before


async def test_a_changed_amount_becomes_two_proposals_and_no_edit(gate: Gate) -> None:
    await load(gate)
    done = await load(gate, changed("CAID", announced_pence=500_000_123))
    assert len(done.proposed) == 2
    assert not done.created
    assert (await line(gate, "CAID")).announced_pence == 500_000_000
    assert (await balances(gate))["line:CAID:2025-26"] == 500_000_000
    waiting = await counts(gate)
    assert (await load(gate, changed("CAID", announced_pence=500_000_123))).unchanged
    assert await counts(gate) == waiting
    await approve_all(gate)
    assert (await line(gate, "CAID")).announced_pence == 500_000_123
    assert (await balances(gate))["line:CAID:2025-26"] == 500_000_123
    assert (await load(gate, changed("CAID", announced_pence=500_000_123))).unchanged


async def test_one_of_two_approved_is_not_given_twice(gate: Gate) -> None:
    await load(gate)
    await load(gate, changed("CAID", announced_pence=600_000_000))
    approver = await person(gate, Role.APPROVER)
    allocate = next(row for row in await open_decisions(gate) if row["kind"] == "allocate")
    async with gate.deed(approver) as tx:
        await approve(tx, allocate["id"], "Yes")
    await load(gate, changed("CAID", announced_pence=600_000_000))
    await load(gate, changed("CAID", announced_pence=700_000_000))
    await approve_all(gate)
    assert (await balances(gate))["line:CAID:2025-26"] == 700_000_000
    assert (await line(gate, "CAID")).announced_pence == 700_000_000


async def test_an_amount_there_and_back_comes_out_even(gate: Gate) -> None:
    await load(gate)
    await load(gate, changed("CAID", announced_pence=600_000_000))
    await approve_all(gate)
    await load(gate, REAL_PLAN)
    await approve_all(gate)
    assert (await balances(gate))["line:CAID:2025-26"] == 500_000_000
    assert (await line(gate, "CAID")).announced_pence == 500_000_000


async def test_what_was_declined_is_not_asked_again(gate: Gate) -> None:
    await load(gate)
    plan = changed("CAID", title="Another title")
    await load(gate, plan)
    approver = await person(gate, Role.APPROVER)
    (proposal,) = await open_decisions(gate)
    async with gate.deed(approver) as tx:
        await decline(tx, proposal["id"], "No")
    before = await counts(gate)
    assert (await load(gate, plan)).unchanged
    assert await counts(gate) == before


async def test_a_cut_that_the_line_cannot_bear_is_told_and_tried_again(gate: Gate) -> None:
    await load(gate)
    lead, approver = await person(gate, Role.PROGRAMME_LEAD), await person(gate, Role.APPROVER)
    await decide(gate, lead, approver, Vire("CAID", "UNDERCOVER", "2025-26", 499_999_999))
    cut = changed("CAID", announced_pence=100)
    done = await load(gate, cut)
    assert len(done.reported) == 1
    assert "line:CAID:2025-26 has £0.01" in done.reported[0]
    before = await counts(gate)
    await load(gate, cut)
    assert await counts(gate) == before
    await decide(gate, lead, approver, Vire("UNDERCOVER", "CAID", "2025-26", 499_999_999))
    assert len((await load(gate, cut)).proposed) == 1
    await approve_all(gate)
    assert (await balances(gate))["line:CAID:2025-26"] == 100


async def test_a_corrected_year_takes_the_money_with_it(gate: Gate) -> None:
    await load(gate)
    await load(gate, changed("UNDERCOVER", year="2024-25", year_basis=YearBasis.STATED, announced_pence=1_100_000_001))
    await approve_all(gate)
    found = await balances(gate)
    assert (found["line:UNDERCOVER:2024-25"], found["line:UNDERCOVER:2025-26"]) == (1_100_000_001, 0)
    assert (await line(gate, "UNDERCOVER")).year_basis is YearBasis.STATED


NEW_LINE = FundingLine(
    "NEW", "WIDER-CSA", "New", "", 70_000, "2026-27", YearBasis.STATED, BudgetKind.CDEL_PROGRAMME, None, "A statement"
)


async def test_a_new_line_is_proposed_then_its_money(gate: Gate) -> None:
    await load(gate)
    plan = replace(
        REAL_PLAN,
        funding_lines=(*REAL_PLAN.funding_lines, NEW_LINE),
        history=(
            *REAL_PLAN.history,
            HistoryEvent("LATER", "WIDER-CSA", REAL_PLAN.history[0].on, "It began.", "A statement", None, "NEW"),
        ),
    )
    assert len((await load(gate, plan)).proposed) == 1
    again = await load(gate, plan)
    assert again.unchanged
    assert any("NEW is proposed and not decided" in told for told in again.reported)
    assert any("LATER waits for funding line NEW" in told for told in again.reported)
    await approve_all(gate)
    assert "line:NEW:2026-27" not in await balances(gate)
    done = await load(gate, plan)
    assert len(done.proposed) == 1
    assert done.created == ["History LATER"]
    await approve_all(gate)
    assert (await balances(gate))["line:NEW:2026-27"] == 70_000
    assert await line(gate, "NEW") == NEW_LINE
    assert (await load(gate, plan)).unchanged


async def test_a_new_line_that_was_declined_stays_so_until_the_file_changes(gate: Gate) -> None:
    await load(gate)
    plan = replace(REAL_PLAN, funding_lines=(*REAL_PLAN.funding_lines, NEW_LINE))
    await load(gate, plan)
    approver = await person(gate, Role.APPROVER)
    (proposal,) = await open_decisions(gate)
    async with gate.deed(approver) as tx:
        await decline(tx, proposal["id"], "No")
    again = await load(gate, plan)
    assert again.unchanged
    assert again.reported == ["Funding line NEW was proposed and declined. It is not proposed again."]
    other = replace(plan, funding_lines=(*REAL_PLAN.funding_lines, replace(NEW_LINE, announced_pence=5)))
    assert len((await load(gate, other)).proposed) == 1


async def test_money_given_by_hand_is_not_given_again(gate: Gate) -> None:
    await load(gate)
    lead, approver = await person(gate, Role.PROGRAMME_LEAD), await person(gate, Role.APPROVER)
    kind = BudgetKind.CDEL_PROGRAMME
    by_hand = AddLine("NEW", "WIDER-CSA", "New", "", 70_000, "2026-27", YearBasis.STATED, "A statement", kind)
    await decide(gate, lead, approver, by_hand)
    await decide(gate, lead, approver, Allocate("NEW", "2026-27", 70_000, kind))
    plan = replace(REAL_PLAN, funding_lines=(*REAL_PLAN.funding_lines, NEW_LINE))
    assert (await load(gate, plan)).unchanged


async def test_milestones_change_by_proposal_and_new_ones_are_facts(gate: Gate) -> None:
    await load(gate)
    first = REAL_PLAN.milestones[0]
    moved = replace(first, rag=Rag.AMBER, comment="Later than planned")
    added = Milestone("NEW", "WIDER-CSA", "Something new", None)
    plan = replace(REAL_PLAN, milestones=(moved, *REAL_PLAN.milestones[1:], added))
    done = await load(gate, plan)
    assert (done.created, len(done.proposed)) == (["Milestone NEW"], 1)
    await approve_all(gate)
    async with looking(gate) as db:
        found = {milestone.code: milestone for milestone in await stored.milestones(db)}
    assert found["NEW"] == added
    assert found[first.code] == moved
    assert (await load(gate, plan)).unchanged


async def test_what_cannot_be_changed_is_told_each_time(gate: Gate) -> None:
    await load(gate)
    plan = replace(
        changed("CAID", budget_kind=BudgetKind.CDEL_PROGRAMME),
        programmes=(replace(REAL_PLAN.programmes[0], title="Other"), REAL_PLAN.programmes[1]),
        milestones=(replace(REAL_PLAN.milestones[0], title="Other"), *REAL_PLAN.milestones[2:]),
        history=(replace(REAL_PLAN.history[0], text="Other"), *REAL_PLAN.history[2:]),
    )
    plan = replace(plan, funding_lines=plan.funding_lines[1:])
    for _ in range(2):
        done = await load(gate, plan)
        assert done.unchanged
        assert len(done.reported) == 7
        assert "Funding line INVESTIGATIONS is not in the file. Nothing is removed." in done.reported
    assert await count(gate, "funding_line") == 6


async def test_a_new_programme_is_a_fact(gate: Gate) -> None:
    await load(gate)
    programme = Programme("NEXT", "Next", REAL_PLAN.programmes[0].announced_on, "A statement")
    done = await load(gate, replace(REAL_PLAN, programmes=(*REAL_PLAN.programmes, programme)))
    assert done.created == ["Programme NEXT"]
