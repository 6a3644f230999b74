"""Who may load the plan, and that a load which fails leaves nothing."""

from dataclasses import replace

import pytest

from grants.actions.people import ANNOUNCEMENT
from grants.domain.access import Role
from grants.domain.errors import Conflict, NotAllowed, RuleBroken
from grants.store.transaction import Gate
from tests.grants.actions.cast import REAL_PLAN, count, load, person


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PROGRAMME_LEAD])
async def test_only_a_programme_lead_loads_it(gate: Gate, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await load(gate, REAL_PLAN, await person(gate, role, "ACTION-PLAN"))
    assert await count(gate, "programme") == 0


async def test_a_lead_of_one_programme_cannot_load_another(gate: Gate) -> None:
    narrow = await person(gate, Role.PROGRAMME_LEAD, "ACTION-PLAN")
    with pytest.raises(NotAllowed):
        await load(gate, REAL_PLAN, narrow)


async def test_the_announcement_itself_cannot_open_the_plan(gate: Gate) -> None:
    with pytest.raises(Conflict) as refused:
        await load(gate, REAL_PLAN, ANNOUNCEMENT)
    assert refused.value.code == "same_person"
    assert await count(gate, "programme") == 0


async def test_a_load_that_fails_leaves_nothing(gate: Gate) -> None:
    lines = (replace(REAL_PLAN.funding_lines[0], announced_pence=10**12), *REAL_PLAN.funding_lines[1:])
    broken = replace(REAL_PLAN, funding_lines=lines)
    lead = await person(gate, Role.PROGRAMME_LEAD)
    before = await count(gate, "journal")
    with pytest.raises(RuleBroken, match="amount must be"):
        await load(gate, broken, lead)
    assert await count(gate, "programme") == 0
    assert await count(gate, "journal") == before
