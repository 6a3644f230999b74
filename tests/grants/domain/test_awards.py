"""An award's terms: what contradicts itself is refused, and each state has its ways on."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.awards import (
    NEXT_STATES,
    TAKES_PAYMENTS,
    TAKES_RETURNS,
    WITHDRAWABLE,
    AwardState,
    AwardTerms,
    BudgetLine,
    CostCategory,
    Instalment,
    PaymentBasis,
    Reference,
    awarded_by_year,
    check_move,
    check_terms,
)
from grants.domain.errors import Invalid, RuleBroken
from grants.domain.money import MAX_PENCE
from grants.domain.periods import year_of
from grants.domain.plan import BudgetKind

RDEL, CDEL = BudgetKind.RDEL_PROGRAMME, BudgetKind.CDEL_PROGRAMME
TRAVEL, ICT = CostCategory.TRAVEL, CostCategory.ICT
GOOD = AwardTerms("Local inquiry", date(2025, 4, 1), date(2026, 3, 31), (BudgetLine("2025-26", TRAVEL, 1000),))
IN_ADVANCE = msgspec.structs.replace(
    GOOD,
    payment_basis=PaymentBasis.ADVANCE,
    profile=(
        Instalment(1, date(2025, 4, 1), "2025-26", 400),
        Instalment(2, date(2025, 10, 1), "2025-26", 600),
    ),
)


def with_(terms: AwardTerms, **changes: Any) -> AwardTerms:
    return msgspec.structs.replace(terms, **changes)


@pytest.mark.parametrize(
    "terms",
    [
        GOOD,
        IN_ADVANCE,
        with_(GOOD, start=date(2026, 3, 31), end=date(2026, 3, 31)),
        with_(GOOD, amber_percent=10, red_percent=10),
        with_(GOOD, budget=(BudgetLine("2025-26", TRAVEL, 1), BudgetLine("2025-26", TRAVEL, 1, CDEL))),
        with_(GOOD, start=date(2025, 3, 31), budget=(BudgetLine("2024-25", TRAVEL, 1), BudgetLine("2025-26", TRAVEL, 1))),
    ],
)  # fmt: skip
def test_terms_that_agree_with_themselves(terms: AwardTerms) -> None:
    check_terms(terms)


@pytest.mark.parametrize(
    ("code", "terms"),
    [
        ("ends_before_start", with_(GOOD, end=date(2025, 3, 31))),
        ("thresholds_crossed", with_(GOOD, amber_percent=11)),
        ("budget_repeated", with_(GOOD, budget=(BudgetLine("2025-26", TRAVEL, 1), BudgetLine("2025-26", TRAVEL, 2)))),
        ("budget_outside_award", with_(GOOD, budget=(BudgetLine("2024-25", TRAVEL, 1),))),
        ("budget_outside_award", with_(GOOD, budget=(BudgetLine("2026-27", TRAVEL, 1),))),
        ("budget_outside_award", with_(GOOD, end=date(2026, 3, 30), budget=(BudgetLine("2026-27", TRAVEL, 1),))),
        ("profile_in_arrears", with_(IN_ADVANCE, payment_basis=PaymentBasis.ARREARS)),
        ("instalment_repeated", with_(IN_ADVANCE, profile=(IN_ADVANCE.profile[0], msgspec.structs.replace(IN_ADVANCE.profile[1], number=1)))),
        ("profile_differs", with_(IN_ADVANCE, profile=IN_ADVANCE.profile[:1])),
        ("profile_differs", with_(IN_ADVANCE, profile=())),
        ("profile_differs", with_(IN_ADVANCE, profile=(*IN_ADVANCE.profile, Instalment(3, date(2026, 4, 1), "2026-27", 1)))),
        ("profile_differs", with_(IN_ADVANCE, profile=(Instalment(1, date(2025, 4, 1), "2025-26", 1000, CDEL),))),
        ("profile_differs", with_(IN_ADVANCE, profile=(Instalment(1, date(2025, 4, 1), "2025-27", 1000),))),
    ],
)  # fmt: skip
def test_terms_that_contradict_themselves(code: str, terms: AwardTerms) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_terms(terms)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "terms", [with_(GOOD, budget=(BudgetLine("2025-27", TRAVEL, 1),)), with_(GOOD, start=date(1999, 1, 1))]
)
def test_years_that_no_calendar_of_ours_has(terms: AwardTerms) -> None:
    with pytest.raises(Invalid):
        check_terms(terms)


BUDGETS = st.lists(
    st.builds(
        BudgetLine,
        st.sampled_from(["2024-25", "2025-26", "2026-27"]),
        st.sampled_from([TRAVEL, ICT]),
        st.integers(1, MAX_PENCE),
        st.sampled_from([RDEL, CDEL]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda line: (line.year, line.category, line.budget_kind),
)


@given(BUDGETS, st.dates(date(2024, 4, 1), date(2027, 3, 31)), st.integers(0, 900))
def test_a_budget_lies_inside_the_awards_years_or_is_refused(budget: list[BudgetLine], start: date, days: int) -> None:
    end = start + timedelta(days=days)
    inside = all(year_of(start).code <= line.year <= year_of(end).code for line in budget)
    terms = with_(GOOD, start=start, end=end, budget=tuple(budget))
    if inside:
        check_terms(terms)
    else:
        with pytest.raises(RuleBroken):
            check_terms(terms)


@given(BUDGETS)
def test_what_is_awarded_is_the_sum_of_the_budget(budget: list[BudgetLine]) -> None:
    totals = awarded_by_year(with_(GOOD, budget=tuple(budget)))
    assert sum(totals.values()) == sum(line.pence for line in budget)
    assert list(totals) == sorted(totals)
    for (year, kind), pence in totals.items():
        assert pence == sum(line.pence for line in budget if (line.year, line.budget_kind) == (year, kind)) > 0


@given(BUDGETS, st.integers(-3, 3), st.randoms(use_true_random=False))
def test_a_profile_pays_exactly_the_budget(budget: list[BudgetLine], slip: int, random: Any) -> None:
    numbers = list(range(1, len(budget) + 1))
    random.shuffle(numbers)
    profile = [
        Instalment(number, date(2025, 5, 1), line.year, line.pence, line.budget_kind)
        for number, line in zip(numbers, budget, strict=True)
    ]
    profile[0] = msgspec.structs.replace(profile[0], pence=profile[0].pence + slip)
    terms = with_(
        GOOD,
        start=date(2024, 4, 1),
        end=date(2027, 3, 31),
        budget=tuple(budget),
        payment_basis=PaymentBasis.ADVANCE,
        profile=tuple(profile),
    )
    if slip == 0:
        check_terms(terms)
    else:
        with pytest.raises(RuleBroken) as refused:
            check_terms(terms)
        assert refused.value.facts["profile_pence"] == refused.value.facts["budget_pence"] + slip  # type: ignore[operator]


def _json(**changes: Any) -> bytes:
    return msgspec.json.encode({**msgspec.to_builtins(IN_ADVANCE), **changes})


@pytest.mark.parametrize(
    "sent",
    [
        _json(budget=[]),
        _json(budget=[{"year": "2025-26", "category": "travel_and_subsistence", "pence": 0}]),
        _json(budget=[{"year": "2025-26", "category": "travel_and_subsistence", "pence": -5}]),
        _json(budget=[{"year": "2025-26", "category": "travel_and_subsistence", "pence": 10.5}]),
        _json(budget=[{"year": "2025-26", "category": "travel_and_subsistence", "pence": "100"}]),
        _json(budget=[{"year": "2025-26", "category": "travel_and_subsistence", "pence": True}]),
        _json(budget=[{"year": "2025-26", "category": "travel_and_subsistence", "pence": MAX_PENCE + 1}]),
        _json(budget=[{"year": "2025-26\n", "category": "travel_and_subsistence", "pence": 1}]),
        _json(budget=[{"year": "٢٠٢٥-٢٦", "category": "travel_and_subsistence", "pence": 1}]),
        _json(budget=[{"year": "2025-26", "category": "Travel", "pence": 1}]),
        _json(budget=[{"year": "2025-26", "category": "travel_and_subsistence", "pence": 1, "budget_kind": "rdel"}]),
        _json(budget=[{"year": "2025-26", "category": "travel_and_subsistence", "pence": 1, "more": 1}]),
        _json(start="2025-02-30"),
        _json(start="01/04/2025"),
        _json(purpose=""),
        _json(purpose=" \n "),
        _json(red_percent=101),
        _json(retention_years=0),
        _json(unknown=1),
    ],
)
def test_what_is_sent_is_looked_at_before_it_is_terms(sent: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(sent, type=AwardTerms)


def test_terms_survive_their_journey_through_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(IN_ADVANCE), type=AwardTerms) == IN_ADVANCE


@pytest.mark.parametrize(
    "reference", ["", "A", "-A1", "a1", "A1 ", "A1\n", "A:1", "A1\x00", "É1", "A" * 41, "A_1", "A/1"]
)
def test_a_reference_is_plain_in_a_path_and_an_account(reference: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(reference, Reference)


@pytest.mark.parametrize("target", list(AwardState))
@pytest.mark.parametrize("state", list(AwardState))
def test_each_state_and_where_it_may_go(state: AwardState, target: AwardState) -> None:
    if target in NEXT_STATES[state]:
        check_move(state, target)
    else:
        with pytest.raises(RuleBroken):
            check_move(state, target)


def test_the_life_of_an_award() -> None:
    life = ["allocated", "due_diligence", "offered", "agreed", "active", "final_return_due", "reconciled", "closed"]
    for state, following in pairwise(life):
        check_move(AwardState(state), AwardState(following))
    assert set(NEXT_STATES) == set(AwardState)
    assert not NEXT_STATES[AwardState.CLOSED]
    assert not NEXT_STATES[AwardState.WITHDRAWN]
    assert all(AwardState.WITHDRAWN not in targets for targets in NEXT_STATES.values())
    before_active = {AwardState.ALLOCATED, AwardState.DUE_DILIGENCE, AwardState.OFFERED, AwardState.AGREED}
    over = {AwardState.CLOSED, AwardState.WITHDRAWN}
    assert not (TAKES_PAYMENTS | TAKES_RETURNS) & (before_active | over)
    assert not WITHDRAWABLE & over
    assert AwardState.SUSPENDED not in TAKES_PAYMENTS
