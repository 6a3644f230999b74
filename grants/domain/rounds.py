"""Collection rounds: the period that a return is collected for, and when a round may open and close."""

from enum import StrEnum
from typing import Final

from grants.domain.awards import AwardTerms, Frequency
from grants.domain.errors import Conflict
from grants.domain.periods import Period


class RoundState(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"


_S = RoundState
_NEXT: Final = {
    _S.DRAFT: frozenset({_S.SCHEDULED, _S.OPEN}),
    _S.SCHEDULED: frozenset({_S.OPEN, _S.DRAFT}),
    _S.OPEN: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset({_S.OPEN}),
}


def may_move(state: RoundState, target: RoundState) -> bool:
    """Whether a round may go from one state to the other."""
    return target in _NEXT[state]


def check_move(state: RoundState, target: RoundState) -> None:
    """Raises Conflict where a round may not go from one state to the other."""
    if not may_move(state, target):
        raise Conflict("round_state", f"A round that is {state} cannot become {target}.", state=state.value)


def frequency_of(period: Period) -> Frequency | None:
    """How often returns for periods of this length are collected; None for a whole year."""
    if period.quarter:
        return Frequency.QUARTERLY
    return Frequency.MONTHLY if period.month else None


def is_due(terms: AwardTerms, period: Period) -> bool:
    """Whether an award on these terms owes a return for the period."""
    return terms.frequency is frequency_of(period) and terms.start <= period.last and period.first <= terms.end
