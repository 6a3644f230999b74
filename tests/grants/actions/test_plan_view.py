"""The plan as people see it: the figures that deeds leave behind, the same for ever, and never an old answer."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from grants.actions import kept_answers
from grants.actions.decisions import approve, propose
from grants.actions.people import OPERATOR
from grants.actions.plan_view import MIXES_YEARS, PlanView, YearFigures, line_view, plan_json, plan_view
from grants.actions.returns import reopen
from grants.domain.access import Actor, Role
from grants.domain.decisions import Allocate, Pay, Recover, Vire
from grants.domain.errors import Invalid, NotAllowed, NotFound
from grants.store.transaction import Gate
from tests.grants.actions.cast import REAL_PLAN, decide, load, person
from tests.grants.actions.stage import Stage

OLD = "LI-OLDHAM-01"


async def seen(gate: Gate, actor: Actor = OPERATOR, entry_no: int | None = None) -> PlanView:
    async with gate.reading(actor) as view:
        return await plan_view(view, entry_no)


def years(plan: PlanView, code: str) -> dict[str, YearFigures]:
    lines = {line.code: line for programme in plan.programmes for line in programme.funding_lines}
    return {figures.year: figures for figures in lines[code].financial_years}


def money(figures: YearFigures) -> dict[str, int]:
    return {
        name.removesuffix("_pence"): getattr(figures, name)
        for name in figures.__struct_fields__
        if name.endswith("_pence") and getattr(figures, name)
    }


async def test_the_plan_as_announced(gate: Gate) -> None:
    await load(gate)
    plan = await seen(gate)
    assert plan.entry_no == 6
    assert plan.note == MIXES_YEARS
    assert not plan.has_example_data
    action, wider = plan.programmes
    assert (action.code, action.announced_pence, action.announced_note) == ("ACTION-PLAN", 1_000_000_000, "")
    assert (wider.code, wider.announced_pence, wider.announced_note) == ("WIDER-CSA", 2_250_000_000, MIXES_YEARS)
    assert [line.code for line in action.funding_lines] == ["INVESTIGATIONS", "LOCAL-INQUIRIES", "AUDIT-PANEL"]
    for line in (line for programme in plan.programmes for line in programme.funding_lines):
        (figures,) = line.financial_years
        assert money(figures) == {"allocated": line.announced_pence, "unawarded": line.announced_pence}
        assert not line.has_example_data
    assert [event.when for event in wider.history] == ["16 January 2025", "August 2025"]
    assert action.milestones[0].code == "IICSA-TIMETABLE"


async def test_every_deed_shows_where_it_should(gate: Gate) -> None:
    await load(gate)
    stage = await Stage.set_up(gate)
    await stage.round("ACTION-PLAN", "2025-26-Q1")
    await stage.award(OLD, "LOCAL-INQUIRIES")
    line = 500_000_000

    async def now() -> dict[str, int]:
        return money(years(await seen(gate), "LOCAL-INQUIRIES")["2025-26"])

    awarded = {"allocated": line, "awarded": 10_000_000, "forecast": 10_000_000, "unawarded": line - 10_000_000}
    assert await now() == awarded
    await decide(gate, stage.lead, stage.approver, Pay(OLD, "2025-26", 50_000_00, date(2025, 5, 1), instalment=1))
    paid = awarded | {"paid": 50_000_00}
    assert await now() == paid
    accepted = await stage.accepted(OLD, "2025-26-Q1", 10_000_00, {"2025-26-Q2": 20_000_00, "2025-26-Q3": 1})
    assert await now() == paid | {"spent": 10_000_00, "forecast": 30_000_01}
    async with gate.deed(stage.lead) as tx:
        await reopen(tx, accepted, "A wrong figure")
    assert await now() == paid
    await decide(gate, stage.lead, stage.approver, Recover(OLD, 100, date(2025, 6, 1)))
    assert await now() == paid
    await decide(gate, stage.lead, stage.approver, Vire("LOCAL-INQUIRIES", "AUDIT-PANEL", "2025-26", 7))
    assert await now() == paid | {"allocated": line - 7, "unawarded": line - 10_000_007}
    await decide(gate, stage.lead, stage.approver, Allocate("LOCAL-INQUIRIES", "2026-27", 5))
    assert set(years(await seen(gate), "LOCAL-INQUIRIES")) == {"2025-26", "2026-27"}


async def test_a_later_return_counts_and_an_earlier_entry_number_is_the_same_for_ever(gate: Gate) -> None:
    await load(gate)
    stage = await Stage.set_up(gate)
    for period in ("2025-26-Q1", "2025-26-Q2"):
        await stage.round("ACTION-PLAN", period)
    await stage.award(OLD, "LOCAL-INQUIRIES")
    then: dict[int, Any] = {}

    async def remember() -> None:
        plan = await seen(gate)
        then[plan.entry_no] = years(plan, "LOCAL-INQUIRIES")

    await remember()
    await stage.accepted(OLD, "2025-26-Q2", 5_00, {"2025-26-Q3": 3_00})
    await remember()
    assert then[8]["2025-26"].forecast_pence == 8_00
    await stage.accepted(OLD, "2025-26-Q1", 1_00, {"2025-26-Q2": 99_00, "2025-26-Q3": 99_00})
    await remember()
    assert then[9]["2025-26"].forecast_pence == 9_00
    assert len(then) == 3
    for entry_no, figures in then.items():
        plan = await seen(gate, entry_no=entry_no)
        assert plan.entry_no == entry_no
        assert years(plan, "LOCAL-INQUIRIES") == figures
    nothing = years(await seen(gate, entry_no=0), "LOCAL-INQUIRIES")
    assert money(nothing["2025-26"]) == {}


async def test_a_person_of_one_programme_sees_that_one(gate: Gate) -> None:
    await load(gate)
    narrow = await person(gate, Role.AUDITOR, "WIDER-CSA")
    plan = await seen(gate, narrow)
    assert [programme.code for programme in plan.programmes] == ["WIDER-CSA"]
    assert b"OLDHAM" not in (await plan_json(gate, narrow)).upper()
    assert msgspec.json.decode(await plan_json(gate, narrow), type=PlanView) == plan
    assert msgspec.json.decode(await plan_json(gate, OPERATOR), type=PlanView) == await seen(gate)
    async with gate.reading(narrow) as view:
        assert (await line_view(view, "CAID")).code == "CAID"
        for hidden in ("LOCAL-INQUIRIES", "NO-SUCH"):
            with pytest.raises(NotFound) as refused:
                await line_view(view, hidden)
            assert refused.value.code == "funding_line"


@pytest.mark.parametrize("role", [Role.FINANCE_OFFICER, Role.CERTIFIER, Role.ADMINISTRATOR])
async def test_others_see_none(gate: Gate, role: Role) -> None:
    await load(gate)
    await plan_json(gate, OPERATOR)
    actor = await person(gate, role, "GB-LAE-OLD")
    with pytest.raises(NotAllowed):
        await plan_json(gate, actor)
    async with gate.reading(actor) as view:
        with pytest.raises(NotAllowed):
            await plan_view(view)
        with pytest.raises(NotAllowed):
            await line_view(view, "CAID")


@pytest.mark.parametrize("entry_no", [-1, 7, 2**62])
async def test_an_entry_that_is_not_there_is_refused(gate: Gate, entry_no: int) -> None:
    await load(gate)
    with pytest.raises(Invalid) as refused:
        await plan_json(gate, OPERATOR, entry_no)
    assert refused.value.code == "as_at"


async def test_the_same_bytes_until_a_deed_and_never_after_one(gate: Gate) -> None:
    await load(gate)
    first = await plan_json(gate, OPERATOR)
    assert await plan_json(gate, OPERATOR) is first
    lead, approver = await person(gate, Role.PROGRAMME_LEAD), await person(gate, Role.APPROVER)
    async with gate.deed(lead) as tx:
        await propose(tx, Allocate("CAID", "2025-26", 1), "Needed")
    assert await plan_json(gate, OPERATOR) == first
    await decide(gate, lead, approver, Allocate("CAID", "2025-26", 1))
    plan = msgspec.json.decode(await plan_json(gate, OPERATOR), type=PlanView)
    assert years(plan, "CAID")["2025-26"].allocated_pence == 500_000_001
    await load(gate, replace(REAL_PLAN, history=(*REAL_PLAN.history, replace(REAL_PLAN.history[0], code="MORE"))))
    assert b'"MORE"' in await plan_json(gate, OPERATOR)


async def test_a_deed_that_another_process_did_is_seen(gate: Gate) -> None:
    """Answers and deeds by turns, many at once: an answer is never older than the last deed that had ended before it was asked."""
    await load(gate)
    lead, approver = await person(gate, Role.PROGRAMME_LEAD), await person(gate, Role.APPROVER)
    done = 6

    async def ask() -> None:
        before = done
        answer = msgspec.json.decode(await plan_json(gate, OPERATOR), type=PlanView)
        assert answer.entry_no >= before
        assert years(answer, "TOEX")["2024-25"].allocated_pence == 650_000_000 + answer.entry_no - 6

    for _ in range(5):
        await asyncio.gather(*(ask() for _ in range(6)), decide(gate, lead, approver, Allocate("TOEX", "2024-25", 1)))
        done += 1
        await asyncio.gather(*(ask() for _ in range(6)))


async def test_money_that_an_example_moved_marks_its_line(gate: Gate) -> None:
    await load(gate)
    lead, approver = await person(gate, Role.PROGRAMME_LEAD), await person(gate, Role.APPROVER)
    async with gate.deed(lead) as tx:
        decision = await propose(tx, Vire("CAID", "UNDERCOVER", "2025-26", 1), "An example", is_example=True)
    assert not (await seen(gate)).has_example_data
    async with gate.deed(approver) as tx:
        await approve(tx, decision.id, "Agreed")
    plan = await seen(gate)
    lines = [line for programme in plan.programmes for line in programme.funding_lines]
    assert {line.code for line in lines if line.has_example_data} == {"CAID", "UNDERCOVER"}


async def test_few_answers_are_kept(gate: Gate) -> None:
    await load(gate)
    lead, approver = await person(gate, Role.PROGRAMME_LEAD), await person(gate, Role.APPROVER)
    for _ in range(kept_answers._KEPT):
        await decide(gate, lead, approver, Allocate("TOEX", "2024-25", 1))
    for entry_no in range(kept_answers._KEPT + 6):
        await plan_json(gate, OPERATOR, entry_no)
    assert len(kept_answers._answers[gate]._kept) == kept_answers._KEPT
