"""The people and the plan that tests of actions begin with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import grants
from grants.actions.decisions import approve, propose
from grants.actions.people import OPERATOR, ensure_service_actors
from grants.actions.plan import PlanLoad, load_plan
from grants.domain.access import Actor, Deed, Grant, Role
from grants.domain.decisions import DecisionTerms
from grants.domain.plan import Plan
from grants.domain.plan_file import read_plan
from grants.store.journal import record
from grants.store.tables import Person
from grants.store.transaction import Gate
from tests.database import Database, looking

PLAN_FILE = Path(grants.__file__).parent / "data" / "plan.toml"
REAL_PLAN = read_plan(PLAN_FILE.read_text())


@asynccontextmanager
async def opened(database: Database) -> AsyncIterator[Gate]:
    """A gate to a database that has the service's own actors."""
    gate = await Gate.open(database.service_dsn, connections=4)
    try:
        async with gate.deed(OPERATOR) as tx:
            await ensure_service_actors(tx)
        yield gate
    finally:
        await gate.close()


async def person(gate: Gate, role: Role, *over: str) -> Actor:
    """Somebody new who holds one role."""
    actor = Actor(uuid4(), f"A {role.value}", (Grant(role, frozenset(over) or None),))
    async with gate.deed(OPERATOR) as tx:
        await tx.add(Person(id=actor.id, email=f"{actor.id}@example.org", name=actor.name, created_at=tx.now))
        await record(tx, Deed.MANAGE_PEOPLE, "person", str(actor.id))
    return actor


async def load(gate: Gate, plan: Plan = REAL_PLAN, actor: Actor = OPERATOR) -> PlanLoad:
    """Loads a plan in a deed of its own."""
    async with gate.deed(actor) as tx:
        return await load_plan(tx, plan)


async def decide(gate: Gate, lead: Actor, approver: Actor, terms: DecisionTerms) -> UUID:
    """Proposes and approves, each in a deed of its own."""
    async with gate.deed(lead) as tx:
        decision = await propose(tx, terms, "Needed")
    async with gate.deed(approver) as tx:
        return (await approve(tx, decision.id, "Agreed")).id


async def count(gate: Gate, table: str) -> int:
    """How many rows a table has."""
    async with looking(gate) as db:
        found: int = await db.fetchval(f"SELECT count(*) FROM {table}")
    return found
