"""What a decision does to accounts: figures before and after agree with the ledger's own, and undo to where they began."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from grants.domain.decision_effects import Standing, changes_of, undone
from grants.domain.ledger import RETURNED, SOURCE, Account, AccountKind, Holding, Move, MoveKind, account_named
from grants.domain.plan import BudgetKind
from grants.domain.plan_figures import line_figures
from grants.store.ledger import PositionRow

KIND, DAY = BudgetKind.RDEL_PROGRAMME, date(2025, 4, 1)
LINES = [Account(AccountKind.LINE, code, "2025-26") for code in ("ONE", "TWO")]
AWARD, HELD = Account(AccountKind.AWARD, "A-1", "2025-26"), Account(AccountKind.HELD, "A-1")
WAYS = [
    *((MoveKind.ALLOCATE, SOURCE, line) for line in LINES),
    *((MoveKind.REDUCE, line, SOURCE) for line in LINES),
    (MoveKind.VIRE, LINES[0], LINES[1]),
    (MoveKind.AWARD, LINES[0], AWARD),
    (MoveKind.WITHDRAW, AWARD, LINES[0]),
    (MoveKind.PAY, AWARD, HELD),
    (MoveKind.RECOVER, HELD, RETURNED),
]


def _move(kind: MoveKind, source: Account, target: Account, pence: int, *, is_mirror: bool) -> Move:
    return Move(kind, target, source, pence, KIND, DAY) if is_mirror else Move(kind, source, target, pence, KIND, DAY)


moves = st.lists(
    st.builds(
        lambda way, pence, is_mirror: _move(way[0], way[1], way[2], pence, is_mirror=is_mirror),
        st.sampled_from(WAYS),
        st.integers(1, 10**9),
        st.booleans(),
    ),
    max_size=8,
)


def _after(made: list[Move], before: dict[Holding, Standing]) -> dict[Holding, Standing]:
    """Where accounts come to: undoing the mirrors of the moves, the newest first, is doing the moves."""
    mirrored = [Move(one.kind, one.target, one.source, one.pence, KIND, DAY) for one in reversed(made)]
    return undone(mirrored, before)


@given(moves, moves)
def test_what_was_done_is_undone_to_where_it_began(earlier: list[Move], made: list[Move]) -> None:
    before = _after(earlier, {})
    after = _after(made, before)
    back = undone(made, after)
    assert {key: back.get(key, Standing()) for key in before} == before
    for change in changes_of(made, before):
        key = (change.account.name, KIND)
        assert change.figures[-1].before_pence == before.get(key, Standing()).balance_pence
        assert change.figures[-1].after_pence == after[key].balance_pence


@given(moves)
def test_a_lines_figures_are_those_of_the_plan(made: list[Move]) -> None:
    rows = [
        PositionRow(name, of.kind, of.owner, of.year, KIND, standing.balance_pence, standing.funded_pence)
        for (name, _), standing in _after(made, {}).items()
        for of in [account_named(name)]
    ]
    plan = line_figures(rows, {"A-1": "ONE"}, [])
    for change in changes_of(made, {}):
        if change.account.kind is AccountKind.LINE:
            figures = plan[change.account.owner, "2025-26", KIND]
            shown = {figure.name: figure.after_pence for figure in change.figures}
            assert shown["Allocated"] == figures.allocated_pence
            assert shown["Unawarded"] == figures.unawarded_pence
            if change.account.owner == "ONE":
                assert shown["Awarded"] == figures.awarded_pence


def test_the_ends_of_the_ledger_are_not_shown_and_lines_come_first() -> None:
    paid = Move(MoveKind.PAY, AWARD, HELD, 5, KIND, DAY)
    given_out = Move(MoveKind.AWARD, LINES[0], AWARD, 5, KIND, DAY)
    back = Move(MoveKind.RECOVER, HELD, RETURNED, 5, KIND, DAY)
    shown = [change.account.kind for change in changes_of([paid, back, given_out], {})]
    assert shown == [AccountKind.LINE, AccountKind.AWARD, AccountKind.HELD]
