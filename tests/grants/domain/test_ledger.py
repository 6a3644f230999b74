"""The ledger's rules alone: names of accounts, which moves are allowed, limits, and mirrors."""

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from grants.domain.awards import CostCategory
from grants.domain.errors import Conflict, Invalid, RuleBroken
from grants.domain.ledger import (
    PAIRS,
    RETURNED,
    SOURCE,
    Account,
    AccountKind,
    Cover,
    Holding,
    Move,
    MoveKind,
    account_named,
    check_limits,
    check_shape,
    touched,
)
from grants.domain.money import MAX_PENCE
from grants.domain.plan import BudgetKind

TODAY = date(2025, 5, 1)
RDEL, CDEL = BudgetKind.RDEL_PROGRAMME, BudgetKind.CDEL_PROGRAMME
K, M = AccountKind, MoveKind
OWNERS = st.from_regex(r"[A-Z0-9][A-Z0-9-]{1,39}", fullmatch=True)
YEARS = st.integers(2000, 2098).map(lambda year: f"{year}-{(year + 1) % 100:02d}")
ACCOUNTS = st.one_of(
    st.sampled_from([SOURCE, RETURNED]),
    st.builds(Account, st.just(K.HELD), OWNERS),
    st.builds(Account, st.sampled_from([K.LINE, K.AWARD, K.SPENT]), OWNERS, YEARS),
)


@given(ACCOUNTS)
def test_an_account_is_found_by_its_name(account: Account) -> None:
    assert account_named(account.name) == account


@given(st.text(alphabet="sourceldhtnawgpi:-2025LIX\n ", max_size=30) | ACCOUNTS.flatmap(lambda a: st.sampled_from([a.name + ":", a.name + "\n", a.name.upper(), a.name + ":2025-26", a.name + " "])))  # fmt: skip
def test_only_its_own_name_finds_an_account(name: str) -> None:
    try:
        account = account_named(name)
    except Invalid:
        return
    assert account.name == name


@pytest.mark.parametrize(
    "name",
    [
        "", ":", "source:", "source:X1", "source:X1:2025-26", "returned:", "line", "line:", "line:TOEX", "line::2025-26", "line:TOEX:2025-27",
        "line:TOEX:2025-26-Q1", "line:TOEX:2025-26:", "line:toex:2025-26", "line:-TOEX:2025-26", "line:T:2025-26", "line:TOEX\n:2025-26",
        "held:LI-1:", "held:LI-1:2025-26", "held", "award:LI-1", "spent:LI-1", "spend:LI-1:2025-26", "Line:TOEX:2025-26", "line:" + "X" * 41 + ":2025-26",
    ],
)  # fmt: skip
def test_what_is_no_account(name: str) -> None:
    with pytest.raises(Invalid):
        account_named(name)


ALLOWED = {
    (M.ALLOCATE, K.SOURCE, K.LINE),
    (M.REDUCE, K.LINE, K.SOURCE),
    (M.VIRE, K.LINE, K.LINE),
    (M.CARRY_FORWARD, K.LINE, K.LINE),
    (M.AWARD, K.LINE, K.AWARD),
    (M.VARY, K.LINE, K.AWARD),
    (M.VARY, K.AWARD, K.LINE),
    (M.WITHDRAW, K.AWARD, K.LINE),
    (M.PAY, K.AWARD, K.HELD),
    (M.RECOVER, K.HELD, K.RETURNED),
    (M.SPEND, K.HELD, K.SPENT),
    (M.SPEND, K.SPENT, K.HELD),
}
"""The ledger's design, written out by hand."""


def _account(kind: AccountKind, owner: str = "A1", year: str = "2025-26") -> Account:
    return Account(
        kind, owner if kind not in (K.SOURCE, K.RETURNED) else "", year if kind in (K.LINE, K.AWARD, K.SPENT) else ""
    )


def _move(
    kind: MoveKind, source: Account, target: Account, pence: int = 100, budget: BudgetKind = RDEL, reverses: int | None = None
) -> Move:  # fmt: skip
    category = CostCategory.TRAVEL if kind is M.SPEND else None
    return Move(kind, source, target, pence, budget, TODAY, category, reverses=reverses)


def _allowed(move: Move) -> bool:
    try:
        check_shape(move)
    except RuleBroken:
        return False
    return True


@pytest.mark.parametrize(("kind", "source", "target"), list(product(M, K, K)))
def test_which_buckets_a_move_may_join(kind: MoveKind, source: AccountKind, target: AccountKind) -> None:
    start = _account(source)
    end = _account(target, "B2" if kind is M.VIRE else "A1", "2026-27" if kind is M.CARRY_FORWARD else "2025-26")
    assert _allowed(_move(kind, start, end)) is ((kind, source, target) in ALLOWED)
    assert _allowed(_move(kind, end, start, reverses=7)) is ((kind, source, target) in ALLOWED)


