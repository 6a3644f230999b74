"""Example data: complete, marked everywhere, put there by different people, and never beside real awards."""

import asyncio

import pytest

from grants.actions.example import EXAMPLE_PEOPLE, load_example
from grants.actions.example_data import ExampleReturn, example_data
from grants.actions.people import OPERATOR
from grants.actions.plan_view import plan_view
from grants.actions.recipients import load_recipients
from grants.actions.submissions import Checked
from grants.domain.access import Role
from grants.domain.errors import Conflict
from grants.domain.returns import ReturnContext, ReturnState
from grants.store.transaction import Gate
from importers.example import example_workbook
from importers.sandbox import Reader
from tests.database import looking
from tests.grants.actions.cast import count, load
from tests.grants.actions.stage import Stage

MARKED = (
    "person",
    "award",
    "collection_round",
    "spend_return",
    "decision",
)


async def prepared(gate: Gate) -> None:
    async with gate.deed(OPERATOR) as tx:
        await load_recipients(tx)
    await load(gate)


async def never(context: ReturnContext, example: ExampleReturn) -> tuple[bytes, Checked]:
    raise AssertionError("nothing was to be filled in")


async def test_it_is_all_there_marked_and_made_by_different_people(gate: Gate) -> None:
    await prepared(gate)
    real_decisions = await count(gate, "decision")
    real_people = await count(gate, "person")
    async with Reader() as reader:
        assert await load_example(gate, example_workbook(reader))
    async with looking(gate) as db:
        states = {row["state"] for row in await db.fetch("SELECT DISTINCT state FROM spend_return")}
        assert states == {state.value for state in ReturnState}
        marked = {table: await db.fetchval(f"SELECT count(*) FROM {table} WHERE NOT is_example") for table in MARKED}
        assert marked == {
            "person": real_people,
            "award": 0,
            "collection_round": 0,
            "spend_return": 0,
            "decision": real_decisions,
        }
        assert await db.fetchval("SELECT count(*) FROM recipient WHERE is_example") == len(example_data().recipient)
        decided = await db.fetch("SELECT state, proposed_by, decided_by FROM decision WHERE is_example")
        assert {row["state"] for row in decided} == {"approved", "declined", "proposed"}
        assert len({row["proposed_by"] for row in decided} | {row["decided_by"] for row in decided} - {None}) == 2
        versions = await db.fetch(
            "SELECT DISTINCT uploaded_by, certified_by FROM return_version WHERE certified_by IS NOT NULL"
        )
        assert len(versions) == 3
        assert await db.fetchval("SELECT count(*) FROM spend_line") > 20
        assert await db.fetchval("SELECT count(*) FROM payment WHERE claim IS NOT NULL") == 1
        problems = await db.fetch(
            "SELECT v.state, p.severity FROM return_problem p JOIN return_version v ON v.id = p.version_id"
        )
        assert {("has_problems", "error"), ("ready_to_certify", "warning")} == {
            (row["state"], row["severity"]) for row in problems
        }
        due = await db.fetch("SELECT award || '/' || period AS name FROM spend_return WHERE state = 'due' ORDER BY 1")
        assert "LI-OLDHAM-01/2025-26-Q2" in [row["name"] for row in due]
        outside = await db.fetchval(
            "SELECT count(*) FROM entry e LEFT JOIN decision d ON d.id = e.decision_id "
            "WHERE d.id IS NOT NULL AND NOT d.is_example AND d.kind <> 'open_plan'"
        )
        assert outside == 0
    async with gate.reading(OPERATOR) as view:
        plan = await plan_view(view)
    assert plan.has_example_data
    shown = {line.code for programme in plan.programmes for line in programme.funding_lines if line.has_example_data}
    assert shown == {award.funding_line for award in example_data().award}


async def test_again_it_does_nothing(gate: Gate) -> None:
    await prepared(gate)
    async with Reader() as reader:
        fill = example_workbook(reader)
        assert sorted(await asyncio.gather(load_example(gate, fill), load_example(gate, fill))) == [False, True]
    before = await count(gate, "journal")
    assert not await load_example(gate, never)
    assert await count(gate, "journal") == before


async def test_it_is_never_mixed_with_real_awards(gate: Gate) -> None:
    await prepared(gate)
    stage = await Stage.set_up(gate)
    await stage.award("REAL-01", "LOCAL-INQUIRIES")
    before = await count(gate, "journal")
    with pytest.raises(Conflict) as refused:
        await load_example(gate, never)
    assert refused.value.code == "real_data"
    assert await count(gate, "journal") == before


async def test_one_that_breaks_off_leaves_nothing(gate: Gate) -> None:
    await prepared(gate)
    before = {table: await count(gate, table) for table in (*MARKED, "journal", "recipient", "entry")}
    with pytest.raises(AssertionError, match="nothing was to be filled in"):
        await load_example(gate, never)
    assert {table: await count(gate, table) for table in before} == before


def test_every_role_is_there_and_every_name_and_address_says_what_it_is() -> None:
    assert {role for person in EXAMPLE_PEOPLE for role, _ in person.roles} == set(Role)
    assert all(person.email.endswith("@example.org") and "(example)" in person.name for person in EXAMPLE_PEOPLE)
    assert all("(example" in recipient.name for recipient in example_data().recipient)
    assert all("(example)" in award.terms.purpose for award in example_data().award)
    officers = {person.over for person in EXAMPLE_PEOPLE if person.role is Role.FINANCE_OFFICER}
    certifiers = {person.over for person in EXAMPLE_PEOPLE if person.role is Role.CERTIFIER}
    assert officers == certifiers == {award.recipient_id for award in example_data().award}
