"""The ledger's rules: accounts, moves, which moves are allowed, and the limits that no move may break."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from grants.domain.awards import CostCategory
from grants.domain.errors import Conflict, Invalid, RuleBroken
from grants.domain.money import MAX_PENCE, show
from grants.domain.periods import parse_year
from grants.domain.plan import BudgetKind


class AccountKind(StrEnum):
    """The buckets that money moves between."""

    SOURCE = "source"
    LINE = "line"
    AWARD = "award"
    HELD = "held"
    SPENT = "spent"
    RETURNED = "returned"


_K = AccountKind
BELOW_ZERO: Final = frozenset({_K.SOURCE, _K.HELD})
"""`held` below zero is spend ahead of payment: owed to the recipient."""

_HAS_OWNER: Final = frozenset({_K.LINE, _K.AWARD, _K.HELD, _K.SPENT})
_HAS_YEAR: Final = frozenset({_K.LINE, _K.AWARD, _K.SPENT})
_OWNER: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}", re.ASCII)


@dataclass(frozen=True, order=True)
class Account:
    """A bucket: `owner` is a funding line's code or an award's reference, `year` a financial year's code."""

    kind: AccountKind
    owner: str = ""
    year: str = ""

    def __post_init__(self) -> None:
        if bool(self.owner) != (self.kind in _HAS_OWNER) or bool(self.year) != (self.kind in _HAS_YEAR):
            raise Invalid("account", "That is not an account of the ledger.")
        if self.owner and not _OWNER.fullmatch(self.owner):
            raise Invalid("account", "That is not an account of the ledger.")
        if self.year:
            parse_year(self.year)

    @property
    def name(self) -> str:
        """source, line:TOEX:2024-25, award:LI-OLDHAM-01:2025-26, held:LI-OLDHAM-01, returned."""
        return ":".join(part for part in (self.kind.value, self.owner, self.year) if part)


def account_named(name: str) -> Account:
    """The account of a name. Raises Invalid."""
    kind, *rest = name.split(":")
    if kind in set(AccountKind) and len(rest) <= 2:
        account = Account(AccountKind(kind), *rest)
        if account.name == name:
            return account
    raise Invalid("account", "That is not an account of the ledger.")


SOURCE: Final = Account(_K.SOURCE)
RETURNED: Final = Account(_K.RETURNED)


class MoveKind(StrEnum):
    """Why money moves."""

    ALLOCATE = "allocate"
    REDUCE = "reduce"
    VIRE = "vire"
    CARRY_FORWARD = "carry_forward"
    AWARD = "award"
    VARY = "vary"
    WITHDRAW = "withdraw"
    PAY = "pay"
    RECOVER = "recover"
    SPEND = "spend"


_M = MoveKind
PAIRS: Final[dict[MoveKind, frozenset[tuple[AccountKind, AccountKind]]]] = {
    _M.ALLOCATE: frozenset({(_K.SOURCE, _K.LINE)}),
    _M.REDUCE: frozenset({(_K.LINE, _K.SOURCE)}),
    _M.VIRE: frozenset({(_K.LINE, _K.LINE)}),
    _M.CARRY_FORWARD: frozenset({(_K.LINE, _K.LINE)}),
    _M.AWARD: frozenset({(_K.LINE, _K.AWARD)}),
    _M.VARY: frozenset({(_K.LINE, _K.AWARD), (_K.AWARD, _K.LINE)}),
    _M.WITHDRAW: frozenset({(_K.AWARD, _K.LINE)}),
    _M.PAY: frozenset({(_K.AWARD, _K.HELD)}),
    _M.RECOVER: frozenset({(_K.HELD, _K.RETURNED)}),
    _M.SPEND: frozenset({(_K.HELD, _K.SPENT), (_K.SPENT, _K.HELD)}),
}
"""A variation or a category's spend can also be a cut or a credit: then the money goes the other way."""


@dataclass(frozen=True)
class Move:
    """Money about to move: a positive number of pence of one budget kind, and the day that it takes effect.

    `reverses` is the number of the entry that this move mirrors.
    """

    kind: MoveKind
    source: Account
    target: Account
    pence: int
    budget_kind: BudgetKind
    effective_on: date
    category: CostCategory | None = None
    evidence: str = ""
    reverses: int | None = None

    @property
    def year(self) -> str:
        """The financial year that it belongs to: a mirror's is that of what it mirrors, also where that was carried forward."""
        first, second = (self.source, self.target) if self.reverses is None else (self.target, self.source)
        return first.year or second.year

    def mirror(self, entry_no: int, effective_on: date) -> "Move":
        """The move that undoes this one. Raises RuleBroken for a reversal, which is not reversed again."""
        if self.reverses is not None:
            raise RuleBroken(
                "reversal_of_reversal", "A reversal cannot be reversed. Propose the movement again instead."
            )
        return replace(self, source=self.target, target=self.source, reverses=entry_no, effective_on=effective_on)


