"""A return's life: each state with each deed, and nothing that lasts for ever."""

from datetime import date

import pytest

from grants.domain.awards import CostCategory
from grants.domain.errors import Conflict
from grants.domain.plan import BudgetKind
from grants.domain.returns import SUBMITTED, TAKES_UPLOAD, Problem, ReturnDeed, ReturnState, Severity, SpendLine, move

S, D = ReturnState, ReturnDeed
ALLOWED = {
    (S.DUE, D.UPLOAD): S.CHECKING,
    (S.HAS_PROBLEMS, D.UPLOAD): S.CHECKING,
    (S.READY, D.UPLOAD): S.CHECKING,
    (S.CERTIFIER_DECLINED, D.UPLOAD): S.CHECKING,
    (S.CHANGES_REQUESTED, D.UPLOAD): S.CHECKING,
    (S.REOPENED, D.UPLOAD): S.CHECKING,
    (S.CHECKING, D.CHECKED_BAD): S.HAS_PROBLEMS,
    (S.CHECKING, D.CHECKED_GOOD): S.READY,
    (S.CHECKING, D.GIVE_UP): S.HAS_PROBLEMS,
    (S.READY, D.CERTIFY): S.CERTIFIED,
    (S.READY, D.DECLINE): S.CERTIFIER_DECLINED,
    (S.CERTIFIED, D.START_REVIEW): S.IN_REVIEW,
    (S.CERTIFIED, D.REQUEST_CHANGES): S.CHANGES_REQUESTED,
    (S.IN_REVIEW, D.REQUEST_CHANGES): S.CHANGES_REQUESTED,
    (S.CERTIFIED, D.ACCEPT): S.ACCEPTED,
    (S.IN_REVIEW, D.ACCEPT): S.ACCEPTED,
    (S.ACCEPTED, D.REOPEN): S.REOPENED,
}
"""Written out by hand from the field's own list of states: what the code must come to, not what it says."""


@pytest.mark.parametrize("deed", list(D))
@pytest.mark.parametrize("state", list(S))
def test_each_state_and_each_deed(state: ReturnState, deed: ReturnDeed) -> None:
    if (state, deed) in ALLOWED:
        assert move(state, deed) is ALLOWED[state, deed]
        return
    with pytest.raises(Conflict) as refused:
        move(state, deed)
    assert refused.value.code == "return_state"
    assert refused.value.facts == {"state": state.value}
    assert len(refused.value.message.split(". ")) >= 2


def _reached(start: ReturnState) -> set[ReturnState]:
    seen, todo = {start}, [start]
    while todo:
        state = todo.pop()
        fresh = {target for (origin, _), target in ALLOWED.items() if origin is state} - seen
        seen |= fresh
        todo += fresh
    return seen


@pytest.mark.parametrize("state", list(S))
def test_no_return_is_stuck(state: ReturnState) -> None:
    assert state in _reached(S.DUE)
    assert S.ACCEPTED in _reached(state)


def test_acceptance_goes_through_a_certifier_and_an_accepted_return_only_reopens() -> None:
    into_accepted = {origin for (origin, _), target in ALLOWED.items() if target is S.ACCEPTED}
    assert into_accepted == {S.CERTIFIED, S.IN_REVIEW}
    assert {origin for (origin, _), target in ALLOWED.items() if target is S.CERTIFIED} == {S.READY}
    assert {deed for origin, deed in ALLOWED if origin is S.ACCEPTED} == {D.REOPEN}
    assert {origin for origin, deed in ALLOWED if deed is D.UPLOAD} == TAKES_UPLOAD
    assert not TAKES_UPLOAD & SUBMITTED


def test_a_problem_names_its_place() -> None:
    assert Problem("code", Severity.ERROR, "Spend", "G17", "Type an amount.").place == "Spend!G17"
    assert Problem("code", Severity.ERROR, "Spend", "", "The sheet is missing.").place == "Spend"


def test_a_line_counts_its_net_and_its_irrecoverable_vat_and_a_credit_counts_below_zero() -> None:
    line = SpendLine(
        row=17, cell="G17", reference="R", category=CostCategory.ICT, description="", payee="", spent_on=date(2025, 5, 1),
        budget_kind=BudgetKind.RDEL_PROGRAMME, net_pence=-100, vat_pence=-20, accrual=False, evidence="",
    )  # fmt: skip
    assert line.pence == -120