def test_the_table_of_moves_is_whole() -> None:
    assert {(kind, *pair) for kind, pairs in PAIRS.items() for pair in pairs} == ALLOWED


@pytest.mark.parametrize(
    "move",
    [
        _move(M.VIRE, _account(K.LINE), _account(K.LINE)),
        _move(M.VIRE, _account(K.LINE), _account(K.LINE, "B2", "2026-27")),
        _move(M.CARRY_FORWARD, _account(K.LINE), _account(K.LINE)),
        _move(M.CARRY_FORWARD, _account(K.LINE), _account(K.LINE, "A1", "2027-28")),
        _move(M.CARRY_FORWARD, _account(K.LINE), _account(K.LINE, "A1", "2024-25")),
        _move(M.CARRY_FORWARD, _account(K.LINE), _account(K.LINE, "B2", "2026-27")),
        _move(M.CARRY_FORWARD, _account(K.LINE), _account(K.LINE, "A1", "2026-27"), reverses=7),
        _move(M.AWARD, _account(K.LINE), _account(K.AWARD, "B2", "2026-27")),
        _move(M.VARY, _account(K.AWARD), _account(K.LINE, "B2", "2026-27")),
        _move(M.PAY, _account(K.AWARD), _account(K.HELD, "B2")),
        _move(M.SPEND, _account(K.HELD), _account(K.SPENT, "B2")),
        _move(M.SPEND, _account(K.SPENT, "B2"), _account(K.HELD)),
    ],
)
def test_money_keeps_to_its_year_and_its_award(move: Move) -> None:
    assert not _allowed(move)


@pytest.mark.parametrize("pence", [0, -1, -MAX_PENCE, MAX_PENCE + 1, True])
def test_an_amount_is_a_positive_whole_number(pence: int) -> None:
    assert not _allowed(_move(M.ALLOCATE, SOURCE, _account(K.LINE), pence))


@pytest.mark.parametrize("pence", [1.0, 0.5, "100"])
def test_an_amount_is_of_the_right_type_whoever_asks(pence: object) -> None:
    with pytest.raises((RuleBroken, TypeError)):
        check_shape(replace(_move(M.ALLOCATE, SOURCE, _account(K.LINE)), pence=pence))  # type: ignore[arg-type]


@pytest.mark.parametrize("pence", [1, MAX_PENCE])
def test_the_smallest_and_the_largest_amount(pence: int) -> None:
    assert _allowed(_move(M.ALLOCATE, SOURCE, _account(K.LINE), pence))


ENDS = {
    M.ALLOCATE: (SOURCE, _account(K.LINE)),
    M.REDUCE: (_account(K.LINE), SOURCE),
    M.VIRE: (_account(K.LINE), _account(K.LINE, "B2")),
    M.CARRY_FORWARD: (_account(K.LINE), _account(K.LINE, "A1", "2026-27")),
    M.AWARD: (_account(K.LINE), _account(K.AWARD)),
    M.VARY: (_account(K.AWARD), _account(K.LINE)),
    M.WITHDRAW: (_account(K.AWARD), _account(K.LINE)),
    M.PAY: (_account(K.AWARD), _account(K.HELD)),
    M.RECOVER: (_account(K.HELD), RETURNED),
    M.SPEND: (_account(K.HELD), _account(K.SPENT)),
}
MOVES = st.builds(
    lambda kind, pence, budget: _move(kind, *ENDS[kind], pence, budget),
    st.sampled_from(M),
    st.integers(1, 1000),
    st.sampled_from([RDEL, CDEL]),
)


@given(MOVES, st.integers(1, 10**6), st.dates())
def test_a_mirror_undoes_a_move_and_is_not_undone_itself(move: Move, number: int, day: date) -> None:
    mirror = move.mirror(number, day)
    check_shape(mirror)
    assert (mirror.source, mirror.target, mirror.reverses, mirror.effective_on) == (move.target, move.source, number, day)  # fmt: skip
    assert (mirror.pence, mirror.kind, mirror.budget_kind, mirror.category) == (move.pence, move.kind, move.budget_kind, move.category)  # fmt: skip
    with pytest.raises(RuleBroken) as refused:
        mirror.mirror(number + 1, day)
    assert refused.value.code == "reversal_of_reversal"
    assert touched([move]) == touched([mirror]) == {move.source.name, move.target.name}


