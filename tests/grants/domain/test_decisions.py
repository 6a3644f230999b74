"""What a decision comes to: its moves are allowed, keep every penny, and go where its terms say."""

from collections import Counter
from datetime import date
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grants.domain.awards import AwardTerms, BudgetLine, CostCategory, awarded_by_year
from grants.domain.decision_moves import moves_of, variation_moves, withdrawal_moves
from grants.domain.decisions import (
    AddLine,
    Allocate,
    AmendLine,
    AmendMilestone,
    CarryForward,
    DecisionKind,
    DecisionTerms,
    LineFacts,
    MakeAward,
    OpenPlan,
    Pay,
    Recover,
    Reduce,
    Reverse,
    ReviewAward,
    ReviewOutcome,
    Vary,
    Vire,
    Withdraw,
    kind_of,
)
from grants.domain.errors import Invalid, RuleBroken
from grants.domain.ledger import AccountKind, Cover, Holding, Move, check_limits, check_shape
from grants.domain.money import MAX_PENCE
from grants.domain.plan import BudgetKind, YearBasis

TODAY = date(2025, 5, 1)
LINES = st.sampled_from(["TOEX", "CAID"])
YEARS = st.sampled_from(["2024-25", "2025-26", "2026-27"])
PENCE = st.integers(1, MAX_PENCE)
KINDS = st.sampled_from(BudgetKind)
BUDGETS = st.lists(
    st.builds(BudgetLine, YEARS, st.sampled_from(CostCategory), st.integers(1, 10**9), KINDS), min_size=1, max_size=12
)
TERMS = BUDGETS.map(lambda budget: AwardTerms("Purpose", date(2024, 4, 1), date(2027, 3, 31), tuple(budget)))
SIMPLE = st.one_of(
    st.builds(Allocate, LINES, YEARS, PENCE, KINDS),
    st.builds(Reduce, LINES, YEARS, PENCE, KINDS),
    st.builds(CarryForward, LINES, YEARS, PENCE, KINDS),
    st.builds(Vire, st.just("TOEX"), st.just("CAID"), YEARS, PENCE, KINDS),
    st.builds(Pay, st.just("AW-1"), YEARS, PENCE, st.just(TODAY), KINDS, st.just(1)),
    st.builds(Recover, st.just("AW-1"), PENCE, st.just(TODAY), KINDS),
    st.builds(MakeAward, st.just("AW-1"), LINES, st.just("E23000005"), TERMS),
    st.builds(OpenPlan, st.lists(st.builds(Allocate, LINES, YEARS, PENCE, KINDS), max_size=6).map(tuple)),
)


def _changes(moves: list[Move]) -> Counter[Holding]:
    changes: Counter[Holding] = Counter()
    for move in moves:
        changes[move.source.name, move.budget_kind] -= move.pence
        changes[move.target.name, move.budget_kind] += move.pence
    return changes


@given(SIMPLE)
def test_every_move_of_a_decision_is_one_that_the_ledger_allows(terms: DecisionTerms) -> None:
    moves = moves_of(terms, TODAY)
    for move in moves:
        check_shape(move)
        assert move.kind == ("allocate" if isinstance(terms, OpenPlan) else kind_of(terms))
    changes = _changes(moves)
    assert sum(changes.values()) == 0
    if isinstance(terms, Allocate | Reduce | CarryForward | Vire | Pay | Recover):
        assert [(move.pence, move.budget_kind) for move in moves] == [(terms.pence, terms.budget_kind)]


@given(st.builds(Pay, st.just("AW-1"), YEARS, PENCE, st.dates(date(2024, 1, 1), date(2026, 1, 1)), KINDS, st.just(1)))
def test_a_payment_takes_effect_on_the_day_it_was_paid(terms: Pay) -> None:
    (move,) = moves_of(terms, TODAY)
    assert move.effective_on == terms.paid_on
    assert (move.source.name, move.target.name) == (f"award:AW-1:{terms.year}", "held:AW-1")


@given(st.builds(MakeAward, st.just("AW-1"), LINES, st.just("E23000005"), TERMS))
def test_an_award_is_worth_its_budget_in_each_year_and_kind(terms: MakeAward) -> None:
    changes = _changes(moves_of(terms, TODAY))
    for (year, kind), pence in awarded_by_year(terms.terms).items():
        assert changes[f"award:AW-1:{year}", kind] == pence
        assert changes[f"line:{terms.funding_line}:{year}", kind] == -pence
    assert sum(pence for pence in changes.values() if pence > 0) == sum(line.pence for line in terms.terms.budget)


@given(TERMS, TERMS)
def test_a_variation_brings_an_award_from_its_old_worth_to_its_new(before: AwardTerms, after: AwardTerms) -> None:
    moves = variation_moves("AW-1", "TOEX", before, after, TODAY)
    changes = _changes(moves)
    old, new = awarded_by_year(before), awarded_by_year(after)
    for move in moves:
        check_shape(move)
    for year, kind in old.keys() | new.keys():
        change = new.get((year, kind), 0) - old.get((year, kind), 0)
        assert changes[f"award:AW-1:{year}", kind] == change == -changes[f"line:TOEX:{year}", kind]
    back = variation_moves("AW-1", "TOEX", after, before, TODAY)
    assert not any(_changes(moves + back).values())
    assert variation_moves("AW-1", "TOEX", before, before, TODAY) == []


