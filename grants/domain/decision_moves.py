"""The moves that a decision comes to."""

from collections.abc import Callable
from datetime import date
from typing import Final

from msgspec import Struct

from grants.domain.awards import AwardTerms, awarded_by_year
from grants.domain.decisions import (
    Allocate,
    CarryForward,
    DecisionTerms,
    MakeAward,
    OpenPlan,
    Pay,
    Recover,
    Reduce,
    Vire,
)
from grants.domain.errors import RuleBroken
from grants.domain.ledger import RETURNED, SOURCE, Account, AccountKind, Move, MoveKind
from grants.domain.periods import parse_year
from grants.domain.plan import BudgetKind


def line_account(code: str, year: str) -> Account:
    """What a funding line has for one year."""
    parse_year(year)
    return Account(AccountKind.LINE, code, year)


def award_account(reference: str, year: str) -> Account:
    """What an award has for one year and has not been paid."""
    return Account(AccountKind.AWARD, reference, year)


def held_account(reference: str) -> Account:
    """What a recipient was paid and has not accounted for."""
    return Account(AccountKind.HELD, reference)


def _allocate(terms: Allocate, on: date) -> list[Move]:
    return [
        Move(
            MoveKind.ALLOCATE, SOURCE, line_account(terms.funding_line, terms.year), terms.pence, terms.budget_kind, on
        )
    ]


def _reduce(terms: Reduce, on: date) -> list[Move]:
    return [
        Move(MoveKind.REDUCE, line_account(terms.funding_line, terms.year), SOURCE, terms.pence, terms.budget_kind, on)
    ]


def _carry_forward(terms: CarryForward, on: date) -> list[Move]:
    year = parse_year(terms.year)
    source, target = line_account(terms.funding_line, year.code), line_account(terms.funding_line, year.next().code)
    return [Move(MoveKind.CARRY_FORWARD, source, target, terms.pence, terms.budget_kind, on)]


def _vire(terms: Vire, on: date) -> list[Move]:
    if terms.from_line == terms.to_line:
        raise RuleBroken("same_line", "Choose two different funding lines.")
    source, target = line_account(terms.from_line, terms.year), line_account(terms.to_line, terms.year)
    return [Move(MoveKind.VIRE, source, target, terms.pence, terms.budget_kind, on)]


def _open_plan(terms: OpenPlan, on: date) -> list[Move]:
    return [move for allocation in terms.allocations for move in _allocate(allocation, on)]


def _pay(terms: Pay, on: date) -> list[Move]:
    source = award_account(terms.award, terms.year)
    return [Move(MoveKind.PAY, source, held_account(terms.award), terms.pence, terms.budget_kind, terms.paid_on)]


def _recover(terms: Recover, on: date) -> list[Move]:
    return [
        Move(MoveKind.RECOVER, held_account(terms.award), RETURNED, terms.pence, terms.budget_kind, terms.recovered_on)
    ]


def _award(terms: MakeAward, on: date) -> list[Move]:
    return [
        Move(
            MoveKind.AWARD,
            line_account(terms.funding_line, year),
            award_account(terms.reference, year),
            pence,
            kind,
            on,
        )
        for (year, kind), pence in awarded_by_year(terms.terms).items()
    ]


_MOVES: Final[dict[type[Struct], Callable[..., list[Move]]]] = {
    OpenPlan: _open_plan,
    Allocate: _allocate,
    Reduce: _reduce,
    CarryForward: _carry_forward,
    Vire: _vire,
    MakeAward: _award,
    Pay: _pay,
    Recover: _recover,
}


def moves_of(terms: DecisionTerms, on: date) -> list[Move]:
    """The moves of a decision that needs to know nothing but its own terms; `on` is the day that it takes effect."""
    make = _MOVES.get(type(terms))
    return make(terms, on) if make else []


def variation_moves(award: str, line: str, before: AwardTerms, after: AwardTerms, on: date) -> list[Move]:
    """What a variation adds to an award, or gives back to its line, by year and budget kind.

    Additions come first: no cut helps them, and an award must never, on the way, be worth less than its accepted spend.
    """
    old, new = awarded_by_year(before), awarded_by_year(after)
    moves = []
    for year, kind in sorted(old.keys() | new.keys()):
        change = new.get((year, kind), 0) - old.get((year, kind), 0)
        ends = line_account(line, year), award_account(award, year)
        if change:
            source, target = ends if change > 0 else ends[::-1]
            moves.append(Move(MoveKind.VARY, source, target, abs(change), kind, on))
    return sorted(moves, key=lambda move: move.source.kind is AccountKind.AWARD)


def withdrawal_moves(award: str, line: str, unpaid: dict[tuple[str, BudgetKind], int], on: date) -> list[Move]:
    """What is left unpaid of an award, by year and budget kind, back to its line."""
    return [
        Move(MoveKind.WITHDRAW, award_account(award, year), line_account(line, year), pence, kind, on)
        for (year, kind), pence in sorted(unpaid.items())
        if pence > 0
    ]