class Books:
    """The limits kept by plain addition: what check_limits must come to."""

    def __init__(self) -> None:
        self.balances: Counter[Holding] = Counter()
        self.covers: dict[Holding, Cover] = {}

    def copy(self) -> "Books":
        other = Books()
        other.balances, other.covers = Counter(self.balances), dict(self.covers)
        return other

    def move(self, move: Move) -> bool:
        """Whether it may be done; it is done all the same."""
        source, target = (move.source.name, move.budget_kind), (move.target.name, move.budget_kind)
        held_before = self.balances[source]
        self.balances[source] -= move.pence
        self.balances[target] += move.pence
        awarded = spent = 0
        for account, pence, other in ((move.source, -move.pence, move.target), (move.target, move.pence, move.source)):
            awarded += pence if (account.kind, other.kind) == (K.AWARD, K.LINE) else 0
            spent += pence if account.kind is K.SPENT else 0
        key = next(((a.owner, move.budget_kind) for a in (move.source, move.target) if a.kind in (K.AWARD, K.SPENT)), None)  # fmt: skip
        fits = True
        if key:
            old = self.covers.get(key, Cover())
            self.covers[key] = Cover(old.awarded_pence + awarded, old.spent_pence + spent)
            fits = self.covers[key].spent_pence <= self.covers[key].awarded_pence
        below = [name for (name, _), pence in self.balances.items() if pence < 0 and name.split(":")[0] not in ("source", "held")]  # fmt: skip
        return fits and not below and not (move.kind is M.RECOVER and held_before < move.pence)


@given(st.lists(MOVES, max_size=25), st.lists(MOVES, min_size=1, max_size=3))
@example([], [_move(M.RECOVER, *ENDS[M.RECOVER])])
@example([], [_move(M.SPEND, *ENDS[M.SPEND])])
@example([_move(M.ALLOCATE, *ENDS[M.ALLOCATE])], [_move(M.AWARD, *ENDS[M.AWARD], 101)])
@example([], [_move(M.ALLOCATE, *ENDS[M.ALLOCATE]), _move(M.AWARD, *ENDS[M.AWARD])])
def test_limits_are_those_of_plain_addition(history: list[Move], asked: list[Move]) -> None:
    books = Books()
    for move in history:
        trial = books.copy()
        if trial.move(move):
            books = trial
    balances, covers = dict(books.balances), dict(books.covers)
    fits = all(books.move(move) for move in asked)
    if fits:
        check_limits(asked, balances, covers)
    else:
        with pytest.raises(Conflict) as refused:
            check_limits(asked, balances, covers)
        assert refused.value.code in {"limit", "spent_above_award"}
        assert refused.value.facts["asked_pence"] in {move.pence for move in asked}
        assert "£" in refused.value.message


@given(st.lists(MOVES, max_size=30))
def test_no_order_of_moves_makes_or_loses_money(moves: list[Move]) -> None:
    books = Books()
    for move in moves:
        books.move(move)
    assert sum(books.balances.values()) == 0
    assume(moves)
    for number, move in enumerate(reversed(moves), start=1):
        books.move(move.mirror(number, TODAY))
    assert not any(books.balances.values())
    assert set(books.covers.values()) <= {Cover()}


def test_the_figure_that_stands_in_the_way_is_told() -> None:
    line = _account(K.LINE)
    with pytest.raises(Conflict) as refused:
        check_limits([_move(M.AWARD, line, _account(K.AWARD), 501)], {(line.name, RDEL): 500}, {})
    assert refused.value.facts == {"account": line.name, "available_pence": 500, "asked_pence": 501}
    assert "£5 " in refused.value.message
    assert "£5.01" in refused.value.message


def test_budget_kinds_never_help_each_other_out() -> None:
    line = _account(K.LINE)
    with pytest.raises(Conflict):
        check_limits([_move(M.AWARD, line, _account(K.AWARD), 1, RDEL)], {(line.name, CDEL): 500}, {})
    with pytest.raises(Conflict):
        check_limits([_move(M.SPEND, *ENDS[M.SPEND], 1, CDEL)], {}, {("A1", RDEL): Cover(500, 0)})


def test_what_is_accounted_for_is_paid_before_an_award_gives_it_back() -> None:
    covers = {("AW-1", RDEL): Cover(awarded_pence=500_00, spent_pence=120_00)}
    balances = {("award:AW-1:2025-26", RDEL): 500_00}
    back = Move(MoveKind.WITHDRAW, account_named("award:AW-1:2025-26"), account_named("line:TOEX:2025-26"), 500_00, RDEL, date(2025, 5, 1))  # fmt: skip
    with pytest.raises(Conflict, match=r"£500 cannot go back to its funding line\. Pay what is accounted for first"):
        check_limits([back], balances, covers)
    check_limits([replace(back, pence=380_00)], balances, covers)
