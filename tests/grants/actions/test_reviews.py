"""Annual reviews: proposed by one person, approved by another, once a year, and never of what is not there to be reviewed."""

from datetime import date, timedelta

import pytest
from msgspec import structs

from grants.actions.decisions import approve, decline, propose
from grants.domain.awards import REVIEWABLE, AwardState, check_review
from grants.domain.decisions import DecisionState, ReviewAward, ReviewOutcome, Vary
from grants.domain.errors import Conflict, Invalid, NotAllowed, NotFound, RuleBroken
from grants.store.transaction import Gate
from tests.grants.actions.cast import decide, load
from tests.grants.actions.stage import TERMS, Stage

AWARD, YEAR = "LI-OLDHAM-01", "2025-26"
REVIEW = ReviewAward(AWARD, YEAR, ReviewOutcome.CONTINUE)
FIRST = date(2025, 4, 1)


async def _stage(gate: Gate) -> Stage:
    await load(gate)
    stage = await Stage.set_up(gate)
    await stage.award(AWARD, "LOCAL-INQUIRIES")
    return stage


async def test_a_review_moves_nothing_and_stands_once_a_year(gate: Gate) -> None:
    stage = await _stage(gate)
    async with gate.deed(stage.lead) as tx:
        first = await propose(tx, REVIEW, "It goes well")
        second = await propose(tx, structs.replace(REVIEW, outcome=ReviewOutcome.AMEND), "Or does it?")
    with pytest.raises(NotAllowed):
        async with gate.deed(stage.lead) as tx:
            await approve(tx, first.id, "I agree with myself")
    async with gate.deed(stage.approver) as tx:
        approved = await approve(tx, first.id, "Agreed")
    assert (approved.state, approved.entries, approved.moves) == (DecisionState.APPROVED, [], [])
    assert (approved.decided_by, approved.subject) == (stage.approver.name, AWARD)
    with pytest.raises(Conflict, match="approved already"):
        async with gate.deed(stage.approver) as tx:
            await approve(tx, second.id, "Twice")
    async with gate.deed(stage.approver) as tx:
        await decline(tx, second.id, "Once is enough")
    with pytest.raises(Conflict, match="approved already"):
        async with gate.deed(stage.lead) as tx:
            await propose(tx, REVIEW, "Again")


async def test_a_review_is_of_the_terms_that_it_looked_at(gate: Gate) -> None:
    stage = await _stage(gate)
    async with gate.deed(stage.lead) as tx:
        review = await propose(tx, REVIEW, "It goes well")
    await decide(gate, stage.lead, stage.approver, Vary(AWARD, structs.replace(TERMS, purpose="Another one")))
    with pytest.raises(Conflict, match="terms have changed"):
        async with gate.deed(stage.approver) as tx:
            await approve(tx, review.id, "Agreed")


async def test_who_does_not_lead_the_programme_proposes_none(gate: Gate) -> None:
    stage = await _stage(gate)
    for actor in (stage.approver, stage.officer, stage.certifier):
        with pytest.raises((NotAllowed, NotFound)):
            async with gate.deed(actor) as tx:
                await propose(tx, REVIEW, "It goes well")
    with pytest.raises(NotFound):
        async with gate.deed(stage.lead) as tx:
            await propose(tx, structs.replace(REVIEW, award="NONE-SUCH"), "It goes well")


@pytest.mark.parametrize("state", AwardState)
def test_what_nobody_has_agreed_to_has_nothing_to_review(state: AwardState) -> None:
    if state in REVIEWABLE:
        check_review(TERMS, state, YEAR, FIRST)
    else:
        with pytest.raises(RuleBroken):
            check_review(TERMS, state, YEAR, FIRST)
    assert (state in REVIEWABLE) == (state not in ("allocated", "due_diligence", "offered"))


@pytest.mark.parametrize(
    ("year", "today"),
    [("2024-25", FIRST), ("2026-27", date(2027, 1, 1)), (YEAR, FIRST - timedelta(days=1))],
)
def test_a_year_of_the_award_is_reviewed_once_it_has_begun(year: str, today: date) -> None:
    with pytest.raises(RuleBroken):
        check_review(TERMS, AwardState.ACTIVE, year, today)


@pytest.mark.parametrize("year", ["2025-27", "2025-26-Q1", "1999-00"])
def test_a_year_that_is_none_is_not_reviewed(year: str) -> None:
    with pytest.raises((RuleBroken, Invalid)):
        check_review(TERMS, AwardState.ACTIVE, year, FIRST)