@given(TERMS, TERMS)
def test_a_variation_needs_no_more_than_the_difference(before: AwardTerms, after: AwardTerms) -> None:
    """Whatever is accepted already, as far as the award is worth it both before and after."""
    moves = variation_moves("AW-1", "TOEX", before, after, TODAY)
    balances: dict[Holding, int] = {}
    awarded: dict[BudgetKind, Counter[str]] = {kind: Counter() for kind in BudgetKind}
    for when, terms in (("before", before), ("after", after)):
        for (year, kind), pence in awarded_by_year(terms).items():
            awarded[kind][when] += pence
            if when == "before":
                balances[f"award:AW-1:{year}", kind] = pence
    for move in moves:
        if move.source.kind is AccountKind.LINE:
            balances[move.source.name, move.budget_kind] = move.pence
    covers: dict[Holding, Cover] = {
        ("AW-1", kind): Cover(sums["before"], min(sums["before"], sums["after"])) for kind, sums in awarded.items()
    }
    check_limits(moves, balances, covers)


@given(st.dictionaries(st.tuples(YEARS, KINDS), st.integers(-5, 10**9), max_size=8))
def test_a_withdrawal_takes_what_is_unpaid_and_nothing_else(unpaid: dict[tuple[str, BudgetKind], int]) -> None:
    moves = withdrawal_moves("AW-1", "TOEX", unpaid, TODAY)
    taken = {(move.source.year, move.budget_kind): move.pence for move in moves}
    assert taken == {key: pence for key, pence in unpaid.items() if pence > 0}
    for move in moves:
        check_shape(move)
        assert move.target.name == f"line:TOEX:{move.source.year}"


def test_money_carried_forward_reaches_the_next_year_and_no_further() -> None:
    (move,) = moves_of(CarryForward("TOEX", "2025-26", 5), TODAY)
    assert (move.source.name, move.target.name) == ("line:TOEX:2025-26", "line:TOEX:2026-27")
    with pytest.raises(Invalid):
        moves_of(CarryForward("TOEX", "2098-99", 5), TODAY)


def test_a_line_vires_nothing_to_itself() -> None:
    with pytest.raises(RuleBroken):
        moves_of(Vire("TOEX", "TOEX", "2025-26", 5), TODAY)


@pytest.mark.parametrize("year", ["2025-27", "1999-00", "2099-00", "2025", "2025-26-Q1"])
@pytest.mark.parametrize(
    "make", [lambda y: Allocate("TOEX", y, 1), lambda y: Vire("TOEX", "CAID", y, 1), lambda y: Pay("AW-1", y, 1, TODAY)]
)
def test_a_year_that_is_none_moves_nothing(make: Any, year: str) -> None:
    with pytest.raises(Invalid):
        moves_of(make(year), TODAY)


FACTS = [
    AddLine("NEW", "WIDER-CSA", "Title", "", 0, "2025-26", YearBasis.STATED, "source"),
    AmendLine("TOEX", LineFacts(title="New")),
    AmendLine("TOEX", LineFacts(do_not_publish=None)),
    AmendLine("TOEX", LineFacts()),
    AmendMilestone("M1"),
    Withdraw("AW-1"),
    Reverse(7),
    ReviewAward("AW-1", "2025-26", ReviewOutcome.AMEND),
    Vary("AW-1", AwardTerms("P", TODAY, TODAY, (BudgetLine("2025-26", CostCategory.ICT, 1),))),
]


@given(SIMPLE | st.sampled_from(FACTS))
def test_terms_survive_their_journey_through_json(terms: DecisionTerms) -> None:
    sent = msgspec.json.encode(terms)
    assert msgspec.json.decode(sent, type=DecisionTerms) == terms
    assert msgspec.json.decode(sent)["kind"] == kind_of(terms).value
    assert msgspec.convert(msgspec.to_builtins(terms), DecisionTerms) == terms


def test_what_is_left_out_of_an_amendment_is_not_the_same_as_nothing() -> None:
    assert msgspec.json.decode(msgspec.json.encode(FACTS[1]))["facts"] == {"title": "New"}
    assert msgspec.json.decode(msgspec.json.encode(FACTS[2]))["facts"] == {"do_not_publish": None}


def test_every_kind_of_decision_has_its_terms() -> None:
    assert {type_.__struct_config__.tag for type_ in get_args(DecisionTerms)} == set(DecisionKind)


@pytest.mark.parametrize("terms", FACTS)
def test_decisions_that_need_to_look_around_have_no_moves_of_their_own(terms: DecisionTerms) -> None:
    assert moves_of(terms, TODAY) == []


@pytest.mark.parametrize(
    "sent",
    [
        {"kind": "allocate", "funding_line": "TOEX", "year": "2025-26", "pence": 0},
        {"kind": "allocate", "funding_line": "TOEX", "year": "2025-26", "pence": 1.5},
        {"kind": "allocate", "funding_line": "TOEX", "year": "2025-26", "pence": MAX_PENCE + 1},
        {"kind": "allocate", "funding_line": "TOEX\n", "year": "2025-26", "pence": 1},
        {"kind": "allocate", "funding_line": "TOEX:2025-26", "year": "2025-26", "pence": 1},
        {"kind": "allocate", "funding_line": "TOEX", "year": "2025", "pence": 1},
        {"kind": "allocate", "funding_line": "TOEX", "year": "2025-26", "pence": 1, "source": "X"},
        {"kind": "steal", "funding_line": "TOEX", "year": "2025-26", "pence": 1},
        {"funding_line": "TOEX", "year": "2025-26", "pence": 1},
        {"kind": "reverse", "entry_no": 0},
        {"kind": "reverse", "entry_no": 2**63},
        {"kind": "reverse", "entry_no": True},
        {"kind": "pay", "award": "AW-1", "year": "2025-26", "pence": 1, "paid_on": "yesterday"},
    ],
)  # fmt: skip
def test_what_is_sent_is_looked_at_before_it_is_terms(sent: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(sent), type=DecisionTerms)
