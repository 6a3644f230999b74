"""Accounts of the ledger, and the moves between them, as pages name them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from grants.domain.ledger import AccountKind, account_named
from grants.pages.words import period, sentence

_MOVES: Final = {
    "allocate": "Allocation",
    "reduce": "Reduction",
    "vire": "Virement",
    "vary": "Variation",
    "withdraw": "Withdrawal",
    "pay": "Payment",
    "recover": "Recovery",
}
_NO_TITLES: Final[Mapping[str, str]] = MappingProxyType({})


def account_words(account: str, lines: Mapping[str, str] = _NO_TITLES) -> str:
    """An account as people name it: LOCAL-INQUIRIES in 2025 to 2026, or by its title where `lines` has that by code."""
    found = account_named(account)
    year = f" in {period(found.year)}" if found.year else ""
    return {
        AccountKind.SOURCE: "The funding source",
        AccountKind.RETURNED: "Money paid back",
        AccountKind.LINE: f"{lines.get(found.owner, found.owner)}{year}",
        AccountKind.AWARD: f"{found.owner}{year}",
        AccountKind.HELD: f"{found.owner}, held by the recipient",
        AccountKind.SPENT: f"{found.owner}{year}, accounted for",
    }[found.kind]


def move_words(kind: str) -> str:
    """What a move of the ledger is called."""
    return _MOVES.get(kind) or sentence(kind)