@dataclass(frozen=True)
class Entry:
    """A move that is in the ledger."""

    number: int
    move: Move


@dataclass(frozen=True)
class Cover:
    """An award's awarded and accepted pence of one budget kind, over all its years."""

    awarded_pence: int = 0
    spent_pence: int = 0


Holding = tuple[str, BudgetKind]
"""An account's name, or an award's reference, and a budget kind."""


def check_shape(move: Move) -> None:
    """Raises RuleBroken where no rule allows such a move, whatever the balances."""
    if type(move.pence) is not int or not 0 < move.pence <= MAX_PENCE:
        raise RuleBroken("amount", f"An amount must be between 1 penny and {show(MAX_PENCE)}.")
    pair = (move.source.kind, move.target.kind)
    if (pair[::-1] if move.reverses is not None else pair) not in PAIRS[move.kind] or move.source == move.target:
        raise RuleBroken("move", f"Money cannot move from {move.source.name} to {move.target.name} by {move.kind}.")
    _check_years(move)
    _check_owners(move)


def _check_years(move: Move) -> None:
    start, end = move.source.year, move.target.year
    if move.kind is MoveKind.CARRY_FORWARD:
        start, end = (end, start) if move.reverses is not None else (start, end)
        if parse_year(start).next().code != end or move.source.owner != move.target.owner:
            raise RuleBroken(
                "carry_forward", "Money is carried forward within one funding line, into the next financial year."
            )
    elif start and end and start != end:
        raise RuleBroken("year", "Money moves within one financial year. Use a carry forward for the next one.")


def _check_owners(move: Move) -> None:
    kinds = {move.source.kind, move.target.kind}
    if kinds <= {_K.AWARD, _K.HELD, _K.SPENT} and move.source.owner != move.target.owner:
        raise RuleBroken("owner", "Money of one award cannot move to another.")


def touched(moves: Iterable[Move]) -> set[str]:
    """The names of the accounts that the moves change."""
    return {account.name for move in moves for account in (move.source, move.target)}


def check_limits(moves: Iterable[Move], balances: Mapping[Holding, int], covers: Mapping[Holding, Cover]) -> None:
    """Raises Conflict, with the figure that stands in the way, for the first move that would break a limit.

    `balances` by account name, `covers` by award reference, each with the budget kind; what is missing is zero.
    """
    balance, cover = dict(balances), dict(covers)
    for move in moves:
        _take(balance, move)
        _keep_cover(cover, move)


def _take(balance: dict[Holding, int], move: Move) -> None:
    source, target = (move.source.name, move.budget_kind), (move.target.name, move.budget_kind)
    available = balance.get(source, 0)
    guarded = move.source.kind not in BELOW_ZERO or move.kind is MoveKind.RECOVER
    if guarded and available < move.pence:
        raise Conflict(
            "limit",
            f"{move.source.name} has {show(available)} of {move.budget_kind.label} left, so {show(move.pence)} cannot leave it.",
            account=move.source.name,
            available_pence=available,
            asked_pence=move.pence,
        )
    balance[source] = available - move.pence
    balance[target] = balance.get(target, 0) + move.pence


def _keep_cover(covers: dict[Holding, Cover], move: Move) -> None:
    for account, sign in ((move.source, -1), (move.target, 1)):
        if account.kind not in (_K.AWARD, _K.SPENT):
            continue
        key = (account.owner, move.budget_kind)
        old = covers.get(key, Cover())
        other = move.target if sign < 0 else move.source
        if account.kind is _K.SPENT:
            new = replace(old, spent_pence=old.spent_pence + sign * move.pence)
        elif other.kind is _K.LINE:
            new = replace(old, awarded_pence=old.awarded_pence + sign * move.pence)
        else:
            continue
        covers[key] = new
        if (
            new.spent_pence > new.awarded_pence
            and new.spent_pence - new.awarded_pence > old.spent_pence - old.awarded_pence
        ):
            raise Conflict(
                "spent_above_award",
                f"Award {account.owner} has {show(old.awarded_pence)} of {move.budget_kind.label} and {show(old.spent_pence)} of it "
                f"is accounted for, so {_too_much(move)}",
                award=account.owner,
                awarded_pence=old.awarded_pence,
                spent_pence=old.spent_pence,
                asked_pence=move.pence,
            )


def _too_much(move: Move) -> str:
    if move.target.kind is _K.LINE:
        return f"{show(move.pence)} cannot go back to its funding line. Pay what is accounted for first, or take back less."
    return f"{show(move.pence)} more cannot be."
