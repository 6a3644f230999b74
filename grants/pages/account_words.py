"""Accounts of the ledger, as pages name them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from grants.domain.ledger import AccountKind, account_named
from grants.pages.words import period

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
