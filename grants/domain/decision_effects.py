"""What a decision does to the money that it touches: the figures of each account before its moves and after them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grants.domain.ledger import Account, AccountKind, Holding, Move
from grants.domain.plan import BudgetKind

_K = AccountKind
_UPSTREAM: Final[dict[AccountKind, frozenset[AccountKind]]] = {
    _K.LINE: frozenset({_K.SOURCE, _K.LINE}),
    _K.AWARD: frozenset({_K.LINE}),
    _K.HELD: frozenset({_K.AWARD}),
}
"""From where an account is funded. What comes from elsewhere comes back, or is accounted for."""
_SHOWN: Final = (_K.LINE, _K.AWARD, _K.HELD, _K.SPENT)
"""The outer ends of the ledger, where money comes from and goes back to, have no figures of their own to be judged by."""


@dataclass(frozen=True)
class Standing:
    """An account's balance in pence, and what upstream has put in less what went back there."""

    balance_pence: int = 0
    funded_pence: int = 0


@dataclass(frozen=True)
class FigureChange:
    """One figure of an account, in pence, before and after."""

    name: str
    before_pence: int
    after_pence: int

    @property
    def change_pence(self) -> int:
        """After less before."""
        return self.after_pence - self.before_pence


@dataclass(frozen=True)
class AccountChange:
    """An account that money moves into or out of, of one budget kind, with its figures."""

    account: Account
    budget_kind: BudgetKind
    figures: tuple[FigureChange, ...]


def changes_of(moves: Sequence[Move], before: Mapping[Holding, Standing]) -> list[AccountChange]:
    """The accounts that the moves change, in the order in which money comes to them first; `before` holds those that are not empty."""
    standing = dict(before)
    met: dict[Holding, Account] = {}
    for move in moves:
        for account, other, pence in ((move.source, move.target, -move.pence), (move.target, move.source, move.pence)):
            key = (account.name, move.budget_kind)
            met.setdefault(key, account)
            standing[key] = _moved(standing.get(key, Standing()), account, other, pence)
    shown = [(key, account) for key, account in met.items() if account.kind in _SHOWN]
    shown.sort(key=lambda found: _SHOWN.index(found[1].kind))
    return [
        AccountChange(account, key[1], tuple(_figures(account, before.get(key, Standing()), standing[key])))
        for key, account in shown
    ]


def undone(moves: Sequence[Move], after: Mapping[Holding, Standing]) -> dict[Holding, Standing]:
    """How accounts stood before moves that have been posted, from how they stood after them."""
    standing = dict(after)
    for move in reversed(moves):
        for account, other, pence in ((move.source, move.target, move.pence), (move.target, move.source, -move.pence)):
            key = (account.name, move.budget_kind)
            standing[key] = _moved(standing.get(key, Standing()), account, other, pence)
    return standing


def _moved(standing: Standing, account: Account, other: Account, pence: int) -> Standing:
    upstream = _UPSTREAM.get(account.kind)
    funds = upstream is None or other.kind in upstream
    return Standing(standing.balance_pence + pence, standing.funded_pence + (pence if funds else 0))


def _figures(account: Account, before: Standing, after: Standing) -> Iterable[FigureChange]:
    if account.kind is _K.LINE:
        names = ("Allocated", "Awarded", "Unawarded")
    elif account.kind is _K.AWARD:
        names = ("Awarded", "Paid", "Not yet paid")
    else:
        name = "Paid and not accounted for" if account.kind is _K.HELD else "Accounted for"
        return [FigureChange(name, before.balance_pence, after.balance_pence)]
    return [FigureChange(name, *pair) for name, *pair in zip(names, _three(before), _three(after), strict=True)]


def _three(standing: Standing) -> tuple[int, int, int]:
    return standing.funded_pence, standing.funded_pence - standing.balance_pence, standing.balance_pence
